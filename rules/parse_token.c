/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all parts of the parser stand on: the token in hand, complaints,
 * memory and the bound on nesting.
 */
#include <stdio.h>

#include "parse.h"

void parser_start(struct parser *p, struct parse *shared, const struct diag_source *source)
{
	*p = (struct parser){ .shared = shared };
	lex_start(&p->lex, shared->diag, shared->arena, source->name, source->text);
	parser_advance(p);
}

void parser_advance(struct parser *p)
{
	if (p->token.type != TOKEN_LINE && p->token.at.width)
		p->before = p->token.at;
	p->token = lex_next(&p->lex);
}

bool parser_accept(struct parser *p, enum token_type type)
{
	if (p->token.type != type)
		return false;
	parser_advance(p);
	return true;
}

bool parser_expect(struct parser *p, enum token_type type, const char *what)
{
	if (parser_accept(p, type))
		return true;
	parser_unexpected(p, what);
	return false;
}

bool parser_expect_assign(struct parser *p, const char *what)
{
	if (p->token.type != TOKEN_EQUAL || p->token.source.size == 1)
		return parser_expect(p, TOKEN_EQUAL, what);
	parser_wrong(p, p->token.at, "'==' compares; a value is given with '='");
	return false;
}

void parser_skip_lines(struct parser *p)
{
	while (p->token.type == TOKEN_LINE)
		parser_advance(p);
}

/* At the end of the text there is nothing to show: behind the last token. */
static struct extent place_in_hand(const struct parser *p)
{
	struct extent at = p->before;

	if (p->token.type != TOKEN_END || !at.width)
		return p->token.at;
	at.place.column += at.width;
	at.width = 1;
	return at;
}

/* What people coming from other languages write in its place. */
static const struct {
	const char *word, *hint;
} strangers[] = {
	{ "if", "; a condition goes into the path, in [...], or is written 'when ... { }'" },
	{ "matches", "; a glob is compared by '~', a regular expression by '=~'" },
	{ "like", "; a glob is compared by '~', a regular expression by '=~'" },
	{ "contains", "; write '~ \"*...*\"', or '... in ...' for a list" },
	{ "is", "; values are compared by '='" },
	{ "equals", "; values are compared by '='" },
	{ "//", "; comments begin with '#', paths with an entry of an image" },
	{ "+", "; to add to a field write 'x = x + 1'" },
};

static const char *hint_of(const struct token *t)
{
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++)
		if (span_is(t->source, strangers[i].word))
			return strangers[i].hint;
	return "";
}

void parser_unexpected(struct parser *p, const char *what)
{
	char found[64];

	if (p->token.type == TOKEN_BAD)
		p->broken = true;
	else
		parser_wrong(p, place_in_hand(p), "expected %s, found %s%s", what,
			     token_name(&p->token, found), hint_of(&p->token));
}

/* One complaint per statement: what follows from it is noise. */
void parser_wrong(struct parser *p, struct extent at, const char *format, ...)
{
	struct error text;
	va_list args;

	if (!p->broken) {
		va_start(args, format);
		vsnprintf(text.text, sizeof(text.text), format, args);
		va_end(args);
		diag_report(p->shared->diag, at, "%s", text.text);
	}
	p->broken = true;
}

void *parser_make(struct parser *p, size_t size)
{
	void *memory = arena_alloc(p->shared->arena, size);

	if (!memory && !p->shared->no_memory) {
		p->shared->no_memory = true;
		parser_wrong(p, p->token.at, "out of memory");
	}
	p->broken = p->broken || !memory;
	return memory;
}

bool parser_enter(struct parser *p)
{
	if (p->depth == RULES_NESTING_MAX) {
		parser_wrong(p, p->token.at, "nested more than %d deep", RULES_NESTING_MAX);
		return false;
	}
	p->depth++;
	return true;
}

void parser_leave(struct parser *p)
{
	p->depth--;
}

bool parser_at_end(const struct parser *p)
{
	return p->token.type == TOKEN_LINE || p->token.type == TOKEN_SEMICOLON ||
	       p->token.type == TOKEN_END || p->token.type == TOKEN_BRACE_CLOSE;
}
