/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a running restore does to this host: the groups that it makes (the verb
 * `prepare`), and the CPUs of its threads (`affinity`), from init to the end. There is one restore in a
 * process of CRIU.
 */
#ifndef CRW_GROUPS_H
#define CRW_GROUPS_H

#include <sys/types.h>

#include "context.h"

/* How this CRIU runs the restore, for the rules. `hook`: it calls groups_in_place(); `another`: it
 * asks another plugin first, which may take the tasks. */
struct crw_criu groups_ask_criu(bool hook, bool another);

/* Makes what the rules have planned. */
int groups_make(struct crw *crw, struct error *err);

/* The tasks are in their groups and stopped. Once for each task, the first one first. */
void groups_in_place(pid_t task);

/* The restore has ended: ret is 0 when it has succeeded. */
void groups_end(int ret);

/* Takes the groups back at once. */
void groups_remove(void);

#endif
