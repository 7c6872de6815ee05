/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is left of an old value after a verb: all images are gone through, whatever field it
 * is in, and each find is a note. Memory of tasks is not looked at.
 */
#ifndef CRW_IDENTITY_LEFTOVER_H
#define CRW_IDENTITY_LEFTOVER_H

#include "../../rules/rules.h"

/* Is it the old value, or is that in it? `v` is a text, or an address. */
typedef bool (*leftover_judge)(const void *ctx, const struct value *v);

int leftover_note(struct rules_call *call, leftover_judge judge, const void *ctx,
		  struct error *err);

/* The same for the names of open files alone, of which the note says why that matters. */
int leftover_note_open(struct rules_call *call, leftover_judge judge, const void *ctx,
		       const char *why, struct error *err);

/* Is one of the addresses that stand in the text the old value? With a boundary on both
 * sides, as people write them: "addr=10.0.0.5,", "[fd00::5]:80". */
bool leftover_has_address(struct span text, leftover_judge judge, const void *ctx);

/* Does the text hold the word, with a boundary on both sides? */
bool leftover_has_word(struct span text, struct span word);

#endif
