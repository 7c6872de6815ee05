/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which mode of a list is taken, on hosts of the test's own. */
#include "../../plugin/mode.h"
#include "../../plugin/mode_choose.h"
#include "fakehost.h"
#include "test.h"

static const char v1_groups[] = "3:cpuset:/\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n";
static const char v1_mounts[] =
	"28 25 0:24 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
	"29 25 0:25 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
	"30 25 0:26 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n";
/* The same with /vz/7 bound over the cpuset hierarchy. */
static const char bound_mounts[] =
	"28 25 0:24 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
	"31 28 0:24 /vz/7 /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n";
static const char v2_mounts[] = "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
static const char kernel_cgroups[] = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
				     "cpuset\t3\t5\t1\nmemory\t0\t5\t1\ncpu\t2\t1\t1\n";

static void host(const char *groups, const char *mounts)
{
	fakeroot_put(root, "proc/self/cgroup", groups);
	fakeroot_put(root, "proc/self/mountinfo", mounts);
	fakeroot_put(root, "proc/cgroups", kernel_cgroups);
}

static struct crw *open_images(void)
{
	struct crw *crw = crw_new();

	if (!crw || crw_set_root(crw, root) < 0 || crw_open(crw, images) < 0) {
		printf("# %s\n", crw ? crw_error(crw) : "no memory");
		exit(1);
	}
	return crw;
}

/* Up to three modes are asked for in one statement. */
static void expect(const char *first, const char *second, const char *third, const char *want,
		   const char *what)
{
	const char *const modes[] = { first, second, third };
	const struct rules_place place = { "/etc/x.rules", 7, 1 };
	size_t count = third ? 3 : second ? 2 : 1;
	struct crw *crw = open_images();
	struct error err = { "" };
	char text[500] = "";
	int status = mode_ask(crw, modes, count, &place, &err);

	if (status == 0)
		status = mode_choose(crw, &err);
	if (status == 0)
		crw_change_text(crw_change(crw, crw_change_count(crw) - 1), text, sizeof(text));
	is_text(status < 0 ? err.text : text, want, what);
	if (status == 0)
		ok(crw_mode(crw) && strstr(text, crw_mode(crw)), "and it is the mode");
	crw_free(crw);
}

#define TAKEN(mode) "criu: manage-cgroups (as given) -> " mode " (x.rules:7)"
#define FAILS(reason) "/etc/x.rules:7: manage-cgroups: " reason " (opport uses what it finds)"

static void test_nothing_there(void)
{
	cgroupimage_begin();
	cgroupimage_controller("cpuset", "ct ct/in");
	cgroupimage_set("cpuset", "/ct/in");
	cgroupimage_write(images);
	host(v1_groups, v1_mounts);
	expect("strict", NULL, NULL, TAKEN("strict"), "strict where nothing is there");
	expect("soft", NULL, NULL, TAKEN("soft"), "soft");
	expect("bind", NULL, NULL, FAILS("bind is not possible: cpuset:/ct does not exist"),
	       "bind wants the top-level group");
	expect("bind", "opport", NULL,
	       TAKEN("opport") ": bind is not possible: cpuset:/ct does not exist",
	       "the next of the list, and why not the first");
	expect("none", "props", NULL,
	       FAILS("none is not possible: cpuset:/ct does not exist; "
		     "props is not possible: cpuset:/ct does not exist"),
	       "the reasons of all when none holds");
}

static void test_there(void)
{
	fakeroot_put(root, "sys/fs/cgroup/cpuset/ct/", "");
	expect("strict", NULL, NULL, FAILS("strict is not possible: cpuset:/ct exists"),
	       "strict names what exists");
	expect("bind", NULL, NULL, TAKEN("bind"), "bind takes what is there");
	expect("none", "full", NULL,
	       TAKEN("full") ": none is not possible: cpuset:/ct/in does not exist",
	       "none wants the groups below as well");
	fakeroot_put(root, "sys/fs/cgroup/cpuset/ct/in/", "");
	expect("props", NULL, NULL, TAKEN("props"), "props with all groups there");
}

static void test_bound(void)
{
	host("3:cpuset:/\n", bound_mounts);
	cgroupimage_begin();
	cgroupimage_controller("cpuset", "old old/in");
	cgroupimage_set("cpuset", "/old/in");
	cgroupimage_write(images);
	expect("strict", "bind", NULL,
	       TAKEN("bind") ": strict is not possible: cpuset:/old exists: a container's group is "
			     "mounted for it",
	       "a bound group stands for the top-level one");
	host(v1_groups, v1_mounts);
	expect("bind", NULL, NULL, FAILS("bind is not possible: cpuset:/old does not exist"),
	       "a whole hierarchy does not");
}

static void done_by(const char *mode, const char *yard, const char *want, const char *what)
{
	struct crw *crw = open_images();
	char rule[64], text[2000] = "";
	size_t n = 0;
	int size = snprintf(rule, sizeof(rule), "\nmanage-cgroups %s\n", mode);

	if (crw_add_rules_text(crw, "/x.rules", rule, (size_t)size) < 0 || crw_run(crw) < 0)
		n = (size_t)snprintf(text, sizeof(text), "%s\n", crw_error(crw));
	for (size_t i = 0; i < crw_change_count(crw); i++) {
		n += (size_t)crw_change_text(crw_change(crw, i), text + n, 500);
		text[n++] = '\n';
	}
	text[n] = 0;
	is_text(text, want, what);
	is_text(crw->yard ? crw->yard : "", yard, "the yard");
	crw_free(crw);
}

#define YARD                                                                                       \
	"criu: manage-cgroups (as given) -> bind (x.rules:2)\n"                                    \
	"criu: cgroup-yard (as given) -> /sys/fs/cgroup (x.rules:2): a container's group is "      \
	"mounted there\n"

/* What a mode does to the checkpoint; of bind for the ways in which groups can be bound. */
static void test_actions(void)
{
	cgroupimage_begin();
	cgroupimage_controller("cpuset", "pod/a pod/b pod/b/in");
	cgroupimage_set("cpuset", "/pod/a");
	cgroupimage_write(images);
	host(v1_groups, bound_mounts);
	done_by("bind", "/sys/fs/cgroup", YARD "cgroup.img: cpuset group /pod -> / (x.rules:2)\n",
		"what all groups have in common is the container's");
	cgroupimage_begin();
	cgroupimage_controller("cpuset", "vz/7/in");
	cgroupimage_set("cpuset", "/vz/7/in");
	cgroupimage_write(images);
	done_by("bind", "/sys/fs/cgroup",
		YARD "cgroup.img: cpuset group /vz/7/in -> /in (x.rules:2)\n",
		"a group below the one that is mounted stays below");
	host("0::/\n", "30 25 0:26 /q\"t /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	cgroupimage_begin();
	cgroupimage_controller("", "ct ct/in");
	cgroupimage_set("", "/ct/in");
	cgroupimage_write(images);
	done_by("bind", "",
		"criu: manage-cgroups (as given) -> bind (x.rules:2)\n"
		"cgroup.img: v2 group /ct -> /q\"t (x.rules:2)\n",
		"v2 alone has no yard");
	host("0::/\n", v2_mounts);
	cgroupimage_begin();
	cgroupimage_controller("cpuset", "ct");
	cgroupimage_set("cpuset", "/ct");
	cgroupimage_write(images);
	done_by("opport", "",
		"criu: manage-cgroups (as given) -> opport (x.rules:2)\n"
		"cgroup.img: cpuset controller cpuset -> (gone) (x.rules:2): "
		"not on this host; its tasks stay in criu's own group\n",
		"opport drops what is absent");
	done_by("ignore", "", "criu: manage-cgroups (as given) -> ignore (x.rules:2)\n",
		"other modes do nothing");
	host(v1_groups, v1_mounts);
}

static void test_hierarchies(void)
{
	cgroupimage_begin();
	cgroupimage_controller("cpu", "new");
	cgroupimage_write(images);
	expect("soft", NULL, NULL,
	       FAILS("soft is not possible: cpu is mounted as cpu,cpuacct on this host"),
	       "another co-mount");
	cgroupimage_begin();
	cgroupimage_controller("rdma", "new");
	cgroupimage_write(images);
	expect("full", "opport", NULL,
	       TAKEN("opport") ": full is not possible: this host has no controller rdma",
	       "a controller that the kernel does not have");
	cgroupimage_begin();
	cgroupimage_controller("memory", "new");
	cgroupimage_controller("cpu,cpuacct", "new");
	cgroupimage_controller("name=systemd", "new");
	cgroupimage_controller("name=own", "new");
	cgroupimage_controller("", "new");
	cgroupimage_write(images);
	expect("strict", NULL, NULL, TAKEN("strict"), "CRIU can mount what is idle");
	expect("bind", "ignore", NULL,
	       TAKEN("ignore") ": bind is not possible: memory is not mounted on this host",
	       "but bind cannot use it");
}

static void test_v2(void)
{
	host("0::/\n", v2_mounts);
	fakeroot_put(root, "sys/fs/cgroup/cgroup.subtree_control", "cpuset memory\n");
	cgroupimage_begin();
	cgroupimage_controller("memory", "ct");
	cgroupimage_write(images);
	expect("soft", NULL, NULL,
	       FAILS("soft is not possible: memory belongs to cgroup v2 on this host"),
	       "v1 cannot have what v2 uses");
	cgroupimage_begin();
	cgroupimage_controller("", "ct ct/in");
	cgroupimage_write(images);
	expect("strict", NULL, NULL, TAKEN("strict"), "v2 alone");
	fakeroot_put(root, "sys/fs/cgroup/ct/", "");
	expect("strict", "bind", NULL, TAKEN("bind") ": strict is not possible: v2:/ct exists",
	       "v2 with the group there");
	expect("none", NULL, NULL, FAILS("none is not possible: v2:/ct/in does not exist"),
	       "v2 is named v2");
}

static void test_without_groups(void)
{
	unlinkat(images, "cgroup.img", 0);
	expect("strict", NULL, NULL, TAKEN("strict"), "no cgroup.img: nothing is demanded");
	cgroupimage_begin();
	cgroupimage_controller("cpuset", "/ //in");
	cgroupimage_write(images);
	host(v1_groups, v1_mounts);
	expect("strict", NULL, NULL, FAILS("strict is not possible: cpuset:/ exists"),
	       "the root of a hierarchy is always there");
}

static void test_override(void)
{
	const char *const first[] = { "strict", "opport" }, *const second[] = { "ignore" };
	const struct rules_place early = { "a.rules", 3, 1 }, late = { "/x/b.rules", 9, 1 };
	struct crw *crw = open_images();
	struct error err = { "" };
	char text[200] = "";

	ok(mode_ask(crw, first, 2, &early, &err) == 0 && mode_ask(crw, second, 1, &late, &err) == 0,
	   "a later statement overrides");
	crw_change_text(crw_change(crw, 0), text, sizeof(text));
	is_text(text,
		"criu: manage-cgroups strict, opport -> ignore (b.rules:9): "
		"overrides line 3 of a.rules",
		"and says so");
	ok(mode_choose(crw, &err) == 0, "the list is judged");
	is_text(crw_mode(crw), "ignore", "the later one counts");
	crw_free(crw);
	crw = open_images();
	ok(mode_choose(crw, &err) == 0 && !crw_mode(crw), "no statement, no mode");
	crw_only_given_facts(crw);
	ok(mode_ask(crw, first, 2, &early, &err) == 0 && mode_choose(crw, &err) == 0,
	   "with the facts of another host");
	crw_change_text(crw_change(crw, 0), text, sizeof(text));
	is_text(text,
		"criu: manage-cgroups (as given) -> strict (a.rules:3): "
		"the host of the restore will choose",
		"the first is shown");
	crw_free(crw);
}

static void test_names(void)
{
	is_text(mode_of_criu("opport"), "soft", "opport is soft for CRIU");
	is_text(mode_of_criu("bind"), "full", "bind is full for CRIU");
	ok(!mode_of_criu("nonsense"), "there is no mode of any other name");
}

int main(void)
{
	fakehost_begin();
	test_names();
	test_nothing_there();
	test_there();
	test_bound();
	test_actions();
	test_hierarchies();
	test_v2();
	test_without_groups();
	test_override();
	fakehost_end();
	return test_end();
}
