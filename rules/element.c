/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "address.h"
#include "element.h"
#include "shown.h"
#include "text.h"

static bool is_bytes(const struct field_type *f)
{
	return field_wire(f) == WIRE_BYTES;
}

bool element_is_run(const struct field_type *f, const struct wire_field *w)
{
	return w->type == WIRE_BYTES && !is_bytes(f) && field_label(f) == FIELD_REPEATED;
}

int element_judge(const struct field_type *f, const struct wire_field *w, struct error *err)
{
	if (w->type == field_wire(f) || element_is_run(f, w))
		return 0;
	return fail(err, "field '%s' has wire type %d instead of %d", field_name(f), w->type,
		    field_wire(f));
}

static void read_scalar(const struct field_type *f, uint64_t scalar, struct value *out)
{
	if (field_kind(f) == FIELD_BOOL)
		*out = value_bool(scalar != 0);
	else if (field_kind(f) == FIELD_FLOAT)
		*out = value_number(scalar);
	else
		*out = value_number(field_decode(f, scalar));
}

/* The NUL behind a path is not part of it for people. */
static struct span unix_name(struct span name)
{
	bool path = name.size > 1 && name.data[0] && !name.data[name.size - 1];

	return span_of(name.data, name.size - path);
}

static void read_bytes(const struct field_type *f, struct span bytes, struct value *out)
{
	*out = value_text(bytes);
	if (field_kind(f) != FIELD_BYTES)
		return;
	if (shown_is_mac(f) && bytes.size == ADDRESS_MAC)
		address_of_bytes(bytes, out);
	else if (shown_is_unix_name(f))
		out->text = unix_name(bytes);
}

void element_read(const struct field_type *f, const struct wire_field *w, struct value *out)
{
	if (is_bytes(f))
		read_bytes(f, w->bytes, out);
	else
		read_scalar(f, w->scalar, out);
}

int element_next(const struct field_type *f, struct span *run, struct value *out, struct span *raw,
		 struct error *err)
{
	struct wire_field field = { .number = field_number(f), .type = field_wire(f) };
	struct span before = *run;

	if (run->size == 0)
		return 0;
	if (wire_value(run, &field, err) < 0)
		return fail(err, "the list in field '%s' is cut off", field_name(f));
	*raw = span_of(before.data, before.size - run->size);
	read_scalar(f, field.scalar, out);
	return 1;
}

size_t element_count(const struct field_type *f, struct span run)
{
	struct error ignored;
	struct span raw;
	struct value v;
	size_t count = 0;

	while (element_next(f, &run, &v, &raw, &ignored) > 0)
		count++;
	return count;
}

/* --- values to elements --- */

static int wrong_type(const struct field_type *f, const struct value *v, struct error *err)
{
	static const char *const kinds[] = {
		[FIELD_SIGNED] = "a number",
		[FIELD_UNSIGNED] = "a number",
		[FIELD_FLOAT] = "a floating point number",
		[FIELD_BOOL] = "true or false",
		[FIELD_ENUM] = "a name or a number",
		[FIELD_TEXT] = "text",
		[FIELD_BYTES] = "text",
		[FIELD_MESSAGE] = "a message",
	};

	if (v->type == VALUE_NONE)
		return fail(err, "the value for '%s' is missing; default(..., ...) gives another",
			    field_name(f));
	return fail(err, "'%s' holds %s, not %s %s", field_name(f), kinds[field_kind(f)],
		    v->type == VALUE_ADDRESS ? "an" : "a", value_type_name(v->type));
}

static int keep_bytes(struct buffer *b, struct arena *scratch, struct element *out,
		      struct error *err)
{
	out->bytes = span_of(arena_copy(scratch, b->data, b->size), b->size);
	return b->failed || !out->bytes.data ? fail_memory(err) : 0;
}

/* Bytes that people write in another form: 1 when it was one, 0, -1. */
static int convert_bytes(const struct field_type *f, const struct value *v, struct arena *scratch,
			 struct element *out, struct error *err)
{
	cleanup_buffer struct buffer b = { 0 };
	struct value mac;

	if (field_kind(f) != FIELD_BYTES)
		return 0;
	if (shown_is_mac(f) && address_of(v, &mac)) {
		if (mac.address_size != ADDRESS_MAC)
			return fail(err, "'%s' holds a MAC address like 02:42:ac:11:00:02",
				    field_name(f));
		buffer_append(&b, span_of(mac.address, ADDRESS_MAC));
	} else if (v->type == VALUE_TEXT && v->text.size && v->text.data[0] &&
		   v->text.data[v->text.size - 1] && shown_is_unix_name(f)) {
		buffer_append(&b, v->text);
		buffer_byte(&b, 0);
	}
	if (!b.size && !b.failed)
		return 0;
	return keep_bytes(&b, scratch, out, err) < 0 ? -1 : 1;
}

static int convert_text(const struct field_type *f, const struct value *v, struct arena *scratch,
			struct element *out, struct error *err)
{
	cleanup_buffer struct buffer b = { 0 };
	int special = convert_bytes(f, v, scratch, out, err);

	if (special)
		return special < 0 ? -1 : 0;
	if (v->type == VALUE_TEXT) {
		out->bytes = v->text;
		if (field_kind(f) == FIELD_TEXT && v->text.size &&
		    memchr(v->text.data, 0, v->text.size))
			return fail(err, "the text for '%s' has a NUL byte in it", field_name(f));
		return 0;
	}
	if (field_kind(f) == FIELD_BYTES ||
	    (v->type != VALUE_SET && v->type != VALUE_NUMBER && v->type != VALUE_ADDRESS))
		return wrong_type(f, v, err);
	value_print(&b, *v);
	return keep_bytes(&b, scratch, out, err);
}

static int convert_number(const struct field_type *f, const struct value *v, struct element *out,
			  struct error *err)
{
	number_t n;

	if (v->type == VALUE_TEXT && shown_has_names(f)) {
		if (!shown_number(f, v->text, &n))
			return fail(err, "'%.*s' is not a value of '%s'",
				    (int)(v->text.size < 60 ? v->text.size : 60),
				    (const char *)v->text.data, field_name(f));
		return field_encode(f, n, &out->scalar, err);
	}
	if (v->type != VALUE_NUMBER)
		return wrong_type(f, v, err);
	return field_encode(f, v->number, &out->scalar, err);
}

int element_convert(const struct field_type *f, const struct value *v, struct arena *scratch,
		    struct element *out, struct error *err)
{
	*out = (struct element){ 0 };
	switch (field_kind(f)) {
	case FIELD_TEXT:
	case FIELD_BYTES:
		return convert_text(f, v, scratch, out, err);
	case FIELD_BOOL:
		if (v->type != VALUE_BOOL)
			return wrong_type(f, v, err);
		out->scalar = v->boolean;
		return 0;
	case FIELD_SIGNED:
	case FIELD_UNSIGNED:
	case FIELD_ENUM:
		return convert_number(f, v, out, err);
	default:
		return wrong_type(f, v, err);
	}
}

void element_write(struct buffer *out, const struct field_type *f, const struct element *e)
{
	if (is_bytes(f))
		wire_put_bytes(out, field_number(f), e->bytes);
	else
		wire_put_scalar(out, field_number(f), field_wire(f), e->scalar);
}

void element_write_packed(struct buffer *out, const struct field_type *f, const struct element *e)
{
	size_t fixed = field_wire(f) == WIRE_FIXED64 ? 8 : field_wire(f) == WIRE_FIXED32 ? 4 : 0;

	if (!fixed)
		wire_put_varint(out, e->scalar);
	for (size_t i = 0; i < fixed; i++)
		buffer_byte(out, (uint8_t)(e->scalar >> (8 * i)));
}

bool element_same(const struct field_type *f, const struct element *e, const struct value *v)
{
	if (is_bytes(f) && v->type == VALUE_ADDRESS)
		return span_equal(e->bytes, span_of(v->address, v->address_size));
	if (is_bytes(f))
		return span_equal(e->bytes, v->text);
	if (field_kind(f) == FIELD_BOOL)
		return v->boolean == (e->scalar != 0);
	return v->number == field_decode(f, e->scalar);
}

bool element_equal(const struct field_type *f, const struct element *e, const struct wire_field *w)
{
	if (is_bytes(f))
		return span_equal(e->bytes, w->bytes);
	return field_decode(f, e->scalar) == field_decode(f, w->scalar);
}

/* --- for people --- */

/* A device in quotes, since ':' is none of the language's signs. */
static bool show_number(struct buffer *out, const struct field_type *f, number_t n, bool quoted)
{
	size_t start = out->size;
	bool shown = shown_put(out, f, n), device;

	device = shown && out->size > start && memchr(out->data + start, ':', out->size - start);
	if (!device || !quoted)
		return shown;
	out->size = start;
	buffer_byte(out, '"');
	shown_put(out, f, n);
	buffer_byte(out, '"');
	return true;
}

void element_show(struct buffer *out, const struct field_type *f, const struct value *v,
		  bool quoted)
{
	const char *name = NULL;

	if (field_kind(f) == FIELD_ENUM && v->type == VALUE_NUMBER && v->number >= INT32_MIN &&
	    v->number <= INT32_MAX)
		name = field_enum_name(f, (int32_t)v->number);
	if (name)
		buffer_text(out, name);
	else if (v->type == VALUE_NUMBER && !is_bytes(f) && show_number(out, f, v->number, quoted))
		return;
	else if (v->type == VALUE_TEXT && !quoted)
		text_put_escaped(out, v->text);
	else
		value_print_quoted(out, *v);
}
