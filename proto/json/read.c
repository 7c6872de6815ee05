/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The image around the messages. The magic tells what the entries are, so it
 * has to be known before them: JSON that was sorted by name has it behind,
 * and is then read once for the magic and once more for the entries.
 */
#include <stdlib.h>
#include <string.h>

#include "../raw.h"
#include "reader.h"
#include "write.h"

/* --- output --- */

/* What becomes a raw image is collected. */
static int pass_on(struct json_reader *r, struct span bytes)
{
	if (r->kind->raw != RAW_NOT)
		return content_append(&r->entries, bytes, r->err);
	return r->sink->write(r->sink->arg, bytes, r->err);
}

static int flush(struct json_reader *r)
{
	struct span bytes = span_of(r->window, r->used);

	r->used = 0;
	return bytes.size ? pass_on(r, bytes) : 0;
}

/* Counts what is put next, and makes room in the window, unless it is bigger than that. */
static int make_room(struct json_reader *r, size_t size)
{
	if (size > IMAGE_SIZE_MAX - r->written)
		return fail(r->err, "the image would be bigger than the limit of %u bytes",
			    IMAGE_SIZE_MAX);
	r->written += size;
	return size > sizeof(r->window) - r->used ? flush(r) : 0;
}

static int put(struct json_reader *r, struct span bytes)
{
	if (make_room(r, bytes.size) < 0)
		return -1;
	if (bytes.size > sizeof(r->window))
		return pass_on(r, bytes);
	if (bytes.size > 0)
		memcpy(r->window + r->used, bytes.data, bytes.size);
	r->used += bytes.size;
	return 0;
}

static int put_u32(struct json_reader *r, uint32_t value)
{
	if (make_room(r, 4) < 0)
		return -1;
	for (unsigned i = 0; i < 4; i++)
		r->window[r->used++] = (uint8_t)(value >> (8 * i));
	return 0;
}

static int put_magic(struct json_reader *r)
{
	bool one = r->one_magic_given ? r->one_magic : json_has_one_magic(r->kind);

	if (!one && put_u32(r, r->kind->service ? MAGIC_SERVICE : MAGIC_COMMON) < 0)
		return -1;
	return put_u32(r, r->kind->magic);
}

/* --- entries --- */

/* "_raw" counts when its fields are the ones that were given. */
static int use_raw(struct json_reader *r, struct json_plan *plan)
{
	cleanup_buffer struct buffer canonical = { 0 };

	if (json_canon_write(&r->plans, plan, buffer_span(&r->raw), &canonical, r->err) < 0)
		return error_context(r->err, "_raw");
	if (span_equal(buffer_span(&canonical), buffer_span(&r->body))) {
		buffer_clear(&r->body);
		buffer_append(&r->body, buffer_span(&r->raw));
		r->missing = NULL;
	}
	return 0;
}

/* The image layer knows what follows which message: it must find in the
 * entry just what is there. */
static int check_payload(struct json_reader *r, struct span entry)
{
	struct image image = { .kind = r->kind,
			       .bytes = entry,
			       .rest = entry,
			       .index = r->index,
			       .chunked = r->chunked };
	struct image_entry found;
	struct error err;

	if (image_next(&image, &found, &err) < 0)
		return fail(r->err, "extra does not fit the message: %s", err.text);
	if (image.rest.size > 0)
		return fail(r->err, "extra is %zu bytes longer than the message says",
			    image.rest.size);
	r->chunked = image.chunked;
	return 0;
}

static int put_entry(struct json_reader *r, struct json_plan *plan)
{
	struct buffer *entry = &r->order;
	uint32_t size = (uint32_t)r->body.size;

	if (r->kind->payload == PAYLOAD_NONE) {
		if (put_u32(r, size) < 0)
			return -1;
		return put(r, buffer_span(&r->body));
	}
	buffer_clear(entry);
	for (unsigned i = 0; i < 4; i++)
		buffer_byte(entry, (uint8_t)(size >> (8 * i)));
	buffer_append(entry, buffer_span(&r->body));
	if (json_put_extra(r, plan, entry) < 0 || check_payload(r, buffer_span(entry)) < 0)
		return -1;
	return put(r, buffer_span(entry));
}

static int read_raw(struct json_reader *r)
{
	enum json_token token;

	if (r->has_raw)
		return json_fail(&r->lex, "'_raw' is given twice");
	r->has_raw = true;
	if (json_next(&r->lex, &token) < 0)
		return -1;
	return json_read_base64(r, token, &r->raw);
}

/* Members of an entry that are no fields. */
static int read_other(struct json_reader *r)
{
	int status;

	if (strcmp(r->key, "extra") == 0)
		status = json_read_extra(r);
	else if (strcmp(r->key, "_raw") == 0)
		status = read_raw(r);
	else if (strcmp(r->key, "_raw_extra") == 0)
		status = json_read_raw_extra(r);
	else
		return 0;
	return status < 0 ? -1 : 1;
}

static void clear_entry(struct json_reader *r)
{
	buffer_clear(&r->body);
	buffer_clear(&r->raw);
	buffer_clear(&r->pieces);
	buffer_clear(&r->extra.bytes);
	buffer_clear(&r->extra.more);
	buffer_clear(&r->extra.raw);
	r->extra.given = r->extra.has_raw = r->has_raw = false;
	r->missing = r->extra.missing = NULL;
}

static int read_entry(struct json_reader *r, enum json_token token)
{
	const struct message_type *type = r->index == 0 && r->kind->head ? r->kind->head :
									   r->kind->entry;
	struct json_plan *plan = json_plan_of(&r->plans, type);

	if (!plan)
		return fail_memory(r->err);
	if (token != JSON_OBJECT)
		return json_fail(&r->lex, "an entry must be an object");
	if (r->index == IMAGE_ENTRIES_MAX)
		return json_fail(&r->lex, "more than %u entries", IMAGE_ENTRIES_MAX);
	clear_entry(r);
	if (json_read_message(r, plan, 1, read_other) < 0)
		return -1;
	if (r->has_raw && use_raw(r, plan) < 0)
		return json_place(&r->lex);
	if (r->missing)
		return json_fail(&r->lex, "the required field %s is missing", r->missing);
	if (put_entry(r, plan) < 0)
		return json_place(&r->lex);
	return 0;
}

static int read_entries(struct json_reader *r)
{
	enum json_token token;
	bool first = true;
	int more;

	if (json_next(&r->lex, &token) < 0)
		return -1;
	if (token != JSON_LIST)
		return json_fail(&r->lex, "\"entries\" must be a list");
	if (put_magic(r) < 0)
		return -1;
	for (; (more = json_read_item(r, first, &token)) > 0; first = false) {
		if (read_entry(r, token) < 0)
			return error_context(r->err, "entry %zu", r->index);
		r->index++;
	}
	return more;
}

/* --- the image --- */

/* Where kinds share a magic, their entries are the same. */
static const struct image_kind *kind_of_magic_name(struct span name)
{
	for (size_t i = 0; i < kind_count(); i++) {
		const struct image_kind *kind = kind_at(i);

		if (kind->magic_name && span_is(name, kind->magic_name))
			return kind;
	}
	return NULL;
}

static int read_magic(struct json_reader *r)
{
	enum json_token token;

	if (json_next(&r->lex, &token) < 0)
		return -1;
	if (token != JSON_STRING)
		return json_fail(&r->lex, "\"magic\" must be a text");
	buffer_clear(&r->bytes);
	if (json_string_whole(&r->lex, &r->bytes, JSON_KEY_MAX) < 0)
		return -1;
	r->kind = kind_of_magic_name(buffer_span(&r->bytes));
	if (!r->kind)
		return json_fail(&r->lex, "there are no images with the magic '%.*s'",
				 (int)r->bytes.size, (const char *)r->bytes.data);
	return 0;
}

enum pass {
	PASS_WRITE, /* entries are written, if the magic is known by then */
	PASS_MAGIC, /* entries are passed over */
};

/* One member of the image; *entries counts the "entries". */
static int read_member(struct json_reader *r, enum pass pass, unsigned *entries)
{
	enum json_token token;

	if (strcmp(r->key, "magic") == 0)
		return read_magic(r);
	if (strcmp(r->key, "_one_magic") == 0) {
		r->one_magic_given = true;
		return json_read_bool(r, &r->one_magic);
	}
	if (strcmp(r->key, "entries") != 0)
		return json_fail(&r->lex, "an image has \"magic\" and \"entries\", but no '%s'",
				 r->key);
	if (++*entries > 1)
		return json_fail(&r->lex, "\"entries\" are given twice");
	if (pass == PASS_WRITE)
		return read_entries(r);
	return json_next(&r->lex, &token) < 0 ? -1 : json_skip(&r->lex, token);
}

static int read_end(struct json_reader *r)
{
	enum json_token token;

	if (json_next(&r->lex, &token) < 0)
		return -1;
	if (token == JSON_END)
		return 0;
	return json_fail(&r->lex, "the image has ended, but the text goes on");
}

/* 1 when all was read, 0 when the magic is needed first. */
static int read_object(struct json_reader *r, enum pass pass)
{
	unsigned entries = 0;
	enum json_token token;
	bool first = true;
	int more;

	if (json_next(&r->lex, &token) < 0)
		return -1;
	if (token != JSON_OBJECT)
		return json_fail(&r->lex, "an image must be an object");
	for (; (more = json_read_key(r, first)) > 0; first = false) {
		if (pass == PASS_WRITE && !r->kind && strcmp(r->key, "entries") == 0)
			return 0;
		if (read_member(r, pass, &entries) < 0)
			return -1;
	}
	if (more < 0 || read_end(r) < 0)
		return -1;
	if (!r->kind || entries == 0)
		return json_fail(&r->lex, "the image has no \"%s\"", r->kind ? "entries" : "magic");
	return 1;
}

static int put_raw(struct json_reader *r)
{
	struct content file = { .size = 0 };
	int status = content_seal(&r->entries, r->err);

	if (status == 0)
		status = raw_collapse(r->kind, r->entries.bytes, &file, r->err);
	if (status == 0)
		status = content_give(&file, file.bytes, r->sink->write, r->sink->arg, r->err);
	content_free(&file);
	return status;
}

static int read_image(struct json_reader *r)
{
	int status = read_object(r, PASS_WRITE);

	if (status == 0) {
		if (json_lex_restart(&r->lex) < 0 || read_object(r, PASS_MAGIC) < 0 ||
		    json_lex_restart(&r->lex) < 0)
			return -1;
		status = read_object(r, PASS_WRITE);
	}
	if (status < 0 || flush(r) < 0)
		return -1;
	return r->kind->raw != RAW_NOT ? put_raw(r) : 0;
}

static void free_reader(struct json_reader *r)
{
	struct buffer *buffers[] = { &r->pieces, &r->order,       &r->bytes,      &r->body,
				     &r->raw,    &r->extra.bytes, &r->extra.more, &r->extra.raw };

	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		buffer_free(buffers[i]);
	json_plans_free(&r->plans);
	content_free(&r->entries);
	free(r);
}

int json_read_image(const struct json_source *source, const struct json_sink *sink,
		    struct error *err)
{
	struct json_reader *r = calloc(1, sizeof(*r));
	int status;

	if (!r)
		return fail_memory(err);
	r->sink = sink;
	r->err = err;
	json_lex_begin(&r->lex, source, err);
	status = read_image(r);
	free_reader(r);
	return status;
}
