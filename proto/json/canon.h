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

/*
 * A message is plain when it is canonical and all in it is of the kinds that
 * nearly all is: no unknown and no packed field, no number below 0 or of fixed
 * size, tags of one byte. What is nested in it is not looked at.
 */
struct json_plain {
	const uint8_t *at, *end;
	uint32_t last;   /* number of the field before */
	size_t required; /* of the fields so far */

	/* the field that was taken last */
	struct json_field *field;
	uint64_t scalar;
	struct span bytes;
};

static inline struct json_plain json_plain_begin(struct span body)
{
	return (struct json_plain){ .at = body.data, .end = body.data + body.size };
}

/* Takes the varint in front when it is in its shortest form and below 2^63. */
static inline bool json_plain_varint(struct json_plain *p)
{
	const uint8_t *at = p->at;
	uint64_t sum = 0;
	unsigned shift = 0;

	if (at == p->end)
		return false;
	if (*at >= 0x80) {
		do {
			sum |= (uint64_t)(*at++ & 0x7f) << shift;
			shift += 7;
		} while (at < p->end && *at >= 0x80 && shift < 56);
		if (at == p->end || *at >= 0x80 || *at == 0)
			return false;
	}
	p->scalar = sum | (uint64_t)*at << shift;
	p->at = at + 1;
	return true;
}

/* Takes the next field; false when it is not plain. There must be one. */
static inline bool json_plain_next(const struct json_plan *plan, struct json_plain *p)
{
	uint8_t tag = *p->at++;
	uint32_t number = tag >> 3;
	struct json_field *f = json_plan_field(plan, number);

	if (!f || tag != f->plain_tag || number < p->last + !f->repeated || !json_plain_varint(p) ||
	    p->scalar > f->plain_most)
		return false;
	if (f->wire == WIRE_BYTES) {
		if (p->scalar > (size_t)(p->end - p->at))
			return false;
		p->bytes = span_of(p->at, (size_t)p->scalar);
		p->at += p->bytes.size;
	}
	p->field = f;
	p->last = number;
	p->required += f->required;
	return true;
}

/* Was it plain to its end? */
static inline bool json_plain_end(const struct json_plan *plan, const struct json_plain *p)
{
	return p->required == plan->required;
}

bool json_is_plain(const struct json_plan *plan, struct span body);

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
