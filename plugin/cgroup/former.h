/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What groups of v2 on this host were before CRIU came to them. In all modes but none and
 * ignore it gives them the owner and mode of the checkpoint's, in full and props its
 * values as well, and leaves it at that when the restore fails afterwards.
 */
#ifndef CRW_CGROUP_FORMER_H
#define CRW_CGROUP_FORMER_H

#include "../context.h"
#include "create.h"

/* For the verb that runs it over cgroup.img as it will be: adds the steps that a failed
 * restore takes (CGROUP_FAILED). `values`: CRIU writes those, too. */
int cgroup_former_run(struct rules_call *call, bool values, struct error *err);

/* Takes one of them. What is as it was is not touched. */
int cgroup_former_restore(int root, const struct cgroup_step *step, struct error *err);

#endif
