/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When all rules have run: what CRIU would write to groups of v2 at the wrong time, in
 * the wrong form, or in vain, so that the restore would fail or never end. Nothing is
 * done to a cgroup.img that no rule has changed.
 */
#ifndef CRW_CGROUP_SETTLE_H
#define CRW_CGROUP_SETTLE_H

#include "../context.h"

int cgroup_settle(struct crw *crw, const struct rules_world *world, struct error *err);

#endif
