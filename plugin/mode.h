/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Modes of cgroup management that a rule may ask for: CRIU's own, and those
 * of the 2015 proposal, each of which stands for one of CRIU's. One row per
 * mode in mode.c.
 */
#ifndef CRW_MODE_H
#define CRW_MODE_H

/* NULL-terminated, for the language. */
const char *const *mode_names(void);

/* What to tell CRIU for a mode of that name. */
const char *mode_of_criu(const char *name);

#endif
