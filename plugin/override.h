/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Statements that want different things of one field. The later wins, and
 * people are told: it is seldom what the author of the earlier had in mind.
 */
#ifndef CRW_OVERRIDE_H
#define CRW_OVERRIDE_H

#include "../proto/bytes.h"

/* A field that a statement set, or found to have its value already. */
struct override_field {
	struct span key;   /* the same for the same field alone (change.h) */
	const char *value; /* it has now */
	const char *file;  /* the statement's place */
	unsigned line;
};

/* As many fields as changes are kept and traces noted. */
struct overrides {
	struct arena keys;
	struct buffer fields; /* of struct override_field; other texts are borrowed */
	struct buffer table;  /* of uint32_t: index into fields plus one; 0: free */
};

void overrides_free(struct overrides *o);

/* Remembers what a field was set to, and that it had the value `before` (NULL: none).
 * *earlier is the statement that it overrides, valid until the next call, or
 * NULL. -1: no memory. */
int overrides_note(struct overrides *o, const struct override_field *fresh, const char *before,
		   const struct override_field **earlier);

#endif
