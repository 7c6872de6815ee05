/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Do the images still fit together? CRIU finds a dangling id halfway through
 * a restore, with a message that names no rule. Rules are free to break a
 * reference as long as a later one mends it: what counts is the end of the
 * run. Only references that a change can have broken are looked at, and what
 * was dangling in the checkpoint already is not the rules' fault.
 */
#ifndef CRW_REFERENCES_H
#define CRW_REFERENCES_H

#include "blame.h"
#include "checkpoint.h"
#include "need.h"

#define REFERENCES_MAX 64

struct references {
	struct blame references[REFERENCES_MAX];
	struct blame cgroups;
	struct blame added; /* entries */
	struct blame pairs; /* of sockets */
	struct blame pending;
	struct needs needs; /* of single images */
};

/* Compares the ids of an image before and after an update, if the edit can have
 * changed them; what is kept goes into the arena. */
int references_update(struct references *c, const struct rules_edit *by,
		      struct checkpoint_image *image, struct content *fresh, struct arena *arena,
		      struct error *err);

/* At the end of a run: -1 with the rule, the image and the id that dangles. Without
 * cgroups, CRIU does not look at what belongs to them. */
int references_check(const struct references *c, struct checkpoint *checkpoint, bool cgroups,
		     struct error *err);

#endif
