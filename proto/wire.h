/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The protobuf wire format: reads the fields of one message, one after the
 * other, and writes single fields. Knows no schema and allocates nothing
 * when reading.
 * Format: https://protobuf.dev/programming-guides/encoding/
 */
#ifndef CRW_WIRE_H
#define CRW_WIRE_H

#include "bytes.h"
#include "error.h"

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2, /* text, bytes, messages, packed lists */
	WIRE_FIXED32 = 5,
};

#define WIRE_VARINT_MAX 10 /* bytes of the longest varint */

struct wire_field {
	uint32_t number;
	enum wire_type type;
	uint64_t scalar;   /* of VARINT, FIXED64, FIXED32 */
	struct span bytes; /* of BYTES: the payload */
	struct span raw;   /* all of it: tag, length, payload */
};

/* Takes the next field off the front of *rest.
 * Returns 1, 0 at the end, -1 when the bytes are no field (groups are not
 * supported; field number 0, lengths beyond the end and varints of more
 * than ten bytes are refused). */
int wire_next(struct span *rest, struct wire_field *field, struct error *err);

/* Takes the next field of that number off the front, and all before it. As wire_next(). */
int wire_next_of(struct span *rest, uint32_t number, struct wire_field *field, struct error *err);

/* Is there a field of that number, before any of a higher one or that cannot be read? */
bool wire_has(struct span rest, uint32_t number);

/* Takes a value of field->type off the front, as they stand in a packed run; fills
 * in scalar or bytes. 1 or -1. */
int wire_value(struct span *rest, struct wire_field *field, struct error *err);

/* Takes one varint off the front; returns 1, or -1 when there is none. */
int wire_varint(struct span *rest, uint64_t *value, struct error *err);

size_t wire_varint_size(uint64_t value);
size_t wire_varint_write(uint8_t out[WIRE_VARINT_MAX], uint64_t value);

void wire_put_varint(struct buffer *out, uint64_t value);
void wire_put_scalar(struct buffer *out, uint32_t number, enum wire_type type, uint64_t scalar);
void wire_put_bytes(struct buffer *out, uint32_t number, struct span payload);

#endif
