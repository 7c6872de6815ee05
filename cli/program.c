/* SPDX-License-Identifier: GPL-2.0-only */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../plugin/criu-rewrite.h"

#define VARIABLE_MAX 4200

/* What of our environment the program gets, and under which name. */
static const struct {
	const char *name, *ours;
} passed[] = {
	{ "CRIU_REWRITE_IMAGES", "CRTOOLS_IMAGE_DIR" },
	{ "CRIU_REWRITE_PID", "CRTOOLS_INIT_PID" },
};

#define PASSED (sizeof(passed) / sizeof(passed[0]))

struct environment {
	char texts[PASSED][VARIABLE_MAX], moment[VARIABLE_MAX];
	char *list[PASSED + 3];
};

static void fill_environment(struct environment *e, const char *moment)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	size_t n = 0;

	snprintf(e->moment, sizeof(e->moment), "CRIU_REWRITE_MOMENT=%s", moment);
	e->list[n++] = path;
	e->list[n++] = e->moment;
	for (size_t i = 0; i < PASSED; i++) {
		const char *value = getenv(passed[i].ours);

		if (!value)
			continue;
		snprintf(e->texts[i], sizeof(e->texts[i]), "%s=%s", passed[i].name, value);
		e->list[n++] = e->texts[i];
	}
	e->list[n] = NULL;
}

/* In the child. */
static void become(const char *path, char **environment)
{
	const char *report = getenv(CRW_REPORT_VARIABLE);
	int in = open(report ? report : "/dev/null", O_RDONLY);
	char *name = strdup(path), *argv[] = { name, NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!name || in < 0 || dup2(in, 0) < 0 || chdir("/") < 0)
		_exit(126);
	syscall(SYS_close_range, 3u, ~0u, 0);
	execve(path, argv, environment);
	fprintf(stderr, "criu-rewrite: cannot run %s: %s\n", path, strerror(errno));
	_exit(127);
}

/* Does the child end in time? */
static bool ends(pid_t child, unsigned seconds)
{
	struct pollfd process = { .fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN };
	int ready;

	do
		ready = poll(&process, 1, (int)seconds * 1000);
	while (ready < 0 && errno == EINTR);
	if (process.fd >= 0)
		close(process.fd);
	return ready > 0;
}

static int describe(const char *path, const char *moment, int status, char *why)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		snprintf(why, PROGRAM_WHY_MAX, "%s: %s ended with status %d", moment, path,
			 WEXITSTATUS(status));
	else
		snprintf(why, PROGRAM_WHY_MAX, "%s: %s was killed by signal %d", moment, path,
			 WTERMSIG(status));
	return -1;
}

int program_run(const char *path, const char *moment, unsigned seconds,
		char why[static PROGRAM_WHY_MAX])
{
	static struct environment environment;
	bool in_time;
	int status = 0;
	pid_t child;

	fill_environment(&environment, moment);
	fflush(NULL);
	child = fork();
	if (child == 0)
		become(path, environment.list);
	if (child < 0) {
		snprintf(why, PROGRAM_WHY_MAX, "%s: %s: %s", moment, path, strerror(errno));
		return -1;
	}
	setpgid(child, child);
	in_time = ends(child, seconds);
	if (!in_time)
		kill(-child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (in_time)
		return describe(path, moment, status, why);
	snprintf(why, PROGRAM_WHY_MAX, "%s: %s did not end within %u s and was killed", moment,
		 path, seconds);
	return -1;
}
