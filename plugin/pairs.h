/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Unix sockets that are connected to each other. CRIU makes both in the process that makes
 * the one whose entry comes last, and takes it for granted that this is the first process
 * of the other, too (criu/sk-unix.c, interconnected_pair): where that one has the other
 * open, but only after a process with a lower pid, CRIU kills it.
 */
#ifndef CRW_PAIRS_H
#define CRW_PAIRS_H

#include "blame.h"
#include "checkpoint.h"

/* -1 with the rule, both sockets, the processes and the remedy, or when there are too many
 * sockets. A checkpoint whose pairs were like that as it was dumped is nobody's fault. */
int pairs_check(const struct blame *by, struct checkpoint *checkpoint, struct checkpoint *original,
		struct error *err);

#endif
