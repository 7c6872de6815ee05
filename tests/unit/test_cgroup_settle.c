/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What CRIU would write to groups of v2 too early, in the wrong form, or in vain. */
#include "../../plugin/cgroup/create.h"
#include "fakehost.h"
#include "test.h"

#define ANY "cgroup_entry//properties[name=\"pids.max\"] set value=\"7\""

static size_t kept = SIZE_MAX; /* changes, at most */

/* The changes of the rules when CRIU is as it says. */
static struct crw *run(const char *rules, struct crw_criu criu)
{
	struct crw *crw = crw_new();

	if (!crw || crw_set_root(crw, root) < 0 || crw_set_stage(crw, "restore") < 0 ||
	    crw_add_rules_text(crw, "x.rules", rules, strlen(rules)) < 0 ||
	    crw_open(crw, images) < 0)
		exit(1);
	crw->criu = criu;
	crw_keep_changes(crw, kept);
	crw_run(crw);
	return crw;
}

/* The change that the rule itself makes. */
static const char *behind(const char *lines)
{
	const char *end = strchr(lines, '\n');

	return end ? end + 1 : lines;
}

static void is_settled(const char *rules, struct crw_criu criu, const char *want, const char *what)
{
	struct crw *crw = run(rules, criu);

	is_text(behind(fakehost_lines(crw)), want, what);
	crw_free(crw);
}

static void image(const char *groups)
{
	cgroupimage_begin();
	cgroupimage_controller("", groups);
	cgroupimage_set("", "/ct");
	cgroupimage_write(images);
}

static void test_lists(void)
{
	const struct crw_criu old = { .no_signs = true }, fresh = { .mode = "soft" };

	image("ct ct.cgroup.subtree_control=memory_pids ct/in ct/in.pids.max=20");
	is_settled(ANY, fresh,
		   "cgroup.img: v2:/ct cgroup.subtree_control memory pids -> pids "
		   "(x.rules:1): the group above does not hand the others on\n",
		   "a group hands on what it has");
	fakeroot_put(root, "sys/fs/cgroup/cgroup.subtree_control", "memory pids\n");
	is_settled(ANY, fresh, "", "nothing is wrong with a list for CRIU 3.18");
	is_settled(ANY, old,
		   "cgroup.img: v2:/ct cgroup.subtree_control memory pids -> "
		   "+memory +pids (x.rules:1): this CRIU writes no signs by itself\n",
		   "for an older one it has signs");
	is_settled("cgroup_entry fit", old, "", "what no rule has changed stays as it is");
	is_settled(ANY "\nmanage-cgroups ignore", old,
		   "criu: manage-cgroups (as given) -> ignore (x.rules:2)\n",
		   "CRIU writes nothing in the mode ignore");
}

static void test_values(void)
{
	const struct crw_criu soft = { .mode = "soft" }, full = { .mode = "full" };
	const char *lost = "cgroup.img: v2:/ct pids.max 7 -> (gone) (x.rules:1): v2:/ "
			   "does not hand pids on; `prepare` would have it do so\n";

	fakeroot_put(root, "sys/fs/cgroup/cgroup.subtree_control", "memory\n");
	image("ct ct.pids.max=20");
	is_settled(ANY, soft, lost, "CRIU would not find the file");
	is_settled(ANY "\ncgroup_entry prepare", soft,
		   "host: v2:/ct group (none) -> made (x.rules:2)\n"
		   "host: v2:/ cgroup.subtree_control (none) -> +pids (x.rules:2): for "
		   "the groups below\n"
		   "host: v2:/ct pids.max (none) -> 7 (x.rules:2)\n",
		   "with `prepare` it is there");
	fakeroot_put(root, "sys/fs/cgroup/ct/cgroup.procs", "\n");
	is_settled(ANY, soft, "", "in soft CRIU leaves groups alone that are there");
	is_settled(ANY, full, lost, "in full it does not");
	is_settled(ANY "\nmanage-cgroups full", soft,
		   "criu: manage-cgroups (as given) -> full (x.rules:2)\n"
		   "cgroup.img: v2:/ct pids.max 7 -> (gone) (x.rules:1): v2:/ does not "
		   "hand pids on; `prepare` would have it do so\n",
		   "whoever has asked for full");
	fakeroot_remove_below("sys/fs/cgroup/ct");
	fakeroot_put(root, "sys/fs/cgroup/cgroup.subtree_control", "memory pids\n");
	is_settled(ANY, full, "", "where pids is handed on nothing is wrong");
}

#define FROZEN(group)                                                                              \
	"host: v2:" group " cgroup.freeze (none) -> 1 (x.rules:1): when the restore is done\n"

static void test_frozen(void)
{
	const struct crw_criu soft = { .mode = "soft", .tells = true, .ends = true },
			      full = { .mode = "full", .tells = true, .ends = true },
			      stays = { .mode = "full", .tells = true };
	struct crw *crw;
	struct span now;

	image("ct ct.pids.max=20 ct.cgroup.freeze=1 ct/in ct/in.cgroup.freeze=0");
	crw = run(ANY, soft);
	now = crw_changed_image(crw, 0)->content.bytes;
	is_text(behind(fakehost_lines(crw)), FROZEN("/ct"), "a frozen group");
	ok(crw->steps && crw->steps->when == CGROUP_LATE && !crw->steps->next &&
		   !memmem(now.data, now.size,
			   "\1"
			   "1",
			   2),
	   "is frozen late, and CRIU does not do it");
	ok(memmem(now.data, now.size, "cgroup.freeze", 13), "one that is not is left to CRIU");
	crw_free(crw);
	kept = 0;
	crw = run(ANY, soft);
	ok(crw->steps && crw->steps->when == CGROUP_LATE, "whether changes are kept or not");
	kept = SIZE_MAX;
	crw_free(crw);
	fakeroot_put(root, "sys/fs/cgroup/ct/cgroup.procs", "\n");
	is_settled(ANY, soft, "", "a group that is there stays as it is");
	is_settled(ANY, full, FROZEN("/ct"), "but not in full");
	fakeroot_put(root, "proc/self/cgroup", "0::/ct/in\n");
	is_settled(ANY, full, FROZEN("/ct"), "criu may be in it when it ends");
	is_settled(ANY, stays,
		   "cgroup.img: v2:/ct cgroup.freeze 1 -> (gone) (x.rules:1): criu "
		   "itself is in it\n",
		   "one that stays would wait for itself");
	fakeroot_remove_below("sys/fs/cgroup/ct");
}

static void test_elsewhere(void)
{
	const struct crw_criu soft = { .mode = "soft" };

	image("ct ct.pids.max=20 ct.cgroup.freeze=1");
	fakehost_unified("/vz/7", "memory pids\n");
	is_settled(ANY, soft, "", "groups that cannot be seen are left to CRIU");
	fakeroot_put(root, "proc/self/mountinfo", "1 0 0:1 / / rw - ext4 /dev/x rw\n");
	is_settled(ANY, soft, "", "as is all without v2");
}

int main(void)
{
	fakehost_begin();
	fakehost_unified("/", "memory pids\n");
	fakeroot_put(root, "sys/fs/cgroup/cgroup.subtree_control", "pids\n");
	test_lists();
	test_values();
	test_frozen();
	test_elsewhere();
	fakehost_end();
	return test_end();
}
