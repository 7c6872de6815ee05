/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A root directory made by the test, with files of /proc and /sys in it.
 *
 *	int root = fakeroot_make();
 *	fakeroot_put(root, "proc/meminfo", "MemTotal: 4 kB\n");
 *	...
 *	fakeroot_remove();
 */
#ifndef CRW_FAKEROOT_H
#define CRW_FAKEROOT_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char fakeroot_path[64];

static inline int fakeroot_make_in(const char *dir)
{
	snprintf(fakeroot_path, sizeof(fakeroot_path), "%s/criu-rewrite-root-XXXXXX", dir);
	if (!mkdtemp(fakeroot_path)) {
		perror(fakeroot_path);
		exit(1);
	}
	return open(fakeroot_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static inline int fakeroot_make(void)
{
	return fakeroot_make_in("/tmp");
}

/* Makes the directories on the way, and the file unless the path ends in '/'. */
static inline void fakeroot_put(int root, const char *path, const char *text)
{
	char part[512];
	int fd;

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		mkdirat(root, part, 0755);
	}
	if (!*path || path[strlen(path) - 1] == '/')
		return;
	fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		perror(path);
		exit(1);
	}
	close(fd);
}

/* What is in a file, up to 99 bytes; "" when it is not there. Good until the next call. */
static inline const char *fakeroot_text(int root, const char *path)
{
	static char text[100];
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return text;
}

static inline void fakeroot_remove_below(const char *path)
{
	char command[600];

	snprintf(command, sizeof(command), "rm -rf '%s/%s'", fakeroot_path, path);
	if (system(command) != 0)
		perror(command);
}

static inline void fakeroot_remove(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", fakeroot_path);
	if (system(command) != 0)
		perror(command);
}

#endif
