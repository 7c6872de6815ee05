/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals that wait in a checkpoint for a task to take them. */
#ifndef CRW_PENDING_H
#define CRW_PENDING_H

#include "../proto/schema.h"

/* How many end or stop the task as soon as it runs: it does not block them, nor has it said
 * what it does on them. `core` is the body of a core_entry, whose type is given. Of a thread
 * that is not its task's first nobody knows the latter: 0. */
uint64_t pending_fatal(const struct message_type *type, struct span core);

#endif
