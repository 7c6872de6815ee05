/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text to tokens, one at a time.
 *
 * Line ends are tokens, because they end statements, but not inside of ( )
 * and [ ]. Comments run from '#' to the end of the line. The text is UTF-8;
 * a byte order mark at the start and '\r' before '\n' are skipped.
 */
#ifndef CRW_LEX_H
#define CRW_LEX_H

#include "diag.h"

#define LEX_TEXT_MAX 65536 /* bytes of one quoted text */
#define LEX_NAME_MAX 255   /* bytes of one name or number */

enum token_type {
	TOKEN_END,
	TOKEN_BAD, /* reported already */
	TOKEN_LINE,
	TOKEN_SEMICOLON,
	TOKEN_NAME,
	TOKEN_NUMBER,  /* 7, 0x1f, 0o755, 512M */
	TOKEN_SET,     /* 0-3,8 */
	TOKEN_ADDRESS, /* 10.0.0.0/24, ::1, 02:42:ac:11:00:02 */
	TOKEN_TEXT,    /* "..." */
	TOKEN_WORD,    /* by lex_word only */
	TOKEN_BRACE_OPEN,
	TOKEN_BRACE_CLOSE,
	TOKEN_PAREN_OPEN,
	TOKEN_PAREN_CLOSE,
	TOKEN_BRACKET_OPEN,
	TOKEN_BRACKET_CLOSE,
	TOKEN_COMMA,
	TOKEN_DOT,
	TOKEN_DEEP, /* // */
	TOKEN_PLUS,
	TOKEN_MINUS,
	TOKEN_BAR,   /* | */
	TOKEN_EQUAL, /* = and == */
	TOKEN_UNEQUAL,
	TOKEN_LESS,
	TOKEN_LESS_EQUAL,
	TOKEN_GREATER,
	TOKEN_GREATER_EQUAL,
	TOKEN_GLOB,  /* ~ */
	TOKEN_REGEX, /* =~ */
};

struct token {
	enum token_type type;
	struct extent at;
	struct span source; /* as it stands in the text */
	struct value value; /* of NUMBER, SET, ADDRESS and TEXT */
};

struct lexer {
	struct diag *diag;
	struct arena *arena; /* for the values */
	const char *file;
	struct span text;
	size_t next; /* offset of what has not been read */
	size_t line_start;
	unsigned line;
	unsigned open; /* ( and [ that wait for their end */
};

void lex_start(struct lexer *lex, struct diag *diag, struct arena *arena, const char *file,
	       struct span text);
struct token lex_next(struct lexer *lex);

/* Reads the token again as a word of a verb's arguments: letters, digits and
 * "_.-:@*?/" ("cpuset.cpus", "hugetlb.2MB.*"). */
struct token lex_word(struct lexer *lex, const struct token *again);

bool token_is(const struct token *t, const char *name);
/* For "unexpected ...": "'}'", "the end of the line". The text is good until
 * the next call with the same buffer. */
const char *token_name(const struct token *t, char buffer[64]);

#endif
