/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "address.h"

#include <arpa/inet.h>
#include <string.h>

#include "../proto/json/shown.h"
#include "text.h"

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static struct value make(const void *bytes, size_t size)
{
	struct value v = { .type = VALUE_ADDRESS };

	memcpy(v.address, bytes, size);
	v.address_size = (uint8_t)size;
	v.prefix = (uint8_t)(8 * size);
	return v;
}

static unsigned bits_of(const struct value *v)
{
	return 8u * v->address_size;
}

/* --- text --- */

/* Six pairs of hexadecimal digits with ':' between. */
static bool parse_mac(const char *text, struct value *out)
{
	uint8_t bytes[ADDRESS_MAC];

	if (strlen(text) != 3 * sizeof(bytes) - 1)
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		const char digits[] = { '0', 'x', text[3 * i], text[3 * i + 1], 0 };
		number_t byte;

		if (!text_number(span_text(digits), &byte) ||
		    (i + 1 < sizeof(bytes) && text[3 * i + 2] != ':'))
			return false;
		bytes[i] = (uint8_t)byte;
	}
	*out = make(bytes, sizeof(bytes));
	return true;
}

static bool parse_plain(const char *text, struct value *out)
{
	uint8_t bytes[ADDRESS_V6];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*out = make(bytes, ADDRESS_V4);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*out = make(bytes, ADDRESS_V6);
	else
		return parse_mac(text, out);
	return true;
}

static bool parse_prefix(const char *text, struct value *out)
{
	number_t prefix;

	if (out->address_size == ADDRESS_MAC || strspn(text, "0123456789") != strlen(text) ||
	    !text_number(span_text(text), &prefix) || prefix > bits_of(out))
		return false;
	out->prefix = (uint8_t)prefix;
	return true;
}

bool address_parse(struct span s, struct value *out)
{
	char text[ADDRESS_TEXT_MAX + 1] = "", *slash;
	struct value v;

	if (s.size == 0 || s.size > ADDRESS_TEXT_MAX || memchr(s.data, 0, s.size))
		return false;
	memcpy(text, s.data, s.size);
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	if (!parse_plain(text, &v) || (slash && !parse_prefix(slash + 1, &v)))
		return false;
	*out = v;
	return true;
}

void address_print(struct buffer *out, const struct value *v)
{
	char text[JSON_SHOWN_MAX] = "";
	uint32_t words[4];

	for (size_t i = 0; v->address_size == ADDRESS_MAC && i < ADDRESS_MAC; i++)
		buffer_printf(out, "%s%02x", i ? ":" : "", v->address[i]);
	if (json_shown_address(words, address_words(v, words), text))
		buffer_text(out, text);
	if (address_is_subnet(v))
		buffer_printf(out, "/%u", v->prefix);
}

/* --- from and to images --- */

bool address_of_bytes(struct span bytes, struct value *out)
{
	if (bytes.size != ADDRESS_V4 && bytes.size != ADDRESS_V6 && bytes.size != ADDRESS_MAC)
		return false;
	*out = make(bytes.data, bytes.size);
	return true;
}

bool address_of(const struct value *v, struct value *out)
{
	uint32_t words[4];

	if (v->type == VALUE_TEXT)
		return address_parse(v->text, out);
	if (v->type == VALUE_ADDRESS)
		*out = *v;
	if (v->type != VALUE_LIST)
		return v->type == VALUE_ADDRESS;
	if (v->item_count != 1 && v->item_count != 4)
		return false;
	for (size_t i = 0; i < v->item_count; i++) {
		if (v->items[i].type != VALUE_NUMBER)
			return false;
		words[i] = (uint32_t)v->items[i].number;
	}
	*out = make(words, 4 * v->item_count);
	return true;
}

size_t address_words(const struct value *v, uint32_t words[4])
{
	if (v->address_size == ADDRESS_MAC)
		return 0;
	memcpy(words, v->address, v->address_size);
	return v->address_size / 4u;
}

/* --- mapped addresses --- */

bool address_is_subnet(const struct value *v)
{
	return v->prefix != bits_of(v);
}

bool address_is_mapped(const struct value *v)
{
	return v->address_size == ADDRESS_V6 && v->prefix >= 96 &&
	       memcmp(v->address, mapped, sizeof(mapped)) == 0;
}

struct value address_unmap(const struct value *v)
{
	struct value four;

	if (!address_is_mapped(v))
		return *v;
	four = make(v->address + sizeof(mapped), ADDRESS_V4);
	four.prefix = (uint8_t)(v->prefix - 96);
	return four;
}

struct value address_map(const struct value *v)
{
	uint8_t bytes[ADDRESS_V6];
	struct value six;

	if (v->address_size != ADDRESS_V4)
		return *v;
	memcpy(bytes, mapped, sizeof(mapped));
	memcpy(bytes + sizeof(mapped), v->address, ADDRESS_V4);
	six = make(bytes, sizeof(bytes));
	six.prefix = (uint8_t)(v->prefix + 96);
	return six;
}

/* --- compared --- */

bool address_is_any(const struct value *v)
{
	static const uint8_t zeros[ADDRESS_V6];
	struct value plain;

	if (!address_of(v, &plain))
		return true;
	plain = address_unmap(&plain);
	return memcmp(plain.address, zeros, plain.address_size) == 0;
}

/* The bit of this number, from the front. */
static bool bit_of(const struct value *v, unsigned bit)
{
	return v->address[bit / 8] >> (7 - bit % 8) & 1;
}

bool address_within(const struct value *inner, const struct value *outer)
{
	struct value in, out;

	if (!address_of(inner, &in) || !address_of(outer, &out))
		return false;
	in = address_unmap(&in);
	out = address_unmap(&out);
	if (in.address_size != out.address_size || in.prefix < out.prefix)
		return false;
	for (unsigned bit = 0; bit < out.prefix; bit++)
		if (bit_of(&in, bit) != bit_of(&out, bit))
			return false;
	return true;
}

bool address_equal(const struct value *a, const struct value *b)
{
	struct value x, y;

	if (!address_of(a, &x) || !address_of(b, &y))
		return false;
	x = address_unmap(&x);
	y = address_unmap(&y);
	return x.address_size == y.address_size && x.prefix == y.prefix &&
	       memcmp(x.address, y.address, x.address_size) == 0;
}

/* --- carried --- */

static void put_bit(struct value *v, unsigned bit, bool set)
{
	uint8_t mask = (uint8_t)(0x80 >> bit % 8);

	if (set)
		v->address[bit / 8] |= mask;
	else
		v->address[bit / 8] &= (uint8_t)~mask;
}

static int fail_carry(const struct value *v, const struct value *to, const char *why,
		      struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };

	address_print(&text, v);
	buffer_printf(&text, " %s ", why);
	address_print(&text, to);
	return fail(err, "%.*s", (int)text.size, (const char *)text.data);
}

int address_carry(const struct value *v, const struct value *from, const struct value *to,
		  struct value *out, struct error *err)
{
	struct value old = address_unmap(v), source = address_unmap(from);
	struct value target = address_unmap(to), fresh = old;
	unsigned bits = bits_of(&old);

	*out = *v;
	if (!address_within(v, from))
		return 0;
	if (old.address_size != target.address_size)
		return fail_carry(v, to, "cannot be carried into another family:", err);
	for (unsigned bit = source.prefix; bit < bits && bit < target.prefix; bit++)
		if (bit_of(&old, bit))
			return fail_carry(v, to, "has no place in", err);
	for (unsigned bit = 0; bit < bits; bit++)
		put_bit(&fresh, bit,
			bit < target.prefix ? bit_of(&target, bit) :
					      bit >= source.prefix && bit_of(&old, bit));
	if (address_is_subnet(&old) && old.prefix == source.prefix)
		fresh.prefix = target.prefix;
	*out = address_is_mapped(v) ? address_map(&fresh) : fresh;
	return 0;
}
