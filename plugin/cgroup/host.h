/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cgroup hierarchies of this host: where each controller is mounted,
 * which groups exist, what they allow, and in which group CRIU itself is.
 */
#ifndef CRW_CGROUP_HOST_H
#define CRW_CGROUP_HOST_H

#include "../../rules/value.h"

struct cgroup_hierarchy {
	int version;             /* 1 or 2 */
	const char *controllers; /* v1: "cpu,cpuacct", "name=systemd"; v2: "cpuset cpu memory" */
	const char *own;         /* group of this process: "/", "/user.slice" */
	const char *caller;      /* group of its parent; NULL: to be asked for */
	const char *mount;       /* "sys/fs/cgroup/cpuset", below the root; NULL: not mounted */
	const char *mount_root;  /* the group that is seen at the mount point, mostly "/" */
};

struct cgroup_host {
	struct arena arena;
	int root; /* borrowed descriptor of "/" */
	struct cgroup_hierarchy *items;
	size_t count;
};

/* Reads /proc/self/cgroup and /proc/self/mountinfo below root, which must
 * stay open. */
int cgroup_host_read(struct cgroup_host *host, int root, struct error *err);
void cgroup_host_free(struct cgroup_host *host);

enum cgroup_layout {
	CGROUP_NONE,
	CGROUP_LEGACY,  /* v1 only */
	CGROUP_UNIFIED, /* v2 only */
	CGROUP_HYBRID,  /* controllers on v1, v2 beside them */
};
enum cgroup_layout cgroup_host_layout(const struct cgroup_host *host);

/* By controller ("cpuset", "name=systemd", "" for v2); NULL: not here. */
const struct cgroup_hierarchy *cgroup_host_find(const struct cgroup_host *host,
						struct span controller);

/* The group, in the arena, of the process that has started this one: 1, 0 when it
 * cannot be seen from here, -1. */
int cgroup_host_caller(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		       struct arena *arena, const char **group, struct error *err);

/* The same by such a file below the root of the host: "proc/7/cgroup". */
int cgroup_host_group_of(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
			 const char *file, struct arena *arena, const char **group,
			 struct error *err);

/* Does the group exist: 1, 0, or -1 when it cannot be looked at? `group` begins with '/'.
 * Of a hierarchy that is not mounted only the group of this process is known, and those
 * above it. */
int cgroup_host_exists(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		       const char *group, struct error *err);

/* Does the group have this file: 1, 0, -1? */
int cgroup_host_has_file(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
			 const char *group, const char *file, struct error *err);

/* From the group up to one that exists; "/" does, and without a hierarchy nothing else.
 * *group stays, or is in the arena. */
int cgroup_host_nearest(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
			struct arena *arena, const char **group, struct error *err);

/*
 * What a group may use of "cpus" or "mems": the effective mask of the group
 * or of its nearest existing ancestor. *existing, if not NULL, gets that
 * group's path. 1, 0 when the host does not say, -1.
 */
int cgroup_host_mask(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		     const char *group, const char *resource, struct arena *arena,
		     struct value *mask, const char **existing, struct error *err);

#endif
