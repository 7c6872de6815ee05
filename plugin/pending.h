/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signals that wait in a checkpoint for a task. CRIU sends them before it sets the masks, so
 * that a task dies of one, when it is restored already, which a thread no longer blocks and
 * nobody has a handler for.
 */
#ifndef CRW_PENDING_H
#define CRW_PENDING_H

#include "blame.h"
#include "checkpoint.h"

/* Can the edit of an image make such a signal deadly? */
bool pending_is_touched(const struct rules_edit *by, const struct image_kind *kind);

/* -1 with the rule, the thread and the remedy. A checkpoint that was so as it was dumped is
 * nobody's fault. */
int pending_check(const struct blame *by, struct checkpoint *now, struct checkpoint *original,
		  struct error *err);

#endif
