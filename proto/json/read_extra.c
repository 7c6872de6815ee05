/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What follows a message in an image, out of the member "extra". It may come
 * before the fields that say how long it is, so it is kept as it was read, and
 * compared with the message at the end of the entry.
 */
#include <string.h>

#include "reader.h"

static struct span skip(struct span s, size_t size)
{
	return span_of(s.data + size, s.size - size);
}

/* Zeros up to a multiple of `unit` of the bytes from `start` on. */
static void fill_up(struct buffer *out, size_t start, size_t unit)
{
	while ((out->size - start) % unit != 0 && !out->failed)
		buffer_byte(out, 0);
}

/* --- reading --- */

static int read_queues(struct json_reader *r, enum json_token token)
{
	bool first = true;
	int more;

	if (token != JSON_OBJECT)
		return json_fail(&r->lex, "data of a connection is an object with inq and outq");
	for (; (more = json_read_key(r, first)) > 0; first = false) {
		bool in = strcmp(r->key, "inq") == 0;

		if (!in && strcmp(r->key, "outq") != 0)
			return json_fail(&r->lex, "'%s' is neither inq nor outq", r->key);
		if (json_next(&r->lex, &token) < 0 ||
		    json_read_base64(r, token, in ? &r->extra.bytes : &r->extra.more) < 0)
			return -1;
	}
	return more;
}

static int read_semaphores(struct json_reader *r, enum json_token token)
{
	struct buffer *out = &r->extra.bytes;
	bool first = true;
	number_t value;
	int more;

	if (token != JSON_LIST)
		return json_fail(&r->lex, "the data of semaphores is a list of numbers");
	for (; (more = json_read_item(r, first, &token)) > 0; first = false) {
		if (json_read_integer(r, token, &value) < 0)
			return -1;
		if (value < 0 || value > UINT16_MAX)
			return json_fail(&r->lex, "a semaphore takes numbers from 0 to %u",
					 UINT16_MAX);
		if (out->size > IMAGE_SIZE_MAX)
			return json_fail(&r->lex, "more than %u bytes", IMAGE_SIZE_MAX);
		buffer_byte(out, (uint8_t)value);
		buffer_byte(out, (uint8_t)(value >> 8));
	}
	return more;
}

static int read_head(struct json_reader *r, struct json_plan *plan, uint64_t *size)
{
	size_t start = r->body.size;
	const char *missing = r->missing;
	struct span head;

	r->missing = r->extra.missing;
	if (json_read_message(r, plan, 1, NULL) < 0)
		return -1;
	r->extra.missing = r->missing;
	r->missing = missing;
	head = skip(buffer_span(&r->body), start);
	buffer_u32(&r->extra.bytes, (uint32_t)head.size);
	buffer_append(&r->extra.bytes, head);
	r->body.size = start;
	return json_plan_number(plan, head, "msize", size, r->err);
}

static int read_message_text(struct json_reader *r, enum json_token token, uint64_t size)
{
	size_t start = r->extra.bytes.size;

	if (json_read_base64(r, token, &r->extra.bytes) < 0)
		return -1;
	if (r->extra.bytes.size - start != size)
		return json_fail(&r->lex, "msize is %llu, but the message has %zu bytes",
				 (unsigned long long)size, r->extra.bytes.size - start);
	fill_up(&r->extra.bytes, start, 8);
	return 0;
}

/* Heads and texts in turn. */
static int read_messages(struct json_reader *r, enum json_token token)
{
	struct json_plan *plan = json_plan_of(&r->plans, message_find("ipc_msg", 7));
	bool head = true, first = true;
	uint64_t size = 0;
	int more;

	if (!plan)
		return fail_memory(r->err);
	if (token != JSON_LIST)
		return json_fail(&r->lex, "the data of a queue is a list of heads and texts");
	for (; (more = json_read_item(r, first, &token)) > 0; first = false, head = !head) {
		if (head && token != JSON_OBJECT)
			return json_fail(&r->lex, "expected the head of a message");
		if (head ? read_head(r, plan, &size) < 0 : read_message_text(r, token, size) < 0)
			return -1;
	}
	return more == 0 && !head ? json_fail(&r->lex, "the last message has no text") : more;
}

int json_read_extra(struct json_reader *r)
{
	enum json_token token;

	if (r->kind->payload == PAYLOAD_NONE)
		return json_fail(&r->lex, "entries of %s have no extra", r->kind->magic_name);
	if (r->extra.given)
		return json_fail(&r->lex, "'extra' is given twice");
	r->extra.given = true;
	if (json_next(&r->lex, &token) < 0)
		return -1;
	switch (r->kind->payload) {
	case PAYLOAD_TCP:
		return read_queues(r, token);
	case PAYLOAD_SEM:
		return read_semaphores(r, token);
	case PAYLOAD_MSG:
		return read_messages(r, token);
	default:
		return json_read_base64(r, token, &r->extra.bytes);
	}
}

int json_read_raw_extra(struct json_reader *r)
{
	enum json_token token;

	if (r->extra.has_raw)
		return json_fail(&r->lex, "'_raw_extra' is given twice");
	r->extra.has_raw = true;
	if (json_next(&r->lex, &token) < 0)
		return -1;
	return json_read_base64(r, token, &r->extra.raw);
}

/* --- writing --- */

/* One message of a queue as it would be read from JSON. */
static int canonical_message(struct json_reader *r, struct json_plan *plan, struct span *rest,
			     struct buffer *out)
{
	cleanup_buffer struct buffer head = { 0 };
	uint64_t size, filled;
	size_t start;

	if (rest->size < 4 || span_u32(*rest) > rest->size - 4)
		return fail(r->err, "_raw_extra is cut off");
	if (json_canon_write(&r->plans, plan, span_of(rest->data + 4, span_u32(*rest)), &head,
			     r->err) < 0)
		return -1;
	*rest = skip(*rest, 4 + span_u32(*rest));
	if (json_plan_number(plan, buffer_span(&head), "msize", &size, r->err) < 0)
		return -1;
	filled = size + (8 - size % 8) % 8;
	if (size > rest->size || filled > rest->size)
		return fail(r->err, "_raw_extra is cut off");
	buffer_u32(out, (uint32_t)head.size);
	buffer_append(out, buffer_span(&head));
	start = out->size;
	buffer_append(out, span_of(rest->data, (size_t)size));
	fill_up(out, start, 8);
	*rest = skip(*rest, (size_t)filled);
	return 0;
}

/* Do the messages of _raw_extra say what those of "extra" say? */
static int raw_messages_agree(struct json_reader *r, bool *agree)
{
	struct json_plan *plan = json_plan_of(&r->plans, message_find("ipc_msg", 7));
	struct span rest = buffer_span(&r->extra.raw);
	cleanup_buffer struct buffer canonical = { 0 };
	int status = plan ? 0 : fail_memory(r->err);

	while (status == 0 && rest.size > 0)
		status = canonical_message(r, plan, &rest, &canonical);
	*agree = !canonical.failed &&
		 span_equal(buffer_span(&canonical), buffer_span(&r->extra.bytes));
	return status;
}

/* "_raw_extra" counts when it differs in what fills up at most. */
static int use_raw(struct json_reader *r, size_t content)
{
	struct span raw = buffer_span(&r->extra.raw), bytes = buffer_span(&r->extra.bytes);
	bool agree = raw.size == bytes.size &&
		     span_equal(span_of(raw.data, content), span_of(bytes.data, content));

	if (!r->extra.has_raw)
		return 0;
	if (r->kind->payload == PAYLOAD_MSG && raw_messages_agree(r, &agree) < 0)
		return -1;
	if (!agree)
		return 0;
	buffer_clear(&r->extra.bytes);
	buffer_append(&r->extra.bytes, raw);
	r->extra.missing = NULL;
	return 0;
}

/* Where the image's length is a rounded one, it does not tell what the
 * content's is. */
static int check_content(struct json_reader *r, struct json_plan *plan, const char *name,
			 uint64_t element)
{
	uint64_t count, there;

	if (json_plan_number(plan, buffer_span(&r->body), name, &count, r->err) < 0)
		return -1;
	there = r->extra.bytes.size / element;
	if (r->extra.given && count != there)
		return fail(r->err, "%s is %llu, but extra has %llu", name,
			    (unsigned long long)count, (unsigned long long)there);
	return 0;
}

static int check_queues(struct json_reader *r, struct json_plan *plan)
{
	uint64_t in;

	if (json_plan_number(plan, buffer_span(&r->body), "inq_len", &in, r->err) < 0)
		return -1;
	if (in != r->extra.bytes.size)
		return fail(r->err, "inq_len is %llu, but inq has %zu bytes",
			    (unsigned long long)in, r->extra.bytes.size);
	buffer_append(&r->extra.bytes, buffer_span(&r->extra.more));
	return 0;
}

int json_put_extra(struct json_reader *r, struct json_plan *plan, struct buffer *out)
{
	struct json_extra *extra = &r->extra;
	size_t content = extra->bytes.size;
	int status = 0;

	if (r->kind->payload == PAYLOAD_TCP) {
		status = check_queues(r, plan);
		content = extra->bytes.size;
	} else if (r->kind->payload == PAYLOAD_SEM) {
		status = check_content(r, plan, "nsems", 2);
		fill_up(&extra->bytes, 0, 8);
	} else if (r->kind->payload == PAYLOAD_SHM) {
		status = check_content(r, plan, "size", 1);
		fill_up(&extra->bytes, 0, 4);
	}
	if (status < 0 || use_raw(r, content) < 0)
		return -1;
	if (extra->missing)
		return fail(r->err, "a message lacks the required field %s", extra->missing);
	buffer_append(out, buffer_span(&extra->bytes));
	return extra->bytes.failed || extra->more.failed || out->failed ? fail_memory(r->err) : 0;
}
