/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths of groups: their parts, where CRIU will put a group of the checkpoint,
 * and where on this host that is. A path that has "." or ".." for a part is a
 * path of no group, wherever it comes from.
 */
#ifndef CRW_CGROUP_PLACE_H
#define CRW_CGROUP_PLACE_H

#include "image.h"

struct cgroup_hierarchy;
struct crw;

#define CGROUP_PATH_MAX 4000
#define CGROUP_HOST_PATH_MAX (2 * CGROUP_PATH_MAX)

/* Takes the next part off the front of a path; false at its end. Slashes more
 * than one count as one. */
bool cgroup_path_part(struct span *path, struct span *part);

/* Can a group, or a file of one, have that name? It is no part of a path when it is empty, "."
 * or "..", has a slash or a line end in it (the kernel refuses those) or more than 255 bytes. */
bool cgroup_path_is_part(struct span part);

/* Are all parts of the path names that a group can have? -1 with the one that is
 * none. */
int cgroup_path_check(struct span path, struct error *err);

/* Is path the group `above` or below it? "/" is above all. */
bool cgroup_path_within(struct span path, struct span above);

/* "/.." and "/../ct": so the kernel calls groups outside of the reader's cgroup namespace. */
bool cgroup_path_leads_out(const char *path);

/* "/ct" of "/ct/in", "/" of "/ct" and of "/", in the arena; NULL: no memory. */
char *cgroup_path_parent(struct arena *arena, const char *group);

/* "/parent/name" in the arena, with single slashes. NULL with err set: no memory,
 * or no path of a group. */
char *cgroup_path_join(struct arena *arena, const char *parent, struct span name,
		       struct error *err);

/* What the kernel makes of a path that is given for a group, in the arena: "/ct" of "ct/", "//ct"
 * and "/a/../ct", as groups have no links. A path that leads above the root stays as it is.
 * NULL: no memory. */
char *cgroup_path_resolve(struct arena *arena, const char *path);

/* Has whoever restores given any --cgroup-root? */
bool cgroup_root_given(const struct crw *crw);

/* The one for a hierarchy with these controllers ("" is v2), as CRIU chooses it: the
 * first that names one of them, else that for all; NULL: none. */
const char *cgroup_root_of(const struct crw *crw, const struct span *names, size_t count);

/*
 * The path of a top-level group of a controller entry. *moved says whether
 * --cgroup-root moves it. Follows CRIU's criu/cgroup.c (3.11 to 4.2): a group is
 * moved when a task is in it or below; the root replaces the part that was the
 * cgroup namespace's, or all of it where there was none.
 */
int cgroup_place(const struct crw *crw, struct span entry, const struct raw_controller *controller,
		 struct span dir_name, struct arena *arena, const char **path, bool *moved,
		 struct error *err);

/* The root of the cgroup namespace of v2 that a member is in, likewise: 1, 0 when there is
 * none or it is the host's root, -1. */
int cgroup_namespace_root(const struct crw *crw, struct span entry, const struct raw_controller *v2,
			  const struct raw_member *member, struct arena *arena, const char **root,
			  struct error *err);

/* The path of a file of a group below the root of the host; false when the mount
 * does not show that group, or when it is no path of a group or no name of a file; "" is the
 * group's own. */
bool cgroup_host_path(const struct cgroup_hierarchy *h, const char *group, const char *file,
		      char path[CGROUP_HOST_PATH_MAX]);

/* The same of the group itself, in the arena: 1, 0 or -1. */
int cgroup_host_place(const struct cgroup_hierarchy *h, const char *group, struct arena *arena,
		      const char **path, struct error *err);

#endif
