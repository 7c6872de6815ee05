/* SPDX-License-Identifier: GPL-2.0-only */
/* Has `criu-rewrite oci fit` fit the spec, in a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../plugin/criu-rewrite.h"
#include "../../plugin/syslog.h"
#include "front.h"

#define CONFIGURATION CRW_SYSCONFDIR "/criu/rewrite.conf"
#define SHIPPED CRW_DATADIR "/rewrite.conf"
#define TIME_MAX 10000 /* milliseconds without a word */
#define TEXT_MAX 16384 /* bytes of what it says */

static void tell(const char *config, const char *why)
{
	char text[SYSLOG_LINE_MAX];

	snprintf(text, sizeof(text), "%.400s is not fitted to this host: %.500s", config, why);
	syslog_line(SYSLOG_WARNING, text);
}

__attribute__((noreturn)) static void run_command(const char *config, int out)
{
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execl(CRW_COMMAND, "criu-rewrite", "oci", "--", "fit", config, (char *)NULL);
	dprintf(STDERR_FILENO, CRW_COMMAND " cannot be executed\n");
	_exit(127);
}

/* All that it says, cut at the limit. False when it says nothing for too long. */
static bool hear(int fd, char text[TEXT_MAX])
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char rest[512];
	size_t used = 0;
	ssize_t n;

	do {
		bool room = used < TEXT_MAX - 1;

		if (poll(&p, 1, TIME_MAX) <= 0)
			return false;
		n = room ? read(fd, text + used, TEXT_MAX - 1 - used) :
			   read(fd, rest, sizeof(rest));
		used += room && n > 0 ? (size_t)n : 0;
		text[used] = 0;
	} while (n > 0);
	return true;
}

/* Whoever started the runtime may have told it to ignore the end of children. */
static bool run(const char *config, char text[TEXT_MAX])
{
	struct sigaction before, by_default = { .sa_handler = SIG_DFL };
	int ends[2], status = -1;
	bool heard = false;
	pid_t child;

	strcpy(text, "it cannot be started");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	sigaction(SIGCHLD, &by_default, &before);
	child = fork();
	if (child == 0)
		run_command(config, ends[1]);
	close(ends[1]);
	if (child > 0) {
		heard = hear(ends[0], text);
		if (!heard)
			kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	close(ends[0]);
	sigaction(SIGCHLD, &before, NULL);
	if (!heard && child > 0)
		strcpy(text, "criu-rewrite took too long");
	return heard && status == 0;
}

/* Without a configuration there are no rules; a link to /dev/null is none. What cannot be
 * looked at, the command tells. */
static bool is_configured(void)
{
	const char *other = getenv("CRIU_REWRITE_CONF");
	bool named = other && *other;
	struct stat st;

	if (stat(named ? other : CONFIGURATION, &st) == 0)
		return !S_ISCHR(st.st_mode);
	if (errno == ENOENT && !named && access(SHIPPED, F_OK) == 0)
		return true;
	return errno != ENOENT;
}

void front_fit(const char *bundle)
{
	static char text[TEXT_MAX];
	char config[4096];

	if (!is_configured() ||
	    snprintf(config, sizeof(config), "%s/config.json", bundle) >= (int)sizeof(config))
		return;
	if (!run(config, text))
		tell(config, text);
	else if (text[0])
		setenv(CRW_FITTED_VARIABLE, text, 1);
}
