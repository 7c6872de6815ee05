/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base64 and quoted-printable. The latter keeps Python's habits to the
 * letter, because unix socket names pass it in crit's JSON.
 */
#include <string.h>

#include "bytes.h"

/* --- base64 --- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_line(uint8_t out[BASE64_LINE_TEXT], struct span bytes)
{
	size_t used = 0;

	for (size_t i = 0; i < bytes.size; i += 3) {
		size_t left = bytes.size - i;
		uint32_t bits = (uint32_t)bytes.data[i] << 16;

		bits |= left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0;
		bits |= left > 2 ? bytes.data[i + 2] : 0;
		out[used++] = (uint8_t)alphabet[bits >> 18];
		out[used++] = (uint8_t)alphabet[bits >> 12 & 63];
		out[used++] = left > 1 ? (uint8_t)alphabet[bits >> 6 & 63] : '=';
		out[used++] = left > 2 ? (uint8_t)alphabet[bits & 63] : '=';
	}
	return used;
}

/* The six bits that a character stands for, or -1. */
static int sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Four characters are complete: one to three bytes. */
static void put_group(struct base64 *b, struct buffer *out)
{
	uint8_t bytes[3] = { (uint8_t)(b->bits >> 16), (uint8_t)(b->bits >> 8), (uint8_t)b->bits };

	buffer_append(out, span_of(bytes, 3 - b->filled));
	b->ended = b->filled > 0;
	b->bits = 0;
	b->count = b->filled = 0;
}

static int base64_character(struct base64 *b, uint8_t c, struct buffer *out, struct error *err)
{
	int bits = sextet(c);

	if (is_blank(c))
		return 0;
	if (b->ended)
		return fail(err, "base64 continues after its end");
	if (c == '=' && b->count >= 2)
		b->filled++;
	else if (bits < 0 || b->filled)
		return fail(err, "'%c' is not a base64 character here", c);
	b->bits = b->bits << 6 | (bits < 0 ? 0 : (uint32_t)bits);
	if (++b->count == 4)
		put_group(b, out);
	return 0;
}

int base64_piece(struct base64 *b, struct span text, struct buffer *out, struct error *err)
{
	for (size_t i = 0; i < text.size; i++) {
		if (base64_character(b, text.data[i], out, err) < 0)
			return -1;
	}
	return out->failed ? fail_memory(err) : 0;
}

int base64_end(const struct base64 *b, struct error *err)
{
	return b->count == 0 ? 0 : fail(err, "base64 ends inside a group of four characters");
}

/* --- quoted-printable --- */

#define QUOTED_LINE 76u /* characters, the soft break included */

struct quoted {
	struct span bytes;
	struct buffer *out;
	size_t line;          /* characters of this line so far */
	const char *line_end; /* NULL: ends of lines are bytes like others */
};

static uint8_t byte_at(const struct quoted *q, size_t at)
{
	return at < q->bytes.size ? q->bytes.data[at] : 0;
}

static void put_quoted(struct buffer *out, uint8_t byte)
{
	static const char hex[] = "0123456789ABCDEF";

	buffer_byte(out, '=');
	buffer_byte(out, (uint8_t)hex[byte >> 4]);
	buffer_byte(out, (uint8_t)hex[byte & 15]);
}

/* A dot alone on its line would end a mail. */
static bool is_lone_dot(const struct quoted *q, size_t at)
{
	uint8_t next = byte_at(q, at + 1);

	return q->bytes.data[at] == '.' && q->line == 0 &&
	       (next == 0 || next == '\n' || next == '\r');
}

static bool must_quote(const struct quoted *q, size_t at)
{
	uint8_t c = q->bytes.data[at];

	if (c == '\r' || c == '\n')
		return !q->line_end;
	if (c == ' ' || c == '\t')
		return at + 1 == q->bytes.size;
	return c < ' ' || c > '~' || c == '=' || is_lone_dot(q, at);
}

static void soft_break(struct quoted *q)
{
	buffer_byte(q->out, '=');
	buffer_text(q->out, q->line_end ? q->line_end : "\n");
	q->line = 0;
}

/* White space may not stand at the end of a line. */
static void end_line(struct quoted *q)
{
	struct buffer *out = q->out;
	uint8_t last = out->size ? out->data[out->size - 1] : 0;

	if (last == ' ' || last == '\t') {
		out->size--;
		put_quoted(out, last);
	}
	buffer_text(out, q->line_end);
	q->line = 0;
}

static void encode_with(struct quoted *q)
{
	size_t at = 0;

	while (at < q->bytes.size && !q->out->failed) {
		uint8_t c = q->bytes.data[at], next = byte_at(q, at + 1);

		if (must_quote(q, at)) {
			if (q->line + 3 >= QUOTED_LINE)
				soft_break(q);
			put_quoted(q->out, c);
			q->line += 3;
		} else if (c == '\n' || (c == '\r' && next == '\n')) {
			end_line(q);
			at += c == '\r';
		} else {
			if (at + 1 < q->bytes.size && next != '\n' && q->line + 1 >= QUOTED_LINE)
				soft_break(q);
			buffer_byte(q->out, c);
			q->line++;
		}
		at++;
	}
}

static const char *first_line_end(struct span bytes)
{
	const uint8_t *end = bytes.size ? memchr(bytes.data, '\n', bytes.size) : NULL;

	return end && end > bytes.data && end[-1] == '\r' ? "\r\n" : "\n";
}

/* All ends of lines become like the first one: where they were not all alike,
 * that would lose bytes, and they are quoted instead. */
void quoted_encode(struct span bytes, struct buffer *out)
{
	struct quoted q = { .bytes = bytes, .out = out, .line_end = first_line_end(bytes) };
	cleanup_buffer struct buffer text = { 0 }, back = { 0 };

	q.out = &text;
	encode_with(&q);
	quoted_decode(buffer_span(&text), &back);
	if (!span_equal(buffer_span(&back), bytes)) {
		buffer_clear(&text);
		q.line = 0;
		q.line_end = NULL;
		encode_with(&q);
	}
	out->failed = out->failed || text.failed || back.failed;
	buffer_append(out, buffer_span(&text));
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind a '='; returns where to go on. */
static size_t decode_quoted(struct span text, size_t at, struct buffer *out)
{
	uint8_t c = at < text.size ? text.data[at] : 0;
	const uint8_t *end;
	int high, low;

	if (at == text.size)
		return at;
	if (c == '\n' || c == '\r') {
		end = memchr(text.data + at, '\n', text.size - at);
		return end ? (size_t)(end - text.data) + 1 : text.size;
	}
	high = hex_digit(c);
	low = at + 1 < text.size ? hex_digit(text.data[at + 1]) : -1;
	if (high >= 0 && low >= 0) {
		buffer_byte(out, (uint8_t)(high << 4 | low));
		return at + 2;
	}
	buffer_byte(out, '=');
	return c == '=' ? at + 1 : at;
}

void quoted_decode(struct span text, struct buffer *out)
{
	size_t at = 0;

	while (at < text.size && !out->failed) {
		uint8_t c = text.data[at++];

		if (c == '=')
			at = decode_quoted(text, at, out);
		else
			buffer_byte(out, c);
	}
}
