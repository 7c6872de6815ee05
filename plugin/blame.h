/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which statement has to answer for what is found at the end of a run. */
#ifndef CRW_BLAME_H
#define CRW_BLAME_H

#include "../rules/rules.h"

struct blame {
	bool touched;
	const char *file;
	unsigned line;
};

/* The last one that touched it answers; the name is kept in the arena. */
int blame_note(struct blame *b, const struct rules_edit *by, struct arena *arena,
	       struct error *err);

#endif
