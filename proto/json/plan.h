/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What JSON wants to know of a message, looked up once: types of fields,
 * their names as text of JSON, and how crit shows them. Plans live in a set
 * that belongs to one conversion; a message that holds itself has one plan.
 */
#ifndef CRW_JSON_PLAN_H
#define CRW_JSON_PLAN_H

#include "display.h"

struct json_field {
	const struct field_type *type;
	const struct message_type *message; /* of FIELD_MESSAGE */
	struct json_plan *plan;             /* of `message`, see json_field_plan */
	struct span key;                    /* `"name": `, see JSON_KEY_ROOM */
	struct span old_key;                /* the same with what older CRIUs say, or empty */
	uint32_t number;
	uint32_t new_number; /* of the field that has the old name now, or 0 */
	uint32_t old_number; /* of the field whose old name this field has, or 0 */
	enum field_kind kind;
	enum wire_type wire;
	bool is_64, repeated, packed, required;

	/* as it stands in a plain message, see canon.h */
	uint8_t plain_tag;   /* 0: not in a plain one */
	uint64_t plain_most; /* number */

	/* how --pretty shows it; text NULL: not at all so */
	bool hex, address, device, user_device;
	const char *flags, *words;             /* names of maps */
	const struct display_flag **flag_rows; /* of the map, NULL-terminated */
	bool quoted;                           /* bytes as quoted-printable, in both forms */
};

/* Keys have `, ` in front of them, and so many bytes may be read from there on. */
#define JSON_KEY_ROOM 32

struct json_plan {
	struct json_plan *next;
	const struct message_type *type;
	const char *name;
	struct json_field *fields; /* in order of number */
	size_t count, required;
	bool unordered; /* its fields keep the order that they have */
};

struct json_plans {
	struct arena arena;
	struct json_plan *list;
};

void json_plans_free(struct json_plans *plans);

/* NULL when there is no memory. */
struct json_plan *json_plan_of(struct json_plans *plans, const struct message_type *type);

/* How a field is shown, without a plan: `rows` has room for the names of its flags. False
 * when --pretty shows it as it is. The rest of *field is not filled in. */
#define JSON_FLAGS_MAX 48
bool json_field_shown(const struct field_type *f, const struct display_flag *rows[JSON_FLAGS_MAX],
		      struct json_field *field);

/* The plan of the field's message. */
struct json_plan *json_field_plan(struct json_plans *plans, struct json_field *field);

static inline struct json_field *json_plan_field(const struct json_plan *plan, uint32_t number)
{
	/* Numbers mostly go 1, 2, 3 without a gap. */
	size_t at = number - 1 < plan->count ? number - 1 : plan->count;

	if (at < plan->count && plan->fields[at].number == number)
		return &plan->fields[at];
	while (at > 0 && plan->fields[at - 1].number >= number)
		at--;
	return at < plan->count && plan->fields[at].number == number ? &plan->fields[at] : NULL;
}

/* The number in the field of this name; the last counts, 0 when there is none. */
int json_plan_number(const struct json_plan *plan, struct span body, const char *name,
		     uint64_t *number, struct error *err);

#endif
