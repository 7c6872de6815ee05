/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs of this host that a dump or restore passes by: `preflight`, `before`, `after`
 * and `at-resume` of the configuration. All of them are run by one, `criu-rewrite
 * action`, which is given to CRIU as an action script, so that nothing but its start is
 * done in CRIU's process.
 */
#ifndef CRW_PROGRAMS_H
#define CRW_PROGRAMS_H

#include "context.h"

/* Does the configuration have any for this stage? */
bool programs_for_dump(const struct crw *crw);
bool programs_for_restore(const struct crw *crw);

/* Gives CRIU the script, and what it needs to know of the run. -1 when this
 * CRIU cannot take it, or the program is not installed. */
int programs_arrange(struct crw *crw, struct error *err);

/* Runs `before`: nothing has been made yet. -1: one of them said no, or one of all that are
 * to run later cannot. */
int programs_before(struct crw *crw, int image_dir, struct error *err);

/* Has the script been asked about the dump? -1 with errno set: that cannot be looked at. */
int programs_have_answered(void);

/* Ends what programs_arrange() began. If the script said no, the reason becomes what CRIU
 * answers to whoever called. */
void programs_end(void);

#endif
