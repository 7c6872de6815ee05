/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report as a file, in a directory where others put things in its way. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../../plugin/context.h"
#include "fakeroot.h"
#include "test.h"

static struct error err;

static int write_to(const struct crw *crw, const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", fakeroot_path, name);
	err.text[0] = 0;
	return report_write(crw, path, &err);
}

static bool is_report(const struct crw *crw, int dir, const char *name)
{
	static char text[10000];
	char *report = crw_report(crw);
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	bool same;

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = 0;
	same = strcmp(text, report) == 0;
	free(report);
	return same;
}

static void test_write(const struct crw *crw, int dir)
{
	struct stat st;

	ok(write_to(crw, "report") == 0 && is_report(crw, dir, "report"), "a report is written");
	is_number(linkat(dir, "report", dir, "victim", 0), 0, "a link is made");
	unlinkat(dir, "report", 0);
	fakeroot_put(dir, "victim", "precious");
	is_number(linkat(dir, "victim", dir, "report", 0), 0, "a link is made");
	ok(write_to(crw, "report") == 0 && is_report(crw, dir, "report"), "over a hard link");
	ok(!is_report(crw, dir, "victim") && fstatat(dir, "victim", &st, 0) == 0 && st.st_size == 8,
	   "whose other name stays as it is");
}

static void put_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", fakeroot_path, name);
	bind(fd, (const struct sockaddr *)&address, sizeof(address));
	close(fd);
}

/* Whoever wants a FIFO emptied waits for it; here nobody does. */
static void test_others(const struct crw *crw, int dir)
{
	static const char *const names[] = { "fifo", "socket", "directory", "link" };
	char what[100];
	struct stat before, after;

	mkfifoat(dir, "fifo", 0666);
	put_socket("socket");
	mkdirat(dir, "directory", 0777);
	is_number(symlinkat("victim", dir, "link"), 0, "a link is made");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(what, sizeof(what), "%s: is refused and stays", names[i]);
		fstatat(dir, names[i], &before, AT_SYMLINK_NOFOLLOW);
		ok(write_to(crw, names[i]) < 0 && strstr(err.text, "not a regular file") &&
			   fstatat(dir, names[i], &after, AT_SYMLINK_NOFOLLOW) == 0 &&
			   before.st_ino == after.st_ino,
		   what);
	}
}

static void test_full(const struct crw *crw, int dir)
{
	struct rlimit all, few;
	struct stat st;

	getrlimit(RLIMIT_FSIZE, &all);
	few = all;
	few.rlim_cur = 50;
	signal(SIGXFSZ, SIG_IGN);
	unlinkat(dir, "report", 0);
	fakeroot_put(dir, "report", "old");
	setrlimit(RLIMIT_FSIZE, &few);
	write_to(crw, "report");
	setrlimit(RLIMIT_FSIZE, &all);
	ok(strstr(err.text, "cannot write the report") && strstr(err.text, "File too large"),
	   "a report of which only a part could be written is told with the cause");
	ok(faccessat(dir, ".report.criu-rewrite", F_OK, 0) < 0, "the part is gone");
	ok(fstatat(dir, "report", &st, 0) == 0 && st.st_size == 3, "the old one stays");
}

int main(void)
{
	int dir = fakeroot_make();
	struct crw *crw = crw_new();

	alarm(20); /* instead of waiting for a FIFO for ever */
	test_write(crw, dir);
	test_others(crw, dir);
	test_full(crw, dir);
	crw_free(crw);
	close(dir);
	fakeroot_remove();
	return test_end();
}
