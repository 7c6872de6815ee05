/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "../proto/utf8.h"
#include "address.h"
#include "lex.h"
#include "text.h"

void lex_start(struct lexer *lex, struct diag *diag, struct arena *arena, const char *file,
	       struct span text)
{
	*lex = (struct lexer){
		.diag = diag,
		.arena = arena,
		.file = file,
		.text = text,
		.line = 1,
	};
}

/* The byte that is `ahead` of the next one, 0 behind the end. */
static uint8_t peek(const struct lexer *lex, size_t ahead)
{
	size_t at = lex->next + ahead;

	return at < lex->text.size ? lex->text.data[at] : 0;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(uint8_t c)
{
	return is_letter(c) || is_digit(c);
}

static int hex_digit(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct extent extent_from(const struct lexer *lex, size_t start, size_t size)
{
	return (struct extent){
		.place = { lex->file, lex->line, (unsigned)(start - lex->line_start) + 1 },
		.width = (unsigned)size,
	};
}

static struct token token_from(const struct lexer *lex, enum token_type type, size_t start)
{
	size_t size = lex->next - start;

	return (struct token){
		.type = type,
		.at = extent_from(lex, start, size),
		.source = span_of(lex->text.data + start, size),
	};
}

static struct token bad_token(const struct lexer *lex, size_t start)
{
	return token_from(lex, TOKEN_BAD, start);
}

/* Blanks, comments, and line ends where they mean nothing. */
static void skip_blanks(struct lexer *lex)
{
	for (;;) {
		uint8_t c = peek(lex, 0);

		if (c == '#') {
			while (lex->next < lex->text.size && peek(lex, 0) != '\n')
				lex->next++;
		} else if (c == ' ' || c == '\t' || (c == '\r' && peek(lex, 1) == '\n')) {
			lex->next++;
		} else if (c == '\n' && lex->open) {
			lex->line_start = ++lex->next;
			lex->line++;
		} else {
			return;
		}
	}
}

static struct token lex_line_end(struct lexer *lex)
{
	size_t start = lex->next++;
	struct token t = token_from(lex, TOKEN_LINE, start);

	lex->line++;
	lex->line_start = lex->next;
	return t;
}

/* --- numbers --- */

static struct token wrong_number(struct lexer *lex, size_t start, const char *why)
{
	struct token t;

	while (is_name(peek(lex, 0)) || (peek(lex, 0) == '.' && is_digit(peek(lex, 1))))
		lex->next++;
	t = bad_token(lex, start);
	diag_report(lex->diag, t.at, "'%.*s' is not a number; %s",
		    (int)(t.source.size < 60 ? t.source.size : 60), (const char *)t.source.data,
		    why);
	return t;
}

static unsigned unit_bits(uint8_t c)
{
	switch (c) {
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	case 'T':
		return 40;
	default:
		return 0;
	}
}

/* set = digits ( "-" | "," ) digits ..., without blanks; digits are read. */
static struct token lex_set(struct lexer *lex, size_t start)
{
	struct token t;
	struct error why;

	while (is_digit(peek(lex, 0)) ||
	       ((peek(lex, 0) == '-' || peek(lex, 0) == ',') && is_digit(peek(lex, 1))))
		lex->next++;
	if (is_letter(peek(lex, 0)))
		return wrong_number(lex, start, "put it in quotes if it is text");
	t = token_from(lex, TOKEN_SET, start);
	if (value_set_parse(lex->arena, t.source, &t.value, &why) == 0)
		return t;
	diag_report(lex->diag, t.at, "%s; a minus between numbers needs blanks around it",
		    why.text);
	t.type = TOKEN_BAD;
	return t;
}

static struct token finish_number(struct lexer *lex, size_t start, size_t digits_end)
{
	struct span digits = span_of(lex->text.data + start, digits_end - start);
	unsigned bits = digits_end < lex->next ? unit_bits(lex->text.data[digits_end]) : 0;
	struct token t;
	number_t n;

	if (digits.size > LEX_NAME_MAX || !text_number(digits, &n) || n > (NUMBER_MAX >> bits))
		return wrong_number(lex, start, "the largest is 18446744073709551615");
	t = token_from(lex, TOKEN_NUMBER, start);
	t.value = value_number(n << bits);
	return t;
}

/* number = digits [ "K" | "M" | "G" | "T" ] | "0x" hex | "0o" octal */
static struct token lex_number(struct lexer *lex)
{
	size_t start = lex->next, end;
	bool prefixed = peek(lex, 0) == '0' && (peek(lex, 1) == 'x' || peek(lex, 1) == 'o');
	uint8_t top = prefixed && peek(lex, 1) == 'o' ? '7' : '9';

	if (prefixed)
		lex->next += 2;
	while ((peek(lex, 0) >= '0' && peek(lex, 0) <= top) ||
	       (prefixed && top == '9' && is_letter(peek(lex, 0)) && (peek(lex, 0) | 0x20) <= 'f'))
		lex->next++;
	end = lex->next;
	if (prefixed && (end == start + 2 || is_name(peek(lex, 0))))
		return wrong_number(lex, start,
				    top == '7' ? "octal digits are 0 to 7" :
						 "hexadecimal digits are 0 to 9 and a to f");
	if (!prefixed && (peek(lex, 0) == '-' || peek(lex, 0) == ',') && is_digit(peek(lex, 1)))
		return lex_set(lex, start);
	if (!prefixed && unit_bits(peek(lex, 0)))
		lex->next++;
	if (is_name(peek(lex, 0)))
		return wrong_number(lex, start, "sizes end in K, M, G or T");
	if (peek(lex, 0) == '.' && is_digit(peek(lex, 1)))
		return wrong_number(lex, start, "put addresses and versions in quotes");
	if (!prefixed && end > start + 1 && lex->text.data[start] == '0')
		return wrong_number(lex, start, "octal numbers begin with 0o");
	return finish_number(lex, start, end);
}

/* --- addresses --- */

/* How far what comes next looks like an address: hexadecimal digits with two ':' or
 * three '.' among them; 0: not at all. */
static size_t address_ahead(const struct lexer *lex)
{
	bool digits = is_digit(peek(lex, 0));
	size_t size = 0, colons = 0, dots = 0;

	for (;; size++) {
		uint8_t c = peek(lex, size);

		colons += c == ':';
		dots += c == '.';
		if (c != ':' && c != '.' && hex_digit(c) < 0)
			break;
	}
	return colons > 1 || (digits && colons == 0 && dots == 3) ? size : 0;
}

/* address = IPv4 | IPv6 | MAC [ "/" digits ] */
static struct token lex_address(struct lexer *lex, size_t size)
{
	size_t start = lex->next;
	struct token t;

	lex->next += size;
	if (peek(lex, 0) == '/' && is_digit(peek(lex, 1)))
		for (lex->next++; is_digit(peek(lex, 0)); lex->next++)
			;
	while (is_name(peek(lex, 0)))
		lex->next++;
	t = token_from(lex, TOKEN_ADDRESS, start);
	if (address_parse(t.source, &t.value))
		return t;
	diag_report(lex->diag, t.at, "'%.*s' is not an IP address, a subnet or a MAC",
		    (int)(t.source.size < 60 ? t.source.size : 60), (const char *)t.source.data);
	t.type = TOKEN_BAD;
	return t;
}

/* --- quoted text --- */

/* One escape behind the '\'; false when there is no such. */
static bool lex_escape(struct lexer *lex, struct buffer *out)
{
	static const char letters[] = "n\nt\tr\r\"\"\\\\";
	uint8_t c = peek(lex, 0);
	int high = hex_digit(peek(lex, 1)), low = high < 0 ? -1 : hex_digit(peek(lex, 2));

	if (c == 'x' && low >= 0) {
		buffer_byte(out, (uint8_t)(high << 4 | low));
		lex->next += 3;
		return true;
	}
	for (const char *l = letters; *l; l += 2) {
		if (c == (uint8_t)l[0]) {
			buffer_byte(out, (uint8_t)l[1]);
			lex->next++;
			return true;
		}
	}
	return false;
}

/* Up to the closing quote; reports what is wrong on the way. */
static bool lex_text_body(struct lexer *lex, size_t start, struct buffer *out)
{
	bool good = true;

	for (;;) {
		uint8_t c = peek(lex, 0);
		size_t at = lex->next;

		if (at == lex->text.size || c == '\n') {
			diag_report(lex->diag, extent_from(lex, start, at - start),
				    "this text has no end; a '\"' is missing");
			return false;
		}
		lex->next++;
		if (c == '"')
			return good;
		if (c != '\\' || peek(lex, 0) == '\n') {
			buffer_byte(out, c);
		} else if (!lex_escape(lex, out)) {
			diag_report(lex->diag, extent_from(lex, at, 2),
				    "unknown escape; there are \\n \\t \\r \\\" \\\\ and \\xNN");
			lex->next += lex->next < lex->text.size && peek(lex, 0) != '"';
			good = false;
		}
	}
}

/* text = '"' { character | escape } '"', on one line */
static struct token lex_text(struct lexer *lex)
{
	size_t start = lex->next++;
	cleanup_buffer struct buffer out = { 0 };
	bool good = lex_text_body(lex, start, &out);
	struct token t = token_from(lex, TOKEN_TEXT, start);

	if (good && out.size > LEX_TEXT_MAX) {
		diag_report(lex->diag, t.at, "this text is longer than %d bytes", LEX_TEXT_MAX);
		good = false;
	}
	t.value = value_text(span_of(arena_copy(lex->arena, out.data, out.size), out.size));
	if (!good || out.failed || !t.value.text.data)
		t.type = TOKEN_BAD;
	if (good && t.type == TOKEN_BAD)
		diag_report(lex->diag, t.at, "out of memory");
	return t;
}

/* --- names and the rest --- */

/* name = letter { letter | digit | "-" letter } */
static struct token lex_name(struct lexer *lex)
{
	size_t start = lex->next;
	struct token t;

	while (is_name(peek(lex, 0)) || (peek(lex, 0) == '-' && is_letter(peek(lex, 1))))
		lex->next++;
	t = token_from(lex, TOKEN_NAME, start);
	if (t.source.size <= LEX_NAME_MAX)
		return t;
	diag_report(lex->diag, t.at, "this name is longer than %d bytes", LEX_NAME_MAX);
	t.type = TOKEN_BAD;
	return t;
}

struct symbol {
	char text[3];
	enum token_type type;
};

/* Longer ones first. */
static const struct symbol symbols[] = {
	{ "//", TOKEN_DEEP },       { "==", TOKEN_EQUAL },       { "=~", TOKEN_REGEX },
	{ "!=", TOKEN_UNEQUAL },    { "<=", TOKEN_LESS_EQUAL },  { ">=", TOKEN_GREATER_EQUAL },
	{ "{", TOKEN_BRACE_OPEN },  { "}", TOKEN_BRACE_CLOSE },  { "(", TOKEN_PAREN_OPEN },
	{ ")", TOKEN_PAREN_CLOSE }, { "[", TOKEN_BRACKET_OPEN }, { "]", TOKEN_BRACKET_CLOSE },
	{ ",", TOKEN_COMMA },       { ".", TOKEN_DOT },          { "+", TOKEN_PLUS },
	{ "-", TOKEN_MINUS },       { "=", TOKEN_EQUAL },        { "<", TOKEN_LESS },
	{ ">", TOKEN_GREATER },     { "~", TOKEN_GLOB },         { ";", TOKEN_SEMICOLON },
	{ "|", TOKEN_BAR },
};

/* What people coming from other languages write. */
struct foreign {
	char text[3];
	const char *instead;
};

static const struct foreign foreigns[] = {
	{ "&&", "write 'and'" },
	{ "||", "write 'or'" },
	{ "!~", "write 'not (... ~ ...)'" },
	{ "!", "write 'not'" },
	{ "'", "text is put in double quotes" },
	{ "/*", "comments begin with '#'" },
	{ "*", "there is + and -; text is put in double quotes" },
	{ "$", "names are written without '$'" },
	{ ":", "write '='" },
	{ "/", "fields are reached by '.' and '//', paths of files are put in double quotes" },
};

static bool is_next(const struct lexer *lex, const char *text)
{
	return peek(lex, 0) == (uint8_t)text[0] && (!text[1] || peek(lex, 1) == (uint8_t)text[1]);
}

static struct token stray_character(struct lexer *lex)
{
	size_t start = lex->next;
	uint32_t code = 0;
	size_t size = utf8_decode(span_of(lex->text.data + start, lex->text.size - start), &code);
	cleanup_buffer struct buffer shown = { 0 };
	const char *instead = NULL;
	struct token t;

	for (size_t i = 0; i < sizeof(foreigns) / sizeof(*foreigns) && !instead; i++) {
		if (is_next(lex, foreigns[i].text)) {
			size = strlen(foreigns[i].text);
			instead = foreigns[i].instead;
		}
	}
	if (code >= 0x2018 && code <= 0x201f) /* quotation marks of print */
		instead = "text is put in double quotes: \"";
	lex->next += size ? size : 1;
	t = bad_token(lex, start);
	text_put_escaped(&shown, t.source);
	diag_report(lex->diag, t.at, "unexpected character '%.*s'%s%s", (int)shown.size,
		    (const char *)shown.data, instead ? "; " : "", instead ? instead : "");
	return t;
}

static void count_open(struct lexer *lex, enum token_type type)
{
	if (type == TOKEN_PAREN_OPEN || type == TOKEN_BRACKET_OPEN)
		lex->open++;
	else if ((type == TOKEN_PAREN_CLOSE || type == TOKEN_BRACKET_CLOSE) && lex->open)
		lex->open--;
}

static struct token lex_symbol(struct lexer *lex)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(*symbols); i++) {
		size_t start = lex->next;

		if (!is_next(lex, symbols[i].text))
			continue;
		lex->next += strlen(symbols[i].text);
		count_open(lex, symbols[i].type);
		return token_from(lex, symbols[i].type, start);
	}
	return stray_character(lex);
}

struct token lex_next(struct lexer *lex)
{
	size_t address;
	uint8_t c;

	skip_blanks(lex);
	if (lex->next == lex->text.size)
		return token_from(lex, TOKEN_END, lex->next);
	c = peek(lex, 0);
	if (c == '\n')
		return lex_line_end(lex);
	if (c == '"')
		return lex_text(lex);
	address = is_name(c) || c == ':' ? address_ahead(lex) : 0;
	if (address)
		return lex_address(lex, address);
	if (is_digit(c))
		return lex_number(lex);
	if (is_next(lex, "||"))
		return stray_character(lex);
	return is_letter(c) ? lex_name(lex) : lex_symbol(lex);
}

struct token lex_word(struct lexer *lex, const struct token *again)
{
	size_t start = (size_t)(again->source.data - lex->text.data);
	struct token t;

	lex->next = start;
	while (is_name(peek(lex, 0)) || (peek(lex, 0) && strchr("_.-:@*?/", peek(lex, 0))))
		lex->next++;
	t = token_from(lex, TOKEN_WORD, start);
	if (t.source.size <= LEX_NAME_MAX)
		return t;
	diag_report(lex->diag, t.at, "this word is longer than %d bytes", LEX_NAME_MAX);
	t.type = TOKEN_BAD;
	return t;
}

bool token_is(const struct token *t, const char *name)
{
	return t->type == TOKEN_NAME && span_is(t->source, name);
}

const char *token_name(const struct token *t, char buffer[64])
{
	const char *dots = t->source.size > 40 ? "..." : "";

	if (t->type == TOKEN_END)
		return "the end of the text";
	if (t->type == TOKEN_LINE)
		return "the end of the line";
	if (t->type == TOKEN_TEXT)
		return "a text";
	snprintf(buffer, 64, "'%.*s%s'", (int)(*dots ? 40 : t->source.size),
		 (const char *)t->source.data, dots);
	return buffer;
}
