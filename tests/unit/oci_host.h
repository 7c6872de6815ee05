/* SPDX-License-Identifier: GPL-2.0-only */
/* A host of 2 CPUs with cgroup v2, for specs to be fitted to. */
#ifndef CRW_OCI_HOST_H
#define CRW_OCI_HOST_H

#include "fakeroot.h"

static const char *const oci_host_files[][2] = {
	{ "proc/self/cgroup", "0::/\n" },
	{ "proc/self/mountinfo", "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n" },
	{ "proc/sys/kernel/osrelease", "6.1.0\n" },
	{ "sys/devices/system/cpu/online", "0-1\n" },
	{ "sys/devices/system/cpu/possible", "0-1\n" },
	{ "sys/devices/system/node/online", "0\n" },
	{ "sys/devices/system/node/possible", "0\n" },
	{ "sys/dev/block/8:0/", "" },
	{ "sys/kernel/mm/hugepages/hugepages-2048kB/", "" },
	{ "sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory hugetlb pids\n" },
	{ "sys/fs/cgroup/system.slice/cpuset.cpus", "\n" },
	{ "sys/fs/cgroup/system.slice/cpuset.mems", "\n" },
	{ "sys/fs/cgroup/system.slice/cpu.weight", "100\n" },
	{ "sys/fs/cgroup/system.slice/io.stat", "\n" },
	{ "sys/fs/cgroup/system.slice/io.max", "\n" },
	{ "sys/fs/cgroup/system.slice/memory.current", "1\n" },
	{ "sys/fs/cgroup/system.slice/memory.high", "max\n" },
	{ "sys/fs/cgroup/system.slice/hugetlb.2MB.current", "0\n" },
	{ "sys/fs/cgroup/system.slice/hugetlb.2MB.max", "max\n" },
};

static inline int oci_host_make(void)
{
	int root = fakeroot_make();

	for (size_t i = 0; i < sizeof(oci_host_files) / sizeof(oci_host_files[0]); i++)
		fakeroot_put(root, oci_host_files[i][0], oci_host_files[i][1]);
	return root;
}

#endif
