/* SPDX-License-Identifier: GPL-2.0-only */
/* What containerd's shim will write, written before it; and how it is known by its name. */
#include "../../plugin/cgroup/shim.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "fakeproc.h"
#include "test.h"

#define MOUNT "sys/fs/cgroup"
#define TASK 7

static char notes[400];

static void note(void *ctx, const char *text)
{
	snprintf(notes, sizeof(notes), "%s", text);
}

/* ---- its name ---- */

static int wait_for(pid_t child)
{
	int status = 0;

	return child > 0 && waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : -1;
}

/* Is a process of that name, as the caller of the caller of this one, taken for the shim? */
static bool waits_for(const char *name)
{
	pid_t shim = fork(), runtime, criu;

	if (shim == 0) {
		prctl(PR_SET_NAME, name);
		runtime = fork();
		if (runtime == 0) {
			criu = fork();
			if (criu == 0)
				_exit(cgroup_shim_waits());
			_exit(wait_for(criu));
		}
		_exit(wait_for(runtime));
	}
	return wait_for(shim) == 1;
}

static void test_name(void)
{
	ok(waits_for("containerd-shim-runc-v2"), "a shim is known by what the kernel keeps");
	ok(waits_for("containerd-shim"), "one of an older containerd, too");
	ok(!waits_for("containerd-shi"), "half of the name is another program");
	ok(!waits_for("containerd"), "and so is containerd");
}

/* ---- what it does ---- */

static void put_group(int root, const char *group, const char *has, const char *on)
{
	static const char *const files[] = { "cgroup.controllers", "cgroup.subtree_control",
					     "cgroup.procs" };
	const char *const texts[] = { has, on, "" };
	char path[200];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), MOUNT "%s/%s", group, files[i]);
		fakeroot_put(root, path, texts[i]);
	}
}

/* What was written last is over what stood there, as the file is one of a disk. */
static void wrote(int root, const char *group, const char *file, const char *want, const char *what)
{
	char path[200];

	snprintf(path, sizeof(path), MOUNT "%s/%s", group, file);
	is_text(fakeroot_text(root, path), want, what);
}

static void precede(int root, const char *own, const char *task)
{
	struct cgroup_created made = { .root = root };

	*notes = 0;
	fakeproc_group(getpid(), own);
	fakeproc_group(TASK, task);
	cgroup_shim_precede(&made, MOUNT, TASK, note, NULL);
	arena_free(&made.arena);
	is_text(notes, "", "nothing is refused");
}

static void test_writes(int root)
{
	put_group(root, "", "cpu memory\n", "memory\n");
	put_group(root, "/pod", "cpu memory\n", "\n");
	put_group(root, "/pod/ct", "cpu\n", "cpu\n");
	put_group(root, "/pod/ct/in", "cpu\n", "\n");
	precede(root, "/", "/pod/ct/in");
	wrote(root, "", "cgroup.subtree_control", "memory\n",
	      "what is on stays, and / is another's");
	wrote(root, "/pod", "cgroup.subtree_control", "+memory",
	      "each controller that a group above the task has is switched on");
	wrote(root, "/pod/ct", "cgroup.subtree_control", "cpu\n", "unless it is on");
	wrote(root, "/pod/ct/in", "cgroup.subtree_control", "\n",
	      "the task's own is no group above");
	wrote(root, "/pod/ct/in", "cgroup.procs", "", "this process stays where it is");
}

static void test_leaves(int root)
{
	put_group(root, "/pod", "cpu\n", "\n");
	put_group(root, "/pod/ct", "", "");
	precede(root, "/pod", "/pod/ct");
	wrote(root, "/pod/ct", "cgroup.procs", "0",
	      "this process leaves a group that is to hand on, for that of the task");
	wrote(root, "/pod", "cgroup.subtree_control", "+cpu", "which then does");
}

static void test_nothing(int root)
{
	put_group(root, "/pod", "cpu\n", "\n");
	precede(root, "/", "/pod");
	precede(root, "/", "/");
	precede(root, "/", "/gone/ct");
	wrote(root, "/pod", "cgroup.subtree_control", "\n",
	      "a task without groups above has none made");
}

int main(void)
{
	int root = fakeroot_make();

	test_name();
	if (fakeproc_begin()) {
		test_writes(root);
		test_leaves(root);
		test_nothing(root);
		fakeproc_end();
	} else {
		skip("what is written", strerror(errno));
	}
	close(root);
	fakeroot_remove();
	return test_end();
}
