/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A task and those that it, and they, have started, as the kernel lists them in
 * /proc/PID/task/TID/children (proc_pid_task_children(5)). */
#ifndef CRW_DESCENDANTS_H
#define CRW_DESCENDANTS_H

#include <sys/types.h>

#include "../proto/bytes.h"

#define DESCENDANTS_MAX 100000 /* tasks; of more these are given */

/* Appends their pids (numbers.h). What starts or ends meanwhile may be there or not. -1 when
 * the task is gone (ENOENT), or its children cannot be read (any other errno). */
int descendants(pid_t task, struct buffer *pids);

#endif
