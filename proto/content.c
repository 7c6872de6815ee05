/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

#define PIECE (1u << 20)   /* bytes between two times that pages are let go of */
#define WAITING (1u << 16) /* bytes that are kept back for one write */

static int fail_temporary(struct error *err)
{
	return fail_errno(err, "cannot write a temporary file (TMPDIR says where)");
}

/* ---- appending ---- */

static int open_file(struct content *c, struct error *err)
{
	c->fd = file_temporary();
	if (c->fd < 0)
		return fail_errno(err, "cannot make a temporary file (TMPDIR says where)");
	c->has_file = true;
	return 0;
}

static int write_waiting(struct content *c, struct error *err)
{
	if (file_write(c->fd, buffer_span(&c->memory)) < 0)
		return fail_temporary(err);
	buffer_clear(&c->memory);
	return 0;
}

int content_append(struct content *c, struct span piece, struct error *err)
{
	if (!c->has_file && piece.size > CONTENT_MEMORY_MAX - c->memory.size &&
	    open_file(c, err) < 0)
		return -1;
	c->size += piece.size;
	if (c->has_file && c->memory.size + piece.size > WAITING) {
		if (write_waiting(c, err) < 0)
			return -1;
		if (piece.size > WAITING)
			return file_write(c->fd, piece) < 0 ? fail_temporary(err) : 0;
	}
	buffer_append(&c->memory, piece);
	return c->memory.failed ? fail_memory(err) : 0;
}

/* ---- mapping ---- */

static int map(struct content *c, int fd, struct error *err)
{
	void *data;

	if (c->size == 0)
		return 0;
	data = mmap(NULL, c->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return fail_errno(err, "cannot map");
	madvise(data, c->size, MADV_SEQUENTIAL);
	c->bytes = span_of(data, c->size);
	c->is_mapped = true;
	return 0;
}

int content_seal(struct content *c, struct error *err)
{
	if (!c->has_file) {
		c->bytes = buffer_span(&c->memory);
		return 0;
	}
	if (write_waiting(c, err) < 0)
		return -1;
	buffer_free(&c->memory);
	return map(c, c->fd, err);
}

static int copy_to_memory(struct content *c, int fd, size_t size, struct error *err)
{
	uint8_t *data = size ? buffer_extend(&c->memory, size) : NULL;
	ssize_t n;

	if (size && !data)
		return fail_memory(err);
	n = file_read(fd, data, size);
	if (n < 0)
		return fail_errno(err, "cannot read");
	c->size = (size_t)n;
	return 0;
}

static int copy_to_file(struct content *c, int fd, uint64_t size, struct error *err)
{
	int64_t n;

	if (open_file(c, err) < 0)
		return -1;
	n = file_copy(fd, c->fd, size);
	if (n < 0)
		return fail_errno(err, "cannot copy it to a temporary file (TMPDIR says where)");
	c->size = (size_t)n;
	return 0;
}

int content_copy(struct content *c, int fd, uint64_t size, struct error *err)
{
	if ((size > CONTENT_MEMORY_MAX ? copy_to_file(c, fd, size, err) :
					 copy_to_memory(c, fd, (size_t)size, err)) < 0)
		return -1;
	if (c->size < size)
		return fail(err, "became shorter while it was read");
	return content_seal(c, err);
}

static int fail_limit(uint64_t limit, struct error *err)
{
	return fail(err, "bigger than the limit of %llu bytes", (unsigned long long)limit);
}

int content_spool(int from, struct span head, uint64_t limit, struct error *err)
{
	int fd = file_temporary();
	int64_t size;

	if (fd < 0)
		return fail_errno(err, "cannot make a temporary file (TMPDIR says where)");
	size = file_write(fd, head) < 0 ? -1 : file_copy(from, fd, limit + 1);
	if (size < 0)
		fail_errno(err, "cannot copy it to a temporary file (TMPDIR says where)");
	else if ((uint64_t)size > limit)
		fail_limit(limit, err);
	else if (lseek(fd, 0, SEEK_SET) < 0)
		fail_errno(err, "cannot read a temporary file");
	else
		return fd;
	close(fd);
	return -1;
}

int content_open(struct content *c, int fd, uint64_t limit, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_errno(err, "cannot look at");
	if (S_ISDIR(st.st_mode))
		return fail(err, "is a directory; name a file in it");
	if (S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0)
		return (uint64_t)st.st_size > limit ?
			       fail_limit(limit, err) :
			       content_copy(c, fd, (uint64_t)st.st_size, err);
	c->fd = content_spool(fd, span_of(NULL, 0), limit, err);
	if (c->fd < 0)
		return -1;
	c->has_file = true;
	c->size = (size_t)lseek(c->fd, 0, SEEK_END);
	return map(c, c->fd, err);
}

/* ---- going through ---- */

void content_passed(struct content *c, size_t bytes)
{
	if (!c || !c->is_mapped)
		return;
	c->since += bytes;
	if (c->since < PIECE)
		return;
	/* Pages that are still in use come back from the page cache. */
	madvise((void *)(uintptr_t)c->bytes.data, c->bytes.size, MADV_DONTNEED);
	c->since = 0;
}

int content_give(struct content *c, struct span bytes, content_taker take, void *arg,
		 struct error *err)
{
	while (bytes.size) {
		size_t size = bytes.size < PIECE ? bytes.size : PIECE;

		if (take(arg, span_of(bytes.data, size), err) < 0)
			return -1;
		content_passed(c, size);
		bytes = span_of(bytes.data + size, bytes.size - size);
	}
	return 0;
}

void content_free(struct content *c)
{
	if (c->is_mapped)
		munmap((void *)(uintptr_t)c->bytes.data, c->bytes.size);
	if (c->has_file)
		close(c->fd);
	buffer_free(&c->memory);
	*c = (struct content){ .size = 0 };
}
