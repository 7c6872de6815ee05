/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A view with names that the directory does not have. Nothing can be mounted where no name
 * is, so a tmpfs lies over the directory: new files are files of it, every other name is
 * the file of the directory, mounted onto its name. What leads out of the directory, like
 * `parent` of a series, does so from above as it does below.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../proto/file.h"
#include "view_file.h"

bool view_adds(const struct view_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (files[i].added)
			return true;
	return false;
}

/* A name for it to be mounted on, unless a new file has that. False with errno set. */
static bool make_place(int top, const char *name, mode_t mode)
{
	cleanup_close int fd = -1;

	if (S_ISDIR(mode))
		return mkdirat(top, name, 0) == 0;
	fd = openat(top, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	return fd >= 0;
}

static int show_file(int top, int below, const char *name, mode_t mode, struct error *err)
{
	cleanup_close int tree = -1;

	if (!make_place(top, name, mode))
		return errno == EEXIST ? 0 : fail_errno(err, "%s: cannot make its name", name);
	tree = view_open_tree(below, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0 || view_move_mount(tree, top, name) < 0)
		return view_fail_mount(name, err);
	return 0;
}

static int show_link(int top, int below, const char *name, struct error *err)
{
	char target[PATH_MAX];
	ssize_t size = readlinkat(below, name, target, sizeof(target) - 1);

	if (size < 0)
		return fail_errno(err, "%s: cannot read the link", name);
	target[size] = 0;
	if (symlinkat(target, top, name) < 0 && errno != EEXIST)
		return fail_errno(err, "%s: cannot make the link", name);
	return 0;
}

/* Of what is neither a file, a directory nor a link, CRIU reads nothing. */
static int show(int top, int below, const char *name, struct error *err)
{
	struct stat st;

	if (fstatat(below, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail_errno(err, "%s: cannot look at it", name);
	if (S_ISLNK(st.st_mode))
		return show_link(top, below, name, err);
	return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ?
		       show_file(top, below, name, st.st_mode, err) :
		       0;
}

static int show_all(int top, int below, struct error *err)
{
	cleanup_dir DIR *list = file_list(below, ".");
	struct dirent *entry;
	struct stat st;

	if (!list || fstat(below, &st) < 0)
		return fail_errno(err, "cannot list the image directory");
	while ((entry = file_next(list)))
		if (show(top, below, entry->d_name, err) < 0)
			return -1;
	if (errno)
		return fail_errno(err, "cannot list the image directory");
	return view_give_owner(top, "the image directory", &st, err);
}

int view_over(struct view *view, int image_dir, const struct view_file *files, size_t count,
	      struct error *err)
{
	cleanup_close int tmp = view_tmpfs(), top = -1;
	struct stat old;

	if (tmp < 0)
		return fail_errno(err, "cannot make a tmpfs for new images");
	if (view_move_mount(tmp, view->dir, "") < 0)
		return view_fail_mount("the image directory", err);
	top = openat(tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return fail_errno(err, "cannot open the view of the image directory");
	for (size_t i = 0; i < count; i++)
		if (view_stat(image_dir, &files[i], &old, err) < 0 ||
		    view_put(top, &files[i], &old, err) < 0)
			return -1;
	if (show_all(top, view->dir, err) < 0)
		return -1;
	close(view->dir);
	view->dir = top;
	top = -1;
	return 0;
}
