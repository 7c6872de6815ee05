/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages in the notation of the language: f=v g { ... }, in the order of
 * the wire. What is printed can be read again by add; fields that the schema
 * does not have are shown as <NUMBER> (as a comment when pretty).
 */
#ifndef CRW_PRINT_H
#define CRW_PRINT_H

#include "rules.h"

/* All of it: `name="ct" dirs { ... }`; ends with "..." after about `limit` bytes. */
int print_message(struct buffer *out, const struct message_type *type, struct span body,
		  bool pretty, size_t limit, struct error *err);

/* The values of one field of a message, separated by commas when there are
 * several; nothing when there is none. */
int print_field(struct buffer *out, const struct field_type *f, struct span body, bool quoted,
		size_t limit, struct error *err);

/* The words of the field as what they are together, an IP address say; false when they are
 * not. */
bool print_whole(struct buffer *out, const struct field_type *f, struct span body);

/* Cuts what was appended since `start` to the limit. */
void print_cut(struct buffer *out, size_t start, size_t limit);

#endif
