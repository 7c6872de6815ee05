/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single values of fields: from the wire to values and back. An element is
 * the value of a field, or one of them when the field is repeated.
 */
#ifndef CRW_ELEMENT_H
#define CRW_ELEMENT_H

#include "value.h"

/* Is this field as its type says? A packed run is, for repeated numbers. */
int element_judge(const struct field_type *f, const struct wire_field *w, struct error *err);
bool element_is_run(const struct field_type *f, const struct wire_field *w);

/* The value of a field that is no packed run and no message. */
void element_read(const struct field_type *f, const struct wire_field *w, struct value *out);

/* Takes the next value off the front of a packed run; *raw are its bytes.
 * 1, 0 at the end, -1 when it is cut off. */
int element_next(const struct field_type *f, struct span *run, struct value *out, struct span *raw,
		 struct error *err);

size_t element_count(const struct field_type *f, struct span run);

/* What a value becomes in a field. */
struct element {
	uint64_t scalar;
	struct span bytes; /* of text and bytes; in the scratch arena or where it was */
};

/* Converts; -1 when the value does not fit: another type, out of range, NUL in text. */
int element_convert(const struct field_type *f, const struct value *v, struct arena *scratch,
		    struct element *out, struct error *err);
void element_write(struct buffer *out, const struct field_type *f, const struct element *e);
/* Without tag, as in a packed run. */
void element_write_packed(struct buffer *out, const struct field_type *f, const struct element *e);
bool element_same(const struct field_type *f, const struct element *e, const struct value *v);
bool element_equal(const struct field_type *f, const struct element *e, const struct wire_field *w);

/* As people see it: numbers as `crit decode --pretty` shows them, enums by name, text
 * bare or quoted and escaped. */
void element_show(struct buffer *out, const struct field_type *f, const struct value *v,
		  bool quoted);

#endif
