/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images as JSON, between descriptors. An image is mapped rather than read,
 * and let go of behind the place that has been reached; what cannot be mapped
 * (a pipe) goes into a nameless temporary file first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../proto/json_read.h"
#include "../proto/json_write.h"
#include "crw.h"

#define LET_GO (1u << 20) /* bytes that are read or written between two times */

int crw_sink_fd(void *arg, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t n = write(*(int *)arg, at, size);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* --- temporary files --- */

static int open_temporary(void)
{
	const char *dir = secure_getenv("TMPDIR");
	int fd = open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? memfd_create("criu-rewrite", MFD_CLOEXEC) : fd;
}

/* Copies what is left to read, at most `limit` bytes. */
static int copy_rest(int from, int to, uint64_t limit, struct error *err)
{
	char chunk[65536];
	uint64_t sum = 0;
	ssize_t n;

	while ((n = read(from, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(err, "cannot read");
		sum += (uint64_t)n;
		if (sum > limit)
			return fail(err, "bigger than the limit of %llu bytes",
				    (unsigned long long)limit);
		if (crw_sink_fd(&to, chunk, (size_t)n) < 0)
			return fail_errno(err, "cannot write a temporary file");
	}
	return 0;
}

/* A temporary file with `head` and the rest of `from`. */
static int spool(int from, struct span head, uint64_t limit, struct error *err)
{
	int fd = open_temporary();

	if (fd < 0)
		return fail_errno(err, "cannot make a temporary file");
	if (crw_sink_fd(&fd, head.data, head.size) < 0)
		fail_errno(err, "cannot write a temporary file");
	else if (copy_rest(from, fd, limit, err) == 0 && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -1;
}

/* --- mapped images --- */

struct mapping {
	uint8_t *data;
	size_t size;
	size_t since; /* bytes that were read or written since pages were let go of */
};

static int map_file(int fd, off_t size, struct mapping *map, struct error *err)
{
	void *data;

	*map = (struct mapping){ 0 };
	if (size > (off_t)IMAGE_SIZE_MAX)
		return fail(err, "bigger than the limit of %u bytes", IMAGE_SIZE_MAX);
	if (size == 0)
		return 0;
	data = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return fail_errno(err, "cannot map");
	madvise(data, (size_t)size, MADV_SEQUENTIAL);
	map->data = data;
	map->size = (size_t)size;
	return 0;
}

static int map_spooled(int fd, struct mapping *map, struct error *err)
{
	int temporary = spool(fd, span_of(NULL, 0), IMAGE_SIZE_MAX, err), status = -1;
	struct stat st;

	if (temporary < 0)
		return -1;
	if (fstat(temporary, &st) < 0)
		fail_errno(err, "cannot look at a temporary file");
	else
		status = map_file(temporary, st.st_size, map, err);
	close(temporary);
	return status;
}

static int map_image(int fd, struct mapping *map, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_errno(err, "cannot look at");
	if (S_ISDIR(st.st_mode))
		return fail(err, "is a directory");
	if (S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0)
		return map_file(fd, st.st_size, map, err);
	return map_spooled(fd, map, err);
}

static void unmap(struct mapping *map)
{
	if (map->data)
		munmap(map->data, map->size);
}

/* Gives back the memory now and then. Pages that are read once more come back
 * from the page cache, so it does no harm that some are still in use. */
static void let_go(struct mapping *map, size_t progress)
{
	map->since += progress;
	if (!map->data || map->since < LET_GO)
		return;
	madvise(map->data, map->size, MADV_DONTNEED);
	map->since = 0;
}

/* --- decoding --- */

struct decoding {
	struct mapping map;
	struct image image;
	crw_sink sink;
	void *arg;
};

static int write_json(void *arg, struct span bytes, struct error *err)
{
	struct decoding *d = arg;

	let_go(&d->map, bytes.size);
	if (d->sink(d->arg, bytes.data, bytes.size) < 0)
		return fail_errno(err, "cannot write");
	return 0;
}

int crw_decode(struct crw *crw, int image_fd, unsigned flags, crw_sink sink, void *arg)
{
	struct decoding d = { .sink = sink, .arg = arg };
	struct json_sink out = { write_json, &d };
	struct error *err = &crw->err;
	int status;

	if (map_image(image_fd, &d.map, err) < 0)
		return -1;
	status = image_open(&d.image, NULL, span_of(d.map.data, d.map.size), err);
	if (status == 0)
		status = json_write_image(&d.image, flags, &out, err);
	unmap(&d.map);
	return status;
}

/* --- info --- */

static int count_entries(struct mapping *map, struct image *image, size_t *count,
			 struct error *err)
{
	struct image_entry entry;
	int more;

	for (*count = 0; (more = image_next(image, &entry, err)) > 0; (*count)++)
		let_go(map, entry.body.size + 4);
	if (image->kind->head && image->kind->payload == PAYLOAD_NONE && *count > 0)
		(*count)--;
	return more;
}

int crw_info(struct crw *crw, int image_fd, struct crw_image_info *info)
{
	struct mapping map;
	struct image image;
	int status;

	if (map_image(image_fd, &map, &crw->err) < 0)
		return -1;
	status = image_open(&image, NULL, span_of(map.data, map.size), &crw->err);
	if (status == 0)
		status = count_entries(&map, &image, &info->count, &crw->err);
	if (status == 0)
		info->magic = image.kind->magic_name;
	unmap(&map);
	return status;
}

/* --- encoding --- */

struct encoding {
	int fd;
	int spooled;    /* a temporary file with all of the text, or -1 */
	off_t start;    /* where the text begins in fd; -1: in a pipe */
	crw_sink sink;
	void *arg;
};

static int read_json(void *arg, void *data, size_t room, size_t *size, struct error *err)
{
	struct encoding *e = arg;
	ssize_t n;

	do
		n = read(e->spooled >= 0 ? e->spooled : e->fd, data, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_errno(err, "cannot read");
	*size = (size_t)n;
	return 0;
}

#define JSON_SPOOL_MAX ((uint64_t)IMAGE_SIZE_MAX * 16)

static int restart_json(void *arg, struct span seen, struct error *err)
{
	struct encoding *e = arg;

	if (e->spooled >= 0 || e->start >= 0) {
		if (lseek(e->spooled >= 0 ? e->spooled : e->fd, e->spooled >= 0 ? 0 : e->start,
			  SEEK_SET) < 0)
			return fail_errno(err, "cannot read from the beginning");
		return 0;
	}
	e->spooled = spool(e->fd, seen, JSON_SPOOL_MAX, err);
	return e->spooled < 0 ? -1 : 0;
}

static int write_image(void *arg, struct span bytes, struct error *err)
{
	struct encoding *e = arg;

	if (e->sink(e->arg, bytes.data, bytes.size) < 0)
		return fail_errno(err, "cannot write");
	return 0;
}

int crw_encode(struct crw *crw, int json_fd, crw_sink sink, void *arg)
{
	struct encoding e = { .fd = json_fd, .spooled = -1, .sink = sink, .arg = arg };
	struct json_source source = { read_json, restart_json, &e };
	struct json_sink out = { write_image, &e };
	int status;

	e.start = lseek(json_fd, 0, SEEK_CUR);
	status = json_read_image(&source, &out, &crw->err);
	if (e.spooled >= 0)
		close(e.spooled);
	return status;
}
