/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of /proc and /sys that are not as they should be. The input: the files
 * of the table, with a NUL between. */
#define FUZZ_ROUNDS 1500 /* each writes files */
#include "../../plugin/criu-rewrite.h"
#include "../unit/fakeroot.h"
#include "fuzz.h"

static const struct {
	const char *path, *text;
} files[] = {
	{ "proc/self/cgroup", "3:cpuset:/ct\n2:cpu,cpuacct:/\n1:name=systemd:/s\n0::/\n" },
	{ "proc/self/mountinfo",
	  "28 25 0:24 / /sys/fs/cgroup/cpuset rw shared:1 - cgroup cgroup rw,cpuset\n"
	  "29 25 0:25 /x /sys/fs/cgroup/cp\\040u rw - cgroup cgroup rw,cpu,cpuacct\n"
	  "30 25 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n" },
	{ "proc/meminfo", "MemTotal:       2048 kB\nSwapTotal: 0 kB\n" },
	{ "proc/sys/kernel/osrelease", "6.1.0-13-amd64\n" },
	{ "proc/sys/kernel/pid_max", "4194304\n" },
	{ "sys/devices/system/cpu/online", "0-3,8\n" },
	{ "sys/devices/system/node/online", "0\n" },
	{ "sys/fs/cgroup/unified/cgroup.controllers", "cpuset cpu io memory\n" },
};

#define FILES (sizeof(files) / sizeof(files[0]))

static int root = -1;

static void remove_root(void)
{
	fakeroot_remove();
}

static void make_root(void)
{
	root = fakeroot_make();
	for (size_t i = 0; i < FILES; i++)
		fakeroot_put(root, files[i].path, files[i].text);
	fakeroot_put(root, "sys/class/net/lo/", "");
	atexit(remove_root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct crw *crw = crw_new();
	const uint8_t *end;

	if (root < 0)
		make_root();
	for (size_t i = 0; i < FILES; i++) {
		end = size ? memchr(data, 0, size) : NULL;
		fuzz_put(root, files[i].path, span_of(data, end ? (size_t)(end - data) : size));
		size = end ? size - (size_t)(end + 1 - data) : 0;
		data = end ? end + 1 : data;
	}
	fuzz_never(!crw || crw_set_root(crw, root) < 0);
	for (size_t i = 0; crw_fact(crw, i); i++)
		;
	crw_free(crw);
	return 0;
}

bool fuzz_seed(size_t index, struct buffer *seed)
{
	for (size_t i = 0; index == 0 && i < FILES; i++)
		buffer_append(seed, span_of(files[i].text, strlen(files[i].text) + 1));
	return index == 0;
}
