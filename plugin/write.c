/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts a rewritten checkpoint on disk as a new directory; replace.c does it in place.
 * inventory.img, without which CRIU restores nothing, is written last.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../proto/file.h"
#include "context.h"
#include "write.h"

#define PARENT "parent" /* CRIU's link to the previous checkpoint of a series */

struct copy {
	struct crw *crw;
	int from, to;
	struct buffer written; /* names, each with its NUL */
};

static struct checkpoint_image *rewritten(struct crw *crw, const char *name)
{
	struct checkpoint_image *image = checkpoint_named(&crw->checkpoint, name);

	return image && image->changed ? image : NULL;
}

static int write_piece(void *arg, struct span piece, struct error *err)
{
	return file_write(*(int *)arg, piece) < 0 ? fail_errno(err, "cannot write") : 0;
}

/* The rewritten image, or a copy of the original. */
static int write_content(struct checkpoint_image *image, int from, int to, struct error *err)
{
	struct content *c = image ? checkpoint_written(image) : NULL;

	if (c)
		return content_give(c, c->bytes, write_piece, &to, err);
	return file_copy_whole(from, to) < 0 ? fail_errno(err, "cannot write") : 0;
}

/* Owner first: until it has that, what has the mode of a stranger's file would be ours. An
 * owner may be one whom we cannot give it (EPERM), or whom our user namespace does not know
 * (EINVAL). */
static bool look_like(int from, int to)
{
	struct stat st;

	return fstat(from, &st) == 0 &&
	       (fchown(to, st.st_uid, st.st_gid) == 0 || errno == EPERM || errno == EINVAL) &&
	       fchmod(to, st.st_mode & 0777) == 0;
}

int write_image(int from, int to, const char *name, struct checkpoint_image *image,
		struct error *err)
{
	if (to < 0)
		return fail_errno(err, "%s: cannot create", name);
	if (write_content(image, from, to, err) < 0)
		return error_context(err, "%s", name);
	if (!look_like(from, to))
		return fail_errno(err, "%s: cannot set owner and mode", name);
	return fsync(to) < 0 ? fail_errno(err, "%s: cannot write to disk", name) : 0;
}

/* What cannot be remembered could not be taken back later: it goes at once. */
static int note_written(struct copy *c, const char *name, struct error *err)
{
	buffer_append(&c->written, span_of(name, strlen(name) + 1));
	if (!c->written.failed)
		return 0;
	unlinkat(c->to, name, 0);
	return fail_memory(err);
}

static void remove_written(struct copy *c)
{
	size_t at = 0;

	while (at < c->written.size) {
		const char *name = (const char *)c->written.data + at;

		unlinkat(c->to, name, 0);
		at += strlen(name) + 1;
	}
}

static bool leads_to(int dir, const char *name, int target)
{
	cleanup_close int fd = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat a, b;

	return fd >= 0 && fstat(fd, &a) == 0 && fstat(target, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int link_by_full_path(int dir, int target)
{
	char link[PATH_MAX], self[40];
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", target);
	n = readlink(self, link, sizeof(link) - 1);
	link[n < 0 ? 0 : n] = 0;
	return unlinkat(dir, PARENT, 0) < 0 ? -1 : symlinkat(link, dir, PARENT);
}

/* The same link, if it leads to the same directory from the new place; else
 * one by full path. */
static int copy_parent(struct copy *c, struct error *err)
{
	char link[PATH_MAX];
	ssize_t n = readlinkat(c->from, PARENT, link, sizeof(link) - 1);
	cleanup_close int target = openat(c->from, PARENT, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (n < 0 || target < 0)
		return fail_errno(err, PARENT ": cannot follow the link");
	if (note_written(c, PARENT, err) < 0)
		return -1;
	link[n] = 0;
	if (symlinkat(link, c->to, PARENT) < 0 ||
	    (!leads_to(c->to, PARENT, target) && link_by_full_path(c->to, target) < 0))
		return fail_errno(err, PARENT ": cannot make the link");
	return 0;
}

/* What `from` is open on, or the image in its place. */
static int write_file(struct copy *c, int from, const char *name, struct checkpoint_image *image,
		      struct error *err)
{
	cleanup_close int to = openat(c->to, name,
				      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (write_image(from, to, name, image, err) == 0)
		return note_written(c, name, err);
	if (to >= 0)
		unlinkat(c->to, name, 0);
	return -1;
}

static int copy_file(struct copy *c, const char *name, struct error *err)
{
	cleanup_close int from = checkpoint_open_file(c->from, name, err);
	struct stat st;

	if (from < 0)
		return error_context(err, "%s", name);
	if (fstat(from, &st) < 0)
		return fail_errno(err, "%s: cannot open", name);
	context_progress(c->crw, name);
	if (!S_ISREG(st.st_mode) && checkpoint_is_image_name(name))
		return fail(err, "%s: is not a regular file", name);
	if (!S_ISREG(st.st_mode))
		return 0;
	return write_file(c, from, name, rewritten(c->crw, name), err);
}

static int copy_entry(void *arg, const struct dirent *entry, struct error *err)
{
	const char *name = entry->d_name;
	struct copy *c = arg;

	if (strcmp(name, INVENTORY_FILE) == 0 || file_is_replacing(name))
		return 0;
	if (strcmp(name, PARENT) == 0)
		return copy_parent(c, err);
	/* What else is there is no part of a checkpoint. */
	if (!checkpoint_is_image_name(name) &&
	    (entry->d_type == DT_LNK || entry->d_type == DT_SOCK || entry->d_type == DT_DIR))
		return 0;
	return copy_file(c, name, err);
}

/* Images that rules have added look like the one that every checkpoint has. */
static int write_added(struct copy *c, struct error *err)
{
	struct checkpoint_image *image;

	for (size_t i = 0; (image = crw_changed_image(c->crw, i)); i++) {
		cleanup_close int from = -1;

		if (!image->added)
			continue;
		from = file_open(c->from, INVENTORY_FILE);
		if (from < 0)
			return fail_errno(err, INVENTORY_FILE ": cannot open");
		if (write_file(c, from, image->file, image, err) < 0)
			return -1;
	}
	return 0;
}

static int copy_all(struct copy *c, struct error *err)
{
	if (checkpoint_each_file(c->from, copy_entry, c, err) < 0 || write_added(c, err) < 0)
		return -1;
	if (faccessat(c->from, INVENTORY_FILE, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	return copy_file(c, INVENTORY_FILE, err);
}

int write_directory(int dir, struct error *err)
{
	if (file_sync_directory(dir) < 0)
		return fail_errno(err, "cannot write the directory to disk");
	return 0;
}

/* The fitted spec lands beside the images, wherever it was before. */
static int write_spec(struct copy *c, struct error *err)
{
	struct crw_spec *spec = &c->crw->spec;
	cleanup_close int from = -1;

	if (!spec->fresh.changed)
		return 0;
	from = file_open(spec->dir, spec->name);
	if (from < 0)
		return fail_errno(err, "%s: cannot open", spec->name);
	unlinkat(c->to, spec->name, 0); /* the copy of the old one */
	return write_file(c, from, spec->name, &spec->fresh, err);
}

int crw_write(struct crw *crw, int out_dir_fd)
{
	struct copy c = { .crw = crw, .from = crw->checkpoint.dir, .to = out_dir_fd };
	int status = copy_all(&c, &crw->err);

	if (status == 0)
		status = write_spec(&c, &crw->err);
	if (status == 0)
		status = write_directory(out_dir_fd, &crw->err);
	if (status < 0)
		remove_written(&c);
	buffer_free(&c.written);
	return status;
}
