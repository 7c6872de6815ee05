/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * encode(decode(image)) is the image, for entries of every kind that are
 * written in every way that can be read: fields in any order, several times,
 * in long forms, packed or not, unknown ones, required ones missing.
 */
#include "../../proto/json/plan.h"
#include "json.h"

static uint64_t state = 88172645463325252u;

static uint32_t random_below(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return limit ? (uint32_t)(state >> 32) % limit : 0;
}

/* --- messages that no CRIU writes --- */

/* A varint, now and then with bytes that say nothing. */
static void put_varint(struct buffer *out, uint64_t value)
{
	size_t start = out->size;

	wire_put_varint(out, value);
	if (random_below(20) == 0 && out->size - start < 9) {
		out->data[out->size - 1] |= 0x80;
		buffer_byte(out, 0x80);
		buffer_byte(out, 0);
		if (out->size - start > 10)
			out->size = start;
		if (out->size == start)
			wire_put_varint(out, value);
	}
}

static void put_tag(struct buffer *out, uint32_t number, enum wire_type wire)
{
	put_varint(out, (uint64_t)number << 3 | wire);
}

static uint64_t random_number(void)
{
	static const uint64_t some[] = { 0,          1,         2,
					 127,        128,       UINT32_MAX,
					 UINT64_MAX, INT32_MAX, (uint64_t)INT32_MIN,
					 INT64_MAX,  1ull << 32 };

	return random_below(3) ? some[random_below(sizeof(some) / sizeof(some[0]))] : state;
}

static void put_bytes(struct buffer *out, struct span bytes)
{
	put_varint(out, bytes.size);
	buffer_append(out, bytes);
}

static void put_random_bytes(struct buffer *out, bool text)
{
	static const uint8_t usual[] = "a =\n\r.\t\"\\\x01";
	uint8_t bytes[200];
	size_t size = random_below(random_below(4) ? 8 : sizeof(bytes));

	for (size_t i = 0; i < size; i++)
		bytes[i] = text && random_below(30) ? usual[random_below(10)] :
						      (uint8_t)random_below(256);
	put_bytes(out, span_of(bytes, size));
}

static void put_scalar(struct buffer *out, enum wire_type wire, uint64_t value)
{
	if (wire == WIRE_VARINT) {
		put_varint(out, value);
		return;
	}
	for (unsigned i = 0; i < (wire == WIRE_FIXED32 ? 4 : 8); i++)
		buffer_byte(out, (uint8_t)(value >> (8 * i)));
}

static void put_unknown(struct buffer *out)
{
	static const enum wire_type wires[] = { WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES,
						WIRE_FIXED32 };
	enum wire_type wire = wires[random_below(4)];

	put_tag(out, 1 + random_below(random_below(2) ? 3000 : 40), wire);
	if (wire == WIRE_BYTES)
		put_random_bytes(out, false);
	else
		put_scalar(out, wire, random_number());
}

static void put_message_of(struct buffer *out, const struct message_type *type, unsigned depth);

static void put_field(struct buffer *out, const struct field_type *f, unsigned depth)
{
	struct buffer nested = { 0 };
	bool run = field_label(f) == FIELD_REPEATED && field_wire(f) != WIRE_BYTES &&
		   random_below(10) == 0;

	put_tag(out, field_number(f), run ? WIRE_BYTES : field_wire(f));
	if (run) {
		for (uint32_t i = random_below(4); i > 0; i--)
			put_scalar(&nested, field_wire(f), random_number());
		put_bytes(out, buffer_span(&nested));
	} else if (field_kind(f) == FIELD_MESSAGE) {
		put_message_of(&nested, field_message(f), depth + 1);
		put_bytes(out, buffer_span(&nested));
	} else if (field_wire(f) == WIRE_BYTES) {
		put_random_bytes(out, field_kind(f) == FIELD_TEXT);
	} else {
		put_scalar(out, field_wire(f),
			   random_below(4) ? random_below(12) : random_number());
	}
	buffer_free(&nested);
}

static uint32_t times(const struct field_type *f, unsigned depth, bool wild)
{
	if (field_label(f) == FIELD_REPEATED)
		return random_below(depth > 3 ? 1 : 5);
	if (wild && random_below(10) == 0)
		return random_below(3);
	return field_label(f) == FIELD_REQUIRED || (depth < 4 && random_below(2));
}

/* Wild: in no order, and with what does not belong there. */
static void put_message_of(struct buffer *out, const struct message_type *type, unsigned depth)
{
	size_t count = message_field_count(type);
	bool wild = random_below(3) == 0;

	for (size_t i = 0; i < count; i++) {
		size_t at = wild && random_below(3) == 0 ? random_below((uint32_t)count) : i;
		const struct field_type *f = message_field_at(type, at);

		if (depth > 5 && field_kind(f) == FIELD_MESSAGE && field_label(f) != FIELD_REQUIRED)
			continue;
		for (uint32_t n = times(f, depth, wild); n > 0; n--)
			put_field(out, f, depth);
		if (wild && random_below(15) == 0)
			put_unknown(out);
	}
	if (random_below(8) == 0)
		put_unknown(out);
}

/* --- the round --- */

/* Kinds with payloads get none: their entries are refused where the message
 * says there is one. */
static void make_image(struct buffer *image, const struct image_kind *kind)
{
	struct buffer body = { 0 };

	begin_image(image, kind->name);
	for (uint32_t i = 0, count = random_below(3) + 1; i < count; i++) {
		const struct message_type *type = i == 0 && kind->head ? kind->head : kind->entry;

		buffer_clear(&body);
		put_message_of(&body, type, 1);
		put_message(image, body.data, body.size);
	}
	buffer_free(&body);
}

static bool comes_back(struct span image, unsigned flags, bool *refused)
{
	struct buffer back = { 0 };
	struct error err, why;
	char *text = json_of(image, flags, &err);
	bool good = true;

	*refused = !text;
	if (text) {
		good = image_of(text, 1 + random_below(5000), &back, &why) == 0 &&
		       span_equal(buffer_span(&back), image);
		if (!good)
			printf("# %.4000s\n# %s\n", text, why.text);
	}
	buffer_free(&back);
	free(text);
	return good;
}

static void test_kind(const struct image_kind *kind)
{
	static const unsigned forms[] = { 0, JSON_PRETTY, JSON_QUOTE_BIG };
	struct buffer image = { 0 };
	bool good = true, refused;
	int done = 0;

	for (int i = 0; i < 120 && good; i++) {
		make_image(&image, kind);
		good = comes_back(buffer_span(&image), forms[i % 3], &refused);
		done += !refused;
	}
	ok(good, kind->name);
	if (kind->payload == PAYLOAD_NONE)
		ok(done > 60, "of most images there is JSON");
	buffer_free(&image);
}

/* Images that are changed at random are refused or come back. */
static void test_mutated(void)
{
	struct buffer image = { 0 };
	bool good = true, refused;

	for (int i = 0; i < 4000 && good; i++) {
		const struct image_kind *kind = kind_at(random_below((uint32_t)kind_count()));

		if (!kind->entry || kind->raw != RAW_NOT)
			continue;
		make_image(&image, kind);
		for (uint32_t n = random_below(4); n > 0 && image.size > 8; n--)
			image.data[8 + random_below((uint32_t)image.size - 8)] = (uint8_t)
				random_below(256);
		good = comes_back(buffer_span(&image), (unsigned)i % 2, &refused);
	}
	ok(good, "mutated images are refused or come back");
	buffer_free(&image);
}

/* JSON that is changed at random is refused or makes an image. */
static void test_mutated_json(void)
{
	struct buffer image = { 0 }, back = { 0 };
	struct error err;

	for (int i = 0; i < 4000; i++) {
		const struct image_kind *kind = kind_at(random_below((uint32_t)kind_count()));
		char *text;
		size_t size;

		if (!kind->entry || kind->raw != RAW_NOT)
			continue;
		make_image(&image, kind);
		text = json_of(buffer_span(&image), (unsigned)i % 2, &err);
		size = text ? strlen(text) : 0;
		for (uint32_t n = random_below(4) + 1; n > 0 && size; n--)
			text[random_below((uint32_t)size)] = "{}[]\",:0\\ux-"[random_below(12)];
		if (text)
			image_of(text, 1 + random_below(200), &back, &err);
		free(text);
	}
	ok(true, "no JSON does harm");
	buffer_free(&image);
	buffer_free(&back);
}

int main(void)
{
	for (size_t i = 0; i < kind_count(); i++) {
		if (kind_at(i)->entry && kind_at(i)->raw == RAW_NOT)
			test_kind(kind_at(i));
	}
	test_mutated();
	test_mutated_json();
	return test_end();
}
