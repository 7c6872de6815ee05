/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every view of a directory is made of: files in memory. */
#ifndef CRW_VIEW_FILE_H
#define CRW_VIEW_FILE_H

#include <sys/stat.h>

#include "view.h"

#define VIEW_PARENT "parent" /* CRIU's link to the previous checkpoint of a series */

/* What the file that will be hidden looks like: only a regular file may be. */
int view_stat(int dir, const char *name, struct stat *st, struct error *err);

/* A tmpfs that is mounted nowhere; -1 with errno set. */
int view_tmpfs(void);

/* Puts a new file into the directory `tmp`, with owner and mode of the old one: tasks in a
 * user namespace open images too. */
int view_put(int tmp, const struct view_file *file, const struct stat *old, struct error *err);

/* Puts a copy of each file of the image directory that `tmp` has not into it. -1 also when
 * that would take more than half of the memory that is free, or `parent` leads elsewhere. */
int view_copy(int tmp, int image_dir, struct error *err);

#endif
