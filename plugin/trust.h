/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that may be obeyed: who owns them, and who else could change them.
 */
#ifndef CRW_TRUST_H
#define CRW_TRUST_H

#include <dirent.h>

#include "../proto/bytes.h"
#include "../proto/error.h"

/*
 * Reads a file that the program will obey. It must be a regular file of root
 * or of the caller that nobody else may write, in a directory of which the
 * same is true (sticky directories included: /tmp is no place for rules). It
 * is opened once and judged by that descriptor. 1, 0 when it does not exist
 * or is a link to /dev/null, -1 with the reason and the remedy.
 */
int trust_read(const char *path, size_t limit, struct buffer *out, struct error *err);

/* The same of a file that is too large for a buffer: *fd is open on it, for reading. */
int trust_open(const char *path, int *fd, struct error *err);

/* May the program be run? It is judged in the same way, and must be executable. 1, 0
 * when it does not exist or is masked, -1. */
int trust_program(const char *path, struct error *err);

/* Is it such a link, and may it be obeyed? 1, 0, or -1 as above. */
int trust_masked(const char *path, struct error *err);

/* Opens a directory of files to be obeyed, and judges it even if none is in it.
 * 1, 0 when it does not exist or is masked, -1. */
int trust_list(const char *path, DIR **list, struct error *err);

#endif
