/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The destination's `criu lazy-pages`, and who watches over it: a process that outlives the
 * one which does the work. Where the daemon ends too early, the kernel gives tasks pages of
 * zeros for what is missing, so they are ended at once.
 */
#ifndef MIGRATE_LAZY_H
#define MIGRATE_LAZY_H

#include <stdbool.h>
#include <sys/types.h>

struct lazy {
	pid_t guard;
	struct lazy_state {
		bool let_go;  /* the tasks are to run, */
		bool resumed; /* and do */
		pid_t criu;   /* that restores them; 0: none */
	} * state;            /* shared with the guard */
};

/* Starts both, and returns when a restore may begin. DIR: of the migration; IMAGES: of the round;
 * MEMORY: the stream on which pages come; COMMANDS: which the guard lets go of. Until let_go is
 * set the daemon ends with this process. -1: CRIU cannot, see its lazy-pages.log. */
int lazy_start(struct lazy *lazy, const char *dir, const char *images, int memory, int commands);

/* Waits until all pages have come, which is noted (outcome.h). -1: they have not, and the tasks
 * are no more. */
int lazy_wait(struct lazy *lazy);

#endif
