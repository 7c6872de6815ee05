/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The private view when the system fails it: under strace each call of each
 * kind fails once. The view is then made in another way, and right, or refused
 * with a reason; either way nothing is left: no descriptor, no mount, no change
 * of the directory.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../plugin/view.h"
#include "test.h"

#define CALLS_MAX 60 /* of one kind, in one run */

enum { DONE, REFUSED, WRONG, NOT_BEGUN };

static char base[] = "/tmp/criu-rewrite-view-faults-XXXXXX";

static const struct view_file file = { "cgroup.img", { (const uint8_t *)"0-1", 3 } };

/* "" when it cannot be read. */
static const char *get(int dir)
{
	static char text[16];
	int fd = openat(dir, file.name, O_RDONLY | O_CLOEXEC);
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

/* What runs under strace. */
static int make_one(const char *path, enum crw_view kind)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), before = fd_count();
	struct error err = { "" };
	struct view view;
	const char *text;

	if (dir < 0)
		return NOT_BEGUN;
	if (view_make(&view, kind, dir, &file, 1, &err) < 0)
		return !err.text[0] || fd_count() != before ? WRONG : REFUSED;
	text = get(view.dir);
	if (*text && strcmp(text, "0-1") != 0)
		return WRONG;
	view_close(&view);
	return fd_count() == before ? DONE : WRONG;
}

static int run(const char *self, const char *inject, enum crw_view kind)
{
	char command[600];
	int status;

	snprintf(command, sizeof(command),
		 "ASAN_OPTIONS=detect_leaks=0 timeout 20 strace -f -qq -o /dev/null -e inject=%s "
		 "%s once %s %d >/dev/null 2>&1", inject, self, base, (int)kind);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : WRONG;
}

/* Until the n-th call is one that is not made: then the result is as ever. */
static void fail_each(const char *self, const char *call, const char *error, enum crw_view kind)
{
	static const char *const kinds[] = { "auto", "detached", "namespace" };
	int dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC), wrong = 0;
	char inject[100], what[100];

	for (int n = 1; n <= CALLS_MAX; n++) {
		int status;

		snprintf(inject, sizeof(inject), "%s:error=%s:when=%d", call, error, n);
		status = run(self, inject, kind);
		/* 127 and the sanitizer's own: the loader was hit, before main. */
		if (status == WRONG || status == 124 || status >= 128 ||
		    strcmp(get(dir), "0-3") != 0) {
			printf("# %s: %d\n", inject, status);
			wrong++;
		}
		if (status == DONE && n > 4)
			break;
	}
	close(dir);
	snprintf(what, sizeof(what), "%s, %s fails with %s", kinds[kind], call, error);
	is_number(wrong, 0, what);
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
	static const struct {
		const char *call, *error;
	} faults[] = {
		{ "open_tree", "ENOSYS" }, { "open_tree", "EPERM" }, { "fsopen", "EPERM" },
		{ "fsconfig", "EINVAL" },  { "fsmount", "EPERM" },   { "move_mount", "EINVAL" },
		{ "mount", "EPERM" },	   { "unshare", "EPERM" },   { "clone", "EAGAIN" },
		{ "setns", "EPERM" },	   { "openat", "EMFILE" },   { "write", "ENOSPC" },
		{ "fchmod", "EPERM" },	   { "fchown", "EPERM" },    { "wait4", "EINTR" },
	};
	size_t mounts = mount_count();

	for (int kind = CRW_VIEW_AUTO; kind <= CRW_VIEW_NAMESPACE; kind++)
		for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
			fail_each(self, faults[i].call, faults[i].error, (enum crw_view)kind);
	is_number((long long)mount_count(), (long long)mounts, "no mount is left");
}

int main(int argc, char **argv)
{
	char path[100], command[100];
	int fd;

	if (argc == 4 && strcmp(argv[1], "once") == 0)
		return make_one(argv[2], (enum crw_view)atoi(argv[3]));
	if (!mkdtemp(base))
		return 1;
	snprintf(path, sizeof(path), "%s/%s", base, file.name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || write(fd, "0-3", 3) != 3)
		return 1;
	close(fd);
	if (system("strace -o /dev/null true 2>/dev/null") != 0)
		skip("failing system calls", "strace is not here or may not trace");
	else if (run(argv[0], "getppid:error=EPERM", CRW_VIEW_AUTO) != DONE)
		skip("failing system calls", "no view can be made here");
	else
		fail_all(argv[0]);
	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	return system(command) == 0 ? test_end() : 1;
}
