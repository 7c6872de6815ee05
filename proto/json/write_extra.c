/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What follows a message in an image, as the member "extra". Semaphores and
 * messages are filled up with zeros to a round length, which goes without
 * saying; anything else there is said in "_raw_extra".
 */
#include <stdio.h>
#include <string.h>

#include "writer.h"

/* Takes `size` bytes off the front; there may be less. */
static struct span take(struct span *rest, uint64_t size)
{
	struct span taken = span_of(rest->data, size < rest->size ? (size_t)size : rest->size);

	*rest = span_of(rest->data + taken.size, rest->size - taken.size);
	return taken;
}

static void write_base64(struct json_writer *w, struct span bytes)
{
	json_quote(&w->text);
	json_base64(&w->text, bytes);
	json_quote(&w->text);
}

/* --- the kinds --- */

static void write_queues(struct json_writer *w, struct span payload, uint64_t inq)
{
	struct span in = take(&payload, inq);

	json_open(&w->text, '{');
	json_write_bytes(w, JSON_KEY("inq"), in);
	json_write_bytes(w, JSON_KEY("outq"), payload);
	json_close(&w->text, '}');
}

static void write_semaphores(struct json_writer *w, struct span values)
{
	json_open(&w->text, '[');
	for (size_t i = 0; i + 1 < values.size; i += 2) {
		json_item(&w->text);
		json_unsigned(&w->text, values.data[i] | (unsigned)values.data[i + 1] << 8);
	}
	json_close(&w->text, ']');
}

/* The head of a message of a queue; *size is that of its text. */
static int write_head(struct json_writer *w, struct json_plan *plan, struct span head,
		      uint64_t *size, bool *is_raw)
{
	if (json_plan_number(plan, head, "msize", size, w->err) < 0)
		return -1;
	json_item(&w->text);
	json_open(&w->text, '{');
	if (json_write_members(w, plan, head) < 0)
		return -1;
	json_close(&w->text, '}');
	*is_raw |= w->was_raw;
	return 0;
}

/* image.c has found every message whole. */
static int write_messages(struct json_writer *w, struct span rest, bool *is_raw)
{
	struct json_plan *plan = json_plan_of(&w->plans, message_find("ipc_msg", 7));

	if (!plan)
		return fail_memory(w->err);
	json_open(&w->text, '[');
	while (rest.size >= 4) {
		const uint8_t *s = take(&rest, 4).data;
		uint32_t length = s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16 |
				  (uint32_t)s[3] << 24;
		uint64_t size;

		if (write_head(w, plan, take(&rest, length), &size, is_raw) < 0)
			return -1;
		json_item(&w->text);
		write_base64(w, take(&rest, size));
		*is_raw |= !span_is_zero(take(&rest, (8 - size % 8) % 8));
	}
	json_close(&w->text, ']');
	return 0;
}

/* --- without the content --- */

static uint64_t content_of_messages(struct json_writer *w, struct span rest)
{
	struct json_plan *plan = json_plan_of(&w->plans, message_find("ipc_msg", 7));
	uint64_t sum = 0, size;

	while (plan && rest.size >= 4) {
		const uint8_t *s = take(&rest, 4).data;
		uint32_t length = s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16 |
				  (uint32_t)s[3] << 24;

		if (json_plan_number(plan, take(&rest, length), "msize", &size, w->err) < 0)
			break;
		take(&rest, size + (8 - size % 8) % 8);
		sum += length + size;
	}
	return sum;
}

/* "1.5KB", rounded to the even tenth when in the middle. */
static void show_size(uint64_t size, char text[32])
{
	static const char units[] = "KMGTPE";
	uint64_t unit = 1, tenths, rest;
	size_t at = 0;

	if (size < 1024) {
		snprintf(text, 32, "%uB", (unsigned)size);
		return;
	}
	for (unit = 1024; size / unit >= 1024; unit *= 1024)
		at++;
	if (size % unit == 0) {
		snprintf(text, 32, "%u%cB", (unsigned)(size / unit), units[at]);
		return;
	}
	rest = size % unit * 10;
	tenths = size / unit * 10 + rest / unit;
	rest %= unit;
	tenths += rest > unit / 2 || (rest == unit / 2 && tenths % 2);
	snprintf(text, 32, "%u.%u%cB", (unsigned)(tenths / 10), (unsigned)(tenths % 10), units[at]);
}

static void write_size(struct json_writer *w, uint64_t size)
{
	char number[32], text[64];

	show_size(size, number);
	snprintf(text, sizeof(text), "\"... <%s>\"", number);
	json_key(&w->text, JSON_KEY("extra"));
	json_word(&w->text, text);
}

/* --- all of them --- */

/* The bytes of a payload that count; what is behind them fills up. */
static int content_size(struct json_writer *w, const struct image *image,
			const struct image_entry *entry, struct json_plan *plan, uint64_t *size)
{
	const char *name = image->kind->payload == PAYLOAD_SHM ? "size" : "nsems";

	*size = entry->payload.size;
	if (image->kind->payload == PAYLOAD_MSG)
		*size = content_of_messages(w, entry->payload);
	if (image->kind->payload != PAYLOAD_SHM && image->kind->payload != PAYLOAD_SEM)
		return 0;
	if (json_plan_number(plan, entry->body, name, size, w->err) < 0)
		return -1;
	*size *= image->kind->payload == PAYLOAD_SEM ? 2 : 1;
	return 0;
}

static int write_content(struct json_writer *w, const struct image *image,
			 const struct image_entry *entry, struct json_plan *plan, uint64_t size,
			 bool *is_raw)
{
	struct span rest = entry->payload, content;
	uint64_t inq;

	json_key(&w->text, JSON_KEY("extra"));
	switch (image->kind->payload) {
	case PAYLOAD_TCP:
		if (json_plan_number(plan, entry->body, "inq_len", &inq, w->err) < 0)
			return -1;
		write_queues(w, rest, inq);
		return 0;
	case PAYLOAD_MSG:
		return write_messages(w, rest, is_raw);
	case PAYLOAD_SEM:
		content = take(&rest, size);
		write_semaphores(w, content);
		*is_raw = !span_is_zero(rest);
		return 0;
	default:
		content = take(&rest, size);
		write_base64(w, content);
		*is_raw = !span_is_zero(rest);
		return 0;
	}
}

/* Has this entry a payload at all, be it empty? */
static int has_payload(struct json_writer *w, const struct image *image,
		       const struct image_entry *entry, struct json_plan *plan, bool *has)
{
	uint64_t in_pagemaps = 0;

	*has = image->kind->payload != PAYLOAD_NONE;
	if (image->kind->payload == PAYLOAD_GHOST)
		*has = image->chunked == (entry->index > 0);
	if (image->kind->payload == PAYLOAD_SHM &&
	    json_plan_number(plan, entry->body, "in_pagemaps", &in_pagemaps, w->err) < 0)
		return -1;
	if (in_pagemaps)
		*has = false;
	return 0;
}

int json_write_extra(struct json_writer *w, const struct image *image,
		     const struct image_entry *entry, struct json_plan *plan)
{
	bool has, is_raw = false;
	uint64_t size;

	if (has_payload(w, image, entry, plan, &has) < 0)
		return -1;
	if (!has || (image->kind->payload == PAYLOAD_GHOST && (w->flags & JSON_NO_PAYLOAD)))
		return 0;
	if (content_size(w, image, entry, plan, &size) < 0)
		return -1;
	if (w->flags & JSON_NO_PAYLOAD) {
		write_size(w, size);
		return 0;
	}
	if (write_content(w, image, entry, plan, size, &is_raw) < 0)
		return -1;
	if (is_raw)
		json_write_bytes(w, JSON_KEY("_raw_extra"), entry->payload);
	return 0;
}
