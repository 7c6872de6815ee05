/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a new entry must have beside what references.h asks: CRIU takes a second entry with
 * an id that is taken for the first without a word, and says of a mount that does not fit
 * what helps nobody.
 */
#ifndef CRW_ADDED_H
#define CRW_ADDED_H

#include "blame.h"
#include "checkpoint.h"

/* -1 with the rule, the image, the entry and the remedy. `original` is the checkpoint as
 * it was dumped. */
int added_check(const struct blame *by, struct checkpoint *checkpoint, struct checkpoint *original,
		struct error *err);

/* Does the edit write numbers of entries, which have to be looked at, too? */
bool added_numbers(const struct rules_edit *by, const struct image_kind *kind);

/* Appends the mnt_id of each tmpfs that was added without an image of what is in it,
 * in order. */
int added_without_content(struct checkpoint *checkpoint, struct checkpoint *original,
			  struct buffer *ids, struct error *err);

#endif
