/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of prepared groups that wait until the tasks are in their groups.
 *
 * A runtime may have put criu itself into the group that is to hand controllers on
 * (runc does). A group of v2 that does has no tasks, so this process makes room: it
 * goes to one of the groups below, where it ends with the restore.
 */
#ifndef CRW_CGROUP_LATE_H
#define CRW_CGROUP_LATE_H

#include <sys/types.h>

#include "create.h"
#include "place.h"

/* Is there anything to be done then? */
bool cgroup_late_has(const struct cgroup_created *made, enum cgroup_when when);

/* Does it. Whatever fails is a line for `note`. */
void cgroup_late_write(struct cgroup_created *made, enum cgroup_when when, cgroup_note *note,
		       void *ctx);

/* The same of one step that lets a group hand a controller on; it stays with `made`. */
void cgroup_late_switch_on(struct cgroup_created *made, struct cgroup_step *step, cgroup_note *note,
			   void *ctx);

/* Switches off what has been switched on, and goes back. */
void cgroup_late_undo(struct cgroup_created *made);

/* The group of v2 that a process is in ("/ct"), pid 0: this one. False: it has none,
 * or there is no such process. */
bool cgroup_late_group(pid_t pid, char group[CGROUP_PATH_MAX]);

/* Moves a process to the group at `path` below root, pid 0: this one. */
int cgroup_late_move(int root, const char *path, pid_t pid);

#endif
