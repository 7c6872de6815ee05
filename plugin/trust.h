/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that may be obeyed: who owns them, and who else could change them.
 */
#ifndef CRW_TRUST_H
#define CRW_TRUST_H

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

#endif
