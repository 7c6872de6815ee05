/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads JSON (RFC 8259) token by token through a window of fixed size.
 * Strings come in pieces, so that one of any length takes no memory here. The
 * caller knows what may follow what: commas and colons are tokens too.
 */
#ifndef CRW_JSON_LEX_H
#define CRW_JSON_LEX_H

#include "../bytes.h"
#include "../error.h"

/* Where bytes come from: *size gets how many were read, 0 at the end. */
struct json_source {
	int (*read)(void *arg, void *data, size_t room, size_t *size, struct error *err);
	/* Starts again from the beginning. The first time, `seen` is all that was
	 * read, for a source that must keep it to be able to. */
	int (*restart)(void *arg, struct span seen, struct error *err);
	void *arg;
};

enum json_token {
	JSON_END,
	JSON_STRING, /* the quote; json_string_piece gives the rest */
	JSON_NUMBER, /* its text is in `number` */
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
	JSON_OBJECT = '{',
	JSON_OBJECT_END = '}',
	JSON_LIST = '[',
	JSON_LIST_END = ']',
	JSON_COMMA = ',',
	JSON_COLON = ':',
};

#define JSON_LEX_WINDOW 65536
#define JSON_NUMBER_MAX 64 /* characters */
#define JSON_NESTING_MAX 512

struct json_lexer {
	const struct json_source *source;
	struct error *err;
	uint64_t line, column; /* of the last token, from 1; columns are bytes */
	char number[JSON_NUMBER_MAX + 1];

	/* of the lexer alone */
	uint8_t window[JSON_LEX_WINDOW + 1];
	size_t at, end;      /* at the end stands a NUL, which no token has */
	uint64_t before;     /* bytes of the text that have left the window */
	uint64_t line_start; /* where the line began */
	uint64_t lines;
	bool restarted;
	uint8_t piece[4];
};

void json_lex_begin(struct json_lexer *l, const struct json_source *source, struct error *err);

/* All of these: -1 when the text is no JSON or cannot be read. */
int json_next(struct json_lexer *l, enum json_token *token);
/* The next piece of the string, UTF-8 without escapes, valid until the next
 * call; 1, or 0 at the closing quote. */
int json_string_piece(struct json_lexer *l, struct span *piece);
/* Appends the whole string; an error when it is longer than `most`. (jansson
 * has the name json_string.) */
int json_string_whole(struct json_lexer *l, struct buffer *out, size_t most);
/* Skips the value that begins with the token. */
int json_skip(struct json_lexer *l, enum json_token token);

/* For those who know what comes, as crit writes it: what of the window is ahead,
 * behind ", " if `comma`; NULL when that is not there. */
static inline const uint8_t *json_ahead(const struct json_lexer *l, bool comma)
{
	const uint8_t *at = l->window + l->at;

	if (!comma)
		return at;
	return at[0] == ',' && at[1] == ' ' ? at + 2 : NULL;
}

/* A token begins here. */
static inline void json_mark(struct json_lexer *l)
{
	l->line = l->lines;
	l->column = l->before + l->at - l->line_start + 1;
}

/* Takes a token of what is ahead, and what stands before it. */
static inline void json_take(struct json_lexer *l, const uint8_t *token, const uint8_t *end)
{
	l->at = (size_t)(token - l->window);
	json_mark(l);
	l->at = (size_t)(end - l->window);
}

/* A token of one character, if it is the next byte; behind ", " if `comma`. */
static inline bool json_take_token(struct json_lexer *l, bool comma, enum json_token token)
{
	const uint8_t *ahead = json_ahead(l, comma);

	if (!ahead || *ahead != token)
		return false;
	json_take(l, ahead, ahead + 1);
	return true;
}

#define JSON_DIGITS_MAX 19 /* of any number that 64 bits hold for sure */

/* A number of digits alone, with a sign or not; false when it is not one, or not all in
 * the window. */
static inline bool json_take_digits(struct json_lexer *l, bool *negative, uint64_t *number)
{
	const uint8_t *start = json_ahead(l, false), *first = start + (*start == '-'), *at = first;
	uint64_t digit, sum = 0;
	size_t count;

	for (; (digit = *at - (uint64_t)'0') <= 9; at++)
		sum = sum * 10 + digit;
	count = (size_t)(at - first);
	if (count == 0 || count > JSON_DIGITS_MAX || (*first == '0' && count > 1) ||
	    (*at != ',' && *at != '}' && *at != ']' && *at != '\n'))
		return false;
	*negative = first > start;
	*number = sum;
	json_take(l, start, at);
	return true;
}

/* A string of ASCII without escapes; *text is valid until the next call. False as above. */
bool json_take_plain(struct json_lexer *l, struct span *text);

/* Where the last token stands in the text, from its first byte to behind what was
 * read of it. */
static inline uint64_t json_token_start(const struct json_lexer *l)
{
	return l->line_start + l->column - 1;
}
static inline uint64_t json_token_end(const struct json_lexer *l)
{
	return l->before + l->at;
}

/* Starts over with the text. The first time, no more than a window of it may
 * have been read. */
int json_lex_restart(struct json_lexer *l);

/* The error, with the place of the last token in front. Returns -1. */
int json_fail(struct json_lexer *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts the place in front of the error that is there. Returns -1. */
int json_place(struct json_lexer *l);

#endif
