/* SPDX-License-Identifier: GPL-2.0-only */
/* What the destination has done, on its disk, for the source to ask after a connection that
 * broke: one directory for each migration. */
#ifndef MIGRATE_OUTCOME_H
#define MIGRATE_OUTCOME_H

#include <stdbool.h>
#include <sys/types.h>

/* The tasks whose first is PID are let go: noted before it happens. -1: it cannot. */
int outcome_note_let_go(const char *dir, pid_t pid);

/* They have all that they need to go on here. -1: it cannot be noted, or they live no more. */
int outcome_note_complete(const char *dir);

/* Held from here until this process has ended and, if shared, all that it starts: only then
 * is anything certain. -1 with a line on standard error. */
int outcome_lock(const char *dir, bool shared);

/* Ends what was let go and is not complete. */
void outcome_undo(const char *dir);

/* Waits for the lock. An exit status: 0, the tasks run here; 1, they do not, and never will;
 * 2, it is not known. */
int outcome_find(const char *dir);

#endif
