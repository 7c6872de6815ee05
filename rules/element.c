/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "element.h"
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

void element_read(const struct field_type *f, const struct wire_field *w, struct value *out)
{
	if (is_bytes(f))
		*out = value_text(w->bytes);
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
	return fail(err, "'%s' holds %s, not a %s", field_name(f), kinds[field_kind(f)],
		    value_type_name(v->type));
}

static int convert_text(const struct field_type *f, const struct value *v, struct arena *scratch,
			struct element *out, struct error *err)
{
	cleanup_buffer struct buffer b = { 0 };

	if (v->type == VALUE_TEXT) {
		out->bytes = v->text;
		if (field_kind(f) == FIELD_TEXT && v->text.size &&
		    memchr(v->text.data, 0, v->text.size))
			return fail(err, "the text for '%s' has a NUL byte in it", field_name(f));
		return 0;
	}
	if (field_kind(f) == FIELD_BYTES || (v->type != VALUE_SET && v->type != VALUE_NUMBER))
		return wrong_type(f, v, err);
	value_print(&b, *v);
	out->bytes = span_of(arena_copy(scratch, b.data, b.size), b.size);
	return out->bytes.data ? 0 : fail_memory(err);
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
		if (v->type != VALUE_NUMBER)
			return wrong_type(f, v, err);
		return field_encode(f, v->number, &out->scalar, err);
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
	if (is_bytes(f))
		return span_equal(e->bytes, v->text);
	if (field_kind(f) == FIELD_BOOL)
		return v->boolean == (e->scalar != 0);
	return v->number == field_decode(f, e->scalar);
}

bool element_equal(const struct field_type *f, const struct element *e, const struct wire_field *w)
{
	struct value now;

	element_read(f, w, &now);
	return element_same(f, e, &now);
}

/* --- for people --- */

void element_show(struct buffer *out, const struct field_type *f, const struct value *v,
		  bool quoted)
{
	const char *name = NULL;

	if (field_kind(f) == FIELD_ENUM && v->type == VALUE_NUMBER && v->number >= INT32_MIN &&
	    v->number <= INT32_MAX)
		name = field_enum_name(f, (int32_t)v->number);
	if (name)
		buffer_text(out, name);
	else if (v->type == VALUE_TEXT && !quoted)
		text_put_escaped(out, v->text);
	else
		value_print_quoted(out, *v);
}
