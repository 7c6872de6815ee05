/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Image to JSON. A message is first checked for its canonical form, and
 * brought into it when need be; what writes the fields then sees each list in
 * one piece, each field once, and what is unknown at the end.
 */
#include <stdlib.h>

#include "../utf8.h"
#include "bytes.h"
#include "shown.h"
#include "writer.h"

#define SAFE_INTEGER ((number_t)1 << 53)

static int write_members(struct json_writer *w, struct json_plan *plan, struct span body, bool hex);

void json_write_bytes(struct json_writer *w, struct span key, struct span bytes)
{
	json_key(&w->text, key);
	json_quote(&w->text);
	json_base64(&w->text, bytes);
	json_quote(&w->text);
}

/* --- values --- */

static void write_decimal(struct json_writer *w, number_t value)
{
	bool quote = (w->flags & JSON_QUOTE_BIG) && (value > SAFE_INTEGER || value < -SAFE_INTEGER);

	if (quote)
		json_quote(&w->text);
	if (value < 0)
		json_signed(&w->text, (int64_t)value);
	else
		json_unsigned(&w->text, (uint64_t)value);
	if (quote)
		json_quote(&w->text);
}

static void write_number(struct json_writer *w, const struct json_field *f, bool hex,
			 uint64_t scalar)
{
	number_t value = field_decode(f->type, scalar);
	char shown[JSON_SHOWN_MAX];

	if ((w->flags & JSON_PRETTY) && json_shown(f, hex, value, shown))
		json_string(&w->text, span_text(shown));
	else
		write_decimal(w, value);
}

/* A number of an enum that has no name for it stays a number. */
static void write_enum(struct json_writer *w, const struct json_field *f, uint64_t scalar)
{
	int32_t number = (int32_t)scalar;
	const char *name = field_enum_name(f->type, number);

	if (name)
		json_string(&w->text, span_text(name));
	else
		json_signed(&w->text, number);
}

static void write_text(struct json_writer *w, struct span text)
{
	if (json_plain_string(&w->text, text))
		return;
	if (utf8_is_valid(text)) {
		json_string(&w->text, text);
		return;
	}
	json_open(&w->text, '{');
	json_write_bytes(w, JSON_KEY("_bytes"), text);
	json_close(&w->text, '}');
}

static int write_blob(struct json_writer *w, const struct json_field *f, struct span bytes)
{
	cleanup_buffer struct buffer quoted = { 0 };

	json_quote(&w->text);
	if (f->quoted) {
		quoted_encode(bytes, &quoted);
		json_escaped(&w->text, buffer_span(&quoted));
	} else {
		json_base64(&w->text, bytes);
	}
	json_quote(&w->text);
	return quoted.failed ? fail_memory(w->err) : 0;
}

/* A number or a bool, which stand in a field of their own or in a run. */
static void write_scalar(struct json_writer *w, const struct json_field *f, bool hex,
			 uint64_t scalar)
{
	if (f->kind == FIELD_BOOL)
		json_word(&w->text, scalar ? "true" : "false");
	else if (f->kind == FIELD_ENUM)
		write_enum(w, f, scalar);
	else if (f->kind == FIELD_UNSIGNED && !(w->flags & (JSON_PRETTY | JSON_QUOTE_BIG)))
		json_unsigned(&w->text, scalar);
	else
		write_number(w, f, hex, scalar);
}

/* What was tried in vain is not tried again for each message in it. */
static int write_object(struct json_writer *w, struct json_plan *plan, struct span body, bool hex)
{
	bool tried = w->was_tried;
	int status;

	if (!w->is_canonical && !tried && json_write_plain(w, plan, body))
		return 0;
	w->was_tried = tried || body.size <= JSON_PLAIN_MAX;
	json_open(&w->text, '{');
	status = write_members(w, plan, body, hex);
	json_close(&w->text, '}');
	w->was_tried = tried;
	return status;
}

static int write_nested(struct json_writer *w, struct json_field *f, bool hex, struct span body)
{
	struct json_plan *plan = json_field_plan(&w->plans, f);
	int status;

	if (!plan)
		return fail_memory(w->err);
	w->depth++;
	status = write_object(w, plan, body, hex || f->hex);
	w->depth--;
	return status;
}

int json_write_value(struct json_writer *w, struct json_field *f, bool hex,
		     const struct wire_field *field)
{
	if (f->wire != WIRE_BYTES) {
		write_scalar(w, f, hex, field->scalar);
		return 0;
	}
	if (f->kind == FIELD_MESSAGE)
		return write_nested(w, f, hex, field->bytes);
	if (f->kind == FIELD_BYTES)
		return write_blob(w, f, field->bytes);
	write_text(w, field->bytes);
	return 0;
}

/* --- lists --- */

static void write_run(struct json_writer *w, const struct json_field *f, bool hex, struct span run)
{
	while (run.size > 0) {
		json_item(&w->text);
		write_scalar(w, f, hex, json_take_packed(&run, f));
	}
}

/* The words of an address from `field` on; true when they are one, and then
 * *rest is behind them. */
static bool write_address(struct json_writer *w, const struct json_field *f,
			  const struct wire_field *field, struct span *rest)
{
	struct span ahead = *rest, behind = *rest;
	struct wire_field next = *field;
	char shown[JSON_SHOWN_MAX];
	uint32_t words[4];
	struct error err;
	size_t count = 0;

	do {
		if (count == 4)
			return false;
		words[count++] = (uint32_t)next.scalar;
		behind = ahead;
	} while (wire_next(&ahead, &next, &err) > 0 && next.number == f->number &&
		 next.type == f->wire);
	if (!json_shown_address(words, count, shown))
		return false;
	json_item(&w->text);
	json_string(&w->text, span_text(shown));
	*rest = behind;
	return true;
}

static int write_item(struct json_writer *w, struct json_field *f, bool hex, bool first,
		      const struct wire_field *field, struct span *rest)
{
	if (f->packed) {
		write_run(w, f, hex, field->bytes);
		return 0;
	}
	if (first && f->address && w->shows_addresses && write_address(w, f, field, rest))
		return 0;
	json_item(&w->text);
	return json_write_value(w, f, hex, field);
}

/* --- messages --- */

/* Without the field that has lost the name to it, a field cannot be told from
 * that one in JSON. No CRIU writes such a message. */
static bool is_ambiguous(const struct json_field *f, struct span body, uint64_t written)
{
	if (!f->old_number || (f->old_number < 64 && written >> f->old_number & 1))
		return false;
	return !wire_has(body, f->old_number);
}

/* The members of a message that is canonical but for what is nested in it; `*list` is
 * the list that is still open at the end. */
static int write_fields(struct json_writer *w, struct json_plan *plan, struct span body, bool hex,
			struct json_field **list)
{
	struct span rest = body, before = body;
	struct wire_field field;
	uint64_t written = 0; /* a bit for each number below 64 */
	int more = 0, status = 0;

	for (; status == 0 && (more = wire_next(&rest, &field, w->err)) > 0; before = rest) {
		struct json_field *f = json_plan_field(plan, field.number);
		bool known = json_is_known(f, field.type) && !is_ambiguous(f, body, written);
		bool first = f != *list;

		if (*list && (first || !known)) {
			json_close(&w->text, ']');
			*list = NULL;
		}
		if (!known) {
			json_write_bytes(w, JSON_KEY("_unknown"), before);
			return 0;
		}
		written |= field.number < 64 ? UINT64_C(1) << field.number : 0;
		if (first)
			json_key(&w->text, json_key_of(f, rest));
		if (!f->repeated) {
			status = json_write_value(w, f, hex, &field);
			continue;
		}
		if (first)
			json_open(&w->text, '[');
		*list = f;
		status = write_item(w, f, hex, first, &field, &rest);
	}
	return status < 0 ? status : more;
}

/* An error in what is nested is said as of the whole message. */
static int check_whole(struct json_writer *w)
{
	if (!w->checked && json_canon_check(&w->plans, w->whole, w->whole_body, w->err) < 0)
		return -1;
	w->checked = true;
	return 0;
}

/* Of a message that is not plain: the canonical form, with all that is nested. */
static int canonical_body(struct json_writer *w, struct json_plan *plan, struct span *body)
{
	int canonical = check_whole(w);

	if (canonical == 0)
		canonical = json_canon_check(&w->plans, plan, *body, w->err);
	if (canonical < 0)
		return -1;
	if (canonical)
		return 0;
	w->was_raw = true;
	buffer_clear(&w->canonical);
	if (json_canon_write(&w->plans, plan, *body, &w->canonical, w->err) < 0)
		return -1;
	*body = buffer_span(&w->canonical);
	return 0;
}

static int write_members(struct json_writer *w, struct json_plan *plan, struct span body, bool hex)
{
	bool known = w->is_canonical;
	struct json_field *list = NULL;
	int status;

	if (!known && (w->depth > MESSAGE_DEPTH_MAX || !json_is_plain(plan, body))) {
		if (canonical_body(w, plan, &body) < 0)
			return -1;
		w->is_canonical = true;
	}
	status = write_fields(w, plan, body, hex, &list);
	if (list)
		json_close(&w->text, ']');
	w->is_canonical = known;
	return status;
}

int json_write_members(struct json_writer *w, struct json_plan *plan, struct span body)
{
	w->is_canonical = w->was_raw = w->checked = w->was_tried = false;
	w->whole = plan;
	w->whole_body = body;
	return write_members(w, plan, body, false);
}

/* --- entries --- */

static int write_entry(struct json_writer *w, const struct image *image,
		       const struct image_entry *entry)
{
	struct json_plan *plan = w->whole;
	bool is_raw;

	if (!plan || plan->type != entry->type)
		plan = w->whole = json_plan_of(&w->plans, entry->type);
	if (!plan)
		return fail_memory(w->err);
	json_item(&w->text);
	if (image->kind->payload == PAYLOAD_NONE && json_write_plain(w, plan, entry->body))
		return w->text.failed ? -1 : 0;
	json_open(&w->text, '{');
	if (json_write_members(w, plan, entry->body) < 0)
		return -1;
	is_raw = w->was_raw;
	if (image->kind->payload != PAYLOAD_NONE && json_write_extra(w, image, entry, plan) < 0)
		return -1;
	if (is_raw)
		json_write_bytes(w, JSON_KEY("_raw"), entry->body);
	json_close(&w->text, '}');
	return w->text.failed ? -1 : 0;
}

bool json_has_one_magic(const struct image_kind *kind)
{
	return span_is(span_text(kind->name), "inventory");
}

static void write_magic(struct json_writer *w, const struct image *image)
{
	bool one = image->rest.data - image->bytes.data == 4;

	json_key(&w->text, JSON_KEY("magic"));
	json_string(&w->text, span_text(image->kind->magic_name));
	if (one == json_has_one_magic(image->kind))
		return;
	json_key(&w->text, JSON_KEY("_one_magic"));
	json_word(&w->text, one ? "true" : "false");
}

static int write_image(struct json_writer *w, struct image *image)
{
	struct image_entry entry;
	int more;

	json_open(&w->text, '{');
	write_magic(w, image);
	json_key(&w->text, JSON_KEY("entries"));
	json_open(&w->text, '[');
	while ((more = image_next(image, &entry, w->err)) > 0) {
		if (write_entry(w, image, &entry) < 0) {
			if (!w->text.failed)
				error_context(w->err, "entry %zu", entry.index);
			return -1;
		}
	}
	if (more < 0)
		return -1;
	json_close(&w->text, ']');
	json_close(&w->text, '}');
	return json_text_end(&w->text);
}

int json_write_image(struct image *image, unsigned flags, const struct json_sink *sink,
		     struct error *err)
{
	struct json_writer *w = calloc(1, sizeof(*w));
	int status;

	if (!w)
		return fail_memory(err);
	w->flags = flags;
	w->shows_addresses = (flags & JSON_PRETTY) || image->kind->raw != RAW_NOT;
	w->err = err;
	w->depth = 1;
	json_text_begin(&w->text, sink, flags & JSON_PRETTY, err);
	status = write_image(w, image);
	json_plans_free(&w->plans);
	buffer_free(&w->canonical);
	free(w);
	return status;
}
