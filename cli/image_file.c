/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files that images and their JSON are written to: a named one, which
 * changes in one step at the end or not at all, or standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

/* The temporary file stands beside the one that it becomes; 0666 so that the
 * umask decides, as for any new file. */
static int open_temporary(struct output *out, const struct stat *old)
{
	const char *slash = strrchr(out->path, '/');
	int dir = slash ? (int)(slash - out->path) + 1 : 0, fd;

	if (asprintf(&out->temporary, "%.*s.%s.criu-rewrite.%d", dir, out->path, out->path + dir,
		     (int)getpid()) < 0) {
		out->temporary = NULL;
		return -1;
	}
	unlink(out->temporary);
	fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 || !old)
		return fd;
	if ((fchown(fd, old->st_uid, old->st_gid) == 0 || errno == EPERM || errno == EINVAL) &&
	    fchmod(fd, old->st_mode & 0777) == 0)
		return fd;
	close(fd);
	return -1;
}

#define READER_TRIES 10 /* 100 ms each, before it is said what is waited for */

/* Until somebody reads a FIFO it cannot be opened without waiting. */
static int open_fifo(const char *path)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	int fd = -1;

	for (int i = 0; i < READER_TRIES && fd < 0; i++) {
		fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 && errno != ENXIO)
			return -1;
		if (fd < 0)
			nanosleep(&pause, NULL);
	}
	if (fd >= 0 && fcntl(fd, F_SETFL, 0) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	complain("note: %s: is a FIFO; waiting for a program that reads it", path);
	return open(path, O_WRONLY | O_CLOEXEC);
}

/* A device or a pipe cannot be replaced, it is written as it is. */
static int open_file(struct output *out, const char *path)
{
	struct stat st;
	bool exists = stat(path, &st) == 0;

	if (!exists && errno != ENOENT)
		return -1;
	if (exists && S_ISFIFO(st.st_mode))
		return open_fifo(path);
	if (exists && !S_ISREG(st.st_mode))
		return open(path, O_WRONLY | O_CLOEXEC);
	/* Of a link the file at its end is replaced. */
	out->path = exists ? realpath(path, NULL) : strdup(path);
	return out->path ? open_temporary(out, exists ? &st : NULL) : -1;
}

/* What the shell writes to it afterwards shall stand there, too. */
static bool is_stdout(const char *path)
{
	struct stat st, out;

	return stat(path, &st) == 0 && fstat(STDOUT_FILENO, &out) == 0 && S_ISREG(st.st_mode) &&
	       st.st_dev == out.st_dev && st.st_ino == out.st_ino;
}

enum status output_check_free(const struct cli *cli, const char *path)
{
	struct stat st;

	if (option_value(cli, OPTION_FORCE))
		return STATUS_DONE;
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? STATUS_DONE : complain("%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return STATUS_DONE;
	return complain("%s: already exists; replace it with --force", path);
}

enum status output_open(struct output *out, const char *path)
{
	enum status status;
	int fd;

	*out = (struct output){ .file = stdout };
	if (!path || is_stdout(path))
		return STATUS_DONE;
	fd = open_file(out, path);
	out->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (out->file)
		return STATUS_DONE;
	status = complain("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return output_close(out, status);
}

static bool sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(dir);
	return good;
}

static bool put_in_place(const struct output *out)
{
	if (fflush(out->file) != 0 || (out->durable && fsync(fileno(out->file)) != 0))
		return false;
	return rename(out->temporary, out->path) == 0 &&
	       (!out->durable || sync_directory(out->path));
}

enum status output_close(struct output *out, enum status status)
{
	if (status == STATUS_DONE && out->temporary && !put_in_place(out))
		status = complain("%s: %s", out->path, strerror(errno));
	if (status != STATUS_DONE && out->temporary)
		unlink(out->temporary);
	/* What is wrong with stdout, output_end() tells. */
	if (out->file && out->file != stdout && fclose(out->file) != 0 && status == STATUS_DONE)
		status = complain("cannot write: %s", strerror(errno));
	free(out->temporary);
	free(out->path);
	*out = (struct output){ .file = NULL };
	return status;
}
