/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The private view, on this kernel's mounts. Needs the right to mount. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../plugin/view.h"
#include "test.h"

static char base[] = "/tmp/criu-rewrite-view-XXXXXX";

static void put(int dir, const char *name, const char *text, mode_t mode)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode) < 0)
		perror(name);
	close(fd);
}

static const char *get(int dir, const char *name)
{
	static char text[64];
	int fd = openat(dir, name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = 0;
	return n < 0 ? "(unreadable)" : text;
}

static size_t mount_count(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	size_t lines = 0;
	int c;

	while (f && (c = getc(f)) != EOF)
		lines += c == '\n';
	if (f)
		fclose(f);
	return lines;
}

static size_t fd_count(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* base/one is the parent of base/two. */
static int make_checkpoint(void)
{
	int top, one, two;

	if (!mkdtemp(base))
		return -1;
	top = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(top, "one", 0755);
	mkdirat(top, "two", 0700);
	one = openat(top, "one", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	two = openat(top, "two", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	put(one, "pages-1.img", "old pages", 0644);
	put(two, "cgroup.img", "0-3", 0640);
	if (fchownat(two, "cgroup.img", 7, 8, 0) < 0)
		perror("chown");
	put(two, "files.img", "files", 0644);
	put(two, "inventory.img", "inventory", 0604);
	if (symlinkat("/etc/passwd", two, "link.img") < 0)
		perror("link.img");
	close(one);
	close(top);
	return two;
}

static void check_view(const char *label, enum crw_view kind, int dir)
{
	const struct view_file files[] = {
		{ .name = "cgroup.img", .content = span_text("0-1, and longer") },
	};
	struct error err = { "" };
	struct stat seen, real;
	size_t mounts = mount_count(), fds = fd_count();
	struct view view;

	printf("# %s\n", label);
	if (!ok(view_make(&view, kind, dir, files, 1, &err) == 0, "the view is made")) {
		printf("# %s\n", err.text);
		return;
	}
	is_text(get(view.dir, "cgroup.img"), "0-1, and longer", "new content in the view");
	is_text(get(dir, "cgroup.img"), "0-3", "old content in the directory");
	is_text(get(view.dir, "files.img"), "files", "other images shine through");
	fstatat(view.dir, "files.img", &seen, 0);
	fstatat(dir, "files.img", &real, 0);
	ok(seen.st_ino == real.st_ino, "and are the same files");
	fstatat(view.dir, "cgroup.img", &seen, 0);
	ok(seen.st_uid == 7 && seen.st_gid == 8 && (seen.st_mode & 07777) == 0640,
	   "owner and mode are kept");
	ok(faccessat(view.dir, "absent.img", F_OK, 0) < 0 && errno == ENOENT,
	   "what is missing stays missing");
	put(view.dir, "pages-2.img", "written through", 0600);
	is_text(get(dir, "pages-2.img"), "written through", "the view can be written through");
	unlinkat(dir, "pages-2.img", 0);
	is_number((long long)mount_count(), (long long)mounts, "no mount is seen outside");
	ok(fcntl(view.dir, F_GETFD) & FD_CLOEXEC, "the descriptor is closed on exec");
	view_close(&view);
	is_number((long long)fd_count(), (long long)fds, "no descriptor is left");
	ok(waitpid(-1, NULL, __WALL | WNOHANG) < 0 && errno == ECHILD, "no child is left");
}

static void check_parent(const char *label, enum crw_view kind, int dir)
{
	const struct view_file files[] = { { .name = "cgroup.img", .content = span_text("x") } };
	struct error err = { "" };
	struct view view;

	printf("# %s\n", label);
	if (symlinkat("../one", dir, "parent") < 0)
		perror("parent");
	if (ok(view_make(&view, kind, dir, files, 1, &err) == 0, "a view with a parent is made")) {
		is_text(get(view.dir, "parent/pages-1.img"), "old pages",
			"the parent is reached through it");
		is_text(get(view.dir, "cgroup.img"), "x", "and the content is new");
		view_close(&view);
	} else {
		printf("# %s\n", err.text);
	}
	unlinkat(dir, "parent", 0);
}

/* A name that the directory does not have, beside all that it has. */
static void check_added(const char *label, enum crw_view kind, int dir)
{
	const struct view_file files[] = {
		{ .name = "new.img", .content = span_text("new"), .added = true },
		{ .name = "cgroup.img", .content = span_text("0-1") },
	};
	size_t mounts = mount_count(), fds = fd_count();
	struct stat seen, real, above;
	struct error err = { "" };
	struct view view;

	printf("# %s\n", label);
	mkdirat(dir, "sub", 0755);
	if (symlinkat("../one", dir, "parent") < 0)
		perror("parent");
	if (!ok(view_make(&view, kind, dir, files, 2, &err) == 0,
		"a view with a new name is made")) {
		printf("# %s\n", err.text);
		return;
	}
	is_text(get(view.dir, "new.img"), "new", "the new file");
	is_text(get(view.dir, "cgroup.img"), "0-1", "the one that was changed");
	is_text(get(view.dir, "files.img"), "files", "and the others");
	fstatat(view.dir, "files.img", &seen, 0);
	fstatat(dir, "files.img", &real, 0);
	ok(seen.st_ino == real.st_ino && seen.st_dev == real.st_dev, "which are the same files");
	put(view.dir, "files.img", "through", 0644);
	is_text(get(dir, "files.img"), "through", "that can be written to");
	put(dir, "files.img", "files", 0644);
	fstatat(view.dir, "new.img", &seen, 0);
	fstatat(dir, "inventory.img", &real, 0);
	ok(seen.st_uid == real.st_uid && seen.st_mode == real.st_mode,
	   "owner and mode are those of inventory.img");
	fstat(view.dir, &seen);
	fstat(dir, &above);
	ok(seen.st_uid == above.st_uid && seen.st_mode == above.st_mode,
	   "those of the directory are its own");
	is_text(get(view.dir, "parent/pages-1.img"), "old pages",
		"the parent is reached through it");
	ok(faccessat(view.dir, "sub", F_OK, 0) == 0 &&
		   faccessat(view.dir, "link.img", F_OK, AT_SYMLINK_NOFOLLOW) == 0,
	   "directories and links are there");
	ok(faccessat(dir, "new.img", F_OK, 0) < 0, "the directory does not have it");
	is_number((long long)mount_count(), (long long)mounts, "no mount is seen outside");
	view_close(&view);
	is_number((long long)fd_count(), (long long)fds, "no descriptor is left");
	unlinkat(dir, "parent", 0);
	unlinkat(dir, "sub", AT_REMOVEDIR);
}

static void check_read_only(const char *label, enum crw_view kind)
{
	const struct view_file files[] = { { .name = "cgroup.img", .content = span_text("x") } };
	struct error err = { "" };
	struct view view;
	char path[128];
	int ro;

	printf("# %s\n", label);
	snprintf(path, sizeof(path), "%s/two", base);
	if (mount(path, path, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) < 0)
		perror("bind");
	ro = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok(faccessat(ro, ".", W_OK, 0) < 0, "the directory is read-only");
	if (ok(view_make(&view, kind, ro, files, 1, &err) == 0, "a view of it is made")) {
		is_text(get(view.dir, "cgroup.img"), "x", "with new content");
		view_close(&view);
	} else {
		printf("# %s\n", err.text);
	}
	close(ro);
	umount2(path, MNT_DETACH);
}

static void check_refusals(const char *label, enum crw_view kind, int dir)
{
	const struct view_file link[] = { { .name = "link.img", .content = span_text("x") } };
	const struct view_file absent[] = { { .name = "absent.img", .content = span_text("x") } };
	size_t fds = fd_count();
	struct error err = { "" };
	struct view view;

	printf("# %s\n", label);
	ok(view_make(&view, kind, dir, link, 1, &err) < 0, "a link is no image");
	is_text(err.text, "link.img: is not a regular file", "and the message says so");
	ok(view_make(&view, kind, dir, absent, 1, &err) < 0, "a missing file cannot be covered");
	is_text(err.text, "absent.img: cannot look at the image: No such file or directory",
		"and the message says so");
	is_number((long long)fd_count(), (long long)fds, "no descriptor is left");
}

/* ---- on a mount outside of our namespace ---- */

/* A bind mount of the directory over itself, in a namespace of a child that waits to be
 * killed. -1: it cannot be made. */
static pid_t mount_in_child(const char *path)
{
	int ends[2];
	char byte;
	pid_t child;
	bool done;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount(path, path, NULL, MS_BIND, NULL) < 0 || write(ends[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	done = read(ends[0], &byte, 1) == 1;
	close(ends[0]);
	return done ? child : -1;
}

static void check_outside(const char *what, int outside, bool same_files, size_t count)
{
	const struct view_file files[] = {
		{ .name = "cgroup.img", .content = span_text("x") },
		{ .name = "new.img", .content = span_text("new"), .added = true },
	};
	struct error err = { "" };
	size_t mounts = mount_count(), fds = fd_count();
	struct stat seen, real;
	struct view view;

	printf("# %s\n", what);
	if (!ok(view_make(&view, CRW_VIEW_AUTO, outside, files, count, &err) == 0,
		"a view is made")) {
		printf("# %s\n", err.text);
		return;
	}
	is_text(get(view.dir, "new.img"), count > 1 ? "new" : "(unreadable)", "with a new name");
	is_text(get(view.dir, "cgroup.img"), "x", "with new content");
	is_text(get(outside, "cgroup.img"), "0-3", "which the directory has not");
	is_text(get(view.dir, "files.img"), "files", "and the other images");
	fstatat(view.dir, "files.img", &seen, 0);
	fstatat(outside, "files.img", &real, 0);
	is_number(seen.st_ino == real.st_ino && seen.st_dev == real.st_dev, same_files,
		  "which are the same files where they can be");
	fstatat(view.dir, "cgroup.img", &seen, 0);
	ok(seen.st_uid == 7 && (seen.st_mode & 07777) == 0640, "owner and mode are kept");
	is_number(view.copied, !same_files, "it says whether they are copies");
	is_number((long long)mount_count(), (long long)mounts, "no mount is seen outside");
	view_close(&view);
	is_number((long long)fd_count(), (long long)fds, "no descriptor is left");
	ok(view_make(&view, CRW_VIEW_NAMESPACE, outside, files, 1, &err) < 0 && *err.text,
	   "one way alone says that it cannot");
}

static void check_other_namespace(const char *path)
{
	pid_t child = mount_in_child(path);
	char there[160];
	int outside;

	if (!ok(child > 0, "a mount in another mount namespace"))
		return;
	snprintf(there, sizeof(there), "/proc/%d/root%s", (int)child, path);
	outside = open(there, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check_outside("in another mount namespace", outside, true, 1);
	check_outside("in another mount namespace, a new name", outside, true, 2);
	close(outside);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void check_no_namespace(const char *path)
{
	struct error err = { "" };
	const struct view_file files[] = { { .name = "cgroup.img", .content = span_text("x") } };
	struct view view;
	int outside;

	if (mount(path, path, NULL, MS_BIND, NULL) < 0)
		perror("bind");
	outside = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	umount2(path, MNT_DETACH);
	check_outside("a mount that is gone", outside, false, 1);
	check_outside("a mount that is gone, a new name", outside, false, 2);
	if (symlinkat("../one", outside, "parent") < 0)
		perror("parent");
	ok(view_make(&view, CRW_VIEW_AUTO, outside, files, 1, &err) < 0 &&
		   strstr(err.text, "parent: cannot be followed from a copy"),
	   "a copy has no parent");
	unlinkat(outside, "parent", 0);
	close(outside);
}

/* Where there is no detached tmpfs, there is no way. */
static void check_outsides(int dir)
{
	const struct view_file none[] = { { .name = "files.img", .content = span_text("probe") } };
	struct error err = { "" };
	struct view view;
	char path[128];

	if (view_make(&view, CRW_VIEW_DETACHED, dir, none, 1, &err) < 0) {
		skip("mounts outside of our namespace", err.text);
		return;
	}
	view_close(&view);
	snprintf(path, sizeof(path), "%s/two", base);
	check_other_namespace(path);
	check_no_namespace(path);
}

/* ---- without the right to mount ---- */

static bool drop_admin(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return false;
	data[0].effective &= ~(1u << CAP_SYS_ADMIN);
	data[0].permitted &= ~(1u << CAP_SYS_ADMIN);
	return syscall(SYS_capset, &head, data) == 0;
}

static bool become_user(void)
{
	return setgid(12345) == 0 && setuid(12345) == 0;
}

/* What a process of another user sees of a view that it makes itself. */
static int make_unprivileged(bool (*become)(void), enum crw_view kind, int dir, bool adds)
{
	const struct view_file files[] = {
		{ .name = "cgroup.img", .content = span_text("new") },  /* of uid 7, mode 0640 */
		{ .name = "files.img", .content = span_text("newer") }, /* of root, mode 0644 */
		{ .name = "new.img", .content = span_text("newest"), .added = true },
	};
	struct error err = { "" };
	size_t fds = fd_count();
	struct view view;
	struct stat st;

	if (!become() || unshare(CLONE_NEWNS) == 0 || errno != EPERM)
		return 2;
	if (view_make(&view, kind, dir, files, adds ? 3 : 2, &err) < 0) {
		printf("# %s\n", err.text);
		return 3;
	}
	if (strcmp(get(view.dir, "cgroup.img"), "new") != 0 ||
	    strcmp(get(view.dir, "files.img"), "newer") != 0 ||
	    strcmp(get(dir, "files.img"), "files") != 0)
		return 4;
	if (adds && strcmp(get(view.dir, "new.img"), "newest") != 0)
		return 7;
	if (fstatat(view.dir, "cgroup.img", &st, 0) < 0 || (st.st_mode & 07777) != 0640)
		return 5;
	view_close(&view);
	return fd_count() == fds && waitpid(-1, NULL, __WALL | WNOHANG) < 0 ? 0 : 6;
}

static bool user_namespaces(void)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(!become_user() || unshare(CLONE_NEWUSER) < 0);
	return waitpid(child, &status, 0) == child && status == 0;
}

static void check_unprivileged(const char *what, bool (*become)(void), enum crw_view kind, int dir,
			       bool adds)
{
	size_t mounts = mount_count();
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		status = make_unprivileged(become, kind, dir, adds);
		fflush(stdout);
		_exit(status);
	}
	waitpid(child, &status, 0);
	is_number(status, 0, what);
	is_number((long long)mount_count(), (long long)mounts, "no mount is seen outside");
}

static void check_all_unprivileged(int dir)
{
	if (!user_namespaces()) {
		skip("views without the right to mount", "there are no user namespaces here");
		return;
	}
	fchmod(dir, 0755);
	check_unprivileged("root without CAP_SYS_ADMIN", drop_admin, CRW_VIEW_AUTO, dir, false);
	check_unprivileged("the same, namespace", drop_admin, CRW_VIEW_NAMESPACE, dir, false);
	check_unprivileged("the same with a new name", drop_admin, CRW_VIEW_AUTO, dir, true);
	check_unprivileged("another user", become_user, CRW_VIEW_AUTO, dir, false);
	check_unprivileged("the same, namespace", become_user, CRW_VIEW_NAMESPACE, dir, false);
	check_unprivileged("the same with a new name", become_user, CRW_VIEW_AUTO, dir, true);
}

int main(void)
{
	static const struct {
		const char *name;
		enum crw_view kind;
	} kinds[] = {
		{ "auto", CRW_VIEW_AUTO },
		{ "detached", CRW_VIEW_DETACHED },
		{ "namespace", CRW_VIEW_NAMESPACE },
	};
	const struct view_file none[] = { { .name = "files.img", .content = span_text("probe") } };
	struct error err = { "" };
	struct view view;
	char command[64];
	int dir;

	/* Shared, as systemd has it, so that what is mounted may come out of the view. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0) {
		skip("the private view", "no right to make mount namespaces here");
		return test_end();
	}
	dir = make_checkpoint();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].kind == CRW_VIEW_DETACHED) {
			if (view_make(&view, kinds[i].kind, dir, none, 1, &err) < 0) {
				skip("the detached view", err.text);
				continue;
			}
			view_close(&view);
		}
		check_view(kinds[i].name, kinds[i].kind, dir);
		check_parent(kinds[i].name, kinds[i].kind, dir);
		check_added(kinds[i].name, kinds[i].kind, dir);
		check_read_only(kinds[i].name, kinds[i].kind);
		check_refusals(kinds[i].name, kinds[i].kind, dir);
	}
	check_outsides(dir);
	check_all_unprivileged(dir);
	close(dir);
	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	return system(command) | test_end();
}
