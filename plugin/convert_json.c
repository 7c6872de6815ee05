/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images as JSON, between descriptors. */
#include <errno.h>
#include <unistd.h>

#include "../proto/file.h"
#include "../proto/json/read.h"
#include "../proto/json/write.h"
#include "context.h"
#include "reader.h"

int crw_sink_fd(void *arg, const void *data, size_t size)
{
	return file_write(*(int *)arg, span_of(data, size));
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
	int status = reader_open_image(reader_take_name(crw), image_fd, &d.content, &d.image, err);

	if (status == 0)
		status = json_write_image(&d.image, flags, &out, err);
	content_free(&d.content);
	return status;
}

/* --- encoding --- */

struct encoding {
	int fd;
	int spooled; /* a temporary file with all of the text, or -1 */
	off_t start; /* where the text begins in fd; -1: in a pipe */
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
	e->spooled = content_spool(e->fd, seen, JSON_SPOOL_MAX, err);
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
