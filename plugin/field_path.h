/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages inside of messages, by the names of the fields that lead to them. */
#ifndef CRW_FIELD_PATH_H
#define CRW_FIELD_PATH_H

#include "../proto/schema.h"

#define FIELD_PATH_MAX 5

struct field_path {
	const struct message_type *message; /* at its end */
	const struct field_type *steps[FIELD_PATH_MAX];
	size_t count;
};

/* "ify.wd" under a message of type m; "" is m itself. All of it must be in the
 * schema, and not longer than FIELD_PATH_MAX steps. */
void field_path_find(struct field_path *p, const struct message_type *m, struct span names);

typedef void (*field_path_taker)(void *arg, struct span body);

/* Gives the body of each message at the end of the path to `take`. What cannot be
 * read ends the search: whoever reads it for good says so. */
void field_path_each(const struct field_path *p, struct span body, field_path_taker take,
		     void *arg);

/* The last number of that name in the body of a message, 0 when it has none; `bytes`, if
 * not NULL, gets what a text or a message has. Both names must be in the schema. */
uint64_t field_path_number(const char *message, struct span body, const char *field,
			   struct span *bytes);

#endif
