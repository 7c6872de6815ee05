/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Statements that want different things of one field. The later wins, and
 * people are told: it is seldom what the author of the earlier had in mind.
 */
#ifndef CRW_CONFLICT_H
#define CRW_CONFLICT_H

#include "criu-rewrite.h"
#include "../proto/bytes.h"

/* A field that a statement set, or found to have its value already. */
struct conflict_field {
	const char *image, *where, *field, *value;
	const char *file; /* the statement's place */
	unsigned line;
};

struct conflicts {
	struct buffer fields; /* of struct conflict_field; the texts are borrowed */
	struct buffer table;  /* of uint32_t: index into fields plus one; 0: free */
};

void conflicts_free(struct conflicts *c);

/* Remembers what a change set. *earlier is the statement that it overrides,
 * valid until the next call, or NULL. -1: no memory. */
int conflicts_note(struct conflicts *c, const struct crw_change *change,
		   const struct conflict_field **earlier);

#endif
