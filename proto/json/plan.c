/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "../netlink.h"
#include "plan.h"

void json_plans_free(struct json_plans *plans)
{
	arena_free(&plans->arena);
	plans->list = NULL;
}

/* Names in the schema are plain words: nothing in them needs an escape. */
static struct span make_key(struct arena *arena, const char *name)
{
	size_t size = sizeof(", \"\": ") + strlen(name);
	char *key = arena_alloc(arena, size < JSON_KEY_ROOM ? JSON_KEY_ROOM : size);

	if (!key)
		return span_of(NULL, 0);
	snprintf(key, size, ", \"%s\": ", name);
	return span_text(key + 2);
}

/* False: it is shown plain. */
static bool fill_display(struct json_field *field, const struct message_type *type)
{
	const char *marks[DISPLAY_MARKS];

	if (!display_find(type, field->type, marks))
		return false;
	field->hex = marks[DISPLAY_HEX] != NULL;
	field->address = field->repeated && marks[DISPLAY_IPADD] != NULL;
	field->device = marks[DISPLAY_DEV] != NULL;
	field->user_device = marks[DISPLAY_ODEV] != NULL;
	field->flags = marks[DISPLAY_FLAGS];
	field->words = marks[DISPLAY_DICT];
	field->quoted = marks[DISPLAY_CONV] != NULL;
	return true;
}

bool json_field_shown(const struct field_type *f, const struct display_flag *rows[JSON_FLAGS_MAX],
		      struct json_field *field)
{
	size_t count = 0;

	*field = (struct json_field){
		.type = f,
		.repeated = field_label(f) == FIELD_REPEATED,
		.flag_rows = rows,
	};
	if (!fill_display(field, field_owner(f)))
		return false;
	if (field->flags)
		count = display_flags(field->flags, rows, JSON_FLAGS_MAX - 1);
	rows[count] = NULL;
	return true;
}

/* Asked for by every number, so they are looked up here and not by name. */
static int fill_flags(struct arena *arena, struct json_field *field)
{
	if (!field->flags)
		return 0;
	field->flag_rows = arena_array(arena, JSON_FLAGS_MAX, sizeof(field->flag_rows[0]));
	if (!field->flag_rows)
		return -1;
	field->flag_rows[display_flags(field->flags, field->flag_rows, JSON_FLAGS_MAX - 1)] = NULL;
	return 0;
}

/* What plain messages have of it. A number below 0, or that may be one, is not plain. */
static void fill_plain(struct json_field *f)
{
	bool has_form = !f->packed && (f->wire == WIRE_VARINT || f->wire == WIRE_BYTES);

	if (has_form && f->number < 16)
		f->plain_tag = (uint8_t)(f->number << 3 | f->wire);
	if (f->kind == FIELD_BOOL)
		f->plain_most = 1;
	else if (f->is_64 || f->wire == WIRE_BYTES)
		f->plain_most = INT64_MAX;
	else
		f->plain_most = f->kind == FIELD_UNSIGNED ? UINT32_MAX : INT32_MAX;
}

static int fill_field(struct arena *arena, struct json_field *field,
		      const struct message_type *type, size_t index)
{
	const struct field_type *f = message_field_at(type, index);

	field->type = f;
	field->message = field_message(f);
	field->key = make_key(arena, field_name(f));
	field->number = field_number(f);
	field->kind = field_kind(f);
	field->wire = field_wire(f);
	field->is_64 = field_bits(f) == 64;
	field->repeated = field_label(f) == FIELD_REPEATED;
	field->packed = field_is_packed(f);
	field->required = field_label(f) == FIELD_REQUIRED;
	fill_plain(field);
	fill_display(field, type);
	return field->key.data ? fill_flags(arena, field) : -1;
}

/* A field whose old name now belongs to another field: each learns of the
 * other. */
static int fill_old_name(struct json_plans *plans, struct json_plan *plan, struct json_field *field)
{
	const char *old = field_old_name(field->type);
	const struct field_type *now = old ? message_field(plan->type, old, strlen(old)) : NULL;
	struct json_field *rival = now ? json_plan_field(plan, field_number(now)) : NULL;

	if (!old)
		return 0;
	field->old_key = make_key(&plans->arena, old);
	if (rival) {
		field->new_number = rival->number;
		rival->old_number = field->number;
	}
	return field->old_key.data ? 0 : -1;
}

static int fill_plan(struct json_plans *plans, struct json_plan *plan)
{
	plan->count = message_field_count(plan->type);
	plan->fields = arena_array(&plans->arena, plan->count, sizeof(plan->fields[0]));
	if (!plan->fields)
		return -1;
	for (size_t i = 0; i < plan->count; i++) {
		if (fill_field(&plans->arena, &plan->fields[i], plan->type, i) < 0)
			return -1;
		plan->required += plan->fields[i].required;
	}
	for (size_t i = 0; i < plan->count; i++) {
		if (fill_old_name(plans, plan, &plan->fields[i]) < 0)
			return -1;
	}
	return 0;
}

struct json_plan *json_plan_of(struct json_plans *plans, const struct message_type *type)
{
	struct json_plan *plan;

	for (plan = plans->list; plan; plan = plan->next) {
		if (plan->type == type)
			return plan;
	}
	plan = arena_alloc(&plans->arena, sizeof(*plan));
	if (!plan)
		return NULL;
	plan->type = type;
	plan->name = message_name(type);
	plan->unordered = netlink_is_message(type);
	if (fill_plan(plans, plan) < 0)
		return NULL;
	plan->next = plans->list;
	plans->list = plan;
	return plan;
}

struct json_plan *json_field_plan(struct json_plans *plans, struct json_field *field)
{
	if (!field->plan)
		field->plan = json_plan_of(plans, field->message);
	return field->plan;
}

int json_plan_number(const struct json_plan *plan, struct span body, const char *name,
		     uint64_t *number, struct error *err)
{
	const struct field_type *f = message_field(plan->type, name, strlen(name));
	struct wire_field field;
	int more;

	*number = 0;
	if (!f)
		return fail(err, "internal error: no field %s in %s", name, plan->name);
	while ((more = wire_next_of(&body, field_number(f), &field, err)) > 0) {
		if (field.type == field_wire(f))
			*number = (uint64_t)field_decode(f, field.scalar);
	}
	return more;
}
