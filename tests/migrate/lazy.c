/* SPDX-License-Identifier: GPL-2.0-only */
#include "lazy.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outcome.h"

static void be_daemon(const char *images, int memory, int status)
{
	char socket[16], ready[16];

	snprintf(socket, sizeof(socket), "%d", memory);
	snprintf(ready, sizeof(ready), "%d", status);
	fcntl(status, F_SETFD, 0);
	execlp("criu", "criu", "lazy-pages", "-D", images, "-W", images, "-o", "lazy-pages.log",
	       "-v4", "--page-server", "--ps-socket", socket, "--status-fd", ready, NULL);
	perror("criu");
	_exit(127);
}

/* The daemon's end; it is brought about when the other process ends before the tasks are let go. */
static bool await_daemon(pid_t daemon, int caller, const struct lazy_state *state)
{
	struct pollfd fds[] = {
		{ (int)syscall(SYS_pidfd_open, daemon, 0), POLLIN, 0 },
		{ caller, POLLIN, 0 },
	};
	int status;

	while (poll(fds, 2, -1) < 0 || !fds[0].revents) {
		if (!fds[1].revents)
			continue;
		fds[1].fd = -1;
		if (!state->let_go)
			kill(daemon, SIGKILL);
	}
	return waitpid(daemon, &status, 0) == daemon && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

/* The daemon may end before that is known. False: the other process has ended. */
static bool await(int caller, const volatile bool *happened)
{
	struct pollfd fd = { caller, POLLIN, 0 };

	while (!*happened && poll(&fd, 1, 10) <= 0)
		;
	return *happened;
}

/* The tasks are its siblings, so that a criu which still waits for them is not told. */
static void undo(const char *dir, const struct lazy_state *state)
{
	outcome_undo(dir);
	if (state->criu)
		kill(state->criu, SIGKILL);
}

static void guard(struct lazy *lazy, const char *dir, pid_t daemon, int caller)
{
	bool done = await_daemon(daemon, caller, lazy->state);

	if (!await(caller, &lazy->state->let_go))
		_exit(1);
	if (done && await(caller, &lazy->state->resumed) && outcome_note_complete(dir) == 0)
		_exit(0);
	undo(dir, lazy->state);
	_exit(1);
}

static void start_in_guard(struct lazy *lazy, const char *dir, const char *images, int memory,
			   int caller, int status)
{
	pid_t daemon;

	setsid();
	daemon = fork();
	if (daemon == 0)
		be_daemon(images, memory, status);
	close(memory);
	close(status);
	if (daemon < 0)
		_exit(1);
	guard(lazy, dir, daemon, caller);
}

int lazy_start(struct lazy *lazy, const char *dir, const char *images, int memory, int commands)
{
	int alive[2], ready[2];
	char byte;

	lazy->state = mmap(NULL, sizeof(*lazy->state), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (lazy->state == MAP_FAILED || pipe2(alive, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	lazy->guard = fork();
	if (lazy->guard == 0) {
		close(alive[1]);
		close(ready[0]);
		close(commands);
		start_in_guard(lazy, dir, images, memory, alive[0], ready[1]);
	}
	close(alive[0]);
	close(ready[1]);
	/* alive[1] stays open, and is closed by our end. */
	return lazy->guard > 0 && read(ready[0], &byte, 1) == 1 ? 0 : -1;
}

int lazy_wait(struct lazy *lazy)
{
	int status;

	return waitpid(lazy->guard, &status, 0) == lazy->guard && WIFEXITED(status) &&
			       WEXITSTATUS(status) == 0 ?
		       0 :
		       -1;
}
