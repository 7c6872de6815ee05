/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tree of processes of the test's own. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../plugin/descendants.h"
#include "../../plugin/numbers.h"
#include "test.h"

#define CHILDREN 3

/* Writes its own number and that of a child to the pipe, and waits for its end. */
static void live(int out)
{
	pid_t pids[2] = { getpid(), fork() };

	if (pids[1] != 0 && write(out, pids, sizeof(pids)) != sizeof(pids))
		_exit(1);
	for (;;)
		pause();
}

static void start(pid_t children[static CHILDREN], pid_t all[static 2 * CHILDREN])
{
	int ends[2];

	if (pipe(ends) < 0)
		exit(1);
	for (size_t i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		if (children[i] == 0)
			live(ends[1]);
		if (read(ends[0], all + 2 * i, 2 * sizeof(*all)) != 2 * sizeof(*all))
			exit(1);
	}
	close(ends[0]);
	close(ends[1]);
}

static void test_tree(void)
{
	pid_t children[CHILDREN], all[2 * CHILDREN];
	struct buffer pids = { 0 };
	size_t there = 0;

	start(children, all);
	is_number(descendants(getpid(), &pids), 0, "a task with children that have children");
	numbers_sort(&pids);
	for (size_t i = 0; i < 2 * CHILDREN; i++)
		there += numbers_have(&pids, (uint64_t)all[i]);
	is_number((long long)there, 2 * CHILDREN, "all of which are found");
	is_number((long long)numbers_count(&pids), 2 * CHILDREN + 1,
		  "with itself, and nobody else");
	buffer_clear(&pids);
	is_number(descendants(children[0], &pids), 0, "one of them");
	is_number((long long)numbers_count(&pids), 2, "has its own");
	for (size_t i = 0; i < 2 * CHILDREN; i++)
		kill(all[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	buffer_clear(&pids);
	ok(descendants(children[0], &pids) < 0 && errno == ENOENT, "and is gone when it has ended");
	buffer_free(&pids);
}

/* Where the kernel lists no children, as if it had no CONFIG_PROC_CHILDREN. */
static void test_blind(void)
{
	struct buffer pids = { 0 };
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("test", "/proc", "tmpfs", 0, NULL) < 0)
			_exit(2);
		_exit(descendants(getpid(), &pids) < 0 && errno != ENOENT ? 0 : 1);
	}
	waitpid(child, &status, 0);
	if (WEXITSTATUS(status) == 2)
		skip("a kernel that lists no children", "no mounts here");
	else
		is_number(status, 0, "a kernel that lists no children: not that the task is gone");
}

int main(void)
{
	test_blind();
	if (access("/proc/thread-self/children", F_OK) < 0)
		skip("all of it", "this kernel does not list children");
	else
		test_tree();
	return test_end();
}
