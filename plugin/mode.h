/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Modes of cgroup management that a rule may ask for: CRIU's own, and those
 * of the 2015 proposal, each of which stands for one of CRIU's. One row per
 * mode in mode.c; what each comes to is tabled in doc/modes.md.
 */
#ifndef CRW_MODE_H
#define CRW_MODE_H

/* What must hold on the host before CRIU creates anything. */
enum mode_demand {
	MODE_CAN_MOUNT = 1, /* every hierarchy of the checkpoint, as CRIU mounts it */
	MODE_MOUNTED = 2,   /* every hierarchy of the checkpoint is mounted */
	MODE_NONE_THERE = 4,
	MODE_TOP_THERE = 8, /* the groups that are below no other of the checkpoint */
	MODE_ALL_THERE = 16,
};

/* NULL-terminated, for the language. */
const char *const *mode_names(void);

/* What to tell CRIU for a mode of that name; NULL when there is none. */
const char *mode_of_criu(const char *name);

unsigned mode_demands(const char *name);

#endif
