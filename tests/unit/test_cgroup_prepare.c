/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups that are planned, made and taken back, on hosts of the test's own. */
#include <sys/xattr.h>

#include "../../plugin/cgroup/create.h"
#include "fakehost.h"
#include "test.h"

static void host(const char *mount_root, const char *controllers)
{
	fakehost_unified(mount_root, controllers);
	fakeroot_put(root, "sys/fs/cgroup/cgroup.subtree_control", "pids\n");
}

static void planned(const char *want, const char *what)
{
	struct crw *crw = fakehost_run("cgroup_entry prepare", "restore");

	is_text(fakehost_lines(crw), want, what);
	crw_free(crw);
}

static void nested(void)
{
	cgroupimage_begin();
	cgroupimage_controller("", "a/ct a/ct.memory.max=300 "
				   "a/ct.cgroup.subtree_control=memory_pids a/ct/in "
				   "a/ct/in.pids.max=20 a/ct/in.cgroup.freeze=0 "
				   "a/ct/in.cgroup.max.depth=5");
	cgroupimage_set("", "/a/ct/in");
	cgroupimage_write(images);
}

#define FAILS(text) "x.rules:1:1: cgroup.img: entry 0: prepare: " text
#define LINE(where, what) "host: v2:" where " " what " (x.rules:1)"

static void test_plan(void)
{
	host("/", "cpu memory pids\n");
	nested();
	planned(LINE("/a", "group (none) -> made") "\n" LINE(
			"/a/ct",
			"group (none) -> made") "\n" LINE("/",
							  "cgroup.subtree_control (none) -> +memory") ": for the groups below\n" LINE("/a", "cgroup.subtree_control (none) -> +memory") ": for the groups below\n" LINE("/a/ct", "memory.max (none) -> 300") "\n" LINE("/a/ct", "cgroup.subtree_control (none) -> +memory") ": for the groups below\n" LINE("/a",
																																											    "cgroup.subtree_control (none) -> +pids") ": for the groups below\n" LINE("/a/ct",
																																																				      "cgroup.subtree_control (none) -> +pids") ": for the groups below\n" LINE("/a/ct/in",
																																																														"group (none) -> made") "\n" LINE("/a/ct/in",
																																																																		  "pids.max (none) -> 20") "\n" LINE("/a/ct/in",
																																																																						     "cgroup.max.depth (none) -> 5") "\n",
		"groups, what they hand on, values, from the top down");
}

/* The same with these tasks in the group, and CRIU as it says. */
static bool hands_on(const char *tasks, struct crw_criu criu, const char *cgroup_root)
{
	struct crw *crw = crw_new();
	bool found;

	fakeroot_put(root, "sys/fs/cgroup/a/ct/cgroup.procs", tasks);
	if (!crw || crw_set_root(crw, root) < 0 || crw_set_stage(crw, "restore") < 0 ||
	    (cgroup_root && crw_set_cgroup_root(crw, NULL, cgroup_root) < 0) ||
	    crw_add_rules_text(crw, "x.rules", "cgroup_entry prepare", 20) < 0 ||
	    crw_open(crw, images) < 0)
		exit(1);
	crw->criu = criu;
	found = crw_run(crw) == 0 && strstr(fakehost_lines(crw), "-> +pids");
	crw_free(crw);
	return found;
}

static void test_who_leaves(void)
{
	const struct crw_criu stays = { .by_rpc = true }, ends = { .ends = true },
			      rpc = { .by_rpc = true, .ends = true };
	char own[20], both[40];

	snprintf(own, sizeof(own), "%d\n", (int)getpid());
	snprintf(both, sizeof(both), "%d\n%d\n", (int)getppid(), (int)getpid());
	ok(hands_on(own, ends, NULL), "criu itself leaves it in time");
	ok(!hands_on(own, stays, NULL), "but not one that stays until the tasks end");
	ok(hands_on(both, rpc, "/a/ct"), "a runtime that has put both there leaves it too");
	ok(!hands_on(both, rpc, NULL), "any other caller stays");
	ok(!hands_on(both, ends, "/a/ct"), "as does one of a command line");
	ok(!hands_on("0\n", rpc, "/a/ct"), "and a task that is not seen from here");
}

static void test_host_groups(void)
{
	fakeroot_put(root, "sys/fs/cgroup/a/ct/cgroup.subtree_control", "pids\n");
	fakeroot_put(root, "sys/fs/cgroup/a/cgroup.subtree_control", "memory pids\n");
	fakeroot_put(root, "sys/fs/cgroup/a/cgroup.procs", "\n");
	planned(LINE("/a/ct/in", "group (none) -> made") "\n" LINE(
			"/a/ct/in",
			"pids.max (none) -> 20") "\n" LINE("/a/ct/in",
							   "cgroup.max.depth (none) -> 5") "\n",
		"groups of the host are left as they are");
	fakeroot_put(root, "sys/fs/cgroup/a/ct/cgroup.subtree_control", "\n");
	fakeroot_put(root, "sys/fs/cgroup/a/ct/cgroup.procs", "77\n");
	planned(LINE("/a/ct/in", "group (none) -> made") "\n" LINE("/a/ct/in", "pids.max 20 -> (gone)") ": tasks are in v2:/a/ct, so the groups below cannot have pids\n" LINE(
			"/a/ct/in", "cgroup.max.depth (none) -> 5") "\n",
		"one with tasks cannot hand on controllers, and the restore goes on");
	test_who_leaves();
	fakeroot_remove_below("sys/fs/cgroup/a");
}

static void test_what_cannot_be(void)
{
	host("/", "cpu pids\n");
	cgroupimage_begin();
	cgroupimage_controller("", "ct ct.memory.max=300 ct/in ct/in.pids.max=20");
	cgroupimage_set("", "/ct");
	cgroupimage_write(images);
	planned(LINE("/ct", "group (none) -> made") "\n" LINE("/ct", "memory.max 300 -> (gone)") ": cgroup v2 does not have this controller here\n" LINE(
			"/ct/in",
			"group (none) -> made") "\n" LINE("/ct/in",
							  "pids.max 20 -> (gone)") ": cgroup v2 has no limits below a group that has tasks\n",
		"values that v2 cannot have there are told of");
	host("/vz/7", "cpu pids\n");
	planned(FAILS("v2:/ct is not visible: /sys/fs/cgroup shows only /vz/7"),
		"groups outside of what is mounted");
	fakeroot_put(root, "proc/self/mountinfo", "1 0 0:1 / / rw - ext4 /dev/x rw\n");
	planned(FAILS("cgroup v2 is not mounted on this host"), "no v2");
}

static void test_image(void)
{
	struct crw *crw;
	struct span now;

	host("/", "cpu memory pids\n");
	nested();
	crw = fakehost_run("cgroup_entry prepare\nmanage-cgroups none", "restore");
	now = crw_changed_image(crw, 0)->content.bytes;
	ok(!memmem(now.data, now.size, "memory.max", 10) &&
		   !memmem(now.data, now.size, "max.depth", 9),
	   "what is planned leaves the image");
	ok(memmem(now.data, now.size, "cgroup.freeze", 13), "what freezes tasks stays");
	is_text(crw_mode(crw), "none", "planned groups count as there");
	crw_free(crw);
	crw = fakehost_run("cgroup_entry prepare", "offline");
	is_text(fakehost_lines(crw),
		"host: prepare (none) -> nothing (x.rules:1): groups are made by the plugin, on the "
		"host of the restore\n",
		"offline nothing is planned");
	ok(crw_image_count(crw) == 0 && !crw->steps, "and nothing changed");
	crw_free(crw);
}

/* ---- all groups, for the command ---------------------------------------------------- */

static char steps[1000];

static int keep_step(void *arg, const struct crw_step *s)
{
	size_t n = strlen(steps);

	snprintf(steps + n, sizeof(steps) - n, "%s:%s %s %s\n", s->hierarchy, s->group,
		 s->file ? s->file : "-",
		 s->value ? s->value :
		 s->owned ? "owned" :
			    "-");
	return *(int *)arg;
}

static void are_steps(bool removes, const char *want, const char *what)
{
	struct crw *crw = crw_new();
	int go_on = 0, stop = 7;

	if (!crw || crw_set_root(crw, root) < 0 || crw_open(crw, images) < 0)
		exit(1);
	if (removes)
		crw_plan_no_groups(crw);
	else
		crw_plan_groups(crw);
	steps[0] = 0;
	ok(crw_run(crw) == 0 && crw_each_step(crw, keep_step, &go_on) == 0, "without rules, too");
	is_text(steps, want, what);
	ok(!*want || crw_each_step(crw, keep_step, &stop) == stop, "until somebody says stop");
	crw_free(crw);
}

static void test_all(void)
{
	host("/", "cpu memory pids\n");
	fakeroot_put(root, "proc/self/cgroup", "2:devices,memory:/\n0::/\n");
	fakeroot_put(root, "proc/self/mountinfo",
		     "1 0 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
		     "2 1 0:2 / /sys/fs/cgroup/v1 rw - cgroup cgroup rw,devices,memory\n");
	fakeroot_put(root, "sys/fs/cgroup/v1/tasks", "");
	cgroupimage_begin();
	cgroupimage_controller("devices,memory",
			       "ct/in ct/in.memory.limit_in_bytes=5 ct/in.freezer.state=FROZEN "
			       "ct/in.devices.list=c_1:3_rwm");
	cgroupimage_controller("", "ct ct.pids.max=7 ct.cgroup.freeze=1");
	cgroupimage_set("", "/ct");
	cgroupimage_write(images);
	are_steps(false,
		  "devices,memory:/ct - -\ndevices,memory:/ct/in - -\n"
		  "devices,memory:/ct/in memory.limit_in_bytes 5\n"
		  "devices,memory:/ct/in devices.deny a\n"
		  "devices,memory:/ct/in devices.allow c 1:3 rwm\n"
		  "v2:/ct - -\nv2:/ct pids.max 7\n",
		  "groups and values of both versions, and nothing is frozen");
	are_steps(true, "", "what is not there is not removed");
	fakeroot_put(root, "sys/fs/cgroup/v1/ct/tasks", "");
	fakeroot_put(root, "sys/fs/cgroup/ct/cgroup.procs", "");
	are_steps(true, "devices,memory:/ct - -\nv2:/ct - -\n", "what is there is");
	fakeroot_remove_below("sys/fs/cgroup/v1/ct");
	fakeroot_remove_below("sys/fs/cgroup/ct");
}

/* ---- making ------------------------------------------------------------------------ */

static size_t notes;

static void count_note(void *ctx, const char *text)
{
	notes++;
}

static bool there(const char *path)
{
	return faccessat(root, path, F_OK, 0) == 0;
}

static bool can_mark(void)
{
	int fd = openat(root, "sys", O_RDONLY);
	bool can = fsetxattr(fd, "trusted.criu-rewrite", "x", 1, 0) == 0;

	fremovexattr(fd, "trusted.criu-rewrite");
	close(fd);
	return can;
}

static void mark(const char *path, const char *text)
{
	int fd = openat(root, path, O_RDONLY);

	fsetxattr(fd, "trusted.criu-rewrite", text, strlen(text), 0);
	close(fd);
}

static void test_make(void)
{
	struct crw *crw = fakehost_run("cgroup_entry prepare", "restore");
	struct cgroup_created made = { .root = -1 };
	struct error err = { "" };

	notes = 0;
	ok(cgroup_create(crw->steps, root, &made, count_note, NULL, &err) == 0,
	   "the groups are made");
	ok(there("sys/fs/cgroup/a/ct/in"), "all of them");
	/* New directories of this file system have no files: as a kernel without. */
	is_number((long long)notes, 7, "each value without a file is told of");
	ok(!cgroup_is_left_over(root, "sys/fs/cgroup/a/ct"), "ours, and we live");
	ok(cgroup_created_remove(&made, &err) == 0 && !there("sys/fs/cgroup/a"),
	   "they are removed");
	mkdirat(root, "sys/fs/cgroup/a", 0755);
	crw_free(crw);
	crw = fakehost_run("cgroup_entry prepare", "restore");
	ok(cgroup_create(crw->steps, root, &made, count_note, NULL, &err) == 0 &&
		   cgroup_created_remove(&made, &err) == 0,
	   "made below one that was there");
	ok(there("sys/fs/cgroup/a") && !there("sys/fs/cgroup/a/ct"), "which stays");
	mkdirat(root, "sys/fs/cgroup/a/ct", 0755);
	ok(cgroup_create(crw->steps, root, &made, count_note, NULL, &err) < 0,
	   "one came in between");
	is_text(err.text, "v2:/a/ct: cannot make the group: File exists", "that is an error");
	ok(there("sys/fs/cgroup/a/ct"), "and it stays");
	crw_free(crw);
	fakeroot_remove_below("sys/fs/cgroup/a");
}

static void test_left_over(void)
{
	struct cgroup_created made = { .root = -1 };
	struct error err = { "" };
	struct crw *crw;

	if (!can_mark()) {
		skip("groups of a killed restore", "no right to set trusted attributes");
		return;
	}
	crw = fakehost_run("cgroup_entry prepare", "restore");
	cgroup_create(crw->steps, root, &made, count_note, NULL, &err);
	cgroup_created_keep(&made);
	ok(there("sys/fs/cgroup/a/ct/in"), "after success they stay");
	ok(!cgroup_is_left_over(root, "sys/fs/cgroup/a/ct"), "without a mark");
	crw_free(crw);
	mark("sys/fs/cgroup/a/ct", "1 7");
	mark("sys/fs/cgroup/a/ct/in", "999999999 7");
	ok(cgroup_is_left_over(root, "sys/fs/cgroup/a/ct"), "another process has the pid now");
	crw = fakehost_run("cgroup_entry prepare", "restore");
	ok(cgroup_create(crw->steps, root, &made, count_note, NULL, &err) == 0,
	   "they are used again");
	ok(cgroup_created_remove(&made, &err) == 0, "as if we had made them");
	ok(there("sys/fs/cgroup/a") && !there("sys/fs/cgroup/a/ct"), "and removed");
	crw_free(crw);
	fakeroot_remove_below("sys/fs/cgroup/a");
}

/* CRIU writes one entry; each of more is compared with what those before it have planned. */
static void test_entries(void)
{
	struct buffer file = { 0 }, entry = { 0 };
	struct crw *crw;
	char words[80];

	image_begin(&file, kind_named("cgroup", 6));
	for (int i = 0; i < 8000; i++) {
		snprintf(words, sizeof(words), "g%d g%d.cgroup.max.depth=5", i, i);
		cgroupimage_begin();
		cgroupimage_controller("", words);
		buffer_clear(&entry);
		cgroupimage_entry(&entry);
		image_put(&file, buffer_span(&entry));
	}
	buffer_free(&entry);
	cgroupimage_write_file(images, &file);
	crw = fakehost_run("cgroup_entry prepare", "restore");
	is_text(strstr(crw_error(crw), "prepare: "), "prepare: too many groups in too many entries",
		"what grows by the square ends");
	crw_free(crw);
}

int main(void)
{
	fakehost_begin();
	test_plan();
	test_host_groups();
	test_what_cannot_be();
	test_image();
	test_all();
	host("/", "cpu memory pids\n");
	nested();
	test_make();
	test_left_over();
	test_entries();
	fakehost_end();
	return test_end();
}
