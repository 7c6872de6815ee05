/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values that wait until criu has ended, or the runtime is done with the restored tasks.
 *
 * crun up to 1.28 writes the first task into the container's group when criu has ended.
 * A group that hands controllers on would refuse that, and crun would take the
 * restore for failed. So a process is left behind that waits for both: it
 * puts the task back into its group and writes the values. It waits 10 s at most; if
 * nothing has come by then, nothing is changed. It also freezes groups that criu or the
 * runtime was in.
 */
#ifndef CRW_CGROUP_AFTER_H
#define CRW_CGROUP_AFTER_H

#include "create.h"

/*
 * Starts it: when the restore has succeeded, by criu, whose parent is the runtime.
 * `task` is the first task; `log` the one descriptor besides its own that it keeps,
 * for `note`. `done`, if not NULL, is called by it when all is written, and when the runtime has
 * ended or 10 s are over. Returns when it runs, as nobody's child.
 */
int cgroup_after_start(struct cgroup_created *made, pid_t task, int log, void (*done)(void),
		       cgroup_note *note, void *ctx, struct error *err);

#endif
