/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where libarchive's tar reader has its bytes from: the file, or what is unpacked of it. They come
 * through our hands so that no more than a header may have is read for one: libarchive keeps all
 * of it, and the map of a sparse file, which belongs to it, is endless in a few KB of gzip.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"

#define READ_SIZE (128u << 10) /* more is not in the cache any more when it is written */

/* Of the file. */
static la_ssize_t read_file(struct archive *a, struct archive_source *s, const void **piece)
{
	ssize_t size;

	do
		size = read(s->fd, s->buffer, READ_SIZE);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		la.set_error(a, errno, "%s", strerror(errno));
	*piece = s->buffer;
	return size;
}

/* Of what is unpacked of it. */
static la_ssize_t read_packed(struct archive *a, struct archive_source *s, const void **piece)
{
	la_int64_t at;
	size_t size;
	int result;

	do
		result = la.read_data_block(s->packed, piece, &size, &at);
	while (result == ARCHIVE_OK && size == 0);
	if (result == ARCHIVE_OK || result == ARCHIVE_EOF)
		return result == ARCHIVE_OK ? (la_ssize_t)size : 0;
	la.set_error(a, EINVAL, "%s", la.error_string(s->packed));
	return -1;
}

static la_ssize_t read_piece(struct archive *a, void *arg, const void **piece)
{
	struct archive_source *s = arg;
	la_ssize_t size = s->packed ? read_packed(a, s, piece) : read_file(a, s, piece);

	if (size <= 0)
		return size;
	s->read += size;
	if (s->read <= s->most)
		return size;
	s->exceeded = true;
	la.set_error(
		a, EINVAL,
		"what stands before the content of a member is more than %u MiB; unpack it with tar, "
		"and name the directory",
		ARCHIVE_HEADER_MAX >> 20);
	return -1;
}

/* Content that nobody asks for; not beyond the end, which is then met by reading. */
static la_int64_t skip(struct archive *a, void *arg, la_int64_t size)
{
	const struct archive_source *s = arg;
	off_t at = lseek(s->fd, 0, SEEK_CUR);
	struct stat st;

	if (at < 0 || fstat(s->fd, &st) < 0 || !S_ISREG(st.st_mode) || at >= st.st_size)
		return 0;
	if (size > st.st_size - at)
		size = st.st_size - at;
	return lseek(s->fd, size, SEEK_CUR) < 0 ? 0 : size;
}

/* A stream of gzip or zstd; *packed stays NULL for a file that is neither. */
static int open_packed(struct archive_source *s, struct archive *at_fault)
{
	struct archive *packed = la.read_new();
	struct archive_entry *all;
	int result = packed ? ARCHIVE_OK : ARCHIVE_FATAL;

	if (!packed || la.read_support_format_raw(packed) != ARCHIVE_OK ||
	    la.read_support_filter_gzip(packed) != ARCHIVE_OK ||
	    la.read_support_filter_zstd(packed) != ARCHIVE_OK ||
	    la.read_open_fd(packed, s->fd, READ_SIZE) != ARCHIVE_OK ||
	    la.read_next_header(packed, &all) < ARCHIVE_WARN)
		result = ARCHIVE_FATAL;
	if (packed && result != ARCHIVE_OK)
		la.set_error(at_fault, EINVAL, "%s", la.error_string(packed));
	if (result == ARCHIVE_OK && la.filter_code(packed, 0) != ARCHIVE_FILTER_NONE)
		s->packed = packed;
	else
		la.read_free(packed);
	return result;
}

int archive_source_open(struct archive_source *s, struct archive *a, int fd)
{
	*s = (struct archive_source){ .fd = fd, .most = INT64_MAX };
	if (lseek(fd, 0, SEEK_SET) != 0 || open_packed(s, a) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	if (!s->packed) {
		s->buffer = malloc(READ_SIZE);
		if (!s->buffer || lseek(fd, 0, SEEK_SET) != 0)
			return ARCHIVE_FATAL;
	}
	return la.read_open2(a, s, NULL, read_piece, s->packed ? NULL : skip, NULL);
}

int archive_source_header(struct archive_source *s, struct archive *a, struct archive_entry **entry)
{
	int result = s->begun ? la.read_data_skip(a) : ARCHIVE_OK;

	if (result < ARCHIVE_WARN)
		return result;
	s->begun = true;
	s->most = s->read + ARCHIVE_HEADER_MAX;
	result = la.read_next_header(a, entry);
	s->most = INT64_MAX;
	return result;
}

void archive_source_close(struct archive_source *s)
{
	la.read_free(s->packed);
	free(s->buffer);
}
