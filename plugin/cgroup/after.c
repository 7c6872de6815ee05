/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "after.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "late.h"

#define WAIT_MS 10000 /* for criu and the runtime together */
#define PAUSE_MS 2    /* between two looks at the task */

struct after {
	struct cgroup_created *made;
	pid_t task;
	char group[CGROUP_PATH_MAX]; /* that CRIU has put the task into */
	int criu, runtime;           /* descriptors of the processes; -1: it has ended */
	int log;
	void (*done)(void);
	int64_t end; /* of the waiting, in ms of the monotonic clock */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Does the process end within that time? */
static bool ends(int process, int ms)
{
	struct pollfd poll_fd = { .fd = process, .events = POLLIN };

	return process < 0 || poll(&poll_fd, 1, ms < 0 ? 0 : ms) > 0;
}

enum seen { SEEN_MOVED, SEEN_ENDED, SEEN_NOTHING, SEEN_GONE };

static enum seen look_at_task(const struct after *a)
{
	char group[CGROUP_PATH_MAX];

	if (!cgroup_late_group(a->task, group))
		return SEEN_GONE;
	return strcmp(group, a->group) == 0 ? SEEN_NOTHING : SEEN_MOVED;
}

/* Until the runtime has moved the task, or has ended. */
static enum seen wait_for_runtime(const struct after *a)
{
	bool ended = false;

	while (now_ms() < a->end) {
		enum seen seen = look_at_task(a);

		if (seen != SEEN_NOTHING)
			return seen;
		if (ended)
			return SEEN_ENDED;
		ended = ends(a->runtime, PAUSE_MS);
	}
	return SEEN_NOTHING;
}

/* The step of a kind in a group; NULL: none. */
static const struct cgroup_step *step_in(const struct after *a, const char *group, bool hands_on)
{
	const struct cgroup_step *s = a->made->later;

	while (s && !(strcmp(s->group, group) == 0 && hands_on == cgroup_step_hands_on(s)))
		s = s->next;
	return s;
}

/* From a group that is to hand on, to one that `prepare` has been to. */
static void put_back(const struct after *a)
{
	const struct cgroup_step *s = step_in(a, a->group, false);
	char now[CGROUP_PATH_MAX];

	if (s && cgroup_late_group(a->task, now) && step_in(a, now, true))
		cgroup_late_move(a->made->root, s->path, a->task);
}

static void after_runtime(const struct after *a, cgroup_note *note, void *ctx)
{
	enum seen seen = wait_for_runtime(a);

	if (seen == SEEN_NOTHING)
		note(ctx, "the runtime did not end within 10 s: limits below the "
			  "container's group are not set");
	if (seen == SEEN_MOVED)
		put_back(a);
	if (seen != SEEN_MOVED && seen != SEEN_ENDED)
		return;
	cgroup_late_write(a->made, CGROUP_AFTER, note, ctx);
	if (a->done)
		a->done();
}

/* After all that the runtime has written. One that stays with the container has
 * long done so. */
static void when_runtime_ended(const struct after *a)
{
	ends(a->runtime, (int)(a->end - now_ms()));
	a->done();
}

static void do_after(const struct after *a, cgroup_note *note, void *ctx)
{
	if (!ends(a->criu, (int)(a->end - now_ms()))) {
		note(ctx, "criu did not end within 10 s: limits below the container's group "
			  "are not set, and nothing is frozen");
		return;
	}
	cgroup_late_write(a->made, CGROUP_END, note, ctx);
	if (cgroup_late_has(a->made, CGROUP_AFTER))
		after_runtime(a, note, ctx);
	if (a->done)
		when_runtime_ended(a);
}

/* ---- the process -------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* The runtime waits for the end of some of criu's descriptors. */
static void close_others(const struct after *a)
{
	int keep[] = { a->made->root, a->criu, a->runtime, a->log };
	const size_t count = sizeof(keep) / sizeof(keep[0]);
	unsigned from = 0;

	qsort(keep, count, sizeof(keep[0]), compare);
	for (size_t i = 0; i < count; i++) {
		if (keep[i] < 0 || (unsigned)keep[i] < from)
			continue;
		if ((unsigned)keep[i] > from)
			syscall(SYS_close_range, from, (unsigned)keep[i] - 1, 0);
		from = (unsigned)keep[i] + 1;
	}
	syscall(SYS_close_range, from, UINT_MAX, 0);
}

/* Its parent ends at once, so it is init's child. */
static int start(const struct after *a, cgroup_note *note, void *ctx)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	if (fork() != 0)
		_exit(0);
	setsid();
	close_others(a);
	do_after(a, note, ctx);
	_exit(0);
}

/* CRIU's handler of SIGCHLD would take the child's end for that of a task. */
static int start_unseen(const struct after *a, cgroup_note *note, void *ctx)
{
	sigset_t child_ends, before;
	int pid;

	sigemptyset(&child_ends);
	sigaddset(&child_ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ends, &before);
	pid = start(a, note, ctx);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -1 : 0;
}

static int open_process(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int cgroup_after_start(struct cgroup_created *made, pid_t task, int log, void (*done)(void),
		       cgroup_note *note, void *ctx, struct error *err)
{
	struct after a = {
		.made = made,
		.task = task,
		.log = log,
		.done = done,
		.end = now_ms() + WAIT_MS,
	};
	cleanup_close int criu = open_process(getpid()), runtime = open_process(getppid());

	a.criu = criu;
	a.runtime = runtime;
	if (task <= 0 || criu < 0 || runtime < 0 || !cgroup_late_group(task, a.group))
		return fail(err, "what waits for criu's end is not done: this CRIU or "
				 "kernel does not say when that is");
	if (start_unseen(&a, note, ctx) < 0)
		return fail_errno(err, "what waits for criu's end is not done: no "
				       "process to wait for it");
	return 0;
}
