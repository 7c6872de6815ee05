/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The protobuf wire format: reads the fields of one message, one after the
 * other, and writes single fields. Knows no schema and allocates nothing
 * when reading.
 * Format: https://protobuf.dev/programming-guides/encoding/
 */
#ifndef CRW_WIRE_H
#define CRW_WIRE_H

#include <endian.h>

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

/* The bytes of the varint in front, 0 when it takes a closer look to tell. */
static inline size_t wire_quick_varint(const uint8_t *at, size_t left)
{
	uint64_t word, ends;

	if (left > 0 && at[0] < 0x80)
		return 1;
	if (left < sizeof(word))
		return 0;
	memcpy(&word, at, sizeof(word));
	ends = ~le64toh(word) & UINT64_C(0x8080808080808080);
	return ends ? (unsigned)__builtin_ctzll(ends) / 8 + 1 : 0;
}

/* The bytes of the field in front, without its value: 0 when it takes a closer look to
 * tell. Its tag is one byte then, and the length of what is not a number another. */
static inline size_t wire_quick_size(const uint8_t *at, size_t left)
{
	size_t size;

	if (left < 2 || at[0] < 8 || at[0] >= 0x80)
		return 0;
	if ((at[0] & 7) == WIRE_BYTES)
		return at[1] < 0x80 && at[1] <= left - 2 ? at[1] + 2u : 0;
	size = (at[0] & 7) == WIRE_VARINT ? wire_quick_varint(at + 1, left - 1) : 0;
	return size ? size + 1 : 0;
}

/* Takes the next field of that number off the front, and all before it. As wire_next(). */
int wire_next_of(struct span *rest, uint32_t number, struct wire_field *field, struct error *err);

/* Is there a field of that number, before any of a higher one or that cannot be read? */
bool wire_has(struct span rest, uint32_t number);

/* The last scalar of each number below WIRE_LAST_MAX; the result has a bit for each that is
 * there. What cannot be read is the end. */
#define WIRE_LAST_MAX 8
uint32_t wire_last(struct span body, uint64_t scalars[WIRE_LAST_MAX]);

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
