/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole reads, writes and copies between descriptors: signals and short
 * transfers are dealt with here. Directories are listed and files replaced.
 * Errors are -1 or NULL with errno set.
 */
#ifndef CRW_FILE_H
#define CRW_FILE_H

#include <dirent.h>
#include <sys/types.h>

#include "bytes.h"

/* Reads up to `size` bytes; less only at the end of the file. */
ssize_t file_read(int fd, void *data, size_t size);

int file_write(int fd, struct span bytes);

/* Copies from where both are, to the end but at most `limit` bytes. Returns how many. */
int64_t file_copy(int from, int to, uint64_t limit);

/* Makes an empty file a copy of a regular one as that is now, whatever is appended meanwhile.
 * Shares the blocks where the filesystem can; else holes stay holes. EIO: it became shorter. */
int file_copy_whole(int from, int to);

/* ---- closing: at the end of the block, if open; errno stays ---- */

#define cleanup_close __attribute__((cleanup(file_close)))
#define cleanup_dir __attribute__((cleanup(file_close_list)))

void file_close(const int *fd);
void file_close_list(DIR *const *list);

/* ---- files and directories of others ---- */

/* Is there such a file: 1, 0, or -1 when it cannot be looked at, with errno? `flags` are
 * faccessat(2)'s. */
int file_exists(int dir, const char *path, int flags);

/* Are both descriptors of the same file or directory? False, too, when that cannot be seen. */
bool file_is_same(int a, int b);

/* For reading. A link is not followed (ELOOP); a FIFO, or what else somebody
 * put there, does not make it wait. */
int file_open(int dir, const char *name);

/* The entries of a directory, from the first on, whoever else reads it. */
DIR *file_list(int dir, const char *path);

/* The next one that is neither "." nor ".."; NULL at the end with errno 0, or
 * with the error. */
struct dirent *file_next(DIR *list);

/* Down to the disk: what was created, renamed and removed in it. */
int file_sync_directory(int dir);

/* ---- replacing a file, in one step or not at all ---- */

/* Makes the file that will take the place of `path`, beside it and for the
 * owner alone; one that was left there by a process that was killed goes.
 * Returns its descriptor. What stands at `path` is not opened. */
int file_replace_begin(int dir, const char *path);

/* Opens one that was begun, by whomever, for reading. */
int file_replace_begun(int dir, const char *path);

/* Puts it in place. What must be on the disk first is the caller's to sync. */
int file_replace_end(int dir, const char *path);

/* Removes it, if it is there; errno stays. */
void file_replace_cancel(int dir, const char *path);

/* Takes what stands at `path` away, until file_replace_end() puts a file there: the
 * new one, or, if none was begun, what stood there. */
int file_replace_aside(int dir, const char *path);

/* Is this the name of such a file? */
bool file_is_replacing(const char *name);

/* A nameless file in $TMPDIR or /tmp, or else in memory. */
int file_temporary(void);

#endif
