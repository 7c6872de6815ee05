/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "../../proto/wire.h"
#include "test.h"

#define BYTES(...) ((const uint8_t[]){ __VA_ARGS__ })
#define SPAN(...) span_of(BYTES(__VA_ARGS__), sizeof(BYTES(__VA_ARGS__)))

/* Reads one field of the bytes, which lie at the end of their memory, so that
 * reading further is seen. */
static int next_of(struct span bytes, struct wire_field *field, struct error *err)
{
	uint8_t *copy = malloc(bytes.size + !bytes.size);
	struct span rest = span_of(copy, bytes.size);
	int more;

	if (bytes.size)
		memcpy(copy, bytes.data, bytes.size);
	more = wire_next(&rest, field, err);
	free(copy);
	return more;
}

static void refused(struct span bytes, const char *text, const char *what)
{
	struct wire_field field;
	struct error err = { "" };

	if (is_number(next_of(bytes, &field, &err), -1, what))
		is_text(err.text, text, what);
}

static void test_types(void)
{
	struct span rest = SPAN(0x08, 0x96, 0x01, 0x12, 0x02, 'h', 'i', 0x1d, 1, 2, 3, 4, 0x21, 1,
				2, 3, 4, 5, 6, 7, 0x88);
	struct wire_field f;
	struct error err;

	is_number(wire_next(&rest, &f, &err), 1, "a varint");
	ok(f.number == 1 && f.type == WIRE_VARINT && f.scalar == 150, "its value");
	is_number((long long)f.raw.size, 3, "its raw bytes");
	is_number(wire_next(&rest, &f, &err), 1, "bytes");
	ok(f.number == 2 && f.type == WIRE_BYTES && span_is(f.bytes, "hi"), "their payload");
	ok(f.raw.size == 4 && f.bytes.data == f.raw.data + 2, "their raw bytes");
	is_number(wire_next(&rest, &f, &err), 1, "fixed32");
	ok(f.number == 3 && f.type == WIRE_FIXED32 && f.scalar == 0x04030201, "its value");
	is_number(wire_next(&rest, &f, &err), 1, "fixed64");
	ok(f.type == WIRE_FIXED64 && f.scalar == 0x8807060504030201ull, "its value");
	is_number(wire_next(&rest, &f, &err), 0, "the end");
	is_number(wire_next(&rest, &f, &err), 0, "and again");
}

static void test_varints(void)
{
	static const uint64_t values[] = {
		0,
		1,
		127,
		128,
		16383,
		16384,
		0x7fffffff,
		0x80000000u,
		UINT32_MAX,
		1ull << 56,
		(1ull << 56) - 1,
		(1ull << 63) - 1,
		1ull << 63,
		UINT64_MAX,
	};
	size_t wrong = 0, cut = 0;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint8_t bytes[WIRE_VARINT_MAX];
		size_t size = wire_varint_write(bytes, values[i]);
		struct span rest = span_of(bytes, size);
		struct error err;
		uint64_t back;

		wrong += size != wire_varint_size(values[i]);
		wrong += wire_varint(&rest, &back, &err) != 1 || back != values[i] || rest.size;
		for (size_t part = 0; part < size; part++) {
			rest = span_of(bytes, part);
			cut += wire_varint(&rest, &back, &err) != -1 || rest.size != part;
		}
	}
	is_number((long long)wrong, 0, "varints come back");
	is_number((long long)cut, 0, "cut varints are refused and leave the rest alone");
	is_number((long long)wire_varint_size(UINT64_MAX), WIRE_VARINT_MAX, "the longest");
}

static void test_long_varints(void)
{
	struct wire_field f;
	struct error err;

	is_number(next_of(SPAN(0x08, 0x80, 0x80, 0x00), &f, &err), 1, "padding is allowed");
	ok(f.scalar == 0 && f.raw.size == 4, "and belongs to the field");
	is_number(next_of(SPAN(0x88, 0x80, 0x00, 0x05), &f, &err), 1, "in a tag too");
	ok(f.number == 1 && f.scalar == 5, "with the same meaning");
	is_number(next_of(SPAN(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
			  &f, &err),
		  1, "ten bytes");
	ok(f.scalar == UINT64_MAX, "bits above the 64th are dropped");
	refused(SPAN(0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00),
		"a varint of more than 10 bytes", "eleven bytes");
	refused(SPAN(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80),
		"a varint of more than 10 bytes", "eleven bytes of tag");
}

static void test_refused(void)
{
	refused(SPAN(0x80), "the message ends inside a varint", "half a tag");
	refused(SPAN(0x08), "the message ends inside a varint", "no value");
	refused(SPAN(0x08, 0x80), "the message ends inside a varint", "half a value");
	refused(SPAN(0x00, 0x01), "a field with the impossible number 0", "number 0");
	refused(SPAN(0x07), "a field with the impossible number 0", "number 0, type 7");
	refused(SPAN(0x80, 0x80, 0x80, 0x80, 0x10, 0x00),
		"a field with the impossible number 536870912", "number 2^29");
	refused(SPAN(0x0b), "field 1 has the unknown wire type 3", "a group");
	refused(SPAN(0x0c), "field 1 has the unknown wire type 4", "the end of a group");
	refused(SPAN(0x0e, 0), "field 1 has the unknown wire type 6", "type 6");
	refused(SPAN(0x0f, 0), "field 1 has the unknown wire type 7", "type 7");
	refused(SPAN(0x0d, 1, 2, 3), "the message ends inside field 1", "cut fixed32");
	refused(SPAN(0x09, 1, 2, 3, 4, 5, 6, 7), "the message ends inside field 1", "cut fixed64");
	refused(SPAN(0x0a, 0x03, 1, 2), "field 1 is 3 bytes long but only 2 are left", "cut bytes");
	refused(SPAN(0x0a), "the message ends inside a varint", "no length");
	refused(SPAN(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
		"field 1 is 18446744073709551615 bytes long but only 0 are left", "length 2^64-1");
	refused(SPAN(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 'x'),
		"field 1 is 4294967295 bytes long but only 1 are left", "length 2^32-1");
}

static void test_written(void)
{
	struct buffer b = { 0 };
	struct wire_field f;
	struct error err;
	struct span rest;

	wire_put_scalar(&b, 1, WIRE_VARINT, UINT64_MAX);
	wire_put_scalar(&b, 0x1fffffff, WIRE_FIXED32, 0x11223344);
	wire_put_scalar(&b, 16, WIRE_FIXED64, 0x1122334455667788ull);
	wire_put_bytes(&b, 15, span_text("text"));
	wire_put_bytes(&b, 2, span_of(NULL, 0));
	rest = buffer_span(&b);
	ok(wire_next(&rest, &f, &err) == 1 && f.scalar == UINT64_MAX, "varint written");
	ok(f.raw.size == 11, "in eleven bytes");
	ok(wire_next(&rest, &f, &err) == 1 && f.scalar == 0x11223344, "fixed32 written");
	ok(f.number == 0x1fffffff, "with the greatest number");
	ok(wire_next(&rest, &f, &err) == 1 && f.scalar == 0x1122334455667788ull, "fixed64 written");
	ok(wire_next(&rest, &f, &err) == 1 && span_is(f.bytes, "text"), "bytes written");
	ok(wire_next(&rest, &f, &err) == 1 && f.bytes.size == 0, "empty bytes written");
	ok(wire_next(&rest, &f, &err) == 0, "and nothing else");
	buffer_free(&b);
}

/* Does wire_next_of() give what wire_next() does, without the others? */
static bool agrees(struct span bytes, uint32_t number)
{
	struct span rest = bytes, all = bytes;
	struct error err = { "" }, wanted = { "" };
	struct wire_field f, g;
	int more, also;

	do {
		more = wire_next_of(&rest, number, &f, &err);
		do
			also = wire_next(&all, &g, &wanted);
		while (also > 0 && g.number != number);
		if (more != also ||
		    (more > 0 && (f.raw.data != g.raw.data || f.scalar != g.scalar ||
				  !span_equal(f.bytes, g.bytes))))
			return false;
	} while (more > 0);
	return strcmp(err.text, wanted.text) == 0;
}

/* Do the quick ways to look at a message see what wire_next() does? */
static bool looks_the_same(struct span bytes)
{
	uint64_t last[WIRE_LAST_MAX] = { 0 }, wanted[WIRE_LAST_MAX] = { 0 };
	uint32_t there = 0, highest = 0, ordered = 0;
	struct span rest = bytes, before = bytes;
	struct wire_field f;
	struct error err;
	bool same = true;

	for (; wire_next(&rest, &f, &err) > 0; before = rest) {
		size_t size = wire_quick_size(before.data, before.size);

		same &= size == 0 || size == f.raw.size;
		if (f.number >= highest && f.number < WIRE_LAST_MAX)
			ordered |= 1u << f.number;
		highest = f.number > highest ? f.number : highest;
		if (f.number >= WIRE_LAST_MAX)
			continue;
		wanted[f.number] = f.scalar;
		there |= 1u << f.number;
	}
	same &= wire_last(bytes, last) == there && memcmp(last, wanted, sizeof(last)) == 0;
	for (uint32_t number = 1; number < WIRE_LAST_MAX; number++)
		same &= wire_has(bytes, number) == (ordered >> number & 1);
	return same;
}

/* Whatever the bytes are: no crash, no endless loop, and all of raw inside. */
static void test_random(void)
{
	uint32_t seed = 1;
	size_t wrong = 0;

	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[24];
		struct span rest = span_of(bytes, sizeof(bytes));
		struct wire_field f;
		struct error err;
		size_t done = 0;
		int more;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(seed >> 24) & (round & 1 ? 0xff : 0x1f);
		}
		while ((more = wire_next(&rest, &f, &err)) > 0) {
			wrong += f.raw.data != bytes + done;
			done += f.raw.size;
			wrong += done + rest.size != sizeof(bytes) || f.raw.size < 2;
		}
		wrong += more == 0 && done != sizeof(bytes);
		for (uint32_t number = 1; number < 4; number++)
			wrong += !agrees(span_of(bytes, sizeof(bytes)), number);
		wrong += !looks_the_same(span_of(bytes, sizeof(bytes)));
	}
	is_number((long long)wrong, 0, "random bytes");
}

int main(void)
{
	test_types();
	test_varints();
	test_long_varints();
	test_refused();
	test_written();
	test_random();
	return test_end();
}
