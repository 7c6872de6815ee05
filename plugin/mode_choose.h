/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Chooses the mode of cgroup management: rules ask for a list of them, and
 * when all rules have run, the first that this host and the rewritten
 * cgroup.img allow is taken.
 */
#ifndef CRW_MODE_CHOOSE_H
#define CRW_MODE_CHOOSE_H

#include "context.h"

/* One `manage-cgroups`, which overrides those before it. */
int mode_ask(struct crw *crw, const char *const *modes, size_t count,
	     const struct rules_place *place, struct error *err);

/* Sets crw->mode, unless no rule asked. -1 when no mode of the list holds; err
 * has the reason of each. */
int mode_choose(struct crw *crw, struct error *err);

/* Is that CRIU's mode, as far as is known by now: what was chosen, or what it was called with? */
bool mode_is(const struct crw *crw, const char *criu_mode);

/* Does what the mode itself does to the checkpoint; often nothing. */
int mode_run(struct crw *crw, const struct rules_world *world, struct error *err);

#endif
