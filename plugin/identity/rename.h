/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What verbs share that give a thing another name. */
#ifndef CRW_IDENTITY_RENAME_H
#define CRW_IDENTITY_RENAME_H

#include "../../rules/args.h"

struct rename {
	struct span old, fresh;
	bool none; /* no fresh one */
};

/* OLD to NEW */
int rename_read(struct verb_args *a, const char *what, struct rename *r, struct error *err);

/* A rules_judge that gives every object the fresh name. */
int rename_judge_any(void *ctx, const struct rules_object *o, struct value *fresh,
		     struct error *err);

/* A leftover_judge: does the text hold the old name, as a word? */
bool rename_is_left(const void *ctx, const struct value *v);

#endif
