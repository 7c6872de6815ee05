/* SPDX-License-Identifier: GPL-2.0-only */
/* What is left behind until criu and its runtime have ended: real processes, and files as groups. */
#include "../../plugin/cgroup/after.h"

#include <errno.h>
#include <sys/wait.h>

#include "fakeproc.h"
#include "test.h"

#define TASK 7
#define CT "sys/fs/cgroup/ct"

static struct cgroup_created made;
static int root, log_file;

/* The group of the container hands on what the one below it needs, where the task is. */
static struct cgroup_step frozen = {
	.type = CGROUP_WRITE,
	.when = CGROUP_END,
	.name = "v2:/ct/in",
	.group = "/ct/in",
	.path = CT "/in",
	.file = "cgroup.freeze",
	.value = "1",
};
static struct cgroup_step limit = {
	.next = &frozen,
	.type = CGROUP_WRITE,
	.when = CGROUP_AFTER,
	.name = "v2:/ct/in",
	.group = "/ct/in",
	.path = CT "/in",
	.file = "pids.max",
	.value = "5",
};
static struct cgroup_step on = {
	.next = &limit,
	.type = CGROUP_WRITE,
	.when = CGROUP_AFTER,
	.name = "v2:/ct",
	.group = "/ct",
	.path = CT,
	.file = "cgroup.subtree_control",
	.value = "+pids",
};

static void note(void *ctx, const char *text)
{
	dprintf(log_file, "%s;", text);
}

static void done(void)
{
	dprintf(log_file, "done;");
}

/* What the runtime does when criu has ended. */
static void do_nothing(void)
{
}

static void move_task(void)
{
	fakeproc_group(TASK, "/ct");
}

static void end_task(void)
{
	fakeproc_remove(TASK);
}

static void restore(void (*then)(void))
{
	pid_t criu = fork();
	struct error err;

	if (criu == 0)
		_exit(cgroup_after_start(&made, TASK, log_file, done, note, NULL, &err) < 0);
	waitpid(criu, NULL, 0);
	then();
}

static void put_groups(void)
{
	fakeproc_group(TASK, "/ct/in");
	fakeproc_group(getpid(), "/");
	fakeroot_put(root, CT "/cgroup.subtree_control", "");
	fakeroot_put(root, CT "/in/cgroup.procs", "");
	fakeroot_put(root, CT "/in/cgroup.freeze", "");
	fakeroot_put(root, CT "/in/pids.max", "");
}

/* A restore by a runtime; what was said in the log of the process that is left, until its end. */
static const char *after(void (*then)(void))
{
	static char said[500];
	size_t size = 0;
	int ends[2];
	pid_t runtime;
	ssize_t n;

	put_groups();
	if (pipe(ends) < 0)
		exit(1);
	log_file = ends[1];
	runtime = fork();
	if (runtime == 0) {
		restore(then);
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], said + size, sizeof(said) - 1 - size)) > 0)
		size += (size_t)n;
	said[size] = 0;
	close(ends[0]);
	waitpid(runtime, NULL, 0);
	return said;
}

static void has(const char *file, const char *want, const char *what)
{
	char path[100];

	snprintf(path, sizeof(path), CT "/%s", file);
	is_text(fakeroot_text(root, path), want, what);
}

static void test_moved(void)
{
	is_text(after(move_task), "done;done;", "a runtime has moved the task, and ended");
	has("in/cgroup.procs", "7", "which is put back");
	has("cgroup.subtree_control", "+pids", "its group hands on");
	has("in/pids.max", "5", "the value is set");
	has("in/cgroup.freeze", "1", "and what was frozen is so");
}

static void test_ended(void)
{
	is_text(after(do_nothing), "done;done;", "a runtime has ended");
	has("in/cgroup.procs", "", "the task stays");
	has("in/pids.max", "5", "the value is set");
}

static void test_gone(void)
{
	is_text(after(end_task), "done;", "the task has ended");
	has("cgroup.subtree_control", "", "nothing is switched on");
	has("in/pids.max", "", "nor is a value set");
}

static void test_refused(void)
{
	struct error err;

	fakeproc_remove(TASK);
	ok(cgroup_after_start(&made, TASK, -1, NULL, note, NULL, &err) < 0, "without a task");
	is_text(err.text,
		"what waits for criu's end is not done: this CRIU or kernel does not say when "
		"that is",
		"nobody waits");
}

int main(void)
{
	root = fakeroot_make();
	made = (struct cgroup_created){ .root = root, .later = &on };
	if (fakeproc_begin()) {
		test_moved();
		test_ended();
		test_gone();
		test_refused();
		fakeproc_end();
	} else {
		skip("what is left behind", strerror(errno));
	}
	close(root);
	fakeroot_remove();
	return test_end();
}
