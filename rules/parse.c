/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Statements and blocks.
 *
 *	text = { statement end }      end = LINE | ";"
 */
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "source.h"

static bool parse_statement(struct parser *p, struct statement *s);
static int parse_source(struct parser *p, struct block *block);

struct keyword {
	const char *word;
	bool (*parse)(struct parser *p, struct statement *s);
};

static const struct keyword *find_keyword(const struct token *t);

/* --- blocks --- */

/* Leaves the token in hand behind a "{ ... }" that has just begun. */
static void skip_braces(struct parser *p)
{
	unsigned open = 0;

	do {
		if (p->token.type == TOKEN_BRACE_OPEN)
			open++;
		else if (p->token.type == TOKEN_BRACE_CLOSE)
			open--;
		p->lex.open = 0;
		parser_advance(p);
	} while (open && p->token.type != TOKEN_END);
}

/* Is the token in hand the end of a statement that is wrong? Inside of
 * brackets a ';' is not, inside of a message that is written out nothing is. */
static bool is_recovered(const struct parser *p, bool bracketed)
{
	if (p->token.type == TOKEN_END)
		return true;
	if (p->braces || (bracketed && p->token.type == TOKEN_SEMICOLON))
		return false;
	return parser_at_end(p);
}

/* Behind an error: to the end of the statement, blocks and all. What is
 * wrong on the way is not told: it may well follow from the first error. */
static void recover(struct parser *p)
{
	bool muted = p->shared->diag->muted, bracketed = p->lex.open > 0;

	p->shared->diag->muted = true;
	p->lex.open = 0;
	while (!is_recovered(p, bracketed)) {
		if (p->token.type == TOKEN_BRACE_OPEN) {
			skip_braces(p);
			continue;
		}
		if (p->token.type == TOKEN_BRACE_CLOSE)
			p->braces--;
		parser_advance(p);
		p->lex.open = 0;
	}
	p->shared->diag->muted = muted;
	p->broken = false;
	p->braces = 0;
}

static bool count_statement(struct parser *p)
{
	if (p->shared->statement_count == RULES_STATEMENTS_MAX) {
		parser_wrong(p, p->token.at, "more than %d statements", RULES_STATEMENTS_MAX);
		p->shared->too_many = true;
		return false;
	}
	p->shared->statement_count++;
	return true;
}

/* One statement with its end; *out stays NULL when it is wrong. */
static void parse_one(struct parser *p, struct statement **out)
{
	struct statement *s = parser_make(p, sizeof(*s));
	struct extent start = p->token.at;

	if (s) {
		s->at = start;
		s->rule = p->rule;
	}
	if (s && count_statement(p) && parse_statement(p, s) && !p->broken) {
		if (!parser_at_end(p))
			parser_unexpected(p, "the end of the statement");
		s->end = p->before;
		if (!p->broken)
			*out = s;
	}
	if (p->broken)
		recover(p);
}

static bool give_up(const struct parser *p)
{
	return diag_is_full(p->shared->diag) || p->shared->no_memory || p->shared->too_many;
}

/* Statements up to a '}' or the end of the text, which stays in hand. */
static void parse_statements(struct parser *p, struct block *block)
{
	struct statement **tail = &block->first;

	while (*tail)
		tail = &(*tail)->next;
	for (;;) {
		while (p->token.type == TOKEN_LINE || p->token.type == TOKEN_SEMICOLON)
			parser_advance(p);
		if (p->token.type == TOKEN_END || p->token.type == TOKEN_BRACE_CLOSE)
			return;
		parse_one(p, tail);
		if (*tail)
			tail = &(*tail)->next;
		if (give_up(p)) {
			p->token.type = TOKEN_END;
			return;
		}
	}
}

/* block = "{" { statement end } "}" */
static bool parse_block(struct parser *p, struct block *block)
{
	struct extent open = p->token.at;

	if (p->token.type == TOKEN_BRACE_OPEN && !parser_enter(p))
		return false;
	if (!parser_expect(p, TOKEN_BRACE_OPEN, "'{'"))
		return false;
	parse_statements(p, block);
	parser_leave(p);
	if (give_up(p) || parser_accept(p, TOKEN_BRACE_CLOSE))
		return true;
	parser_wrong(p, open, "this '{' has no '}'");
	return false;
}

/* --- statements that begin with a word --- */

/* Looks past line ends for "else" and takes it. */
static bool accept_else(struct parser *p)
{
	struct parser before = *p;

	parser_skip_lines(p);
	if (token_is(&p->token, "else")) {
		parser_advance(p);
		return true;
	}
	*p = before;
	return false;
}

/* when = "when" expression block { "else" "when" expression block } [ "else" block ] */
static bool parse_when(struct parser *p, struct statement *s)
{
	struct arm **tail = &s->arms;

	s->type = STATEMENT_WHEN;
	for (;;) {
		struct arm *arm = parser_make(p, sizeof(*arm));
		bool last = tail != &s->arms && p->token.type == TOKEN_BRACE_OPEN;

		if (!arm)
			return false;
		*tail = arm;
		tail = &arm->next;
		if (!last && !token_is(&p->token, "when")) {
			parser_unexpected(p, "'when' or '{'");
			return false;
		}
		if (!last) {
			parser_advance(p);
			arm->condition = parse_expression(p);
		}
		if (p->broken || !parse_block(p, &arm->block))
			return false;
		if (last || !accept_else(p))
			return true;
	}
}

static bool push_mode(struct parser *p, struct modes *m)
{
	const char **names = parser_make(p, (m->count + 2) * sizeof(*names));
	struct extent *places = parser_make(p, (m->count + 1) * sizeof(*places));
	const struct token *t = &p->token;

	if (!names || !places)
		return false;
	for (size_t i = 0; i < m->count; i++) {
		names[i] = m->names[i];
		places[i] = m->places[i];
	}
	names[m->count] = arena_copy(p->shared->arena, t->source.data, t->source.size);
	places[m->count] = t->at;
	m->names = names;
	m->places = places;
	return names[m->count++] != NULL;
}

/* modes = "manage-cgroups" NAME { "," NAME } */
static bool parse_modes(struct parser *p, struct statement *s)
{
	s->type = STATEMENT_MODES;
	do {
		parser_advance(p);
		parser_skip_lines(p);
		if (p->token.type != TOKEN_NAME) {
			parser_unexpected(p, "a mode");
			return false;
		}
		if (s->modes.count == RULES_MODES_MAX) {
			parser_wrong(p, p->token.at, "more than %d modes", RULES_MODES_MAX);
			return false;
		}
		if (!push_mode(p, &s->modes))
			return false;
		parser_advance(p);
	} while (p->token.type == TOKEN_COMMA);
	return true;
}

/* must = "must" edit */
static bool parse_must(struct parser *p, struct statement *s)
{
	parser_advance(p);
	if (p->token.type == TOKEN_NAME && find_keyword(&p->token)) {
		parser_wrong(p, p->token.at, "'must' goes before a path and its action, not '%.*s'",
			     (int)p->token.source.size, (const char *)p->token.source.data);
		return false;
	}
	s->edit.must = true;
	return parse_edit(p, s);
}

static char *text_string(struct parser *p)
{
	struct span text = p->token.value.text;

	if (memchr(text.data, 0, text.size)) {
		parser_wrong(p, p->token.at, "there is a NUL byte in this text");
		return NULL;
	}
	return arena_copy(p->shared->arena, text.data, text.size);
}

/* require = "require" expression TEXT */
static bool parse_require(struct parser *p, struct statement *s)
{
	s->type = STATEMENT_REQUIRE;
	parser_advance(p);
	s->require.condition = parse_expression(p);
	if (!s->require.condition)
		return false;
	if (p->token.type != TOKEN_TEXT) {
		parser_unexpected(p, "a text that says what is missing");
		return false;
	}
	s->require.text = text_string(p);
	parser_advance(p);
	return s->require.text != NULL;
}

/* let = "let" NAME "=" expression; a wrong value keeps the name known */
static bool parse_let(struct parser *p, struct statement *s)
{
	s->type = STATEMENT_LET;
	parser_advance(p);
	s->let.name = p->token.source;
	s->let.name_at = p->token.at;
	if (!parser_expect(p, TOKEN_NAME, "a name"))
		return false;
	if (!parser_expect_assign(p, "'='"))
		return false;
	parser_skip_lines(p);
	s->let.value = parse_expression(p);
	if (!s->let.value)
		recover(p);
	return true;
}

/* rule = "rule" TEXT block */
static bool parse_rule(struct parser *p, struct statement *s)
{
	const char *around = p->rule;
	bool good;

	s->type = STATEMENT_RULE;
	parser_advance(p);
	if (around) {
		parser_wrong(p, s->at, "a rule cannot be inside another");
		return false;
	}
	if (p->token.type != TOKEN_TEXT) {
		parser_unexpected(p, "the name of the rule in quotes");
		return false;
	}
	s->rule_block.name = p->token.value.text;
	s->rule_block.name_at = p->token.at;
	p->rule = text_string(p);
	if (!p->rule)
		return false;
	parser_advance(p);
	good = parse_block(p, &s->rule_block.block);
	p->rule = around;
	return good;
}

/* --- include --- */

static bool is_included_already(const struct parser *p, const char *path)
{
	for (; p; p = p->includer) {
		if (strcmp(p->lex.file, path) == 0)
			return true;
	}
	return false;
}

static unsigned include_depth(const struct parser *p)
{
	unsigned depth = 0;

	for (; p->includer; p = p->includer)
		depth++;
	return depth;
}

static bool parse_included(struct parser *p, struct extent at, const char *path, struct span text,
			   struct block *block)
{
	struct parser inner;
	struct diag_source *source;

	if (is_included_already(p, path)) {
		parser_wrong(p, at, "%s includes itself", path);
		return false;
	}
	source = source_add(p->shared->diag, p->shared->arena, path, text);
	if (!source) {
		parser_wrong(p, at, "out of memory");
		return false;
	}
	if (!source_judge(p->shared->diag, source))
		return true; /* told; this statement is not at fault */
	parser_start(&inner, p->shared, source);
	inner.includer = p;
	inner.rule = p->rule;
	inner.depth = p->depth;
	parse_source(&inner, block);
	return true;
}

/* include = "include" TEXT */
static bool parse_include(struct parser *p, struct statement *s)
{
	const struct rules_setting *setting = p->shared->setting;
	cleanup_buffer struct buffer text = { 0 };
	struct extent at;
	const char *name, *path = NULL;
	struct error err;

	s->type = STATEMENT_INCLUDE;
	parser_advance(p);
	at = p->token.at;
	if (p->token.type != TOKEN_TEXT)
		parser_unexpected(p, "the name of a file in quotes");
	else if (p->token.value.text.size == 0)
		parser_wrong(p, at, "the name of the file is empty");
	else if (!setting->include)
		parser_wrong(p, at, "files cannot be included here");
	else if (include_depth(p) == RULES_INCLUDE_MAX)
		parser_wrong(p, at, "included more than %d deep", RULES_INCLUDE_MAX);
	name = p->broken ? NULL : text_string(p);
	if (!name)
		return false;
	parser_advance(p);
	if (setting->include(setting->ctx, name, p->lex.file, p->shared->arena, &text, &path,
			     &err) == 0)
		return parse_included(p, at, path ? path : name, buffer_span(&text), &s->included);
	parser_wrong(p, at, "%s", err.text);
	return false;
}

/* --- keywords --- */

static const struct keyword keywords[] = {
	{ "when", parse_when },       { "manage-cgroups", parse_modes },
	{ "must", parse_must },       { "require", parse_require },
	{ "rule", parse_rule },       { "let", parse_let },
	{ "include", parse_include },
};

static const struct keyword *find_keyword(const struct token *t)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
		if (token_is(t, keywords[i].word))
			return &keywords[i];
	}
	return NULL;
}

/* statement = when | modes | must | require | rule | let | include | edit */
static bool parse_statement(struct parser *p, struct statement *s)
{
	const struct keyword *k = find_keyword(&p->token);

	return k ? k->parse(p, s) : parse_edit(p, s);
}

/* --- whole texts --- */

/* A '}' too many is told and passed over. */
static bool accept_stray_brace(struct parser *p)
{
	if (p->token.type != TOKEN_BRACE_CLOSE)
		return false;
	parser_wrong(p, p->token.at, "this '}' closes nothing");
	p->broken = false;
	parser_advance(p);
	return !give_up(p);
}

static int parse_source(struct parser *p, struct block *block)
{
	size_t before = p->shared->diag->count;

	do {
		parse_statements(p, block);
	} while (accept_stray_brace(p));
	return p->shared->diag->count == before ? 0 : -1;
}

int parse_text(struct parse *shared, const struct diag_source *source, struct block *block)
{
	struct parser p;

	parser_start(&p, shared, source);
	return parse_source(&p, block);
}
