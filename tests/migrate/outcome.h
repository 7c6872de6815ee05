/* SPDX-License-Identifier: GPL-2.0-only */
/* What the destination has done, on its disk, for the source to ask after a connection that
 * broke: one directory for each migration. One file has the first task; its name says how far
 * it is: restored, let-go, complete; or refused, by who asked. It changes by rename(), so that
 * of the destination and who asks one alone decides, and no room is needed for it. */
#ifndef MIGRATE_OUTCOME_H
#define MIGRATE_OUTCOME_H

#include <stdbool.h>
#include <sys/types.h>

/* What a program that asks ends with. Nothing else does by mistake: whatever is not one of
 * these says nothing. */
enum {
	OUTCOME_UNKNOWN = 2,
	OUTCOME_RUNS = 10,  /* the tasks run at the destination */
	OUTCOME_NEVER = 11, /* they do not, and never will */
};

/* How long a destination is waited for that does not decide, in seconds. */
#define OUTCOME_PATIENCE 60

/* The tasks whose first is PID are there, and wait. -1: it cannot be noted. */
int outcome_note_restored(const char *dir, pid_t pid);

/* They are let go: before it happens. -1: who asked was told that they never will be. */
int outcome_note_let_go(const char *dir);

/* They run, and have all that they need for it. -1: it cannot be noted. */
int outcome_note_complete(const char *dir);

/* Held from here until this process has ended and, if shared, all that it starts: only then
 * is anything certain. -1 with a line on standard error. */
int outcome_lock(const char *dir, bool shared);

/* Ends what was restored and is not complete. */
void outcome_undo(const char *dir);

/* Waits for the lock; after so many seconds no longer for a destination that has let nothing
 * go, which then never does. An exit status. */
int outcome_find(const char *dir, int seconds);

#endif
