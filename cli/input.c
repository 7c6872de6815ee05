/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that are read. One may be a FIFO, whose other end is a program that is not there yet. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

#define SILENCE 1000 /* milliseconds, before it is said what is waited for */

/* Linux: while nobody has opened the other end, no hang-up is told. */
static void wait_for_writer(const char *path, int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };

	if (poll(&end, 1, SILENCE) != 0)
		return;
	complain("note: %s: is a FIFO; waiting for a program that writes into it", path);
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		;
}

int input_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), flags;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fd;
	if (S_ISFIFO(st.st_mode))
		wait_for_writer(path, fd);
	flags = fcntl(fd, F_GETFL);
	if (flags >= 0)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return fd;
}
