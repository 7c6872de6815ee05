/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands behind set, add, get and delete: names of fields, their
 * values, and messages written out.
 */
#include "parse.h"

/* names = NAME { "." NAME } */
static struct name *parse_names(struct parser *p, struct extent *at)
{
	struct name *first = NULL, **tail = &first;

	*at = p->token.at;
	do {
		struct name *n = parser_make(p, sizeof(*n));

		if (!n)
			return NULL;
		n->text = p->token.source;
		n->at = p->token.at;
		*at = extent_join(*at, n->at);
		if (!parser_expect(p, TOKEN_NAME, "the name of a field"))
			return NULL;
		*tail = n;
		tail = &n->next;
	} while (parser_accept(p, TOKEN_DOT));
	return first;
}

/* "." stands for the matched value itself. */
static bool parse_target(struct parser *p, struct assignment *a)
{
	a->at = p->token.at;
	if (parser_accept(p, TOKEN_DOT))
		return true;
	a->names = parse_names(p, &a->at);
	return a->names != NULL;
}

/* assignment = names ( "=" sum | block ) */
static struct assignment *parse_assignment(struct parser *p)
{
	struct assignment *a = parser_make(p, sizeof(*a));

	if (!a || !parse_target(p, a))
		return NULL;
	if (p->token.type == TOKEN_BRACE_OPEN) {
		a->is_block = true;
		a->block = parse_assignment_block(p);
		return p->broken ? NULL : a;
	}
	if (!parser_expect_assign(p, "'=' or '{'"))
		return NULL;
	parser_skip_lines(p);
	a->value = parse_sum(p);
	return a->value ? a : NULL;
}

/* block = "{" { assignment [ "," | ";" | LINE ] } "}" */
struct assignment *parse_assignment_block(struct parser *p)
{
	struct extent open = p->token.at;
	struct assignment *first = NULL, **tail = &first;

	if (p->token.type == TOKEN_BRACE_OPEN && !parser_enter(p))
		return NULL;
	if (!parser_expect(p, TOKEN_BRACE_OPEN, "'{'"))
		return NULL;
	p->braces++;
	for (;;) {
		while (p->token.type == TOKEN_LINE || p->token.type == TOKEN_COMMA ||
		       p->token.type == TOKEN_SEMICOLON)
			parser_advance(p);
		if (p->token.type == TOKEN_BRACE_CLOSE || p->token.type == TOKEN_END)
			break;
		*tail = parse_assignment(p);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
	}
	parser_leave(p);
	if (!parser_accept(p, TOKEN_BRACE_CLOSE))
		parser_wrong(p, open, "this '{' has no '}'");
	else
		p->braces--;
	return first;
}

/* assignments = assignment { "," assignment } */
struct assignment *parse_assignments(struct parser *p)
{
	struct assignment *first = NULL, **tail = &first;

	for (;;) {
		*tail = parse_assignment(p);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
		if (!parser_accept(p, TOKEN_COMMA))
			return first;
		parser_skip_lines(p);
	}
}

/* names { "," names } */
struct assignment *parse_field_names(struct parser *p)
{
	struct assignment *first = NULL, **tail = &first;

	for (;;) {
		struct assignment *a = parser_make(p, sizeof(*a));

		if (!a)
			return NULL;
		a->names = parse_names(p, &a->at);
		if (!a->names)
			return NULL;
		*tail = a;
		tail = &a->next;
		if (!parser_accept(p, TOKEN_COMMA))
			return first;
		parser_skip_lines(p);
	}
}
