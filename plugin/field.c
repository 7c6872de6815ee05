/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "../proto/json/bytes.h"
#include "../proto/utf8.h"
#include "context.h"
#include "field.h"

/* ---- paths ---------------------------------------------------------------- */

struct path {
	const struct field_type *fields[FIELD_PATH_MAX];
	size_t depth;
};

static int add_field(struct path *path, const struct message_type *type, const char *name,
		     size_t size, struct error *err)
{
	const struct field_type *f = message_field(type, name, size);

	if (!f)
		return fail(err, "%s has no field '%.*s'", message_name(type), (int)size, name);
	if (path->depth == FIELD_PATH_MAX)
		return fail(err, "the path has more than %d names", FIELD_PATH_MAX);
	path->fields[path->depth++] = f;
	return 0;
}

static const struct field_type *last_field(const struct path *path)
{
	return path->fields[path->depth - 1];
}

/* `list`: is the last field to be one? Those in front of it are none. */
static int resolve(struct path *path, const struct message_type *type, const char *text, bool list,
		   struct error *err)
{
	for (path->depth = 0; type; text++) {
		size_t size = strcspn(text, ".");
		const struct field_type *f;

		if (add_field(path, type, text, size, err) < 0)
			return -1;
		f = last_field(path);
		text += size;
		if ((field_label(f) == FIELD_REPEATED) != (list && !*text))
			return fail(err, "'%s' is %s list", field_name(f),
				    list && !*text ? "not a" : "a");
		if (!*text)
			return 0;
		type = field_message(f);
	}
	return fail(err, "'%s' has no fields", field_name(last_field(path)));
}

/* ---- values --------------------------------------------------------------- */

void field_message_init(struct crw_message *message, const struct message_type *type,
			struct span body)
{
	*message = (struct crw_message){
		.name = message_name(type),
		.type = type,
		.data = body.data,
		.size = body.size,
	};
}

static void take_scalar(struct crw_value *value, const struct field_type *f, uint64_t scalar)
{
	value->number = (uint64_t)field_decode(f, scalar);
	value->name = NULL;
	if (field_kind(f) == FIELD_ENUM)
		value->name = field_enum_name(f, (int32_t)value->number);
}

static void take_value(struct crw_value *value, const struct field_type *f,
		       const struct wire_field *field)
{
	static const enum crw_kind kinds[] = {
		[FIELD_SIGNED] = CRW_SIGNED,  [FIELD_UNSIGNED] = CRW_UNSIGNED,
		[FIELD_FLOAT] = CRW_UNSIGNED, [FIELD_BOOL] = CRW_BOOL,
		[FIELD_ENUM] = CRW_ENUM,      [FIELD_TEXT] = CRW_TEXT,
		[FIELD_BYTES] = CRW_BYTES,    [FIELD_MESSAGE] = CRW_MESSAGE,
	};

	value->kind = kinds[field_kind(f)];
	value->data = field->bytes.data;
	value->size = field->bytes.size;
	if (value->kind == CRW_MESSAGE)
		field_message_init(&value->message, field_message(f), field->bytes);
	else if (field_wire(f) != WIRE_BYTES)
		take_scalar(value, f, field->scalar);
}

/* The last value at the end of the path, of which `at` fields are behind us. */
static int find_last(const struct path *path, size_t at, struct span body, struct crw_value *value,
		     struct error *err)
{
	const struct field_type *f = field_here(path->fields[at], body);
	struct wire_field field;
	int more, found = 0;

	while ((more = wire_next_of(&body, field_number(f), &field, err)) > 0) {
		int status = 1;

		if (field.type != field_wire(f))
			continue;
		if (at + 1 == path->depth)
			take_value(value, f, &field);
		else
			status = find_last(path, at + 1, field.bytes, value, err);
		if (status < 0)
			return -1;
		found |= status;
	}
	return more < 0 ? -1 : found;
}

int field_get(const struct crw_message *message, const char *path, struct crw_value *value,
	      struct error *err)
{
	struct span body = span_of(message->data, message->size);
	struct path fields;

	*value = (struct crw_value){ .kind = CRW_UNSIGNED };
	if (resolve(&fields, message->type, path, false, err) < 0)
		return -1;
	return find_last(&fields, 0, body, value, err);
}

int crw_get(struct crw *crw, const struct crw_message *message, const char *path,
	    struct crw_value *value)
{
	return field_get(message, path, value, &crw->err);
}

uint64_t crw_get_number(struct crw *crw, const struct crw_message *message, const char *path)
{
	struct crw_value value;

	return field_get(message, path, &value, &crw->err) > 0 ? value.number : 0;
}

/* Those of the names; they are mostly the same as of the message before. */
static int find_numbers(struct crw *crw, const struct message_type *type, const char *const *names,
			size_t count, struct path *fields)
{
	struct field_numbers_memo *last = &crw->numbers_memo;

	if (last->type != type)
		*last = (struct field_numbers_memo){ .type = type };
	for (size_t i = 0; i < count; i++) {
		const struct field_type *f = i < FIELD_PATH_MAX ? last->fields[i] : NULL;

		if (f && strcmp(field_name(f), names[i]) == 0)
			fields->fields[fields->depth++] = f;
		else if (add_field(fields, type, names[i], strlen(names[i]), &crw->err) < 0)
			return -1;
		last->fields[i] = fields->fields[i];
	}
	return 0;
}

int crw_get_numbers(struct crw *crw, const struct crw_message *message, const char *const *names,
		    size_t count, uint64_t *numbers)
{
	struct span body = span_of(message->data, message->size);
	struct path fields = { .depth = 0 };
	struct wire_field field;
	int more;

	if (find_numbers(crw, message->type, names, count, &fields) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		fields.fields[i] = field_here(fields.fields[i], body);
		numbers[i] = 0;
	}
	while ((more = wire_next(&body, &field, &crw->err)) > 0)
		for (size_t i = 0; i < count; i++)
			if (field.number == field_number(fields.fields[i]) &&
			    field.type == field_wire(fields.fields[i]))
				numbers[i] = (uint64_t)field_decode(fields.fields[i], field.scalar);
	return more;
}

/* ---- lists ---------------------------------------------------------------- */

/* The message that the list is in: 1, 0 when it is not there, or -1. */
static int find_parent(const struct path *path, const struct crw_message *message,
		       struct crw_value *value, struct error *err)
{
	struct span body = span_of(message->data, message->size);
	struct crw_value parent = { .data = body.data, .size = body.size };
	struct path to = *path;
	int found = 1;

	to.depth--;
	if (to.depth > 0)
		found = find_last(&to, 0, body, &parent, err);
	value->rest = parent.data;
	value->rest_size = parent.size;
	return found;
}

static int next_of_run(const struct path *path, struct crw_value *value, struct error *err)
{
	const struct field_type *f = last_field(path);
	struct span run = span_of(value->run, value->run_size);
	struct wire_field field = { .number = field_number(f), .type = field_wire(f) };

	if (wire_value(&run, &field, err) < 0)
		return error_context(err, "field '%s'", field_name(f));
	take_value(value, f, &field);
	value->run = run.data;
	value->run_size = run.size;
	return 1;
}

static int next_of_list(const struct path *path, struct crw_value *value, struct error *err)
{
	const struct field_type *f = last_field(path);
	struct span rest = span_of(value->rest, value->rest_size);
	struct wire_field field;
	int more = 1;

	while (value->run_size == 0 &&
	       (more = wire_next_of(&rest, field_number(f), &field, err)) > 0) {
		value->rest = rest.data;
		value->rest_size = rest.size;
		if (field.type == field_wire(f)) {
			take_value(value, f, &field);
			return 1;
		}
		if (field.type == WIRE_BYTES) {
			value->run = field.bytes.data;
			value->run_size = field.bytes.size;
		}
	}
	return more > 0 ? next_of_run(path, value, err) : more;
}

int crw_get_next(struct crw *crw, const struct crw_message *message, const char *path,
		 struct crw_value *value)
{
	struct path fields;
	int found = 1;

	if (resolve(&fields, message->type, path, true, &crw->err) < 0)
		return -1;
	if (!value->rest)
		found = find_parent(&fields, message, value, &crw->err);
	return found > 0 ? next_of_list(&fields, value, &crw->err) : found;
}

/* ---- text ----------------------------------------------------------------- */

static void put_value(struct buffer *out, const struct crw_value *value)
{
	struct span bytes = span_of(value->data, value->size);

	if (value->kind == CRW_TEXT)
		buffer_append(out, utf8_is_valid(bytes) ? bytes : span_text("?"));
	else if (value->kind == CRW_BYTES)
		quoted_encode(bytes, out);
	else if (value->kind == CRW_MESSAGE)
		buffer_text(out, value->message.name);
	else if (value->kind == CRW_BOOL)
		buffer_text(out, value->number ? "true" : "false");
	else if (value->kind == CRW_ENUM && value->name)
		buffer_text(out, value->name);
	else if (value->kind == CRW_UNSIGNED)
		buffer_printf(out, "%llu", (unsigned long long)value->number);
	else
		buffer_printf(out, "%lld", (long long)value->number);
}

char *crw_value_text(const struct crw_value *value)
{
	struct buffer text = { 0 };

	put_value(&text, value);
	buffer_byte(&text, 0);
	if (text.failed)
		buffer_free(&text);
	return (char *)text.data;
}
