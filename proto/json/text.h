/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes JSON text, piece by piece, in the two forms that Python's json
 * module has: on one line, or indented by four. The text goes through a
 * window of fixed size to a sink, so there is no limit to its length. Errors
 * of the sink stick: nothing more is written, and json_text_end tells.
 */
#ifndef CRW_JSON_TEXT_H
#define CRW_JSON_TEXT_H

#include "../bytes.h"
#include "../error.h"

/* Where bytes go to; 0, or -1 with the error set. */
struct json_sink {
	int (*write)(void *arg, struct span bytes, struct error *err);
	void *arg;
};

#define JSON_WINDOW 65536

struct json_text {
	const struct json_sink *sink;
	struct error *err;
	bool failed;
	bool indented;  /* may be changed before any item */
	bool empty;     /* the innermost list or object, so far */
	unsigned depth; /* of lists and objects */
	size_t used;    /* of the window */
	uint8_t window[JSON_WINDOW];
};

void json_text_begin(struct json_text *t, const struct json_sink *sink, bool indented,
		     struct error *err);
/* Passes on what is in the window. -1 when anything has failed. */
int json_text_end(struct json_text *t);

void json_open(struct json_text *t, char bracket);   /* '{' or '[' */
void json_close(struct json_text *t, char bracket);  /* '}' or ']' */
void json_item(struct json_text *t);                 /* what follows is the next of a list */
void json_key(struct json_text *t, struct span key); /* the next member; key is `"name": ` */

/* The place for the next bytes, `size` of them at most: half of the window. */
uint8_t *json_text_room(struct json_text *t, size_t size);

/* Write to `out`, return what is behind them. */
uint8_t *json_put_unsigned(uint8_t *out, uint64_t number);
static inline uint8_t *json_put_number(uint8_t *out, uint64_t number)
{
	*out = (uint8_t)('0' + number);
	return number < 10 ? out + 1 : json_put_unsigned(out, number);
}
static inline uint8_t *json_put_signed(uint8_t *out, int64_t number)
{
	if (number < 0)
		*out++ = '-';
	return json_put_number(out, number < 0 ? -(uint64_t)number : (uint64_t)number);
}
uint8_t *json_put_plain(uint8_t *out, struct span text); /* NULL: see json_plain_string */

/* Values. */
void json_word(struct json_text *t, const char *word); /* as it is: true, null */
void json_unsigned(struct json_text *t, uint64_t number);
void json_signed(struct json_text *t, int64_t number);
void json_string(struct json_text *t, struct span utf8);
/* The same of a short text of which nothing needs an escape; false when it is none. */
bool json_plain_string(struct json_text *t, struct span text);
/* A string in pieces: quote, pieces, quote. A byte of a text that is not UTF-8
 * becomes the character of its number. Base64 comes in lines of 76 characters,
 * each with its end, and only the last piece may have a length that is no
 * multiple of 57. */
void json_quote(struct json_text *t);
void json_escaped(struct json_text *t, struct span utf8);
void json_base64(struct json_text *t, struct span bytes);

#endif
