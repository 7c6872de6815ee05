/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups of the host that CRIU has written to, after a restore that has failed. */
#include "../../plugin/cgroup/create.h"
#include "fakehost.h"
#include "test.h"

#define GROUP "sys/fs/cgroup/ct"

static void note_nothing(void *ctx, const char *text)
{
}

static mode_t mode_of(const char *path)
{
	struct stat st = { .st_mode = 0 };

	fstatat(root, path, &st, 0);
	return st.st_mode & 07777;
}

static void set_modes(mode_t group, mode_t file)
{
	if (fchmodat(root, GROUP, group, 0) < 0 ||
	    fchmodat(root, GROUP "/cgroup.procs", file, 0) < 0)
		abort();
}

/* A restore in which CRIU writes owner, mode and a value, and that fails then. */
static void fails(const char *rules)
{
	struct crw *crw = fakehost_run(rules, "restore");
	struct cgroup_created made = { .root = -1 };
	struct error err = { "" };

	ok(cgroup_create(crw->steps, root, &made, note_nothing, NULL, &err) == 0, rules);
	ok(!cgroup_created_is_busy(&made), "there is nothing to be done unless it fails");
	crw_free(crw);
	set_modes(0755, 0644);
	fakeroot_put(root, GROUP "/pids.max", "8\n");
	ok(cgroup_created_remove(&made, &err) == 0, "it fails");
}

static void test_afterwards(void)
{
	fakeroot_put(root, GROUP "/pids.max", "9\n");
	fakeroot_put(root, GROUP "/cgroup.procs", "");
	set_modes(0775, 0664);
	fails("manage-cgroups props");
	is_number(mode_of(GROUP), 0775, "the group has its mode again");
	is_number(mode_of(GROUP "/cgroup.procs"), 0664, "and so has its file");
	is_text(fakeroot_text(root, GROUP "/pids.max"), "9\n", "and its value");
	fails("manage-cgroups soft");
	is_number(mode_of(GROUP), 0775, "in soft CRIU writes owner and mode of the group");
	is_text(fakeroot_text(root, GROUP "/pids.max"), "8\n", "but no values");
	fakeroot_remove_below(GROUP);
}

static void has_no_steps(const char *rules, const char *what)
{
	struct crw *crw = fakehost_run(rules, "restore");

	ok(!crw->steps, what);
	crw_free(crw);
}

static void test_nothing(void)
{
	fakeroot_put(root, GROUP "/pids.max", "9\n");
	has_no_steps("cgroup_entry fit", "without a change it is CRIU's business alone");
	has_no_steps("manage-cgroups none", "in none it writes nothing");
	has_no_steps("manage-cgroups ignore", "nor in ignore");
	fakeroot_remove_below(GROUP);
	has_no_steps("manage-cgroups soft", "and not to a group that is not there");
}

int main(void)
{
	fakehost_begin();
	fakehost_unified("/", "memory pids\n");
	fakeroot_put(root, "sys/fs/cgroup/cgroup.subtree_control", "memory pids\n");
	cgroupimage_begin();
	cgroupimage_controller("", "ct ct.pids.max=20 ct.cgroup.procs=");
	cgroupimage_set("", "/ct");
	cgroupimage_write(images);
	test_afterwards();
	test_nothing();
	fakehost_end();
	return test_end();
}
