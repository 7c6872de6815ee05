/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fields of a message by a path of names, as the public header gives them. */
#ifndef CRW_FIELD_H
#define CRW_FIELD_H

#include "../proto/schema.h"
#include "criu-rewrite.h"

/* Fills in what the fields of a message are read from. */
void field_message_init(struct crw_message *message, const struct message_type *type,
			struct span body);

#define FIELD_PATH_MAX 16 /* names of a path, and of crw_get_numbers() */

/* Whose fields that was asked for last. */
struct field_numbers_memo {
	const struct message_type *type;
	const struct field_type *fields[FIELD_PATH_MAX];
};

/* As crw_get(). */
int field_get(const struct crw_message *message, const char *path, struct crw_value *value,
	      struct error *err);

#endif
