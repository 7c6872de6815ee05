/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules said of groups that are to come is noted, and compared once they are there. */
#include "fakehost.h"
#include "test.h"

static const char *noted(const char *rules, const char *mode)
{
	static struct buffer list;
	struct crw *crw = fakehost_run(rules, "restore");
	struct error err = { "" };

	buffer_clear(&list);
	crw->mode = mode;
	if (written_list(crw, &list, &err) < 0)
		buffer_text(&list, err.text);
	buffer_byte(&list, 0);
	crw_free(crw);
	return (const char *)list.data;
}

static void test_list(void)
{
	static const char cpus[] =
		"cgroup_entry//properties[name=\"cpuset.cpus\"] set value=\"0-1\"";

	cgroupimage_begin();
	cgroupimage_controller("", "ct ct.cpuset.cpus=0-3 ct.memory.max=max old "
				   "old.cpuset.cpus=0-3");
	cgroupimage_set("", "/ct");
	cgroupimage_write(images);
	fakeroot_put(root, "sys/fs/cgroup/old/", "");
	is_text(noted(cpus, NULL), "/sys/fs/cgroup/ct/cpuset.cpus\t0-1\n",
		"a property of a group that is not there yet");
	is_text(noted(cpus, "ignore"), "", "none where criu leaves groups alone");
	is_text(noted("cgroup_entry//properties[name=\"cpuset.cpus\"] set value=\"0-1\"\n"
		      "cgroup_entry//properties[name=\"cpuset.cpus\"] set value=\"2\"",
		      NULL),
		"/sys/fs/cgroup/ct/cpuset.cpus\t2\n", "what the last rule says");
	is_text(noted("cgroup_entry//properties[name=\"memory.max\"] set value=\"64M\"", NULL), "",
		"what the kernel gives back in other words is not compared");
}

/* Of a file with that content, what is said when the rules said `value`. */
static const char *compared(const char *content, const char *value)
{
	static char said[300];
	char list[120], line[200];
	struct crw *crw = crw_new();

	fakeroot_put(root, "group/file", content);
	snprintf(line, sizeof(line), "%s/group/file\t%s\n%s/gone\t1\n", fakeroot_path, value,
		 fakeroot_path);
	fakeroot_put(root, "list", line);
	snprintf(list, sizeof(list), "%s/list", fakeroot_path);
	snprintf(said, sizeof(said), "%s",
		 crw_check_written(crw, list) < 0 ? crw_error(crw) + strlen(fakeroot_path) : "");
	crw_free(crw);
	return said;
}

static void test_compare(void)
{
	char page[30], more[30];

	is_text(compared("0-1\n", "0-1"), "", "it has what the rules said");
	is_text(compared("0-1\n", "0,1"), "", "in other words");
	is_text(compared("0-1\n", "0-2"), "/group/file is 0-1, the rules said 0-2", "another set");
	is_text(compared("\n", "0"), "/group/file is empty, the rules said 0", "nothing");
	snprintf(page, sizeof(page), "%ld\n", sysconf(_SC_PAGESIZE));
	snprintf(more, sizeof(more), "%ld", sysconf(_SC_PAGESIZE) + 1);
	is_text(compared(page, more), "", "rounded down to pages");
	is_text(compared("5\n", "6"), "/group/file is 5, the rules said 6",
		"but not a small number");
}

static void test_no_list(void)
{
	struct crw *crw = crw_new();

	is_number(crw_check_written(crw, NULL), -1, "without a list nothing can be compared");
	is_text(crw_error(crw),
		"there is no list of what the rules said; its name is in CRIU_REWRITE_WRITTEN "
		"where the plugin has made one",
		"which is said");
	is_number(crw_check_written(crw, "/"), -1, "one that cannot be read is an error");
	crw_free(crw);
}

int main(void)
{
	fakehost_begin();
	fakehost_unified("/", "cpuset memory\n");
	test_list();
	test_compare();
	test_no_list();
	fakehost_end();
	return test_end();
}
