/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text.h"

#include "../proto/utf8.h"

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
static bool is_hidden(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0, 0x1f },        { 0x7f, 0x9f },     { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
	};
	size_t i = 0;

	while (i < sizeof(hidden) / sizeof(hidden[0]) && code > hidden[i].last)
		i++;
	return i < sizeof(hidden) / sizeof(hidden[0]) && code >= hidden[i].first;
}

static void put_text(struct buffer *out, struct span s, const char *special)
{
	for (size_t i = 0; i < s.size;) {
		uint32_t code;
		size_t size = utf8_decode(span_of(s.data + i, s.size - i), &code);

		if (size == 0 || is_hidden(code)) {
			for (size_t end = i + (size ? size : 1); i < end; i++)
				put_byte_escaped(out, s.data[i]);
			continue;
		}
		for (const char *c = special; *c; c++) {
			if (code == (uint8_t)*c)
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
