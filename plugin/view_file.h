/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every view of a directory is made of: files in memory. */
#ifndef CRW_VIEW_FILE_H
#define CRW_VIEW_FILE_H

#include <sys/stat.h>

#include "view.h"

#define VIEW_PARENT "parent" /* CRIU's link to the previous checkpoint of a series */

/* What the file that will be hidden looks like: only a regular file may be. Of a new one:
 * what it will look like, which is as inventory.img does. */
int view_stat(int dir, const struct view_file *file, struct stat *st, struct error *err);

/* glibc has wrappers since 2.36; the numbers are the same everywhere. `name` may be empty,
 * then it is what `to` is open on. */
int view_open_tree(int dir, const char *path, unsigned flags);
int view_move_mount(int from, int to, const char *name);
/* Says why it failed, by errno. */
int view_fail_mount(const char *name, struct error *err);

/* A tmpfs that is mounted nowhere; -1 with errno set. */
int view_tmpfs(void);

/* Puts a new file into the directory `tmp`, with owner and mode of the old one: tasks in a
 * user namespace open images too. */
int view_put(int tmp, const struct view_file *file, const struct stat *old, struct error *err);

/* Owner and mode of another file; `name` is for messages. */
int view_give_owner(int fd, const char *name, const struct stat *old, struct error *err);

/* Is one of them new? */
bool view_adds(const struct view_file *files, size_t count);

/* Puts something with the new files over view->dir, in the clone or namespace that this is
 * in, and opens that in its place. Needs Linux 5.2. */
int view_over(struct view *view, int image_dir, const struct view_file *files, size_t count,
	      struct error *err);

/* Puts a copy of each file of the image directory that `tmp` lacks into it. -1 also when
 * that would take more than half of the memory that is free, or `parent` leads elsewhere. */
int view_copy(int tmp, int image_dir, struct error *err);

#endif
