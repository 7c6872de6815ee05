/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be done to prepared groups only when tasks are in them.
 *
 * CRIU puts a task of a cgroup namespace into the root of the namespace, and
 * from there into its group (prepare_cgns() in criu/cgroup.c, 2.0 to 4.2). A
 * group of v2 that hands controllers on takes no tasks, though, and the
 * kernel has the move from there to a group below fail as well: EOPNOTSUPP
 * where the controllers are for threads. So in such a root controllers are
 * handed on, and values below it written, after the restore.
 */
#ifndef CRW_PREPARE_DEFERRED_H
#define CRW_PREPARE_DEFERRED_H

#include "../context.h"

/* Marks the steps of `prepare` that have to wait, for the checkpoint as the
 * rules left it. How many there are, or -1. */
int prepare_deferred_mark(struct crw *crw, struct error *err);

#endif
