/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The canonical form of a message, which is how CRIU and pycriu write it and
 * what can be told from its JSON: known fields in order of number, each
 * number in its shortest form, fields that the schema does not know behind
 * them. Bytes in any other form mean the same and can be brought into it.
 */
#ifndef CRW_JSON_CANON_H
#define CRW_JSON_CANON_H

#include "plan.h"

/* 1 when the message is canonical and no required field is missing in it,
 * 0 when not, -1 when it is no message or nested too deep. */
int json_canon_check(struct json_plans *plans, struct json_plan *plan, struct span body,
		     struct error *err);

/* Appends the canonical form of the message to out. */
int json_canon_write(struct json_plans *plans, struct json_plan *plan, struct span body,
		     struct buffer *out, struct error *err);

/* One element of a packed run, and the next one of a run that is whole. */
void json_put_packed(struct buffer *out, const struct json_field *f, uint64_t scalar);
uint64_t json_take_packed(struct span *run, const struct json_field *f);

/* Is this field of the wire one of the schema, in the one form it has?
 * Everything else is an unknown field. */
static inline bool json_is_known(const struct json_field *f, enum wire_type wire)
{
	return f && wire == (f->packed ? WIRE_BYTES : f->wire);
}

#endif
