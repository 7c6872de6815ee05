/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "Did you mean": the nearest of the names that would have been right.
 *
 *	struct suggestion s = suggest_for(name);
 *	for (...)
 *		suggest_offer(&s, candidate);
 *	diag_report(d, at, "unknown field '%s'%s", name, suggest_text(&s));
 */
#ifndef CRW_SUGGEST_H
#define CRW_SUGGEST_H

#include "../proto/bytes.h"

#define SUGGEST_NAME_MAX 64 /* longer names get no suggestion */

struct suggestion {
	struct span wrong;
	unsigned distance; /* of the best so far */
	char best[SUGGEST_NAME_MAX + 1];
	char text[SUGGEST_NAME_MAX + 32];
};

struct suggestion suggest_for(struct span wrong);
void suggest_offer(struct suggestion *s, const char *candidate);
/* "; did you mean 'x'?", or "" when nothing is near. */
const char *suggest_text(struct suggestion *s);

#endif
