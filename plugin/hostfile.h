/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of the host: bounded reads below a root directory.
 */
#ifndef CRW_HOSTFILE_H
#define CRW_HOSTFILE_H

#include "../proto/bytes.h"
#include "../proto/error.h"

#define HOSTFILE_MAX (16u << 20) /* of /proc and /sys files */

/* Appends the content of a file, and a NUL behind it that its size does not
 * count. `path` without a leading '/' counts from dir_fd. 1, 0 when it does
 * not exist, -1. */
int hostfile_read(int dir_fd, const char *path, size_t limit, struct buffer *out,
		  struct error *err);

/* The first line without its end, in the arena; 1, 0 or -1 as above. */
int hostfile_line(int dir_fd, const char *path, struct arena *arena, const char **line,
		  struct error *err);

/* Appends the names in a directory, each with a '/' behind it; false when they cannot be
 * had. In as few system calls as there can be: a restore asks for one in each hierarchy of
 * cgroups. */
bool hostfile_names(int dir_fd, const char *path, struct buffer *out);

/* The same of an open file, which messages call `name`; 0 when it vanished
 * meanwhile (a cgroup that was removed). */
int hostfile_read_all(int fd, const char *name, size_t limit, struct buffer *out,
		      struct error *err);

#endif
