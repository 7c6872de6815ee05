/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks with all that they have started. */
#ifndef MIGRATE_TREE_H
#define MIGRATE_TREE_H

#include <sys/types.h>

/* When a process was started, in the kernel's ticks, which tells it from a later one with its
 * number; 0: there is none, or it is a zombie. */
unsigned long long tree_started(pid_t pid);

/* Stops a process and all below it; where another process traces them, when that lets them go. */
void tree_stop(pid_t pid);

/* Takes that back; of those in the list, which were stopped before, not. */
void tree_continue(pid_t pid, const char *list);

/* Makes that list, a file. -1 with errno set. */
int tree_note_stopped(pid_t pid, const char *list);

/* Kills a process and all below it. */
void tree_end(pid_t pid);

/* Kills all below this process, one child excepted. */
void tree_end_children(pid_t except);

#endif
