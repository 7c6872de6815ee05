/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said on standard error, for whoever watches. */
#ifndef MIGRATE_PROGRESS_H
#define MIGRATE_PROGRESS_H

#include <sys/types.h>

long now_ms(void);

/* Returns -1. */
__attribute__((format(printf, 1, 2))) int complain(const char *format, ...);

/* What is done now. Here tests break what they want to break: this process, those of its terminal, the
 * connection, the CRIU that works for it, or what the command in $AT_STEP breaks. */
void step(const char *name, int number);

/* Whose CRIU that is from now on. */
void step_criu(pid_t pid);

#endif
