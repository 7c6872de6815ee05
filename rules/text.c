/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "text.h"

/* How many bytes the first byte of a character announces; 0: none does. */
static size_t announced(uint8_t byte)
{
	if (byte < 0x80)
		return 1;
	if (byte >= 0xc2 && byte < 0xe0)
		return 2;
	if (byte >= 0xe0 && byte < 0xf0)
		return 3;
	return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

size_t text_character(struct span s)
{
	size_t size = s.size ? announced(s.data[0]) : 0;

	if (size == 0 || size > s.size)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((s.data[i] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong forms, surrogates, beyond U+10FFFF */
	if ((s.data[0] == 0xe0 && s.data[1] < 0xa0) || (s.data[0] == 0xed && s.data[1] > 0x9f) ||
	    (s.data[0] == 0xf0 && s.data[1] < 0x90) || (s.data[0] == 0xf4 && s.data[1] > 0x8f))
		return 0;
	return size;
}

/* Numbers are wider than 64 bits for what is calculated on the way; values of
 * fields have no more, and dividing those is much faster. */
void text_put_number(struct buffer *out, number_t n)
{
	unsigned __int128 wide = n < 0 ? -(unsigned __int128)n : (unsigned __int128)n;
	char digits[48];
	size_t at = sizeof(digits);
	uint64_t rest;

	for (; wide > UINT64_MAX; wide /= 10)
		digits[--at] = (char)('0' + (int)(wide % 10));
	rest = (uint64_t)wide;
	do
		digits[--at] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (n < 0)
		digits[--at] = '-';
	buffer_append(out, span_of(digits + at, sizeof(digits) - at));
}

static void put_byte_escaped(struct buffer *out, uint8_t byte)
{
	if (byte == '\n')
		buffer_text(out, "\\n");
	else if (byte == '\t')
		buffer_text(out, "\\t");
	else if (byte == '\r')
		buffer_text(out, "\\r");
	else
		buffer_printf(out, "\\x%02x", byte);
}

/* Control characters, and what has no width or turns the direction of
 * writing around: nobody should see other text than what is there. */
static bool is_hidden(const uint8_t *c, size_t size)
{
	if (size == 1)
		return c[0] < 0x20 || c[0] == 0x7f;
	if (size == 2)
		return c[0] == 0xc2 && c[1] < 0xa0;
	if (size == 3 && c[0] == 0xe2 && c[1] == 0x80)
		return (c[2] >= 0x8b && c[2] <= 0x8f) || (c[2] >= 0xa8 && c[2] <= 0xae);
	if (size == 3 && c[0] == 0xe2 && c[1] == 0x81)
		return c[2] >= 0xa0 && c[2] <= 0xaf;
	return size == 3 && c[0] == 0xef && c[1] == 0xbb && c[2] == 0xbf;
}

static void put_text(struct buffer *out, struct span s, const char *special)
{
	for (size_t i = 0; i < s.size;) {
		size_t size = text_character(span_of(s.data + i, s.size - i));
		uint8_t byte = s.data[i];

		if (size == 0 || is_hidden(s.data + i, size)) {
			for (size_t end = i + (size ? size : 1); i < end; i++)
				put_byte_escaped(out, s.data[i]);
			continue;
		}
		for (const char *c = special; *c; c++) {
			if (byte == (uint8_t)*c)
				buffer_byte(out, '\\');
		}
		buffer_append(out, span_of(s.data + i, size));
		i += size;
	}
}

void text_put_escaped(struct buffer *out, struct span s)
{
	put_text(out, s, "");
}

void text_put_quoted(struct buffer *out, struct span s)
{
	buffer_byte(out, '"');
	put_text(out, s, "\"\\");
	buffer_byte(out, '"');
}

static int digit_value(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return 99;
}

static int take_base(struct span *s)
{
	int base = 10;

	if (s->size > 2 && s->data[0] == '0' && s->data[1] == 'x')
		base = 16;
	else if (s->size > 2 && s->data[0] == '0' && s->data[1] == 'o')
		base = 8;
	if (base != 10)
		*s = span_of(s->data + 2, s->size - 2);
	return base;
}

bool text_number(struct span s, number_t *n)
{
	bool negative = s.size && s.data[0] == '-';
	int base;

	if (negative)
		s = span_of(s.data + 1, s.size - 1);
	base = take_base(&s);
	*n = 0;
	if (s.size == 0)
		return false;
	for (size_t i = 0; i < s.size; i++) {
		int digit = digit_value(s.data[i]);

		if (digit >= base)
			return false;
		*n = *n * base + digit;
		if (*n > NUMBER_MAX)
			return false;
	}
	if (negative)
		*n = -*n;
	return *n >= NUMBER_MIN;
}
