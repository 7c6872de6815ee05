/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One read or write of the project's own code moves a single byte, of those that are
 * linked with -Wl,--wrap=read,--wrap=write,--wrap=pread,--wrap=pwrite,--wrap=copy_file_range:
 * that with the number $SHORT_TRANSFER, from 1 on (those of one byte do not count).
 */
#include <unistd.h>

#include "fault.h"

ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __real_pread(int fd, void *data, size_t size, off_t at);
ssize_t __real_pwrite(int fd, const void *data, size_t size, off_t at);
ssize_t __real_copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t size,
			       unsigned flags);

ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_pread(int fd, void *data, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t at);
ssize_t __wrap_copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t size,
			       unsigned flags);

static size_t shortened(size_t size)
{
	static long left = -1;

	return size > 1 && fault_is_now("SHORT_TRANSFER", &left) ? 1 : size;
}

ssize_t __wrap_read(int fd, void *data, size_t size)
{
	return __real_read(fd, data, shortened(size));
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
	return __real_write(fd, data, shortened(size));
}

ssize_t __wrap_pread(int fd, void *data, size_t size, off_t at)
{
	return __real_pread(fd, data, shortened(size), at);
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t at)
{
	return __real_pwrite(fd, data, shortened(size), at);
}

ssize_t __wrap_copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t size,
			       unsigned flags)
{
	return __real_copy_file_range(from, from_at, to, to_at, shortened(size), flags);
}
