/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
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
		ssize_t n = file_read(from, chunk, limit - done < CHUNK ? (size_t)(limit - done) :
									  CHUNK);

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
	off_t size;

	if (limit == UINT64_MAX && ioctl(to, FICLONE, from) == 0) {
		size = lseek(from, 0, SEEK_END);
		return lseek(to, 0, SEEK_END) < 0 ? -1 : size;
	}
	return copy_by_hand(from, to, copy_in_kernel(from, to, limit), limit);
}

int file_temporary(void)
{
	const char *dir = secure_getenv("TMPDIR");
	int fd = open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? memfd_create("criu-rewrite", MFD_CLOEXEC) : fd;
}
