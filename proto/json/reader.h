/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What read.c, read_value.c and read_extra.c share. */
#ifndef CRW_JSON_READER_H
#define CRW_JSON_READER_H

#include "../image.h"
#include "bytes.h"
#include "canon.h"
#include "lex.h"
#include "read.h"

#define JSON_KEY_MAX 127 /* no field has a longer name */

/* What stands behind an entry's message. */
struct json_extra {
	bool given;
	struct buffer bytes; /* as in the image, but for what fills up at the end */
	struct buffer more;  /* of TCP: the second queue */
	size_t in;           /* of TCP: bytes of the first queue */
	bool has_raw;
	struct buffer raw;
	const char *missing; /* field of a message of a queue, or NULL */
};

struct json_reader {
	struct json_lexer lex;
	struct json_plans plans;
	const struct json_sink *sink;
	struct error *err;

	const struct image_kind *kind; /* NULL: not known yet */
	bool one_magic, one_magic_given;
	size_t index; /* of the entry */
	bool chunked; /* a ghost file in chunks */

	char key[JSON_KEY_MAX + 1]; /* of the member that was read last */
	struct buffer pieces;       /* members of the messages that are being read */
	struct buffer order;        /* for putting members in order */
	struct buffer bytes;        /* of the text or bytes that was read last */

	/* the entry */
	struct buffer body;
	struct buffer raw;
	bool has_raw;
	const char *missing; /* a required field that is not there, or NULL */
	struct json_extra extra;

	size_t written;         /* bytes of the image */
	struct content entries; /* of a raw image */
	size_t used;            /* of the window */
	uint8_t window[JSON_WINDOW];
};

/* --- json_read_value.c --- */

/* Appends the message of the object whose '{' was read to r->body. Members
 * that are no fields are given to `other`, if not NULL: 1 when it took the
 * value, 0 when it does not know the member, -1. */
int json_read_message(struct json_reader *r, struct json_plan *plan, unsigned depth,
		      int (*other)(struct json_reader *r));

/* Reads a member's name into r->key and the colon, or the end of the object:
 * 1, 0, -1. `first`: no comma is due. */
int json_read_key(struct json_reader *r, bool first);
/* The next element of a list: 1 with its first token, 0 at the end, -1. */
int json_read_item(struct json_reader *r, bool first, enum json_token *token);
/* The value of a token that must be a whole number. */
int json_read_integer(struct json_reader *r, enum json_token token, number_t *value);
/* A string of base64, from its token on. */
int json_read_base64(struct json_reader *r, enum json_token token, struct buffer *out);
int json_read_bool(struct json_reader *r, bool *value);

/* --- json_read_extra.c --- */

/* The value of "extra" and "_raw_extra" of an entry of r->kind. */
int json_read_extra(struct json_reader *r);
int json_read_raw_extra(struct json_reader *r);
/* Puts what was read into out, as it stands in the image. */
int json_put_extra(struct json_reader *r, struct json_plan *plan, struct buffer *out);

#endif
