/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tokens to tree. Recursive descent with one token in hand: every function
 * is named after what it reads, and the production stands above it. On an
 * error the function reports, marks the parser as broken and returns NULL;
 * the statement loop goes on behind the end of the statement.
 */
#ifndef CRW_PARSE_H
#define CRW_PARSE_H

#include "ast.h"
#include "lex.h"

/* What is the same for a text and the texts that it includes. */
struct parse {
	struct diag *diag;
	struct arena *arena; /* for the tree */
	const struct rules_setting *setting;
	size_t statement_count;
	bool no_memory, too_many;
};

struct parser {
	struct parse *shared;
	struct lexer lex;
	struct token token;   /* in hand, not used yet */
	struct extent before; /* the last one that was no line end */
	const struct parser *includer;
	const char *rule; /* name of the block that we are in */
	unsigned depth;   /* of blocks, parentheses and brackets */
	unsigned operands;
	unsigned braces; /* of messages, opened in this statement */
	bool broken;     /* this statement is wrong, and that is told */
};

/* Reads a whole text; parts that are wrong are missing in the block.
 * Returns -1 when anything was reported. */
int parse_text(struct parse *shared, const struct diag_source *source, struct block *block);

/* --- for parse*.c only --- */

void parser_start(struct parser *p, struct parse *shared, const struct diag_source *source);
void parser_advance(struct parser *p);
bool parser_accept(struct parser *p, enum token_type type);
bool parser_expect(struct parser *p, enum token_type type, const char *what);
/* "=", not "==". */
bool parser_expect_assign(struct parser *p, const char *what);
void parser_skip_lines(struct parser *p);
/* "expected WHAT, found ...", at the token in hand. */
void parser_unexpected(struct parser *p, const char *what);
void parser_wrong(struct parser *p, struct extent at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Zeroed memory; NULL and broken when there is none. */
void *parser_make(struct parser *p, size_t size);
bool parser_enter(struct parser *p);
void parser_leave(struct parser *p);
bool parser_at_end(const struct parser *p); /* of the statement */

bool parse_edit(struct parser *p, struct statement *s);
struct expr *parse_expression(struct parser *p);
struct expr *parse_sum(struct parser *p); /* without comparisons: values that are assigned */
struct path *parse_path(struct parser *p, enum axis first);
struct assignment *parse_assignments(struct parser *p);
struct assignment *parse_assignment_block(struct parser *p);
struct assignment *parse_field_names(struct parser *p);

#endif
