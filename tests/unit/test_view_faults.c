/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The private view when the system fails it: under strace each call of each
 * kind fails once, and those of one way to make it fail always. The view is
 * then made in the other way, and right, or refused with a reason; either way
 * nothing is left: no descriptor, no mount, no process, no change of the
 * directory.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../plugin/view.h"
#include "test.h"

#define CALLS_MAX 60 /* of one kind, in one run */

enum { DONE, REFUSED, WRONG, NOT_BEGUN };

static char base[] = "/tmp/criu-rewrite-view-faults-XXXXXX";
static char log_path[sizeof(base) + 4]; /* what strace says of the last run */

static const struct view_file files[] = {
	{ .name = "cgroup.img", .content = { (const uint8_t *)"0-1", 3 } },
	{ .name = "new.img", .content = { (const uint8_t *)"0-1", 3 }, .added = true },
};

/* "" when it cannot be read. */
static const char *get(int dir, const char *name)
{
	static char text[16];
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = 0;
	return text;
}

static int fd_count(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static bool is_right(int dir, const char *name)
{
	const char *text = get(dir, name);

	return !*text || strcmp(text, "0-1") == 0;
}

/* What runs under strace. */
static int make_one(const char *path, enum crw_view kind, size_t count)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), before = fd_count();
	struct error err = { "" };
	struct view view;

	if (dir < 0)
		return NOT_BEGUN;
	if (view_make(&view, kind, dir, files, count, &err) < 0) {
		puts(err.text);
		return !err.text[0] || fd_count() != before ? WRONG : REFUSED;
	}
	if (waitpid(-1, NULL, __WALL | WNOHANG) >= 0)
		return WRONG;
	for (size_t i = 0; i < count; i++)
		if (!is_right(view.dir, files[i].name))
			return WRONG;
	view_close(&view);
	return fd_count() == before ? DONE : WRONG;
}

static size_t count = 1; /* of the files */

/* With what strace injects, in its words; `text` gets why it was refused. */
static int run_for_text(const char *self, const char *inject, enum crw_view kind, char text[1000])
{
	char command[600];
	FILE *out;
	int status;

	snprintf(command, sizeof(command),
		 "ASAN_OPTIONS=detect_leaks=0 timeout 20 strace -f -qq -o %s %s "
		 "%s once %s %d %zu 2>/dev/null",
		 log_path, inject, self, base, (int)kind, count);
	out = popen(command, "re");
	if (!out)
		return WRONG;
	text[fread(text, 1, 999, out)] = 0;
	text[strcspn(text, "\n")] = 0;
	status = pclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : WRONG;
}

static int run(const char *self, const char *inject, enum crw_view kind)
{
	char text[1000];

	return run_for_text(self, inject, kind, text);
}

static const char *const kinds[] = { "auto", "detached", "namespace" }; /* ORDER crw_view */
static bool detached_works;

/* A call that one way makes cannot fail them both. strace counts the calls of
 * each process, so one that both make fails in both. */
struct fault {
	const char *call, *error;
	bool shared;
};

static bool is_wrong(int status, const struct fault *fault, enum crw_view kind)
{
	if (status == REFUSED)
		return kind == CRW_VIEW_AUTO && detached_works && !fault->shared;
	/* 127 and the sanitizer's own: the loader was hit, before main. */
	return status == WRONG || status == 124 || status >= 128;
}

/* Whether there was a call to fail in the last run. */
static bool was_injected(void)
{
	char line[1000];
	bool found = false;
	FILE *f = fopen(log_path, "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, "(INJECTED)");
	if (f)
		fclose(f);
	return found;
}

/* Until the n-th call is one that is not made: then the result is as ever. */
static void fail_each(const char *self, const struct fault *fault, enum crw_view kind)
{
	int dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC), wrong = 0, n = 0;
	char inject[100], what[100];

	do {
		int status;

		snprintf(inject, sizeof(inject), "-e trace=%s -e inject=%s:error=%s:when=%d",
			 fault->call, fault->call, fault->error, ++n);
		status = run(self, inject, kind);
		if (is_wrong(status, fault, kind) || strcmp(get(dir, "cgroup.img"), "0-3") != 0) {
			printf("# %s: %d\n", inject, status);
			wrong++;
		}
	} while (was_injected() && n < CALLS_MAX);
	close(dir);
	wrong += n == CALLS_MAX;
	snprintf(what, sizeof(what), "%s%s, %s fails with %s", kinds[kind],
		 count > 1 ? " with a new name" : "", fault->call, fault->error);
	is_number(wrong, 0, what);
}

/* What only the detached way calls fails always, as under a seccomp filter. */
static void fail_detached(const char *self, const char *call, const char *error)
{
	char inject[100], what[100];

	snprintf(inject, sizeof(inject), "-e inject=%s:error=%s", call, error);
	snprintf(what, sizeof(what), "auto, %s always fails with %s", call, error);
	is_number(run(self, inject, CRW_VIEW_AUTO), DONE, what);
	snprintf(what, sizeof(what), "detached, %s always fails with %s", call, error);
	is_number(run(self, inject, CRW_VIEW_DETACHED), REFUSED, what);
}

static void fail_detached_all(const char *self)
{
	static const char *const calls[] = { "open_tree", "mount_setattr", "fsopen",
					     "fsconfig",  "fsmount",       "move_mount" };
	static const char *const errors[] = { "EPERM",  "EACCES", "ENOSYS", "EINVAL",
					      "ENODEV", "EBUSY",  "ENOMEM", "ENOSPC" };

	for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++)
		for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++)
			fail_detached(self, calls[c], errors[e]);
}

static void refuse(const char *self, const char *inject, enum crw_view kind, const char *want)
{
	char text[1000], what[100];

	snprintf(what, sizeof(what), "%s is refused with %s", kinds[kind], inject);
	is_number(run_for_text(self, inject, kind, text), REFUSED, what);
	is_text(text, want, "and says why");
}

#define DETACHED_WHY "cannot clone the image directory: Operation not permitted"
#define NAMESPACE_WHY "cannot make a mount namespace: Function not implemented"

static void refuse_all(const char *self)
{
	const char *detached = "-e inject=open_tree:error=EPERM";
	const char *namespace = "-e inject=unshare:error=ENOSYS";
	char all[140];

	snprintf(all, sizeof(all), "%s %s -e inject=fsopen:error=EPERM", detached, namespace);
	refuse(self, all, CRW_VIEW_AUTO,
	       "cannot show CRIU the rewritten images: view detached: " DETACHED_WHY
	       "; view namespace: " NAMESPACE_WHY
	       "; no other process has the image directory in its mount namespace"
	       "; a copy: cannot make a tmpfs for it: Operation not permitted"
	       "; `criu-rewrite apply` needs none of them");
	refuse(self, detached, CRW_VIEW_DETACHED,
	       "view detached (`view auto` tries the other way too): " DETACHED_WHY);
	refuse(self, namespace, CRW_VIEW_NAMESPACE,
	       "view namespace (`view auto` tries the other way too): " NAMESPACE_WHY);
	refuse(self, "-e inject=move_mount:error=EINVAL", CRW_VIEW_DETACHED,
	       "view detached (`view auto` tries the other way too): cgroup.img: this kernel "
	       "cannot mount onto detached mounts (Linux 6.15 can)");
}

/* Others mount and unmount on this machine meanwhile. What a view failed to keep
 * to itself would still come here. */
static bool own_mounts(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0;
}

static size_t mount_count(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	size_t lines = 0;

	for (int c; f && (c = getc(f)) != EOF;)
		lines += c == '\n';
	if (f)
		fclose(f);
	return lines;
}

static void fail_all(const char *self)
{
	static const struct fault faults[] = {
		{ "open_tree", "ENOSYS", false },     { "open_tree", "EPERM", false },
		{ "mount_setattr", "EINVAL", false }, { "fsopen", "EPERM", false },
		{ "fsconfig", "EINVAL", false },      { "fsmount", "EPERM", false },
		{ "move_mount", "EINVAL", false },    { "statx", "ENOSYS", false },
		{ "mount", "EPERM", false },          { "unshare", "EPERM", false },
		{ "clone", "EAGAIN", false },         { "wait4", "EINTR", false },
		{ "wait4", "EPERM", false },          { "openat", "EMFILE", true },
		{ "write", "ENOSPC", true },          { "fchmod", "EPERM", true },
		{ "fchown", "EPERM", true },          { "newfstatat", "EACCES", true },
	};
	size_t mounts = mount_count();

	detached_works = run(self, "-e inject=getppid:error=EPERM", CRW_VIEW_DETACHED) == DONE;
	fail_detached_all(self);
	refuse_all(self);
	for (int kind = CRW_VIEW_AUTO; kind <= CRW_VIEW_NAMESPACE; kind++)
		for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
			fail_each(self, &faults[i], (enum crw_view)kind);
	is_number((long long)mount_count(), (long long)mounts, "no mount is left");
}

/* All ways make it of the same calls. */
static void fail_added(const char *self)
{
	static const struct fault faults[] = {
		{ "move_mount", "EPERM", true },  { "openat", "EMFILE", true },
		{ "symlinkat", "ENOSPC", true },  { "mkdirat", "ENOSPC", true },
		{ "readlinkat", "EIO", true },    { "getdents64", "EIO", true },
		{ "newfstatat", "EACCES", true }, { "fchown", "EPERM", true },
	};
	size_t mounts = mount_count();

	count = 2;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		fail_each(self, &faults[i], CRW_VIEW_AUTO);
	is_number((long long)mount_count(), (long long)mounts, "no mount is left");
}

/* An image, the one that every checkpoint has, and what else may be beside them. */
static int make_checkpoint(void)
{
	int dir = mkdtemp(base) ? open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, fd;

	if (dir < 0 || mkdirat(dir, "sub", 0700) < 0 || symlinkat("sub", dir, "link") < 0 ||
	    mknodat(dir, "inventory.img", S_IFREG | 0600, 0) < 0)
		return -1;
	fd = openat(dir, "cgroup.img", O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || write(fd, "0-3", 3) != 3)
		return -1;
	close(dir);
	return close(fd);
}

int main(int argc, char **argv)
{
	char command[100];

	if (argc == 5 && strcmp(argv[1], "once") == 0)
		return make_one(argv[2], (enum crw_view)atoi(argv[3]), (size_t)atoi(argv[4]));
	if (make_checkpoint() < 0)
		return 1;
	snprintf(log_path, sizeof(log_path), "%s.log", base);
	if (system("strace -o /dev/null true 2>/dev/null") != 0)
		skip("failing system calls", "strace is not here or may not trace");
	else if (!own_mounts())
		skip("failing system calls", "no right to make mount namespaces here");
	else if (run(argv[0], "-e inject=getppid:error=EPERM", CRW_VIEW_AUTO) != DONE)
		skip("failing system calls", "no view can be made here");
	else {
		fail_all(argv[0]);
		fail_added(argv[0]);
	}
	snprintf(command, sizeof(command), "rm -rf '%s' '%s'", base, log_path);
	return system(command) == 0 ? test_end() : 1;
}
