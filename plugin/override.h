/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Statements that want different things of one field. The later wins, and
 * people are told: it is seldom what the author of the earlier had in mind.
 */
#ifndef CRW_OVERRIDE_H
#define CRW_OVERRIDE_H

#include "criu-rewrite.h"
#include "../proto/bytes.h"

/* A field that a statement set, or found to have its value already. */
struct override_field {
	const char *image, *where, *field, *value;
	const char *file; /* the statement's place */
	unsigned line;
};

struct overrides {
	struct buffer fields; /* of struct override_field; the texts are borrowed */
	struct buffer table;  /* of uint32_t: index into fields plus one; 0: free */
};

void overrides_free(struct overrides *c);

/* Remembers what a change set. *earlier is the statement that it overrides,
 * valid until the next call, or NULL. -1: no memory. */
int overrides_note(struct overrides *c, const struct crw_change *change,
		   const struct override_field **earlier);

#endif
