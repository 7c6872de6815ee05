/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The wire format. Everything in an image passes wire_next, so the common
 * case, tags and numbers of one byte, takes no loop.
 */
#include <string.h>

#include "wire.h"

#define FIELD_NUMBER_MAX 0x1fffffffu

/* --- reading --- */

/* The varint at data, which has `size` bytes; returns the bytes it takes, or
 * 0 when it does not end. Bits above the 64th are dropped, as everywhere. */
static size_t read_long_varint(const uint8_t *data, size_t size, uint64_t *value)
{
	size_t most = size < WIRE_VARINT_MAX ? size : WIRE_VARINT_MAX;
	uint64_t sum = 0;

#pragma GCC unroll 10
	for (size_t i = 0; i < most; i++) {
		sum |= (uint64_t)(data[i] & 0x7f) << (7 * i);
		if (data[i] < 0x80) {
			*value = sum;
			return i + 1;
		}
	}
	return 0;
}

static inline size_t read_varint(const uint8_t *data, size_t size, uint64_t *value)
{
	if (__builtin_expect(size > 0 && data[0] < 0x80, 1)) {
		*value = data[0];
		return 1;
	}
	return read_long_varint(data, size, value);
}

static void fail_varint(struct span rest, struct error *err)
{
	if (rest.size >= WIRE_VARINT_MAX)
		fail(err, "a varint of more than %d bytes", WIRE_VARINT_MAX);
	else
		fail(err, "the message ends inside a varint");
}

static inline int take_varint(struct span *rest, uint64_t *value, struct error *err)
{
	size_t used = read_varint(rest->data, rest->size, value);

	if (used == 0) {
		fail_varint(*rest, err);
		return -1; /* said here, so that compilers see what *value is left as */
	}
	*rest = span_of(rest->data + used, rest->size - used);
	return 1;
}

int wire_varint(struct span *rest, uint64_t *value, struct error *err)
{
	return take_varint(rest, value, err);
}

static uint64_t read_fixed(const uint8_t *data, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)data[i] << (8 * i);
	return value;
}

/* Takes `size` bytes of a fixed-size value. */
static int next_fixed(struct span *rest, size_t size, struct wire_field *field, struct error *err)
{
	if (rest->size < size)
		return fail(err, "the message ends inside field %u", field->number);
	field->scalar = read_fixed(rest->data, size);
	*rest = span_of(rest->data + size, rest->size - size);
	return 1;
}

static int next_bytes(struct span *rest, struct wire_field *field, struct error *err)
{
	uint64_t size;

	if (take_varint(rest, &size, err) < 0)
		return -1;
	if (size > rest->size)
		return fail(err, "field %u is %llu bytes long but only %zu are left", field->number,
			    (unsigned long long)size, rest->size);
	field->bytes = span_of(rest->data, (size_t)size);
	*rest = span_of(rest->data + size, rest->size - (size_t)size);
	return 1;
}

int wire_value(struct span *rest, struct wire_field *field, struct error *err)
{
	switch (field->type) {
	case WIRE_VARINT:
		return take_varint(rest, &field->scalar, err);
	case WIRE_BYTES:
		return next_bytes(rest, field, err);
	case WIRE_FIXED64:
		return next_fixed(rest, 8, field, err);
	case WIRE_FIXED32:
		return next_fixed(rest, 4, field, err);
	}
	return fail(err, "field %u has the unknown wire type %u", field->number,
		    (unsigned)field->type);
}

static __attribute__((noinline)) int next_any(struct span *rest, struct wire_field *field,
					      struct error *err)
{
	const uint8_t *start = rest->data;
	uint64_t tag;

	if (take_varint(rest, &tag, err) < 0)
		return -1;
	if (tag >> 3 == 0 || tag >> 3 > FIELD_NUMBER_MAX)
		return fail(err, "a field with the impossible number %llu",
			    (unsigned long long)(tag >> 3));
	field->number = (uint32_t)(tag >> 3);
	field->type = (enum wire_type)(tag & 7);
	field->scalar = 0;
	field->bytes = span_of(NULL, 0);
	if (wire_value(rest, field, err) < 0)
		return -1;
	field->raw = span_of(start, (size_t)(rest->data - start));
	return 1;
}

static inline int give(struct span *rest, struct wire_field *field, enum wire_type type,
		       uint64_t scalar, struct span bytes, size_t size)
{
	*field = (struct wire_field){
		rest->data[0] >> 3, type, scalar, bytes, span_of(rest->data, size),
	};
	*rest = span_of(rest->data + size, rest->size - size);
	return 1;
}

/* Most fields have a tag of one byte, and a length of one byte or a number. */
int wire_next(struct span *rest, struct wire_field *field, struct error *err)
{
	const uint8_t *at = rest->data;
	uint64_t scalar;
	size_t used;

	if (rest->size < 2 || at[0] < 8 || at[0] >= 0x80)
		return rest->size ? next_any(rest, field, err) : 0;
	if ((at[0] & 7) == WIRE_BYTES && at[1] < 0x80 && at[1] <= rest->size - 2)
		return give(rest, field, WIRE_BYTES, 0, span_of(at + 2, at[1]), at[1] + 2u);
	if ((at[0] & 7) != WIRE_VARINT)
		return next_any(rest, field, err);
	used = read_varint(at + 1, rest->size - 1, &scalar);
	return used ? give(rest, field, WIRE_VARINT, scalar, span_of(NULL, 0), used + 1) :
		      next_any(rest, field, err);
}

/* Passes over fields of other numbers, or of lower ones, as far as that is quick. */
static inline void skip(struct span *rest, uint32_t number, bool lower)
{
	const uint8_t *at = rest->data;
	size_t left = rest->size, size;

	while (left && (lower ? at[0] >> 3 < number : at[0] >> 3 != number)) {
		size = wire_quick_size(at, left);
		if (!size)
			break;
		at += size;
		left -= size;
	}
	*rest = span_of(at, left);
}

int wire_next_of(struct span *rest, uint32_t number, struct wire_field *field, struct error *err)
{
	int more;

	do {
		skip(rest, number, false);
		more = wire_next(rest, field, err);
	} while (more > 0 && field->number != number);
	return more;
}

bool wire_has(struct span rest, uint32_t number)
{
	struct wire_field field;
	struct error ignored;
	int more;

	do {
		skip(&rest, number, true);
		if (wire_quick_size(rest.data, rest.size))
			return rest.data[0] >> 3 == number;
		more = wire_next(&rest, &field, &ignored);
	} while (more > 0 && field.number < number);
	return more > 0 && field.number == number;
}

/* The number in front and its field, when both are short to read: the bytes they take. */
static inline size_t take_number(struct span s, struct wire_field *field)
{
	size_t used;

	if (s.size < 2 || s.data[0] < 8 || s.data[0] >= 0x80 || (s.data[0] & 7) != WIRE_VARINT)
		return 0;
	field->number = s.data[0] >> 3;
	used = read_varint(s.data + 1, s.size - 1, &field->scalar);
	return used ? used + 1 : 0;
}

uint32_t wire_last(struct span body, uint64_t scalars[WIRE_LAST_MAX])
{
	struct wire_field field;
	struct error ignored;
	uint32_t there = 0;
	size_t size;

	while (body.size > 0) {
		size = take_number(body, &field);
		if (size)
			body = span_of(body.data + size, body.size - size);
		else if (wire_next(&body, &field, &ignored) <= 0)
			break;
		if (field.number >= WIRE_LAST_MAX)
			continue;
		scalars[field.number] = field.scalar;
		there |= 1u << field.number;
	}
	return there;
}

/* --- writing --- */

size_t wire_varint_size(uint64_t value)
{
	size_t size = 1;

	for (; value >= 0x80; value >>= 7)
		size++;
	return size;
}

static inline uint8_t *write_varint(uint8_t *at, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*at++ = (uint8_t)value | 0x80;
	*at++ = (uint8_t)value;
	return at;
}

static inline uint8_t *write_tag(uint8_t *at, uint32_t number, enum wire_type type)
{
	return write_varint(at, (uint64_t)number << 3 | type);
}

static uint8_t *write_fixed(uint8_t *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		*at++ = (uint8_t)(value >> (8 * i));
	return at;
}

size_t wire_varint_write(uint8_t out[WIRE_VARINT_MAX], uint64_t value)
{
	return (size_t)(write_varint(out, value) - out);
}

void wire_put_varint(struct buffer *out, uint64_t value)
{
	uint8_t bytes[WIRE_VARINT_MAX];

	buffer_append(out, span_of(bytes, wire_varint_write(bytes, value)));
}

/* Apart, so that the usual case has no registers to save. */
static __attribute__((noinline)) void grow_for_scalar(struct buffer *out, uint32_t number,
						      enum wire_type type, uint64_t scalar)
{
	if (buffer_grow(out, 2 * WIRE_VARINT_MAX))
		wire_put_scalar(out, number, type, scalar);
}

void wire_put_scalar(struct buffer *out, uint32_t number, enum wire_type type, uint64_t scalar)
{
	uint8_t *at;

	if (!buffer_has_room(out, 2 * WIRE_VARINT_MAX)) {
		grow_for_scalar(out, number, type, scalar);
		return;
	}
	at = write_tag(out->data + out->size, number, type);
	if (type == WIRE_VARINT)
		at = write_varint(at, scalar);
	else
		at = write_fixed(at, scalar, type == WIRE_FIXED64 ? 8 : 4);
	out->size = (size_t)(at - out->data);
}

void wire_put_bytes(struct buffer *out, uint32_t number, struct span payload)
{
	uint8_t *at = buffer_extend(out, 2 * WIRE_VARINT_MAX + payload.size);

	if (!at)
		return;
	at = write_varint(write_tag(at, number, WIRE_BYTES), payload.size);
	if (payload.size)
		memcpy(at, payload.data, payload.size);
	out->size = (size_t)(at - out->data) + payload.size;
}
