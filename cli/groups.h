/* SPDX-License-Identifier: GPL-2.0-only */
/* The groups of `criu-rewrite prepare`: made and removed by libcgroup, or printed for it. */
#ifndef CRW_GROUPS_CLI_H
#define CRW_GROUPS_CLI_H

#include "cli.h"

/* Of libcgroup, what a step is about: "memory" of "memory.max", or the first controller
 * of the hierarchy. On v2 that is "cgroup", which stands for what every group has. */
#define CONTROLLER_MAX 64
void controller_of_step(const struct crw_step *step, char controller[CONTROLLER_MAX]);

/* ---- libcgroup.c ---- */

/* Loads the library, version 2 or 3, which no other command needs. */
enum status libcgroup_open(void);

/* Does one step of the plan: 0, or -1 when the group is not there. What else fails is
 * complained of. */
int libcgroup_step(const struct crw_step *step);

/* Removes the group, which needs no library, if nothing is in it: 0, -1. */
int libcgroup_remove(const struct crw_step *step);

/* ---- cgconfig.c ---- */

/* Prints the plan as a file for cgconfigparser, cgconfig.conf(5). */
enum status cgconfig_print(const struct cli *cli);

#endif
