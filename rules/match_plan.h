/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan says, for every message type that a path may lead through, which
 * fields are worth looking at. The walk keeps two sets of steps for the
 * message it is in, one bit each: those that may match here, and those after
 * a "//" that may match here or anywhere below.
 */
#ifndef CRW_MATCH_PLAN_H
#define CRW_MATCH_PLAN_H

#include "ast.h"

struct match_plan_field {
	const struct field_type *field; /* NULL: no step cares */
	const struct field_type *older; /* that has the name where `field` is not there; or NULL */
	uint32_t names;                 /* steps with the name of this field */
	uint32_t below;  /* steps whose field may stand in this message, at any depth */
	uint8_t ordinal; /* of the message, among the plan's fields that are not repeated */
	bool repeated;
	enum wire_type wire;      /* of one element */
	struct match_plan *inner; /* of a message */
};

struct match_plan {
	const struct message_type *type;
	uint32_t number_count; /* of fields[], by field number */
	struct match_plan_field *fields;
	struct match_plan_field *renamed; /* the one with an older field, or NULL */
};

/* For a path that starts at a message of this type, with the steps from
 * `first` on in path->table. NULL when there is no memory. */
struct match_plan *match_plan_build(struct arena *arena, struct path *path, size_t first,
				    const struct message_type *type);

static inline const struct match_plan_field *match_plan_field(const struct match_plan *plan,
							      uint32_t number)
{
	if (number >= plan->number_count || !plan->fields[number].field)
		return NULL;
	return &plan->fields[number];
}

#endif
