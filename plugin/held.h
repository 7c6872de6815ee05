/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads that CRIU holds at the end of a dump. */
#ifndef CRW_HELD_H
#define CRW_HELD_H

#include "../proto/error.h"

struct crw;

/* Where /proc has the thread with this number in the checkpoint, below the host's root:
 * "proc/300/task/301". *path NULL: it is not held. It lives as long as the outcome. */
int held_path(struct crw *crw, unsigned thread, const char **path, struct error *err);

#endif
