/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../proto/file.h"
#include "view_file.h"

#define DEPTH_MAX 64 /* directories between the image directory and its mount */

/* ---- detached ------------------------------------------------------------ */

/* What statx(2) fills in, since Linux 5.8 with the mount. The struct of that name in libc
 * may be an older one. */
#define STATX_MOUNT 0x1000u
struct mount_stat {
	uint32_t mask, others[35];
	uint64_t mount, more[13];
};

static uint64_t mount_id(int fd)
{
	struct mount_stat st = { .mask = 0 };

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_MOUNT, &st) < 0 ||
	    !(st.mask & STATX_MOUNT))
		return 0;
	return st.mount;
}

/* The highest directory above `dir` that is on the same mount. */
static int top_of_mount(int dir)
{
	int at = openat(dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t id = mount_id(dir);

	for (int depth = 0; at >= 0 && id && depth < DEPTH_MAX; depth++) {
		int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (up < 0 || mount_id(up) != id || file_is_same(up, at)) {
			file_close(&up);
			break;
		}
		close(at);
		at = up;
	}
	return at;
}

static bool path_of(int fd, char path[PATH_MAX])
{
	char link[40];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n < 0)
		return false;
	path[n] = 0;
	return true;
}

/* Clones a mount from `at` on, and opens `inside` in the clone. False with
 * errno set. The clone is taken apart when its own descriptor is closed. It is
 * a peer of the mount, as long as it is not private: what is mounted in the one
 * is mounted in the other. */
static bool clone_mount(struct view *view, int at, const char *inside, unsigned recursive)
{
	struct mount_attr private = { .propagation = MS_PRIVATE };

	view->keep = view_open_tree(
		at, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | recursive);
	if (view->keep >= 0 &&
	    syscall(SYS_mount_setattr, view->keep, "", AT_EMPTY_PATH | AT_RECURSIVE, &private,
		    sizeof(private)) == 0)
		view->dir = openat(view->keep, inside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return view->dir >= 0;
}

/* A clone in which CRIU's relative `parent` link leads where it leads now:
 * one of the whole mount, not of the directory alone. */
static bool clone_with_parent(struct view *view, int image_dir, unsigned recursive)
{
	char dir_path[PATH_MAX], top_path[PATH_MAX];
	cleanup_close int top = top_of_mount(image_dir);
	const char *inside;

	if (top < 0 || !path_of(image_dir, dir_path) || !path_of(top, top_path))
		return false;
	inside = dir_path + (strcmp(top_path, "/") == 0 ? 0 : strlen(top_path));
	return clone_mount(view, top, *inside ? inside + 1 : ".", recursive);
}

static bool same_parent(int image_dir, int view)
{
	cleanup_close int a = openat(image_dir, VIEW_PARENT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int b = openat(view, VIEW_PARENT, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return (a < 0 && b < 0) || (a >= 0 && b >= 0 && file_is_same(a, b));
}

/* The image directory on a mount of its own. False with errno set; EXDEV: no
 * clone of this mount has both it and its parent. */
static bool clone_directory(struct view *view, int image_dir)
{
	struct stat st;

	if (fstatat(image_dir, VIEW_PARENT, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && clone_mount(view, image_dir, ".", 0);
	/* Mounts below are cloned only when the link needs one of them. */
	if (!clone_with_parent(view, image_dir, 0))
		return false;
	if (file_is_same(view->dir, image_dir) && same_parent(image_dir, view->dir))
		return true;
	view_close(view);
	if (!clone_with_parent(view, image_dir, AT_RECURSIVE))
		return false;
	errno = EXDEV;
	return file_is_same(view->dir, image_dir) && same_parent(image_dir, view->dir);
}

static int cover(int tmp, int view, const char *name, struct error *err)
{
	cleanup_close int tree = view_open_tree(tmp, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree >= 0 && view_move_mount(tree, view, name) == 0)
		return 0;
	return view_fail_mount(name, err);
}

static int cover_all(int tmp, int view, int image_dir, const struct view_file *files, size_t count,
		     struct error *err)
{
	struct stat old;

	for (size_t i = 0; i < count; i++)
		if (view_stat(image_dir, &files[i], &old, err) < 0 ||
		    view_put(tmp, &files[i], &old, err) < 0 ||
		    cover(tmp, view, files[i].name, err) < 0)
			return -1;
	return 0;
}

static int fail_clone(struct error *err)
{
	if (errno == EINVAL)
		return fail(err, "cannot clone the image directory: it is on a mount that is "
				 "unbindable, or not in criu's mount namespace");
	return fail_errno(err, "cannot clone the image directory");
}

static int show_in_clone(struct view *view, int image_dir, const struct view_file *files,
			 size_t count, struct error *err)
{
	cleanup_close int tmp = -1;

	if (view_adds(files, count))
		return view_over(view, image_dir, files, count, err);
	tmp = view_tmpfs();
	if (tmp < 0)
		return fail_errno(err, "cannot make a tmpfs for rewritten images");
	return cover_all(tmp, view->dir, image_dir, files, count, err);
}

static int make_detached(struct view *view, int image_dir, const struct view_file *files,
			 size_t count, struct error *err)
{
	if (!clone_directory(view, image_dir))
		fail_clone(err);
	else if (show_in_clone(view, image_dir, files, count, err) == 0)
		return 0;
	view_close(view);
	return -1;
}

/* ---- namespace ----------------------------------------------------------- */

/* What the helper tells; in shared memory. */
struct helper_result {
	struct view view;
	bool done;
	struct error err;
};

/*
 * The helper needs a place for its tmpfs that exists on every host on which
 * CRIU runs. In its own namespace it can take /proc, as long as it needs
 * that for nothing else; binds of files on it stay when it is unmounted.
 */
#define HELPER_TMP "/proc"

static int bind_file(int tmp, int view, int image_dir, const struct view_file *file,
		     struct error *err)
{
	char source[NAME_MAX + sizeof(HELPER_TMP) + 1];
	struct stat old, tmp_st, now;

	if (view_stat(image_dir, file, &old, err) < 0 || view_put(tmp, file, &old, err) < 0)
		return -1;
	snprintf(source, sizeof(source), HELPER_TMP "/%s", file->name);
	if (mount(source, file->name, NULL, MS_BIND, NULL) < 0)
		return fail_errno(err, "%s: cannot bind the rewritten image", file->name);
	/* Somebody may have put a link there in between. */
	if (fstatat(view, file->name, &now, AT_SYMLINK_NOFOLLOW) < 0 || fstat(tmp, &tmp_st) < 0 ||
	    now.st_dev != tmp_st.st_dev)
		return fail(err, "%s: was replaced while it was rewritten", file->name);
	return 0;
}

static int bind_files(int view, int image_dir, const struct view_file *files, size_t count,
		      struct error *err)
{
	cleanup_close int tmp = open(HELPER_TMP, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (tmp < 0)
		return fail_errno(err, "cannot open the tmpfs for rewritten images");
	for (size_t i = 0; i < count; i++)
		if (bind_file(tmp, view, image_dir, &files[i], err) < 0)
			return -1;
	return 0;
}

static bool write_proc(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && file_write(fd, span_text(text)) == 0;
}

/* Our ids are known in it by the same numbers, so that what is made there is ours.
 * Of a process with more rights than its caller (a criu with file capabilities)
 * /proc/self belongs to root, unless it is dumpable, as it is for this moment. */
static bool map_own_ids(uid_t uid, gid_t gid)
{
	char users[40], groups[40];
	bool mapped;

	snprintf(users, sizeof(users), "%u %u 1", uid, uid);
	snprintf(groups, sizeof(groups), "%u %u 1", gid, gid);
	prctl(PR_SET_DUMPABLE, 1);
	mapped = write_proc("/proc/self/setgroups", "deny") &&
		 write_proc("/proc/self/uid_map", users) &&
		 write_proc("/proc/self/gid_map", groups);
	prctl(PR_SET_DUMPABLE, 0);
	return mapped;
}

/* Without CAP_SYS_ADMIN here, we have it in a user namespace of our own. */
static int unshare_mounts(struct error *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWNS) == 0)
		return 0;
	if (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return fail_errno(err, "cannot make a mount namespace");
	if (!map_own_ids(uid, gid))
		return fail_errno(err, "cannot map the ids of a user namespace");
	return 0;
}

/* Working directory: the image directory, so that after unshare() it is the
 * same directory in the new namespace, whatever its path. */
static int enter_namespace(int image_dir, struct error *err)
{
	if (fchdir(image_dir) < 0)
		return fail_errno(err, "cannot enter the image directory");
	if (unshare_mounts(err) < 0)
		return -1;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fail_errno(err, "cannot make the mounts of the new namespace private");
	return 0;
}

/* Of the namespace that we are in now, which is found at `path` from `at`. */
static int open_view(struct view *view, int at, const char *path, struct error *err)
{
	view->keep = openat(at, path, O_RDONLY | O_CLOEXEC);
	view->dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (view->keep < 0 || view->dir < 0)
		return fail_errno(err, "cannot open the image directory in the new namespace");
	return 0;
}

typedef int helper_work(struct helper_result *result, int image_dir, const struct view_file *files,
			size_t count);

static int work_here(struct helper_result *result, int image_dir, const struct view_file *files,
		     size_t count)
{
	struct error *err = &result->err;
	struct view *view = &result->view;
	int status;

	if (enter_namespace(image_dir, err) < 0 ||
	    open_view(view, AT_FDCWD, "/proc/self/ns/mnt", err) < 0)
		return -1;
	if (view_adds(files, count))
		return view_over(view, image_dir, files, count, err);
	if (mount("criu-rewrite", HELPER_TMP, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=0700") < 0)
		return fail_errno(err, "cannot mount a tmpfs for rewritten images");
	status = bind_files(view->dir, image_dir, files, count, err);
	umount2(HELPER_TMP, MNT_DETACH);
	return status;
}

/* ---- in a namespace of somebody else ------------------------------------- */

/* Is the mount of this directory in the mount namespace that we are in? */
static bool is_here(int image_dir)
{
	cleanup_close int clone = view_open_tree(
		image_dir, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	return clone >= 0;
}

/* Joins the mount namespace of that process, unless it was `*last`. */
static bool join(int proc, const char *pid, ino_t *last)
{
	cleanup_close int fd = -1;
	char path[NAME_MAX + 8];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ns/mnt", pid);
	if (*pid < '1' || *pid > '9' || fstatat(proc, path, &st, 0) < 0 || st.st_ino == *last)
		return false;
	*last = st.st_ino;
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && setns(fd, CLONE_NEWNS) == 0;
}

/* Joins the first namespace that has the mount. A caller by RPC lives on while it waits,
 * and CRIU has the directory from /proc/PID/fd. */
static int join_owner(int image_dir, int proc, struct error *err)
{
	cleanup_dir DIR *list = file_list(proc, ".");
	struct dirent *entry;
	ino_t last = 0;

	if (!list)
		return fail_errno(err, "cannot list /proc");
	while ((entry = file_next(list)))
		if (join(proc, entry->d_name, &last) && is_here(image_dir))
			return 0;
	return fail(err, "no other process has the image directory in its mount namespace");
}

/* Nothing there is found by a path: it may be a container's. */
static int work_elsewhere(struct helper_result *result, int image_dir,
			  const struct view_file *files, size_t count)
{
	cleanup_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error *err = &result->err;
	cleanup_close int tmp = -1;

	if (proc < 0)
		return fail_errno(err, "cannot open /proc");
	if (join_owner(image_dir, proc, err) < 0 || enter_namespace(image_dir, err) < 0 ||
	    open_view(&result->view, proc, "self/ns/mnt", err) < 0)
		return -1;
	if (view_adds(files, count))
		return view_over(&result->view, image_dir, files, count, err);
	tmp = view_tmpfs();
	if (tmp < 0 || view_move_mount(tmp, AT_FDCWD, "/") < 0)
		return fail_errno(err, "cannot mount a tmpfs for rewritten images");
	return cover_all(tmp, result->view.dir, image_dir, files, count, err);
}

/* ---- the helper ------------------------------------------------------------ */

/* fork() with a shared descriptor table, and no SIGCHLD at its end: CRIU's
 * handling of that signal is not ours to meet. */
static pid_t fork_helper(void)
{
#ifdef __s390__
	return (pid_t)syscall(SYS_clone, NULL, CLONE_FILES, NULL, NULL, NULL);
#else
	return (pid_t)syscall(SYS_clone, CLONE_FILES, NULL, NULL, NULL, NULL);
#endif
}

/* It is not killed while it can be waited for: it may be about to open something. What a
 * filter has against one call it may not have against the other. */
static int wait_for_helper(pid_t pid, struct error *err)
{
	while (waitpid(pid, NULL, __WALL) < 0 &&
	       waitid(P_PID, (id_t)pid, NULL, WEXITED | __WALL) < 0) {
		if (errno == EINTR)
			continue;
		fail_errno(err, "cannot wait for the helper");
		kill(pid, SIGKILL);
		return -1;
	}
	return 0;
}

/* The descriptor table is shared, so what the helper opens is open here. */
static int run_helper(helper_work *work, struct helper_result *result, int image_dir,
		      const struct view_file *files, size_t count, struct error *err)
{
	pid_t parent = getpid(), pid;

	pid = fork_helper();
	if (pid < 0)
		return fail_errno(err, "cannot start the helper for the view of the images");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		result->done = work(result, image_dir, files, count) == 0;
		_exit(0);
	}
	if (wait_for_helper(pid, err) == 0) {
		if (result->done)
			return 0;
		fail(err, "%s", result->err.text[0] ? result->err.text : "the helper was killed");
	}
	view_close(&result->view);
	return -1;
}

static int make_by_helper(helper_work *work, struct view *view, int image_dir,
			  const struct view_file *files, size_t count, struct error *err)
{
	struct helper_result *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE,
					    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	if (result == MAP_FAILED)
		return fail_memory(err);
	result->view = (struct view){ -1, -1, false };
	status = run_helper(work, result, image_dir, files, count, err);
	if (status == 0)
		*view = result->view;
	munmap(result, sizeof(*result));
	return status;
}

/* ---- a copy ----------------------------------------------------------------- */

static int fill_copy(int tmp, int image_dir, const struct view_file *files, size_t count,
		     struct error *err)
{
	struct stat old;

	for (size_t i = 0; i < count; i++)
		if (view_stat(image_dir, &files[i], &old, err) < 0 ||
		    view_put(tmp, &files[i], &old, err) < 0)
			return -1;
	return view_copy(tmp, image_dir, err);
}

/* Of a directory on a mount that is in no namespace, as after umount -l: nothing can be
 * mounted there, nor be cloned from it. */
static int make_copy(struct view *view, int image_dir, const struct view_file *files, size_t count,
		     struct error *err)
{
	view->keep = view_tmpfs();
	if (view->keep >= 0)
		view->dir = openat(view->keep, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (view->dir < 0)
		fail_errno(err, "cannot make a tmpfs for it");
	else if (fill_copy(view->dir, image_dir, files, count, err) == 0)
		view->copied = true;
	if (view->copied)
		return 0;
	view_close(view);
	return -1;
}

/* What no way could help. */
static int check_images(int image_dir, const struct view_file *files, size_t count,
			struct error *err)
{
	struct stat st;

	for (size_t i = 0; i < count; i++)
		if (view_stat(image_dir, &files[i], &st, err) < 0)
			return -1;
	return 0;
}

/*
 * The second way is tried whatever the first one failed of. A container's
 * seccomp filter answers EPERM or ENOSYS, an old kernel EINVAL, a security
 * module EACCES; even what has run out (ENOSPC: mounts, EMFILE: descriptors)
 * the ways need in different amounts.
 */
static int make_any(struct view *view, int image_dir, const struct view_file *files, size_t count,
		    struct error *err)
{
	struct error detached = { "" }, separate = { "" }, elsewhere = { "" }, copy = { "" };

	if (make_detached(view, image_dir, files, count, &detached) == 0 ||
	    make_by_helper(work_here, view, image_dir, files, count, &separate) == 0 ||
	    make_by_helper(work_elsewhere, view, image_dir, files, count, &elsewhere) == 0 ||
	    make_copy(view, image_dir, files, count, &copy) == 0)
		return 0;
	return fail(err,
		    "cannot show CRIU the rewritten images: view detached: %.200s; "
		    "view namespace: %.200s; %.200s; a copy: %.200s; `criu-rewrite apply` needs "
		    "none of them",
		    detached.text, separate.text, elsewhere.text, copy.text);
}

int view_make(struct view *view, enum crw_view kind, int image_dir, const struct view_file *files,
	      size_t count, struct error *err)
{
	int status;

	*view = (struct view){ -1, -1, false };
	if (check_images(image_dir, files, count, err) < 0)
		return -1;
	if (kind == CRW_VIEW_AUTO)
		return make_any(view, image_dir, files, count, err);
	status = kind == CRW_VIEW_DETACHED ?
			 make_detached(view, image_dir, files, count, err) :
			 make_by_helper(work_here, view, image_dir, files, count, err);
	if (status < 0)
		error_context(err, "view %s (`view auto` tries the other way too)",
			      kind == CRW_VIEW_DETACHED ? "detached" : "namespace");
	return status;
}

void view_close(struct view *view)
{
	file_close(&view->dir);
	file_close(&view->keep);
	*view = (struct view){ -1, -1, false };
}
