/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole reads, writes and copies between descriptors: signals and short
 * transfers are dealt with here. Errors are -1 with errno set.
 */
#ifndef CRW_FILE_H
#define CRW_FILE_H

#include <sys/types.h>

#include "bytes.h"

/* Reads up to `size` bytes; less only at the end of the file. */
ssize_t file_read(int fd, void *data, size_t size);

int file_write(int fd, struct span bytes);

/* Copies from where both are, to the end but at most `limit` bytes; shares the
 * blocks where the filesystem can. Returns how many. */
int64_t file_copy(int from, int to, uint64_t limit);

/* A nameless file in $TMPDIR or /tmp, or else in memory. */
int file_temporary(void);

#endif
