/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where CRIU will put the groups of a checkpoint on this host, given
 * --cgroup-root.
 */
#ifndef CRW_CGROUP_ROOT_H
#define CRW_CGROUP_ROOT_H

#include "../context.h"

/* In which group of one hierarchy the tasks of a set are. */
struct cgroup_membership {
	struct span name;  /* of the controllers: "cpu,cpuacct"; empty: v2 */
	struct span path;  /* "/ct/in" */
	uint64_t prefix;   /* bytes of the path that are the cgroup namespace's root; 0: none */
};

int cgroup_membership_read(struct span body, struct cgroup_membership *m, struct error *err);

/* "/parent/name" in the arena, with single slashes; NULL: no memory. */
char *cgroup_join(struct arena *arena, const char *parent, struct span name);

/*
 * The path of a top-level group `dir` of a controller entry. *moved says
 * whether --cgroup-root moves it. Follows CRIU's criu/cgroup.c (3.11 to 4.2):
 * a group is moved when a task is in it or below; the root replaces the part
 * that was the cgroup namespace's, or all of it where there was none.
 */
int cgroup_place(const struct crw *crw, struct span entry, struct span controller,
		 struct span dir_name, struct arena *arena, const char **path, bool *moved,
		 struct error *err);

#endif
