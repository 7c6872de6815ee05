/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One datagram to /dev/log, for which a mount namespace of the test's own has another /dev; who does not take it is not
 * waited for. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../plugin/syslog.h"
#include "test.h"

static bool own_dev(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", "/dev", "tmpfs", 0, NULL) == 0;
}

static int listen_there(void)
{
	const struct sockaddr_un log = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&log, sizeof(log)) == 0)
		return fd;
	perror("/dev/log");
	exit(1);
}

/* The next line; "": none. Good until the next. */
static const char *taken(int fd)
{
	static char line[2 * SYSLOG_LINE_MAX];
	ssize_t size = recv(fd, line, sizeof(line) - 1, 0);

	line[size > 0 ? size : 0] = 0;
	return line;
}

static void test_line(int fd)
{
	char want[100];
	const char *line;

	snprintf(want, sizeof(want), "<27>criu-rewrite[%ld]: what failed", (long)getpid());
	syslog_line(SYSLOG_ERROR, "what failed\nand what is said besides");
	is_text(taken(fd), want, "the first line, with facility, level, name and pid");
	syslog_line(SYSLOG_NOTICE, "%s%n");
	line = taken(fd);
	ok(strncmp(line, "<29>", 4) == 0 && strstr(line, "]: %s%n"), "another level");
	syslog_line(SYSLOG_NOTICE, "\x1b[31m\xc2\x9b"
				   "0c");
	ok(strstr(taken(fd), "]: \\x1b[31m\\xc2\\x9b0c"), "what drives a terminal is escaped");
	syslog_line(SYSLOG_WARNING, "");
	ok(strstr(taken(fd), "]: "), "a text without a letter");
}

static void test_long(int fd)
{
	static char text[3 * SYSLOG_LINE_MAX];

	memset(text, 'x', sizeof(text) - 1);
	syslog_line(SYSLOG_ERROR, text);
	is_number((long long)strlen(taken(fd)), SYSLOG_LINE_MAX - 1, "a long line is cut");
}

static void test_nobody_takes(int fd)
{
	for (int i = 0; i < 5000; i++)
		syslog_line(SYSLOG_ERROR, "more than a queue holds");
	ok(*taken(fd), "of too many the first are there, and nobody has waited");
	while (*taken(fd))
		;
}

static void test_nobody_there(void)
{
	errno = 0;
	syslog_line(SYSLOG_ERROR, "lost");
	ok(errno == ECONNREFUSED, "where nobody listens a line is lost");
	unlink("/dev/log");
	syslog_line(SYSLOG_ERROR, "lost");
	ok(errno == ENOENT, "and where there is no log");
}

/* Descriptors are taken from the lowest on. */
static void test_nothing_stays(int next)
{
	int fd = dup(0);

	is_number(fd, next, "no descriptor stays");
	close(fd);
}

int main(void)
{
	int fd, next;

	if (!own_dev()) {
		skip("all of it", "no mount namespace may be made here");
		return test_end();
	}
	fd = listen_there();
	next = dup(0);
	close(next);
	test_line(fd);
	test_long(fd);
	test_nobody_takes(fd);
	test_nothing_stays(next);
	close(fd);
	test_nobody_there();
	return test_end();
}
