/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which set of groups a task or thread has: that is not in cgroup.img but in its
 * core image, and which threads are a task's is in pstree.img.
 */
#ifndef CRW_CGROUP_TASKS_H
#define CRW_CGROUP_TASKS_H

#include "../../proto/image.h"
#include "tree.h"

/* Of an entry of pstree.img. */
enum {
	PSTREE_PID = 1,
	PSTREE_THREADS = 5,
};

/* The last number of that field; *value stays where there is none. */
int tasks_number(struct span body, uint32_t number, uint64_t *value, struct error *err);

/* The set in the body of a core image; 0: it says none. */
int tasks_set(struct span core, uint64_t *set, struct error *err);

/* Calls for the entries of all images of a kind as long as it returns 0; what else it
 * returns is returned. The world has images. */
typedef int tasks_taker(void *ctx, const struct rules_image *file, const struct image_entry *entry,
			struct error *err);
int tasks_each_entry(const struct rules_world *world, const char *kind, tasks_taker *take,
		     void *ctx, struct error *err);

/*
 * The set of the root task: 1 with it; where the images do not say which that is, the
 * first. 0 when there is none: criu was in the same groups at the dump, and then leaves
 * them out. -1.
 */
int tasks_root_set(const struct rules_call *call, const struct cgroup_tree *tree,
		   const struct cgroup_set **set, struct error *err);

#endif
