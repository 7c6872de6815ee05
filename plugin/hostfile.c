/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../proto/file.h"

#define READ_CHUNK 16384

int hostfile_read_all(int fd, const char *name, size_t limit, struct buffer *out, struct error *err)
{
	size_t start = out->size;
	ssize_t n;

	do {
		uint8_t *chunk = buffer_extend(out, READ_CHUNK);

		if (!chunk)
			return fail_memory(err);
		n = file_read(fd, chunk, READ_CHUNK);
		out->size -= READ_CHUNK - (n > 0 ? (size_t)n : 0);
		if (out->size - start > limit) {
			out->size = start;
			return fail(err, "%s: larger than the limit of %zu bytes", name, limit);
		}
	} while (n == READ_CHUNK);
	if (n >= 0) {
		out->data[out->size] = 0; /* a chunk that is not full has room for it */
		return 1;
	}
	out->size = start;
	return errno == ENODEV ? 0 : fail_errno(err, "%s: cannot read", name);
}

int hostfile_read(int dir_fd, const char *path, size_t limit, struct buffer *out, struct error *err)
{
	cleanup_close int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ENODEV))
		return 0;
	if (fd < 0)
		return fail_errno(err, "%s: cannot open", path);
	return hostfile_read_all(fd, path, limit, out, err);
}

/* As getdents64(2) gives them. */
struct entry {
	uint64_t inode;
	int64_t next;
	uint16_t size;
	uint8_t type;
	char name[];
};

bool hostfile_names(int dir_fd, const char *path, struct buffer *out)
{
	cleanup_close int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_Alignas(struct entry) char entries[8192] = { 0 };
	long size;

	while (fd >= 0 && (size = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0) {
		const struct entry *entry;

		for (long at = 0; at < size; at += entry->size) {
			entry = (const void *)(entries + at);
			buffer_text(out, entry->name);
			buffer_byte(out, '/');
		}
	}
	return fd >= 0 && size == 0 && !out->failed;
}

int hostfile_line(int dir_fd, const char *path, struct arena *arena, const char **line,
		  struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	int found = hostfile_read(dir_fd, path, HOSTFILE_MAX, &text, err);
	const char *copy;

	if (found <= 0)
		return found;
	copy = arena_copy(arena, text.data, strcspn((const char *)text.data, "\n"));
	if (!copy)
		return fail_memory(err);
	*line = copy;
	return 1;
}
