/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be done to prepared groups only when tasks are in them. A group of v2 that
 * hands controllers on takes no tasks, and these come into groups that are to:
 *
 * - Tasks of a cgroup namespace: CRIU puts them into its root, and from there into
 *   their group (prepare_cgns() in criu/cgroup.c, 2.0 to 4.2). The kernel has that
 *   second move fail as well: EOPNOTSUPP where the controllers are for threads.
 * - criu itself, where the runtime has put it there (runc). It makes room when the tasks
 *   are where they belong.
 * - The first task, which crun up to 1.28 writes back into the container's group when
 *   criu has ended; and newer ones leave their own process there until then.
 *
 * So there controllers are handed on, and values below written, late or afterwards. A
 * group is frozen when the tasks are in it and stopped; one that criu or the runtime is
 * in, when that has ended.
 */
#ifndef CRW_PREPARE_DEFERRED_H
#define CRW_PREPARE_DEFERRED_H

#include "../context.h"

/* Marks the steps of `prepare` that have to wait, for the checkpoint as the
 * rules left it. How many there are, or -1. */
int prepare_deferred_mark(struct crw *crw, struct error *err);

/* Will the runtime write to the container's group of v2 when criu has ended (crun)? 1, 0, -1. */
int prepare_runtime_returns(struct crw *crw, struct error *err);

#endif
