/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root of a cgroup namespace that hands controllers on before tasks come to it. */
#include <sys/xattr.h>

#include "../../plugin/cgroup/late.h"
#include "fakehost.h"
#include "test.h"

#define GROUP "sys/fs/cgroup/ct"
#define IS_CLEARED                                                                                 \
	"host: v2:/ct cgroup.subtree_control memory pids -> (gone) (x.rules:1): until the "        \
	"tasks are in their groups, since CRIU puts them into this one first\n"
#define WHY ", so CRIU cannot put tasks of a cgroup namespace into it"

static void note_nothing(void *ctx, const char *text)
{
}

static void image(uint64_t prefix)
{
	cgroupimage_begin();
	cgroupimage_controller("", "ct ct/in ct/in.pids.max=20");
	cgroupimage_set_in("", "/ct/in", prefix);
	cgroupimage_write(images);
}

/* What an earlier restore has left behind, and a group that is not in the image. */
static void host(const char *handed, const char *events)
{
	fakeroot_put(root, GROUP "/cgroup.subtree_control", handed);
	fakeroot_put(root, GROUP "/cgroup.events", events);
	fakeroot_put(root, GROUP "/pids.max", "9\n");
	fakeroot_put(root, GROUP "/in/pids.max", "7\n");
	fakeroot_put(root, GROUP "/in/cgroup.subtree_control", "pids\n");
	fakeroot_put(root, GROUP "/in/own/pids.max", "5\n");
	fakeroot_put(root, GROUP "/in/own/cgroup.subtree_control", "");
}

static void planned(const char *rules, const char *want, const char *what)
{
	struct crw *crw = fakehost_run(rules, "restore");

	is_text(fakehost_lines(crw), want, what);
	crw_free(crw);
}

/* The first note of a run. */
static const char *note(const struct crw *crw)
{
	size_t i = 0;

	while (i < crw_trace_count(crw) && strcmp(crw_trace(crw, i)->type, "note") != 0)
		i++;
	return i < crw_trace_count(crw) ? crw_trace(crw, i)->text : "";
}

static void test_plan(void)
{
	struct crw *crw;

	image(strlen("/ct"));
	host("memory pids\n", "populated 0\nfrozen 0\n");
	planned("cgroup_entry prepare", IS_CLEARED, "a group without tasks is cleared");
	planned("cgroup_entry fit", "", "without `prepare` it is not");
	planned("manage-cgroups full\ncgroup_entry prepare",
		"host: v2:/ct cgroup.subtree_control memory pids -> (gone) (x.rules:2): until the "
		"tasks are in their groups, since CRIU puts them into this one first\n"
		"criu: manage-cgroups (as given) -> full (x.rules:1)\n"
		"host: v2:/ct/in pids.max (none) -> 20 (x.rules:2): when the tasks are in their "
		"groups\n",
		"in full values of the checkpoint wait, too");
	image(0);
	planned("cgroup_entry prepare", "", "without a namespace nobody comes to it");
	image(strlen("/ct"));
	host("\n", "populated 0\nfrozen 0\n");
	planned("cgroup_entry prepare", "", "nor is one that hands nothing on");
	host("memory pids\n", "populated 1\nfrozen 0\n");
	crw = fakehost_run("cgroup_entry prepare", "restore");
	is_text(fakehost_lines(crw), "", "one with tasks stays");
	is_text(note(crw), "v2:/ct hands memory pids on and has tasks in it or below" WHY,
		"which is said");
	crw_free(crw);
	for (int i = 0; i < 1000; i++) {
		char path[100];

		snprintf(path, sizeof(path), GROUP "/in/%d", i);
		mkdirat(root, path, 0755);
	}
	host("memory pids\n", "populated 0\nfrozen 0\n");
	crw = fakehost_run("cgroup_entry prepare", "restore");
	is_text(note(crw), "v2:/ct hands memory pids on and has too many groups below" WHY,
		"and so does one with a thousand below");
	crw_free(crw);
	fakeroot_remove_below(GROUP);
}

static void are(const char *handed, const char *in, const char *own, const char *what)
{
	is_text(fakeroot_text(root, GROUP "/cgroup.subtree_control"), handed, what);
	is_text(fakeroot_text(root, GROUP "/in/pids.max"), in, what);
	is_text(fakeroot_text(root, GROUP "/in/own/pids.max"), own, what);
}

/* As the kernel does it, where the files are new. */
static void fresh_files(void)
{
	fakeroot_put(root, GROUP "/cgroup.subtree_control", "");
	fakeroot_put(root, GROUP "/in/cgroup.subtree_control", "");
	fakeroot_put(root, GROUP "/in/pids.max", "");
	fakeroot_put(root, GROUP "/in/own/pids.max", "");
}

static void clear(struct cgroup_created *made)
{
	struct error err = { "" };
	struct crw *crw;

	host("pids\n", "populated 0\nfrozen 0\n");
	crw = fakehost_run("cgroup_entry prepare", "restore");
	ok(cgroup_create(crw->steps, root, made, note_nothing, NULL, &err) == 0, "it is cleared");
	crw_free(crw);
	is_text(fakeroot_text(root, GROUP "/cgroup.subtree_control"), "-pids ",
		"of all it handed on");
	is_text(fakeroot_text(root, GROUP "/in/cgroup.subtree_control"), "-pids ",
		"so is the one below");
	fresh_files();
}

static void test_steps(void)
{
	struct cgroup_created made = { .root = -1 };
	struct error err = { "" };

	image(strlen("/ct"));
	clear(&made);
	cgroup_late_write(&made, CGROUP_LATE, note_nothing, NULL);
	are("+pids", "7", "5", "late all of it comes back");
	ok(!made.on, "and is nothing to switch off");
	cgroup_created_keep(&made);
	ok(!cgroup_is_left_over(root, GROUP "/in"), "no mark stays");
	clear(&made);
	ok(cgroup_created_remove(&made, &err) == 0, "a restore that fails");
	are("+pids", "7", "5", "gives it back as well");
	ok(faccessat(root, GROUP "/in", F_OK, 0) == 0, "the groups stay");
	fakeroot_remove_below(GROUP);
}

static void test_killed(void)
{
	int fd = openat(root, "sys", O_RDONLY);

	if (fsetxattr(fd, "trusted.criu-rewrite", "x", 1, 0) < 0) {
		skip("groups of a killed restore", "no right to set trusted attributes");
	} else {
		struct cgroup_created made = { .root = -1 };
		char mark[100] = "";
		int group;

		fremovexattr(fd, "trusted.criu-rewrite");
		clear(&made);
		group = openat(root, GROUP "/in/own", O_RDONLY);
		ok(fgetxattr(group, "trusted.criu-rewrite", mark, sizeof(mark) - 1) > 0,
		   "cleared groups have a mark");
		close(group);
		cgroup_created_keep(&made);
		fakeroot_remove_below(GROUP);
	}
	close(fd);
}

int main(void)
{
	fakehost_begin();
	fakehost_unified("/", "memory pids\n");
	fakeroot_put(root, "sys/fs/cgroup/cgroup.subtree_control", "memory pids\n");
	test_plan();
	test_steps();
	test_killed();
	fakehost_end();
	return test_end();
}
