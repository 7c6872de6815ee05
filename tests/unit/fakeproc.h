/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A /proc of the test's own, over the other, for what asks in which groups processes are:
 *
 *	if (!fakeproc_begin())
 *		skip(...);		no right to mount
 *	fakeproc_group(getpid(), "/ct");
 *	...
 *	fakeproc_end();
 */
#ifndef CRW_FAKEPROC_H
#define CRW_FAKEPROC_H

#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>

#include "fakeroot.h"

static int fakeproc = -1;

static inline bool fakeproc_begin(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "tmpfs", 0, NULL) < 0)
		return false;
	fakeproc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fakeproc >= 0;
}

static inline void fakeproc_end(void)
{
	close(fakeproc);
	umount2("/proc", MNT_DETACH);
}

/* The process is in that group of v2, at once and never in half of it. */
static inline void fakeproc_group(int pid, const char *group)
{
	char path[40], fresh[50], text[200];

	snprintf(path, sizeof(path), "%d/cgroup", pid);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	snprintf(text, sizeof(text), "4:memory:/x\n0::%s\n", group);
	fakeroot_put(fakeproc, fresh, text);
	renameat(fakeproc, fresh, fakeproc, path);
}

static inline void fakeproc_remove(int pid)
{
	char path[40];

	snprintf(path, sizeof(path), "%d/cgroup", pid);
	unlinkat(fakeproc, path, 0);
}

#endif
