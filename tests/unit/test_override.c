/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One field of a group, whoever changed it and whatever it calls the group. */
#include "fakehost.h"
#include "test.h"

static const char mounts[] =
	"28 25 0:24 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
	"29 25 0:25 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
	"30 25 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

static void host(void)
{
	fakeroot_put(root, "proc/self/cgroup", "3:cpuset:/\n2:cpu,cpuacct:/\n0::/\n");
	fakeroot_put(root, "proc/self/mountinfo", mounts);
	fakeroot_put(root, "sys/devices/system/cpu/online", "0-1\n");
	fakeroot_put(root, "sys/fs/cgroup/cpuset/cpuset.cpus", "0-1\n");
	fakeroot_put(root, "sys/fs/cgroup/cpu,cpuacct/cpu.shares", "1024\n");
}

/* Runs the rules, with CRIU's --cgroup-root when one is given. */
static struct crw *run(const char *rules, const char *cgroup_root)
{
	struct crw *crw = crw_new();

	if (!crw || crw_set_root(crw, root) < 0 ||
	    (cgroup_root && crw_set_cgroup_root(crw, NULL, cgroup_root) < 0) ||
	    crw_add_rules_text(crw, "x.rules", rules, strlen(rules)) < 0 ||
	    crw_open(crw, images) < 0 || crw_run(crw) < 0)
		printf("# %s%s\n", crw ? crw_error(crw) : "no memory",
		       crw ? crw_diagnostics(crw) : "");
	return crw;
}

static const struct crw_change *find_overriding(const struct crw *crw)
{
	for (size_t i = 0; i < crw_change_count(crw); i++)
		if (crw_change(crw, i)->note &&
		    strstr(crw_change(crw, i)->note, "overrides x.rules:1"))
			return crw_change(crw, i);
	return NULL;
}

/* Does a change override the first line, and of which group and property? */
static void overrides(const char *rules, const char *cgroup_root, const char *subject,
		      const char *what)
{
	struct crw *crw = run(rules, cgroup_root);
	const struct crw_change *c = find_overriding(crw);
	char text[900] = "";

	ok(c, what);
	if (c)
		snprintf(text, sizeof(text), "%s %s %s %s", c->type, c->hierarchy, c->group,
			 c->property);
	is_text(text, subject, "  and says what it is about");
	crw_free(crw);
}

#define CPUS "cgroup_entry//properties[name=\"cpuset.cpus\"] set value=\"0-5\"\n"

static void test_plain_and_verb(void)
{
	cgroupimage_begin();
	cgroupimage_controller("cpuset", "ct ct.cpuset.cpus=0-3");
	cgroupimage_set("cpuset", "/ct");
	cgroupimage_write(images);
	overrides(CPUS "cgroup_entry fit", NULL, "property cpuset /ct cpuset.cpus",
		  "a verb overrides a plain rule");
	overrides(CPUS "cgroup_entry fit", "/pod", "property cpuset /ct cpuset.cpus",
		  "under --cgroup-root too, where the verb names another place");
	overrides(
		"cgroup_entry fit\ncgroup_entry//properties[name=\"cpuset.cpus\"] set value=\"0\"",
		"/pod", "property cpuset /ct cpuset.cpus", "a plain rule overrides a verb");
}

static void test_names(void)
{
	char group[251], image[600], subject[300];

	memset(group, 'g', 250);
	group[250] = 0;
	snprintf(image, sizeof(image), "%s %s.cpuset.cpus=0-3", group, group);
	snprintf(subject, sizeof(subject), "property cpuset /%s cpuset.cpus", group);
	cgroupimage_begin();
	cgroupimage_controller("cpuset", image);
	cgroupimage_set("cpuset", "/");
	cgroupimage_write(images);
	overrides(CPUS "cgroup_entry fit", NULL, subject, "of a group with a long name");
}

static void test_several_controllers(void)
{
	cgroupimage_begin();
	cgroupimage_controller("cpu,cpuset", "ct ct.cpuset.cpus=0-3");
	cgroupimage_set("cpu,cpuset", "/ct");
	cgroupimage_write(images);
	overrides(CPUS "cgroup_entry fit", NULL, "property cpu,cpuset /ct cpuset.cpus",
		  "of a hierarchy with two controllers");
}

static void test_v2(void)
{
	cgroupimage_begin();
	cgroupimage_controller("", "ct ct.cpuset.cpus=0-3");
	cgroupimage_set("", "/ct");
	cgroupimage_write(images);
	fakeroot_put(root, "sys/fs/cgroup/unified/cgroup.controllers", "cpuset cpu\n");
	fakeroot_put(root, "sys/fs/cgroup/unified/cgroup.subtree_control", "cpuset cpu\n");
	fakeroot_put(root, "sys/fs/cgroup/unified/cpuset.cpus.effective", "0-1\n");
	overrides(CPUS "cgroup_entry fit", NULL, "property v2 /ct cpuset.cpus", "of cgroup v2");
	overrides(CPUS "cgroup_entry fit", "/pod", "property v2 /ct cpuset.cpus",
		  "and under --cgroup-root");
}

static void test_other_fields(void)
{
	static const char rules[] = CPUS
		"cgroup_entry//properties[name=\"cpuset.cpus\"] set name=\"cpuset.mems\"";
	struct crw *crw = run(rules, NULL);

	ok(crw_change_count(crw) == 2 && !crw_change(crw, 1)->note,
	   "another field of a property is another field");
	is_text(crw_change(crw, 1)->type, "field", "and no property's value");
	crw_free(crw);
}

/* Those that nobody wants shown are made and counted all the same. */
static void test_keeping(void)
{
	struct crw *crw = run(CPUS "cgroup_entry fit", NULL);
	size_t images_changed = crw_image_count(crw);

	ok(crw_change_count(crw) == 2 && images_changed == 1, "two changes");
	for (size_t max = 0; max < 3; max++) {
		crw_keep_changes(crw, max);
		ok(crw_run(crw) == 0 && crw_change_count(crw) == max &&
			   crw_change_total(crw) == 2 && crw_image_count(crw) == images_changed,
		   "as many are kept as are wanted");
	}
	crw_free(crw);
}

int main(void)
{
	fakehost_begin();
	host();
	test_plain_and_verb();
	test_names();
	test_several_controllers();
	test_v2();
	test_other_fields();
	test_keeping();
	fakehost_end();
	return test_end();
}
