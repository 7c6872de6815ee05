/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536

ssize_t file_read(int fd, void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, (char *)data + done, size - done);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
	}
	return (ssize_t)done;
}

int file_write(int fd, struct span bytes)
{
	while (bytes.size) {
		ssize_t n = write(fd, bytes.data, bytes.size);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			bytes = span_of(bytes.data + n, bytes.size - (size_t)n);
	}
	return 0;
}

/* The kernel copies. Returns how many bytes; less when it cannot go on. */
static uint64_t copy_in_kernel(int from, int to, uint64_t limit)
{
	uint64_t done = 0;

	while (done < limit) {
		size_t room = limit - done < SSIZE_MAX / 2 ? (size_t)(limit - done) : SSIZE_MAX / 2;
		ssize_t n = copy_file_range(from, NULL, to, NULL, room, 0);

		if (n <= 0)
			break;
		done += (uint64_t)n;
	}
	return done;
}

static int64_t copy_by_hand(int from, int to, uint64_t done, uint64_t limit)
{
	char chunk[CHUNK];

	while (done < limit) {
		ssize_t n = file_read(from, chunk,
				      limit - done < CHUNK ? (size_t)(limit - done) : CHUNK);

		if (n < 0 || file_write(to, span_of(chunk, (size_t)n)) < 0)
			return -1;
		if (n == 0)
			break;
		done += (uint64_t)n;
	}
	return (int64_t)done;
}

/* What the kernel could not copy fails once more by hand, and then tells why. */
int64_t file_copy(int from, int to, uint64_t limit)
{
	return copy_by_hand(from, to, copy_in_kernel(from, to, limit), limit);
}

static int copy_piece(int from, int to, off_t at, off_t size)
{
	int64_t done;

	if (lseek(from, at, SEEK_SET) < 0 || lseek(to, at, SEEK_SET) < 0)
		return -1;
	done = file_copy(from, to, (uint64_t)size);
	if (done >= 0 && done < size)
		errno = EIO;
	return done < size ? -1 : 0;
}

int file_copy_whole(int from, int to)
{
	off_t at = 0, end;
	struct stat st;

	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	if (fstat(from, &st) < 0 || ftruncate(to, st.st_size) < 0)
		return -1;
	while (at < st.st_size && (at = lseek(from, at, SEEK_DATA)) >= 0 && at < st.st_size) {
		end = lseek(from, at, SEEK_HOLE);
		if (end < 0 || end > st.st_size)
			end = st.st_size;
		if (copy_piece(from, to, at, end - at) < 0)
			return -1;
		at = end;
	}
	return at < 0 && errno != ENXIO ? -1 : 0; /* ENXIO: there is no more data */
}

/* ---- closing ---- */

void file_close(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

void file_close_list(DIR *const *list)
{
	int saved = errno;

	if (*list)
		closedir(*list);
	errno = saved;
}

int file_exists(int dir, const char *path, int flags)
{
	if (faccessat(dir, path, F_OK, flags) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG || errno == ELOOP ? 0 :
												-1;
}

/* ---- files and directories ---- */

bool file_is_same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

int file_open(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

DIR *file_list(int dir, const char *path)
{
	/* Opened anew: a duplicate would share the position. */
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (!list)
		file_close(&fd);
	return list;
}

struct dirent *file_next(DIR *list)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(list);
	} while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	return entry;
}

int file_sync_directory(int dir)
{
	cleanup_close int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : fsync(fd);
}

/* ---- replacing ---- */

/* "dir/.file.criu-rewrite" for "dir/file" */
static int temporary_path(char temporary[PATH_MAX], const char *path)
{
	const char *slash = strrchr(path, '/');
	int dir = slash ? (int)(slash - path) + 1 : 0;

	if (snprintf(temporary, PATH_MAX, "%.*s.%s.criu-rewrite", dir, path, path + dir) < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int file_replace_begin(int dir, const char *path)
{
	char temporary[PATH_MAX];

	if (temporary_path(temporary, path) < 0)
		return -1;
	unlinkat(dir, temporary, 0);
	return openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int file_replace_begun(int dir, const char *path)
{
	char temporary[PATH_MAX];

	return temporary_path(temporary, path) < 0 ? -1 : file_open(dir, temporary);
}

int file_replace_end(int dir, const char *path)
{
	char temporary[PATH_MAX];

	return temporary_path(temporary, path) < 0 ? -1 : renameat(dir, temporary, dir, path);
}

void file_replace_cancel(int dir, const char *path)
{
	char temporary[PATH_MAX];
	int saved = errno;

	if (temporary_path(temporary, path) == 0)
		unlinkat(dir, temporary, 0);
	errno = saved;
}

int file_replace_aside(int dir, const char *path)
{
	char temporary[PATH_MAX];

	if (temporary_path(temporary, path) < 0)
		return -1;
	if (faccessat(dir, temporary, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return unlinkat(dir, path, 0);
	return errno == ENOENT ? renameat(dir, path, dir, temporary) : -1;
}

bool file_is_replacing(const char *name)
{
	return *name == '.' && fnmatch(".*.criu-rewrite", name, 0) == 0;
}

int file_temporary(void)
{
	const char *dir = secure_getenv("TMPDIR");
	int fd = open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? memfd_create("criu-rewrite", MFD_CLOEXEC) : fd;
}
