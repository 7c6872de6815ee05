/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of the host: bounded reads below a root directory, and files that
 * may be obeyed.
 */
#ifndef CRW_HOSTFILE_H
#define CRW_HOSTFILE_H

#include "../proto/bytes.h"
#include "../proto/error.h"

#define HOSTFILE_MAX (16u << 20) /* of /proc and /sys files */

/* Appends the content of a file. `path` without a leading '/' counts from
 * dir_fd. 1, 0 when it does not exist, -1. */
int hostfile_read(int dir_fd, const char *path, size_t limit, struct buffer *out,
		  struct error *err);

/* The first line without its end, in the arena; 1, 0 or -1 as above. */
int hostfile_line(int dir_fd, const char *path, struct arena *arena, const char **line,
		  struct error *err);

/*
 * Reads a file that the program will obey. It must be a regular file of root
 * or of the caller that nobody else may write, in a directory of which the
 * same is true (sticky directories included: /tmp is no place for rules). It
 * is opened once and judged by that descriptor. 1, 0 when it does not exist
 * or is a link to /dev/null, -1 with the reason and the remedy.
 */
int hostfile_read_trusted(const char *path, size_t limit, struct buffer *out, struct error *err);

#endif
