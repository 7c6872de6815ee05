/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../proto/file.h"
#include "../proto/raw.h"
#include "../rules/text.h"

void checkpoint_init(struct checkpoint *c, int dir, uint64_t limit_image, uint64_t limit_memory)
{
	*c = (struct checkpoint){
		.dir = dir,
		.limit_image = limit_image,
		.limit_memory = limit_memory,
	};
}

static void forget(struct checkpoint *c, struct checkpoint_image *image)
{
	c->held -= image->content.size;
	content_free(&image->content);
	content_free(&image->output);
	image->read = image->changed = false;
}

void checkpoint_revert(struct checkpoint *c)
{
	struct checkpoint_image **images = (struct checkpoint_image **)(void *)c->images.data;
	size_t kept = 0;

	for (size_t i = 0; i < checkpoint_count(c); i++) {
		forget(c, images[i]);
		if (!images[i]->added)
			images[kept++] = images[i];
	}
	c->images.size = kept * sizeof(*images);
}

void checkpoint_free(struct checkpoint *c)
{
	checkpoint_revert(c);
	buffer_free(&c->images);
	arena_free(&c->arena);
	checkpoint_init(c, -1, 0, 0);
}

static int add_image(struct checkpoint *c, const char *file, const struct image_kind *kind,
		     struct span id, struct error *err)
{
	struct checkpoint_image *image = arena_alloc(&c->arena, sizeof(*image));

	if (!image)
		return fail_memory(err);
	if (checkpoint_count(c) == CHECKPOINT_FILES_MAX)
		return fail(err, "more than %d images in the directory", CHECKPOINT_FILES_MAX);
	image->kind = kind;
	image->numbered = id.size && text_number(id, &image->number);
	image->file = arena_copy(&c->arena, file, strlen(file));
	buffer_append(&c->images, span_of(&image, sizeof(image)));
	if (!image->file || c->images.failed)
		return fail_memory(err);
	return 0;
}

static bool is_of(const struct checkpoint *c, size_t at, const struct image_kind *kind)
{
	return at < checkpoint_count(c) && checkpoint_at(c, at)->kind == kind;
}

/* Images of a kind stand together; where they begin is looked up once for all. */
static struct checkpoint_image *find_listed(struct checkpoint *c, const struct image_kind *kind,
					    size_t index)
{
	if (!is_of(c, c->first, kind) || (c->first && is_of(c, c->first - 1, kind)))
		for (c->first = 0; c->first < checkpoint_count(c); c->first++)
			if (is_of(c, c->first, kind))
				break;
	index += c->first;
	return is_of(c, index, kind) ? checkpoint_at(c, index) : NULL;
}

static bool is_single(const struct image_kind *kind)
{
	return !strchr(kind->pattern, '*');
}

/* By name, runs of digits by value (core-7.img before core-10.img); the
 * images of a kind stand together, since they differ only in the id. */
static int compare_files(const void *a, const void *b)
{
	struct checkpoint_image *const *x = a, *const *y = b;

	return (*x)->kind == (*y)->kind ? strverscmp((*x)->file, (*y)->file) :
					  strcmp((*x)->kind->pattern, (*y)->kind->pattern);
}

bool checkpoint_is_image_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return kind_of_file(name, NULL) || (dot && strcmp(dot, ".img") == 0);
}

int checkpoint_each_file(int dir, checkpoint_file_taker take, void *arg, struct error *err)
{
	cleanup_dir DIR *list = file_list(dir, ".");
	struct dirent *entry;

	if (!list)
		return fail_errno(err, "cannot open the image directory");
	while ((entry = file_next(list))) {
		if (take(arg, entry, err) < 0)
			return -1;
	}
	return errno ? fail_errno(err, "cannot read the image directory") : 0;
}

static int take_file(void *arg, const struct dirent *entry, struct error *err)
{
	struct span id = { NULL, 0 };
	const struct image_kind *kind = kind_of_file(entry->d_name, &id);
	struct checkpoint *c = arg;

	if (!kind || (is_single(kind) && find_listed(c, kind, 0)))
		return 0;
	return add_image(c, entry->d_name, kind, id, err);
}

static void sort(struct checkpoint *c)
{
	if (c->images.size)
		qsort(c->images.data, checkpoint_count(c), sizeof(struct checkpoint_image *),
		      compare_files);
}

/* Every image of a known kind, in order of name (numbers by value). */
static int list(struct checkpoint *c, struct error *err)
{
	if (c->listed)
		return 0;
	if (checkpoint_each_file(c->dir, take_file, c, err) < 0)
		return -1;
	sort(c);
	c->listed = true;
	return 0;
}

int checkpoint_find(struct checkpoint *c, const struct image_kind *kind, size_t index,
		    struct checkpoint_image **image, struct error *err)
{
	if (is_single(kind) && index > 0)
		return 0;
	if (!is_single(kind) && list(c, err) < 0)
		return -1;
	*image = find_listed(c, kind, index);
	if (*image || c->listed)
		return *image != NULL;
	if (faccessat(c->dir, kind->pattern, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail_errno(err, "%s: cannot find", kind->pattern);
	if (add_image(c, kind->pattern, kind, span_of(NULL, 0), err) < 0)
		return -1;
	*image = find_listed(c, kind, 0);
	return 1;
}

int checkpoint_find_numbered(struct checkpoint *c, const struct image_kind *kind, number_t number,
			     size_t *index, struct error *err)
{
	const struct checkpoint_image *image;

	if (is_single(kind))
		return 0;
	if (list(c, err) < 0)
		return -1;
	while ((image = find_listed(c, kind, *index)) &&
	       !(image->numbered && image->number == number))
		++*index;
	return image != NULL;
}

/* Before the directory was read, there is none whose name has an id. */
struct checkpoint_image *checkpoint_named(struct checkpoint *c, const char *file)
{
	struct checkpoint_image key = { .file = file, .kind = kind_of_file(file, NULL) };
	struct checkpoint_image *wanted = &key, **found = NULL;

	if (!key.kind || !c->listed)
		return key.kind ? find_listed(c, key.kind, 0) : NULL;
	if (c->images.size)
		found = bsearch(&wanted, c->images.data, checkpoint_count(c), sizeof(wanted),
				compare_files);
	return found ? *found : NULL;
}

static int reserve(struct checkpoint *c, const char *file, uint64_t more, uint64_t less,
		   struct error *err)
{
	if (more > c->limit_image)
		return fail(err, "%s: %llu bytes are more than limit-image allows (%llu)", file,
			    (unsigned long long)more, (unsigned long long)c->limit_image);
	if (c->held - less + more > c->limit_memory)
		return fail(err, "%s: the images need more memory than limit-memory allows (%llu)",
			    file, (unsigned long long)c->limit_memory);
	c->held += more - less;
	return 0;
}

/* Entries of a raw image are longer than its file. */
static int hold(struct checkpoint *c, struct checkpoint_image *image, uint64_t size,
		struct error *err)
{
	if (reserve(c, image->file, image->content.size, size, err) == 0)
		return 0;
	c->held -= size;
	content_free(&image->content);
	return -1;
}

static int read_file(struct checkpoint *c, struct checkpoint_image *image, int fd,
		     struct error *err)
{
	struct stat st;

	if (checkpoint_stat_file(fd, &st, err) < 0)
		return error_context(err, "%s", image->file);
	if (reserve(c, image->file, (uint64_t)st.st_size, 0, err) < 0)
		return -1;
	if (content_copy(&image->content, fd, (uint64_t)st.st_size, err) == 0 &&
	    raw_expand(image->kind, &image->content, err) == 0)
		return hold(c, image, (uint64_t)st.st_size, err);
	c->held -= (uint64_t)st.st_size;
	content_free(&image->content);
	return error_context(err, "%s", image->file);
}

int checkpoint_open_file(int dir, const char *file, struct error *err)
{
	int fd = file_open(dir, file), why = errno;

	if (fd < 0)
		fail_errno(err, "cannot open%s", why == ELOOP ? " a symbolic link" : "");
	errno = why;
	return fd;
}

int checkpoint_stat_file(int fd, struct stat *st, struct error *err)
{
	if (fstat(fd, st) < 0)
		return fail_errno(err, "cannot be looked at");
	return S_ISREG(st->st_mode) ? 0 : fail(err, "is not a regular file");
}

int checkpoint_read(struct checkpoint *c, struct checkpoint_image *image, struct error *err)
{
	cleanup_close int fd = -1;

	if (image->read)
		return 0;
	fd = checkpoint_open_file(c->dir, image->file, err);
	if (fd < 0)
		return error_context(err, "%s", image->file);
	if (read_file(c, image, fd, err) < 0)
		return -1;
	image->read = true;
	return 0;
}

int checkpoint_entries(struct checkpoint *c, struct checkpoint_image *image, struct image *entries,
		       struct error *err)
{
	if (checkpoint_read(c, image, err) < 0)
		return -1;
	if (image_open(entries, image->kind, image->content.bytes, err) < 0)
		return error_context(err, "%s", image->file);
	entries->content = &image->content;
	return 0;
}

static int make_file(struct checkpoint_image *image, const struct content *entries,
		     struct error *err)
{
	content_free(&image->output);
	if (image->kind->raw == RAW_NOT)
		return 0;
	return raw_collapse(image->kind, entries->bytes, &image->output, err);
}

struct content *checkpoint_written(struct checkpoint_image *image)
{
	return image->kind && image->kind->raw != RAW_NOT ? &image->output : &image->content;
}

int checkpoint_update(struct checkpoint *c, struct checkpoint_image *image, struct content *fresh,
		      struct error *err)
{
	if (reserve(c, image->file, fresh->size, image->content.size, err) < 0)
		return -1;
	if (make_file(image, fresh, err) < 0)
		return -1;
	content_free(&image->content);
	image->content = *fresh;
	*fresh = (struct content){ .size = 0 };
	image->changed = true;
	return 0;
}

static struct checkpoint_image *find_file(const struct checkpoint *c, const char *file)
{
	for (size_t i = 0; i < checkpoint_count(c); i++)
		if (strcmp(checkpoint_at(c, i)->file, file) == 0)
			return checkpoint_at(c, i);
	return NULL;
}

int checkpoint_has(const struct checkpoint *c, const char *file, struct error *err)
{
	int found = find_file(c, file) ? 1 : file_exists(c->dir, file, AT_SYMLINK_NOFOLLOW);

	return found < 0 ? fail_errno(err, "%s: cannot be looked at", file) : found;
}

static bool is_content(int fd, struct span content)
{
	struct content now = { .size = 0 };
	struct error ignored;
	struct stat st;
	bool same;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != content.size)
		return false;
	same = content_copy(&now, fd, content.size, &ignored) == 0 &&
	       span_equal(now.bytes, content);
	content_free(&now);
	return same;
}

bool checkpoint_is(const struct checkpoint *c, const char *file, struct span content)
{
	const struct checkpoint_image *image = find_file(c, file);
	cleanup_close int fd = -1;

	if (image && image->changed)
		return span_equal(image->content.bytes, content);
	fd = file_open(c->dir, file);
	return fd >= 0 && is_content(fd, content);
}

/* Behind all others, until it has its place. NULL: it could not be. */
static struct checkpoint_image *add_file(struct checkpoint *c, const char *file, struct error *err)
{
	struct span id = { NULL, 0 };
	const struct image_kind *kind = kind_of_file(file, &id);
	struct checkpoint_image *image;

	if (!kind)
		fail(err, "%s: is no name of an image", file);
	if (!kind || add_image(c, file, kind, id, err) < 0)
		return NULL;
	image = checkpoint_at(c, checkpoint_count(c) - 1);
	image->added = true;
	sort(c);
	return image;
}

int checkpoint_put(struct checkpoint *c, const char *file, struct content *fresh, struct error *err)
{
	struct checkpoint_image *image;

	if (list(c, err) < 0)
		return -1;
	image = find_file(c, file);
	if (!image)
		image = add_file(c, file, err);
	if (!image)
		return -1;
	image->read = true;
	return checkpoint_update(c, image, fresh, err);
}
