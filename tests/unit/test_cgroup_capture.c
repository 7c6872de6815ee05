/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of v2: recorded at the dump of one host, recalled on another. */
#include "../../plugin/cgroup/capture.h"
#include "fakehost.h"
#include "test.h"

#define CAPTURE "when stage == \"dump\" { cgroup_entry capture }"

static void put(const char *group, const char *file, const char *value)
{
	char path[200];

	snprintf(path, sizeof(path), "sys/fs/cgroup/%s/%s", group, file);
	fakeroot_put(root, path, value);
}

static void source_host(void)
{
	fakehost_unified("/", "cpu memory pids\n");
	put("pod", "memory.max", "900\n");
	put("pod", "pids.max", "max\n");
	put("pod/ct", "memory.max", "300\n");
	put("pod/ct", "memory.current", "299\n");
	put("pod/ct", "cpu.weight", "100\n");
	put("pod/ct", "cpu.max", "50000 100000\n");
	put("pod/ct", "hugetlb.2MB.max", "4194304\n");
	put("pod/ct", "hugetlb.2MB.rsvd.max", "2097152\n");
	put("pod/ct", "hugetlb.2MB.current", "0\n");
	put("pod/ct/in", "io.max", "8:0 rbps=1 wbps=max\n8:16 rbps=2 wbps=max\n");
	put("pod/ct/none", "pids.max", "max\n");
	put("pod/ct/none", "misc.max", "sev max\nsev_es max\n");
	put("pod/ct/in", "rdma.max", "mlx0 hca_handle=max hca_object=2000\n");
	put("pod/ct/in", "cgroup.procs", "");
	if (fchownat(root, "sys/fs/cgroup/pod/ct/in/cgroup.procs", 7, 8, 0) < 0)
		printf("# not root\n");
}

static int count(void *arg, const struct crw_result *result)
{
	++*(long long *)arg;
	return 0;
}

static void test_stages(void)
{
	struct crw *crw = fakehost_run(CAPTURE, "restore");

	ok(!*crw_error(crw) && !crw->captured.size, "nothing is recorded at the restore");
	crw_free(crw);
	crw = fakehost_run("cgroup_entry capture", "restore");
	is_text(crw_error(crw),
		"x.rules:1:1: cgroup.img: entry 0: capture is for the dump: "
		"when stage == \"dump\" { cgroup_entry capture }",
		"a rule for no stage is told where it belongs");
	crw_free(crw);
	crw = fakehost_run("cgroup_entry capture\nrequire 1 == 2 \"never\"\n"
			   "manage-cgroups none",
			   "dump");
	is_text(fakehost_lines(crw), "", "at the dump, rules for the restore do not run");
	crw_free(crw);
	crw = fakehost_run("when stage == \"dump\" and 1 == 1 { rule \"r\" "
			   "{ cgroup_entry capture } } else { require 1 == 2 \"never\" }",
			   "dump");
	is_text(fakehost_lines(crw), "rewrite-cgroup.img: groups (none) -> 3 (x.rules:1)\n",
		"those that ask for the stage do");
	crw_free(crw);
	crw = fakehost_run("when stage == \"dump\" { cgroup_entry.sets.ctls "
			   "set path=\"/x\" }",
			   "dump");
	is_text(crw_error(crw),
		"x.rules:1:24: cgroup.img: images are changed at the restore, not "
		"at the dump",
		"no rule changes an image at the dump");
	crw_free(crw);
}

static void test_capture(void)
{
	struct crw *crw = fakehost_run(CAPTURE, "dump");
	struct error err = { "" };
	long long settings = 0;

	ok(capture_write(images, CAPTURE_FILE, buffer_span(&crw->captured), &err) == 0, "written");
	ok(faccessat(images, "." CAPTURE_FILE ".criu-rewrite", F_OK, 0) < 0, "no temporary file");
	crw_free(crw);
	crw = fakehost_run("cg_controller_entry.dirs.properties.name get", "restore");
	crw_on_result(crw, count, &settings);
	crw_run(crw);
	is_number(settings, geteuid() ? 7 : 8, "settings unlike those of a fresh group");
	crw_free(crw);
}

#define LINE(group, what)                                                                          \
	"cgroup.img: v2:/pod" group " " what " (x.rules:1): recorded at the dump\n"

static void test_recall(void)
{
	struct crw *crw = fakehost_run("cgroup_entry recall", "restore");
	char want[1000];

	snprintf(want, sizeof(want), "%s%s%s",
		 LINE("/ct", "cpu.max (none) -> 50000 100000")
			 LINE("/ct", "hugetlb.2MB.max (none) -> 4194304")
				 LINE("/ct", "hugetlb.2MB.rsvd.max (none) -> 2097152"),
		 geteuid() ? "" : LINE("/ct/in", "cgroup.procs (none) -> (owner)"),
		 LINE("/ct/in", "io.max (none) -> 8:0 rbps=1 wbps=max\n8:16 rbps=2 wbps=max")
			 LINE("/ct/in", "rdma.max (none) -> mlx0 hca_handle=max hca_object=2000"));
	is_text(fakehost_lines(crw), want,
		"what the image does not say itself, not for groups above that are here");
	crw_free(crw);
	fakeroot_remove_below("sys/fs/cgroup/pod");
	crw = fakehost_run("cgroup_entry recall", "restore");
	ok(strncmp(fakehost_lines(crw), LINE("", "memory.max (none) -> 900"),
		   strlen(LINE("", "memory.max (none) -> 900"))) == 0,
	   "groups above that are missing get their limits too");
	crw_free(crw);
	crw = fakehost_run("cgroup_entry recall\ncgroup_entry prepare", "restore");
	ok(strstr(fakehost_lines(crw), "host: v2:/pod memory.max (none) -> 900") &&
		   strstr(fakehost_lines(crw), "host: v2:/pod/ct cpu.max (none) -> 50000 100000"),
	   "and can be prepared");
	crw_free(crw);
	unlinkat(images, CAPTURE_FILE, 0);
	crw = fakehost_run("cgroup_entry recall", "restore");
	is_text(fakehost_lines(crw), "", "without a record nothing is recalled");
	crw_free(crw);
}

int main(void)
{
	fakehost_begin();
	source_host();
	cgroupimage_begin();
	cgroupimage_controller("", "pod/ct pod/ct.memory.max=77 pod/ct/in pod/ct/none");
	cgroupimage_set("", "/pod/ct/in");
	cgroupimage_write(images);
	test_stages();
	test_capture();
	test_recall();
	fakehost_end();
	return test_end();
}
