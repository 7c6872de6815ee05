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

/* ---- v1, of which only groups above those of the checkpoint are recorded -------------- */

static void v1_host(void)
{
	fakeroot_put(root, "proc/self/cgroup", "3:cpu,cpuacct:/\n2:memory:/\n1:name=systemd:/\n");
	fakeroot_put(root, "proc/self/mountinfo",
		     "31 25 0:27 / /sys/fs/cgroup/memory rw - cgroup c rw,memory\n"
		     "32 25 0:28 / /sys/fs/cgroup/cpu rw - cgroup c rw,cpu,cpuacct\n"
		     "33 25 0:29 / /sys/fs/cgroup/systemd rw - cgroup c rw,name=systemd\n");
	put("memory/ct", "memory.limit_in_bytes", "300\n");
	put("memory/ct", "memory.memsw.limit_in_bytes", "9223372036854771712\n");
	put("memory/ct", "memory.usage_in_bytes", "299\n");
	put("memory/ct/in", "memory.limit_in_bytes", "200\n");
}

static void v1_image(uint64_t prefix)
{
	cgroupimage_begin();
	cgroupimage_controller("memory", "ct/in ct/in.memory.limit_in_bytes=200");
	cgroupimage_set_in("memory", "/ct/in", prefix);
	cgroupimage_write(images);
}

/* As lxc-checkpoint calls CRIU. */
static const char *recalled_in_full(const char *cgroup_root)
{
	static char lines[2000];
	struct crw *crw = crw_new();

	if (!crw || crw_set_root(crw, root) < 0 || crw_set_stage(crw, "restore") < 0 ||
	    crw_set_cgroup_root(crw, NULL, cgroup_root) < 0 ||
	    crw_add_rules_text(crw, "x.rules", "cgroup_entry recall", 19) < 0 ||
	    crw_open(crw, images) < 0)
		exit(1);
	crw->criu.mode = "full";
	ok(crw_run(crw) == 0, "recalled in full");
	snprintf(lines, sizeof(lines), "%s", fakehost_lines(crw));
	crw_free(crw);
	return lines;
}

#define V1_LINE                                                                                    \
	"cgroup.img: memory:/ct memory.limit_in_bytes (none) -> 300 (x.rules:1): recorded at "     \
	"the dump\n"

static void test_v1(void)
{
	struct error err = { "" };
	struct crw *crw;

	v1_host();
	v1_image(0);
	crw = fakehost_run(CAPTURE, "dump");
	is_text(fakehost_lines(crw), "rewrite-cgroup.img: groups (none) -> 1 (x.rules:1)\n",
		"of v1 those above are recorded");
	ok(capture_write(images, CAPTURE_FILE, buffer_span(&crw->captured), &err) == 0, "written");
	crw_free(crw);
	fakeroot_remove_below("sys/fs/cgroup/memory/ct");
	crw = fakehost_run("cgroup_entry recall", "restore");
	is_text(fakehost_lines(crw), V1_LINE, "and recalled where they are missing");
	crw_free(crw);
	fakehost_unified("/", "cpu memory\n");
	crw = fakehost_run("cgroup_entry recall\ncgroup_entry convert to 2", "restore");
	ok(strstr(fakehost_lines(crw), "memory:/ct memory.limit_in_bytes 300 -> memory.max 300") !=
		   NULL,
	   "before they become v2");
	crw_free(crw);
	put("ct", "memory.max", "max\n");
	crw = fakehost_run("cgroup_entry recall", "restore");
	is_text(fakehost_lines(crw), "", "not where v2 has the group");
	crw_free(crw);
	is_text(recalled_in_full("/ct"), "", "nor in full, if it may be anybody's");
	v1_image(strlen("/ct"));
	is_text(recalled_in_full("/ct"), V1_LINE, "but the container's own in full");
	fakeroot_remove_below("sys/fs/cgroup/ct");
	unlinkat(images, CAPTURE_FILE, 0);
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
	test_v1();
	fakehost_end();
	return test_end();
}
