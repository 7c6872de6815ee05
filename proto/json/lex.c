/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "lex.h"

void json_lex_begin(struct json_lexer *l, const struct json_source *source, struct error *err)
{
	l->source = source;
	l->err = err;
	l->line = l->column = l->lines = 1;
	l->at = l->end = 0;
	l->before = l->line_start = 0;
	l->restarted = false;
	l->window[0] = 0;
}

int json_fail(struct json_lexer *l, const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fail(l->err, "%s", text);
	return json_place(l);
}

int json_place(struct json_lexer *l)
{
	return error_context(l->err, "line %llu, column %llu", (unsigned long long)l->line,
			     (unsigned long long)l->column);
}

/* --- bytes --- */

/* Adds to the window as long as there is room, so that the beginning of a
 * text is there in one piece, however small the portions are. */
static int refill(struct json_lexer *l)
{
	size_t size = 0;

	if (l->end == JSON_LEX_WINDOW) {
		l->before += l->end;
		l->at = l->end = 0;
	}
	if (l->source->read(l->source->arg, l->window + l->end, JSON_LEX_WINDOW - l->end, &size,
			    l->err) < 0)
		return -1;
	l->end += size;
	l->window[l->end] = 0;
	return size > 0;
}

/* Makes sure of a byte at l->at: 1, 0 at the end of the text, -1. */
static inline int have_byte(struct json_lexer *l)
{
	return __builtin_expect(l->at < l->end, 1) ? 1 : refill(l);
}

/* As have_byte, where the text must not end. */
static inline int need_byte(struct json_lexer *l)
{
	int more = have_byte(l);

	return more ? more : json_fail(l, "the JSON text ends too early");
}

int json_lex_restart(struct json_lexer *l)
{
	struct span seen = span_of(l->window, l->end);

	if (l->before > 0 && !l->restarted)
		return json_fail(l, "\"magic\" must come first when the text is this long");
	if (l->source->restart(l->source->arg, seen, l->err) < 0)
		return -1;
	json_lex_begin(l, l->source, l->err);
	l->restarted = true;
	return 0;
}

/* --- tokens --- */

static int skip_blanks(struct json_lexer *l)
{
	int more;

	while ((more = have_byte(l)) > 0) {
		uint8_t c = l->window[l->at];

		if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
			break;
		l->at++;
		if (c == '\n') {
			l->lines++;
			l->line_start = l->before + l->at;
		}
	}
	return more;
}

static int take_word(struct json_lexer *l, const char *word, enum json_token meaning,
		     enum json_token *token)
{
	for (const char *c = word; *c; c++) {
		if (have_byte(l) <= 0 || l->window[l->at] != (uint8_t)*c)
			return json_fail(l, "not JSON: '%s' is incomplete", word);
		l->at++;
	}
	*token = meaning;
	return 0;
}

static bool is_of_number(uint8_t c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

static size_t count_digits(const char **at)
{
	size_t count = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++)
		count++;
	return count;
}

/* -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool is_number(const char *at)
{
	const char *start;

	at += *at == '-';
	start = at;
	if (count_digits(&at) == 0 || (*start == '0' && at > start + 1))
		return false;
	if (*at == '.') {
		at++;
		if (count_digits(&at) == 0)
			return false;
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		at += *at == '+' || *at == '-';
		if (count_digits(&at) == 0)
			return false;
	}
	return *at == '\0';
}

static int take_number(struct json_lexer *l, enum json_token *token)
{
	size_t size = 0;
	int more;

	while ((more = have_byte(l)) > 0 && is_of_number(l->window[l->at])) {
		if (size == JSON_NUMBER_MAX)
			return json_fail(l, "a number of more than %d characters", JSON_NUMBER_MAX);
		l->number[size++] = (char)l->window[l->at++];
	}
	l->number[size] = '\0';
	if (more < 0)
		return -1;
	if (!is_number(l->number))
		return json_fail(l, "'%s' is not a number", l->number);
	*token = JSON_NUMBER;
	return 0;
}

static int fail_character(struct json_lexer *l, uint8_t c)
{
	if (c >= 0x20 && c < 0x7f)
		return json_fail(l, "'%c' is not JSON here", c);
	return json_fail(l, "byte 0x%02x is not JSON here%s", c,
			 l->line == 1 && l->column == 1 ? " (is it an image? JSON is text)" : "");
}

/* A byte order mark, which some editors put in front. */
static int skip_mark(struct json_lexer *l)
{
	static const char mark[] = "\xef\xbb\xbf";

	for (size_t i = 0; i < 3; i++) {
		int more = have_byte(l);

		if (more <= 0 || l->window[l->at] != (uint8_t)mark[i])
			return more < 0 ? -1 : i == 0 ? 0 : json_fail(l, "not JSON");
		l->at++;
	}
	return 0;
}

int json_next(struct json_lexer *l, enum json_token *token)
{
	bool first = l->before == 0 && l->at == 0;
	int more = first && skip_mark(l) < 0 ? -1 : skip_blanks(l);
	uint8_t c;

	json_mark(l);
	*token = JSON_END;
	if (more <= 0)
		return more;
	c = l->window[l->at];
	switch (c) {
	case '{':
	case '}':
	case '[':
	case ']':
	case ',':
	case ':':
		l->at++;
		*token = (enum json_token)c;
		return 0;
	case '"':
		l->at++;
		*token = JSON_STRING;
		return 0;
	case 't':
		return take_word(l, "true", JSON_TRUE, token);
	case 'f':
		return take_word(l, "false", JSON_FALSE, token);
	case 'n':
		return take_word(l, "null", JSON_NULL, token);
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return take_number(l, token);
	return fail_character(l, c);
}

/* --- strings --- */

static int take_unit(struct json_lexer *l, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		uint8_t c;

		if (need_byte(l) < 0)
			return -1;
		c = l->window[l->at++];
		if (c >= '0' && c <= '9')
			*unit = *unit << 4 | (c - (uint32_t)'0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*unit = *unit << 4 | ((c | 0x20u) - 'a' + 10);
		else
			return json_fail(l, "\\u takes four hex digits");
	}
	return 0;
}

static size_t put_utf8(uint8_t out[4], uint32_t code)
{
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = size; i-- > 1; code >>= 6)
		out[i] = (uint8_t)(0x80 | (code & 0x3f));
	out[0] = (uint8_t)(lead[size] | code);
	return size;
}

/* The character of a \uXXXX, or of two that are a pair. */
static int take_escaped_unit(struct json_lexer *l, uint32_t *code)
{
	uint32_t low;

	if (take_unit(l, code) < 0)
		return -1;
	if (*code < 0xd800 || *code > 0xdfff)
		return 0;
	if (*code < 0xdc00 && need_byte(l) > 0 && l->window[l->at] == '\\') {
		l->at++;
		if (need_byte(l) > 0 && l->window[l->at] == 'u') {
			l->at++;
			if (take_unit(l, &low) < 0)
				return -1;
			*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
			if (low >= 0xdc00 && low <= 0xdfff)
				return 0;
		}
	}
	return json_fail(l, "the string has half of a surrogate pair, which is not a character");
}

static int take_escape(struct json_lexer *l, struct span *piece)
{
	static const char letter[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *found;
	uint32_t code;
	uint8_t c;

	if (need_byte(l) < 0)
		return -1;
	c = l->window[l->at++];
	found = c ? strchr(letter, c) : NULL;
	if (found)
		code = (uint8_t)meant[found - letter];
	else if (c != 'u')
		return json_fail(l, "the string has an unknown escape after '\\'");
	else if (take_escaped_unit(l, &code) < 0)
		return -1;
	*piece = span_of(l->piece, put_utf8(l->piece, code));
	return 1;
}

/* Bytes that stand for themselves in a string. The NUL at the end does not. */
enum { PLAIN_ASCII = 1, PLAIN_MORE };

static const uint8_t plain[256] = { [0x20 ... '!'] = PLAIN_ASCII,
				    ['#' ... '['] = PLAIN_ASCII,
				    [']' ... 0x7f] = PLAIN_ASCII,
				    [0x80 ... 0xff] = PLAIN_MORE };

#define EACH(byte) (0x0101010101010101u * (byte))

/* Eight of PLAIN_ASCII? Only what is none borrows, which sets its highest bit; bytes beyond
 * ASCII keep theirs in one of the three. */
static inline bool are_plain_ascii(const uint8_t *text)
{
	uint64_t bytes, control, quote, backslash;

	memcpy(&bytes, text, sizeof(bytes));
	control = bytes - EACH(0x20);
	quote = (bytes ^ EACH('"')) - EACH(1);
	backslash = (bytes ^ EACH('\\')) - EACH(1);
	return !((control | quote | backslash) & EACH(0x80));
}

/* How many bytes stand for themselves, and are of ASCII if `ascii`. */
static inline size_t plain_size(const uint8_t *text, size_t size, bool ascii)
{
	size_t at = 0;

	while (size - at >= 8 && are_plain_ascii(text + at))
		at += 8;
	while (ascii ? plain[text[at]] == PLAIN_ASCII : plain[text[at]] != 0)
		at++;
	return at;
}

int json_string_piece(struct json_lexer *l, struct span *piece)
{
	size_t start;

	if (need_byte(l) < 0)
		return -1;
	start = l->at;
	l->at += plain_size(l->window + l->at, l->end - l->at, false);
	*piece = span_of(l->window + start, l->at - start);
	if (piece->size > 0)
		return 1;
	switch (l->window[l->at++]) {
	case '"':
		return 0;
	case '\\':
		return take_escape(l, piece);
	}
	return json_fail(l, "a control character in a string must be written as \\u00XX");
}

int json_string_whole(struct json_lexer *l, struct buffer *out, size_t most)
{
	struct span piece;
	size_t size = 0;
	int more;

	while ((more = json_string_piece(l, &piece)) > 0) {
		size += piece.size;
		if (size > most)
			return json_fail(l, "a string of more than %zu bytes", most);
		buffer_append(out, piece);
	}
	if (more == 0 && out->failed)
		return fail_memory(l->err);
	return more;
}

static int skip_string(struct json_lexer *l)
{
	struct span piece;
	int more;

	do
		more = json_string_piece(l, &piece);
	while (more > 0);
	return more;
}

/* Takes brackets for what they are and looks no closer. */
int json_skip(struct json_lexer *l, enum json_token token)
{
	size_t depth = 0;

	for (;;) {
		if (token == JSON_END)
			return json_fail(l, "the JSON text ends too early");
		if (token == JSON_STRING && skip_string(l) < 0)
			return -1;
		depth += token == JSON_OBJECT || token == JSON_LIST;
		if ((token == JSON_OBJECT_END || token == JSON_LIST_END) && depth-- == 0)
			return json_fail(l, "a bracket too many");
		if (depth == 0)
			return 0;
		if (depth > JSON_NESTING_MAX)
			return json_fail(l, "nested more than %d deep", JSON_NESTING_MAX);
		if (json_next(l, &token) < 0)
			return -1;
	}
}

/* --- what is known to come --- */

bool json_take_plain(struct json_lexer *l, struct span *text)
{
	const uint8_t *start = json_ahead(l, false) + 1;

	if (start[-1] != '"')
		return false;
	*text = span_of(start, plain_size(start, (size_t)(l->window + l->end - start), true));
	if (start[text->size] != '"')
		return false;
	json_take(l, start - 1, start + text->size + 1);
	return true;
}
