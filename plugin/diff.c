/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two checkpoints, image by image: both directories in order of name.
 */
#include "diff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../proto/file.h"
#include "../proto/raw.h"
#include "context.h"

#define PIECE 32768 /* bytes that are compared at once */

/* ---- the names ---- */

struct names {
	struct arena arena;
	struct buffer list; /* of char * */
};

static size_t name_count(const struct names *names)
{
	return names->list.size / sizeof(char *);
}

static const char *name_at(const struct names *names, size_t index)
{
	return ((char *const *)(void *)names->list.data)[index];
}

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static int take_name(void *arg, const struct dirent *entry, struct error *err)
{
	struct names *names = arg;
	char *name;

	/* Those of kinds to come are compared byte by byte. */
	if (!checkpoint_is_image_name(entry->d_name))
		return 0;
	if (name_count(names) == CHECKPOINT_FILES_MAX)
		return fail(err, "more than %d images in the directory", CHECKPOINT_FILES_MAX);
	name = arena_copy(&names->arena, entry->d_name, strlen(entry->d_name));
	buffer_append(&names->list, span_of(&name, sizeof(name)));
	return !name || names->list.failed ? fail_memory(err) : 0;
}

static int list_names(struct names *names, int dir, struct error *err)
{
	if (checkpoint_each_file(dir, take_name, names, err) < 0)
		return -1;
	if (name_count(names))
		qsort(names->list.data, name_count(names), sizeof(char *), compare_names);
	return 0;
}

static void names_free(struct names *names)
{
	buffer_free(&names->list);
	arena_free(&names->arena);
}

/* ---- files ---- */

static int open_file(int dir, const char *name, struct stat *st, struct error *err)
{
	int fd = checkpoint_open_file(dir, name, err);

	if (fd < 0 || checkpoint_stat_file(fd, st, err) == 0)
		return fd;
	close(fd);
	return -1;
}

/* How many bytes both begin with. Memory of gigabytes goes through here. It is
 * not mapped: a mapping of a file that gets shorter meanwhile is deadly. */
static int compare_files(int a, int b, uint64_t *same, struct error *err)
{
	uint8_t x[PIECE], y[PIECE];
	ssize_t n, m;
	size_t first;

	*same = 0;
	do {
		n = file_read(a, x, PIECE);
		m = file_read(b, y, PIECE);
		if (n < 0 || m < 0)
			return fail_errno(err, "cannot read");
		first = n == m && memcmp(x, y, (size_t)n) == 0 ?
				(size_t)n :
				diff_first(span_of(x, (size_t)n), span_of(y, (size_t)m));
		*same += first;
	} while (first == PIECE);
	return 0;
}

/* ---- comparing ---- */

struct sides {
	const struct crw *crw;
	int a, b; /* directories */
	struct diff diff;
};

/* From its beginning on. *content is to be freed in any case. */
static int open_image(const struct image_kind *kind, int fd, struct content *content,
		      struct image *image, struct error *err)
{
	if (lseek(fd, 0, SEEK_SET) < 0)
		return fail_errno(err, "cannot read");
	if (content_open(content, fd, IMAGE_SIZE_MAX, err) < 0 ||
	    raw_expand(kind, content, err) < 0 || image_open(image, kind, content->bytes, err) < 0)
		return -1;
	image->content = content;
	return 0;
}

static int diff_content(struct diff *d, const struct image_kind *kind, int a, int b,
			struct error *err)
{
	struct content x = { .size = 0 }, y = { .size = 0 };
	struct image from, to;
	int status = -1;

	if (open_image(kind, a, &x, &from, err) == 0 && open_image(kind, b, &y, &to, err) == 0)
		status = diff_images(d, &from, &to, err);
	content_free(&x);
	content_free(&y);
	return status;
}

static int diff_both(struct sides *s, const char *name, struct error *err)
{
	const struct image_kind *kind = kind_of_file(name, NULL);
	struct stat x, y;
	cleanup_close int a = open_file(s->a, name, &x, err);
	cleanup_close int b = a < 0 ? -1 : open_file(s->b, name, &y, err);
	uint64_t same;

	if (b < 0 || compare_files(a, b, &same, err) < 0)
		return -1;
	if (same == (uint64_t)x.st_size && same == (uint64_t)y.st_size)
		return 0;
	if (kind && kind->magic)
		return diff_content(&s->diff, kind, a, b, err);
	return diff_sizes(&s->diff, "content", (uint64_t)x.st_size, (uint64_t)y.st_size, same, err);
}

/* An image that only one of them has. */
static int diff_lone(struct sides *s, const char *name, bool gone, struct error *err)
{
	struct diff *d = &s->diff;
	struct stat st;

	if (fstatat(gone ? s->a : s->b, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "cannot look at");
	buffer_clear(&d->field);
	buffer_text(&d->field, "image");
	buffer_clear(&d->before);
	buffer_printf(&d->before, "%lld bytes", (long long)st.st_size);
	buffer_clear(&d->after);
	buffer_append(&d->after, buffer_span(&d->before));
	return diff_report(d, gone, !gone, NULL, err);
}

static int diff_name(struct sides *s, const char *name, int order, struct error *err)
{
	int status;

	s->diff.image = name;
	context_progress(s->crw, name);
	buffer_clear(&s->diff.where);
	status = order ? diff_lone(s, name, order < 0, err) : diff_both(s, name, err);
	return status < 0 && !s->diff.ended ? error_context(err, "%s", name) : status;
}

static int diff_names(struct sides *s, const struct names *a, const struct names *b,
		      struct error *err)
{
	size_t i = 0, k = 0;

	while (i < name_count(a) || k < name_count(b)) {
		const char *x = i < name_count(a) ? name_at(a, i) : NULL;
		const char *y = k < name_count(b) ? name_at(b, k) : NULL;
		int order = !x ? 1 : !y ? -1 : strverscmp(x, y);

		if (diff_name(s, order <= 0 ? x : y, order, err) < 0)
			return -1;
		i += order <= 0;
		k += order >= 0;
	}
	return 0;
}

static void diff_free(struct diff *d)
{
	buffer_free(&d->where);
	buffer_free(&d->field);
	buffer_free(&d->before);
	buffer_free(&d->after);
}

int crw_diff(struct crw *crw, int dir_fd, int other_fd, crw_change_sink sink, void *arg)
{
	struct sides s = { crw, dir_fd, other_fd, { .sink = sink, .arg = arg } };
	struct names a = { .list = { 0 } }, b = { .list = { 0 } };
	int status = -1;

	if (list_names(&a, dir_fd, &crw->err) == 0 && list_names(&b, other_fd, &crw->err) == 0)
		status = diff_names(&s, &a, &b, &crw->err);
	names_free(&a);
	names_free(&b);
	diff_free(&s.diff);
	return s.diff.ended ? 0 : status;
}
