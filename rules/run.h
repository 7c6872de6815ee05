/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A ruleset on its way: the statements of its units, one after the other.
 */
#ifndef CRW_RUN_H
#define CRW_RUN_H

#include "edit.h"
#include "check.h"

struct run;

/* Runs an edit that a verb made; a statement of its own in all but the trace. */
int run_part(struct run *r, const struct statement *s, size_t *matched, struct error *err);
const struct rules_setting *run_setting(const struct run *r);

struct ruleset {
	const struct rules_setting *setting;
	struct unit *units; /* in the order in which they were read */
};

#endif
