/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What CRIU takes for granted in an image: fields that its schema calls optional
 * and its code uses unasked, lists of a certain length, images that are never
 * empty. Where it is missing, CRIU crashes, hangs or kills the task that it
 * restores, and names no rule. need.def has a row for each; as with references
 * only the end of the run counts, only what a rule has made worse, and never
 * what the checkpoint lacked already.
 */
#ifndef CRW_NEED_H
#define CRW_NEED_H

#include "blame.h"
#include "checkpoint.h"

#define NEEDS_MAX 128

struct needs {
	struct blame blames[NEEDS_MAX];
};

/* Compares an image before and after an update, row by row, for the rows that the
 * edit can have touched; what is kept goes into the arena. */
int needs_update(struct needs *n, const struct rules_edit *by, struct checkpoint_image *image,
		 struct content *fresh, struct arena *arena, struct error *err);

/* At the end of a run: -1 with the rule, the image, the field, what CRIU would do
 * and the remedy. `original` is the checkpoint as it was dumped. */
int needs_check(const struct needs *n, struct checkpoint *now, struct checkpoint *original,
		struct error *err);

#endif
