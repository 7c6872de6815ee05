/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON text. Every function makes room in the window first and then writes
 * without looking: a million entries are tens of millions of small pieces.
 */
#include <string.h>

#include "../utf8.h"
#include "bytes.h"
#include "text.h"

#define INDENT 4u
#define BLOCK 4096u
#define PIECE_MAX 4096u /* bytes that one call of room() asks for at most */
#define DEPTH_MAX 512u  /* deeper nesting is not indented further */

void json_text_begin(struct json_text *t, const struct json_sink *sink, bool indented,
		     struct error *err)
{
	t->sink = sink;
	t->err = err;
	t->failed = false;
	t->indented = indented;
	t->empty = true;
	t->depth = 0;
	t->used = 0;
}

/* Passes on the first `size` bytes of the window. */
static void flush(struct json_text *t, size_t size)
{
	if (!t->failed && size > 0)
		t->failed = t->sink->write(t->sink->arg, span_of(t->window, size), t->err) < 0;
	t->used -= size;
	memmove(t->window, t->window + size, t->used);
}

int json_text_end(struct json_text *t)
{
	flush(t, t->used);
	return t->failed ? -1 : 0;
}

/* The window is passed on in whole blocks, which files take best. */
static inline uint8_t *room_of(struct json_text *t, size_t size)
{
	if (__builtin_expect(t->used + size > JSON_WINDOW, 0))
		flush(t, t->used & ~(size_t)(BLOCK - 1));
	return t->window + t->used;
}

uint8_t *json_text_room(struct json_text *t, size_t size)
{
	return room_of(t, size);
}

/* The place for the next bytes, PIECE_MAX of them at most. */
static inline uint8_t *room(struct json_text *t)
{
	return room_of(t, PIECE_MAX);
}

static inline void put_byte(struct json_text *t, char byte)
{
	*room(t) = (uint8_t)byte;
	t->used++;
}

/* At most PIECE_MAX bytes, which all that is put is by far. */
static inline void put(struct json_text *t, struct span s)
{
	memcpy(room(t), s.data, s.size);
	t->used += s.size;
}

/* --- structure --- */

static void new_line(struct json_text *t)
{
	size_t size = INDENT * (t->depth < DEPTH_MAX ? t->depth : DEPTH_MAX);
	uint8_t *out = room(t);

	out[0] = '\n';
	memset(out + 1, ' ', size);
	t->used += size + 1;
}

void json_item(struct json_text *t)
{
	if (t->indented) {
		if (!t->empty)
			put_byte(t, ',');
		new_line(t);
	} else if (!t->empty) {
		memcpy(room(t), ", ", 2);
		t->used += 2;
	}
	t->empty = false;
}

void json_key(struct json_text *t, struct span key)
{
	json_item(t);
	put(t, key);
}

void json_open(struct json_text *t, char bracket)
{
	put_byte(t, bracket);
	t->depth++;
	t->empty = true;
}

void json_close(struct json_text *t, char bracket)
{
	t->depth--;
	if (t->indented && !t->empty)
		new_line(t);
	put_byte(t, bracket);
	t->empty = false;
}

void json_word(struct json_text *t, const char *word)
{
	put(t, span_text(word));
}

/* --- numbers --- */

#define TEN(tens)                                                                                  \
	tens "0" tens "1" tens "2" tens "3" tens "4" tens "5" tens "6" tens "7" tens "8" tens "9"

static const char hundred[] = TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") TEN("6")
	TEN("7") TEN("8") TEN("9");

/* Powers of ten, but for 0 in place of 1: 0 has a digit, too. */
static const uint64_t ten_to[] = {
	0,
	UINT64_C(10),
	UINT64_C(100),
	UINT64_C(1000),
	UINT64_C(10000),
	UINT64_C(100000),
	UINT64_C(1000000),
	UINT64_C(10000000),
	UINT64_C(100000000),
	UINT64_C(1000000000),
	UINT64_C(10000000000),
	UINT64_C(100000000000),
	UINT64_C(1000000000000),
	UINT64_C(10000000000000),
	UINT64_C(100000000000000),
	UINT64_C(1000000000000000),
	UINT64_C(10000000000000000),
	UINT64_C(100000000000000000),
	UINT64_C(1000000000000000000),
	UINT64_C(10000000000000000000),
};

static inline size_t count_digits(uint64_t number)
{
	/* 1233 / 4096 is the logarithm of 2, as near as 64 bits need. */
	size_t count = (64u - (unsigned)__builtin_clzll(number | 1)) * 1233 >> 12;

	return count + (number >= ten_to[count]);
}

static inline void put_two(uint8_t *out, unsigned number)
{
	memcpy(out, hundred + number * 2, 2);
}

static inline void put_four(uint8_t *out, uint32_t number)
{
	put_two(out, number / 100);
	put_two(out + 2, number % 100);
}

/* Divisions are what it costs, so that long numbers are halved. */
static void put_eight(uint8_t *out, uint32_t number)
{
	put_four(out, number / 10000);
	put_four(out + 4, number % 10000);
}

uint8_t *json_put_unsigned(uint8_t *out, uint64_t number)
{
	uint8_t *behind = out + count_digits(number), *end = behind;
	uint32_t rest;

	for (; number >= 100000000; number /= 100000000) {
		end -= 8;
		put_eight(end, (uint32_t)(number % 100000000));
	}
	rest = (uint32_t)number;
	if (rest >= 10000) {
		end -= 4;
		put_four(end, rest % 10000);
		rest /= 10000;
	}
	if (rest >= 100) {
		end -= 2;
		put_two(end, rest % 100);
		rest /= 100;
	}
	if (rest >= 10)
		put_two(end - 2, rest);
	else
		end[-1] = (uint8_t)('0' + rest);
	return behind;
}

void json_unsigned(struct json_text *t, uint64_t number)
{
	uint8_t *out = room(t);

	t->used += (size_t)(json_put_unsigned(out, number) - out);
}

void json_signed(struct json_text *t, int64_t number)
{
	uint8_t *out = room(t);

	t->used += (size_t)(json_put_signed(out, number) - out);
}

/* --- strings --- */

static void put_unit(struct json_text *t, uint32_t unit)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t *out = room(t);

	out[0] = '\\';
	out[1] = 'u';
	for (int i = 0; i < 4; i++)
		out[2 + i] = (uint8_t)hex[unit >> (12 - 4 * i) & 15];
	t->used += 6;
}

/* All that is not printable ASCII is escaped. */
static void put_character(struct json_text *t, uint32_t code)
{
	static const char named[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
	const char *found = code && code < 0x80 ? strchr(named, (int)code) : NULL;

	if (found) {
		put_byte(t, '\\');
		put_byte(t, letter[found - named]);
	} else if (code < 0x10000) {
		put_unit(t, code);
	} else {
		put_unit(t, 0xd800 | (code - 0x10000) >> 10);
		put_unit(t, 0xdc00 | ((code - 0x10000) & 0x3ff));
	}
}

void json_quote(struct json_text *t)
{
	put_byte(t, '"');
}

/* Characters that stand for themselves: printable ASCII without '"' and '\\'. */
static const bool is_plain[256] = {
	[' '] = true,
	['!'] = true,
	['#' ... '['] = true,
	[']' ... '~'] = true,
};

/* How many of them are in front; at most PIECE_MAX. */
static size_t count_plain(struct span text)
{
	size_t most = text.size < PIECE_MAX ? text.size : PIECE_MAX, size = 0;

	while (size < most && is_plain[text.data[size]])
		size++;
	return size;
}

uint8_t *json_put_plain(uint8_t *out, struct span text)
{
	if (text.size > PIECE_MAX - 2 || count_plain(text) < text.size)
		return NULL;
	*out++ = '"';
	if (text.size)
		memcpy(out, text.data, text.size);
	out[text.size] = '"';
	return out + text.size + 1;
}

bool json_plain_string(struct json_text *t, struct span text)
{
	uint8_t *out = room(t), *end = json_put_plain(out, text);

	t->used += end ? (size_t)(end - out) : 0;
	return end != NULL;
}

void json_escaped(struct json_text *t, struct span utf8)
{
	uint32_t code;

	while (utf8.size > 0) {
		size_t size = count_plain(utf8);

		if (size > 0) {
			put(t, span_of(utf8.data, size));
			utf8 = span_of(utf8.data + size, utf8.size - size);
			continue;
		}
		size = utf8_decode(utf8, &code);
		if (size == 0) {
			code = utf8.data[0];
			size = 1;
		}
		put_character(t, code);
		utf8 = span_of(utf8.data + size, utf8.size - size);
	}
}

void json_string(struct json_text *t, struct span utf8)
{
	json_quote(t);
	json_escaped(t, utf8);
	json_quote(t);
}

void json_base64(struct json_text *t, struct span bytes)
{
	while (bytes.size > 0) {
		size_t size = bytes.size < BASE64_LINE ? bytes.size : BASE64_LINE;
		uint8_t *out = room(t);
		size_t written = base64_line(out, span_of(bytes.data, size));

		memcpy(out + written, "\\n", 2);
		t->used += written + 2;
		bytes = span_of(bytes.data + size, bytes.size - size);
	}
}
