/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The groups of a checkpoint, each at the place on this host where CRIU will
 * want it, from the top down.
 */
#ifndef CRW_CGROUP_TARGET_H
#define CRW_CGROUP_TARGET_H

#include "../context.h"
#include "image.h"

struct cgroup_target {
	const struct raw_controller *controller;
	const char *label; /* "cpuset", "cpu,cpuacct", "v2" */
	const char *group; /* where CRIU will look for it: "/ct/in"; "/" for a controller */
	bool top;          /* not below another group of the checkpoint */
};

/* What lives in the arena outlives the walk. */
struct cgroup_walk {
	const struct crw *crw;
	struct arena *arena;
	struct span entry; /* the cgroup_entry */
	void *ctx;
	/* Either may be NULL. -1 with err set ends the walk. */
	int (*controller)(void *ctx, const struct cgroup_target *target, struct error *err);
	int (*group)(void *ctx, const struct cgroup_target *target, struct error *err);
};

int cgroup_walk(const struct cgroup_walk *walk, struct error *err);

/*
 * The message of cgroup.img as it is now: 1, 0 when the checkpoint has none or
 * an empty one, because all tasks were in the group of CRIU; -1.
 */
int cgroup_entry_of(struct crw *crw, struct span *entry, struct error *err);

/* The hierarchy of this host that a target belongs to, by the first of its
 * controllers; NULL: not here. */
const struct cgroup_hierarchy *cgroup_target_hierarchy(const struct cgroup_target *target,
						       const struct cgroup_host *host);

/* "cpuset:/ct", "v2:/ct" for people; NULL: no memory. */
const char *cgroup_target_name(const struct cgroup_target *target, struct arena *arena);

#endif
