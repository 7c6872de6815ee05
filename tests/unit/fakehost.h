/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host and a checkpoint of the test's own, and rules that are run on them.
 *
 *	fakehost_begin();		makes the directories root and images
 *	fakehost_unified("/", "cpu memory pids\n");
 *	cgroupimage_begin(); ... cgroupimage_write(images);
 *	crw = fakehost_run("cgroup_entry prepare", "restore");
 *	is_text(fakehost_lines(crw), ...);
 *	crw_free(crw);
 *	fakehost_end();
 */
#ifndef CRW_FAKEHOST_H
#define CRW_FAKEHOST_H

#include "../../plugin/context.h"
#include "cgroupimage.h"
#include "fakeroot.h"

static int root, images;

static inline void fakehost_begin(void)
{
	root = fakeroot_make();
	fakeroot_put(root, "images/", "");
	images = openat(root, "images", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static inline void fakehost_end(void)
{
	close(images);
	close(root);
	buffer_free(&cgroupimage_sets);
	buffer_free(&cgroupimage_controllers);
	fakeroot_remove();
}

/* cgroup v2 alone, of which the mount shows what is below `mount_root`. */
static inline void fakehost_unified(const char *mount_root, const char *controllers)
{
	char mounts[200];

	snprintf(mounts, sizeof(mounts), "30 25 0:26 %s /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
		 mount_root);
	fakeroot_put(root, "proc/self/cgroup", "0::/\n");
	fakeroot_put(root, "proc/self/mountinfo", mounts);
	fakeroot_put(root, "sys/fs/cgroup/cgroup.controllers", controllers);
}

static inline struct crw *fakehost_open(const char *rules, const char *stage)
{
	struct crw *crw = crw_new();

	if (!crw || crw_set_root(crw, root) < 0 || crw_set_stage(crw, stage) < 0 ||
	    crw_add_rules_text(crw, "x.rules", rules, strlen(rules)) < 0 ||
	    crw_open(crw, images) < 0) {
		printf("# %s\n", crw ? crw_diagnostics(crw) : "no memory");
		exit(1);
	}
	return crw;
}

static inline struct crw *fakehost_run(const char *rules, const char *stage)
{
	struct crw *crw = fakehost_open(rules, stage);

	crw_run(crw);
	return crw;
}

/* Every change, a line each, or the error. Good until the next. */
static inline const char *fakehost_lines(const struct crw *crw)
{
	static char text[8000];
	size_t n = 0;

	if (*crw_error(crw))
		return crw_error(crw);
	text[0] = 0;
	for (size_t i = 0; i < crw_change_count(crw) && n < sizeof(text) - 500; i++) {
		n += (size_t)crw_change_text(crw_change(crw, i), text + n, 500);
		text[n++] = '\n';
		text[n] = 0;
	}
	return text;
}

#endif
