/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CPUs that threads are pinned to (sched_setaffinity), which CRIU does not save: a
 * restored thread has criu's. The verb `capture affinity` of core_entry records them at the
 * dump, in an image of its own beside CRIU's; `affinity` gives them back.
 *
 * Each entry of that image has a name and a value: "online" with the CPUs of the source
 * first, then the number of a thread, as in the name of its core image, with its CPUs.
 * A thread that could use all that its group had is not in it.
 */
#ifndef CRW_AFFINITY_H
#define CRW_AFFINITY_H

#include "../rules/rules.h"

#define AFFINITY_FILE "rewrite-affinity.img"

extern const struct rules_verb verb_affinity, verb_affinity_capture;

/* What a restored thread is to get. */
struct affinity {
	unsigned thread;  /* its number in the checkpoint */
	const char *cpus; /* "0-1,4"; "" for all that its group has */
};

struct crw;

/* Copies what the rules want into the arena, in order of thread. -1: no memory. */
int affinity_keep(const struct crw *crw, struct arena *arena, struct affinity **wanted,
		  size_t *count);

/* For qsort() and bsearch(). */
int affinity_compare(const void *x, const void *y);

/* ---- affinity_set.c ---- */

/* Gives the threads of a restored task what is wanted for them, among `count`, within what
 * their groups have. pid is the task's here. What cannot be is a line for `note`. Returns
 * how many threads there were. */
size_t affinity_set(int pid, const struct affinity *wanted, size_t count,
		    void (*note)(void *ctx, const char *text), void *ctx);

/* The number of a thread where it began, of the text of its /proc/PID/task/TID/status;
 * 0: it does not say. */
unsigned affinity_thread(const char *status);

#endif
