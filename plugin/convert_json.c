/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images as JSON, between descriptors. An image is mapped rather than read;
 * what cannot be mapped (a pipe) goes into a nameless temporary file first.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../proto/file.h"
#include "../proto/json/read.h"
#include "../proto/json/write.h"
#include "context.h"

int crw_sink_fd(void *arg, const void *data, size_t size)
{
	return file_write(*(int *)arg, span_of(data, size));
}

/* --- temporary files --- */

/* A temporary file with `head` and the rest of `from`, at its beginning. */
static int spool(int from, struct span head, uint64_t limit, struct error *err)
{
	int fd = file_temporary();
	int64_t size;

	if (fd < 0)
		return fail_errno(err, "cannot make a temporary file (TMPDIR says where)");
	size = file_write(fd, head) < 0 ? -1 : file_copy(from, fd, limit + 1);
	if (size < 0)
		fail_errno(err, "cannot copy it to a temporary file (TMPDIR says where)");
	else if ((uint64_t)size > limit)
		fail(err, "bigger than the limit of %llu bytes", (unsigned long long)limit);
	else if (lseek(fd, 0, SEEK_SET) < 0)
		fail_errno(err, "cannot read a temporary file");
	else
		return fd;
	close(fd);
	return -1;
}

static int map_spooled(int fd, struct content *content, struct error *err)
{
	int temporary = spool(fd, span_of(NULL, 0), IMAGE_SIZE_MAX, err), status;

	if (temporary < 0)
		return -1;
	status = content_map(content, temporary, err);
	close(temporary);
	return status;
}

static int map_image(int fd, struct content *content, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_errno(err, "cannot look at");
	if (S_ISDIR(st.st_mode))
		return fail(err, "is a directory");
	if (S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0)
		return content_map(content, fd, err);
	return map_spooled(fd, content, err);
}

/* The image in a file; *content is to be freed in any case. */
static int open_image(int fd, struct content *content, struct image *image, struct error *err)
{
	if (map_image(fd, content, err) < 0 || image_open(image, NULL, content->bytes, err) < 0)
		return -1;
	image->content = content;
	return 0;
}

/* --- decoding --- */

struct decoding {
	struct content content;
	struct image image;
	crw_sink sink;
	void *arg;
};

static int write_json(void *arg, struct span bytes, struct error *err)
{
	struct decoding *d = arg;

	content_passed(&d->content, bytes.size);
	if (d->sink(d->arg, bytes.data, bytes.size) < 0)
		return fail_errno(err, "cannot write");
	return 0;
}

int crw_decode(struct crw *crw, int image_fd, unsigned flags, crw_sink sink, void *arg)
{
	struct decoding d = { .sink = sink, .arg = arg };
	struct json_sink out = { write_json, &d };
	struct error *err = &crw->err;
	int status = open_image(image_fd, &d.content, &d.image, err);

	if (status == 0)
		status = json_write_image(&d.image, flags, &out, err);
	content_free(&d.content);
	return status;
}

/* --- info --- */

static int count_entries(struct image *image, size_t *count, struct error *err)
{
	struct image_entry entry;
	int more;

	for (*count = 0; (more = image_next(image, &entry, err)) > 0; (*count)++)
		;
	if (image->kind->head && image->kind->payload == PAYLOAD_NONE && *count > 0)
		(*count)--;
	return more;
}

int crw_info(struct crw *crw, int image_fd, struct crw_image_info *info)
{
	struct content content = { .size = 0 };
	struct image image;
	int status = open_image(image_fd, &content, &image, &crw->err);

	if (status == 0)
		status = count_entries(&image, &info->count, &crw->err);
	if (status == 0)
		info->magic = image.kind->magic_name;
	content_free(&content);
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
