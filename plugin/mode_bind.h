/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mode `bind` where a runtime has bound a container's group over the
 * hierarchy: /sys/fs/cgroup/cpuset/NEW over /sys/fs/cgroup/cpuset.
 *
 * The container's group in the checkpoint is then the one that is mounted, whatever
 * it was called: what the cgroup namespace hides of the tasks' paths, or else
 * what all groups of the checkpoint have in common. If the mounts stand as CRIU
 * would make them in its yard, one directory for each controller, CRIU is made
 * to use that directory (--cgroup-yard) and paths count from the mounts, so that
 * it sees no more than the runtime shows. Else (v2 alone, at /sys/fs/cgroup)
 * CRIU mounts for itself and paths count from the root.
 */
#ifndef CRW_MODE_BIND_H
#define CRW_MODE_BIND_H

#include "context.h"

/* A verb that is in no rule: sets crw->yard and gives the groups their paths. */
int mode_bind_run(struct rules_call *call, struct error *err);

#endif
