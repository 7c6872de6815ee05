/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For those who want to see the groups of a checkpoint beside those of this host,
 * crw_each_group(): which tasks of the checkpoint are in which group, and what the
 * directory of a group on this host has in it. No rules are involved.
 */
#ifndef CRW_CGROUP_LISTING_H
#define CRW_CGROUP_LISTING_H

#include "../context.h"
#include "host.h"
#include "tree.h"

/* ---- listing_tasks.c ---- */

struct listed_task {
	uint64_t set; /* 0, or none of the tree: criu had the same groups, and left them out */
	unsigned pid;
};

/* Appends the tasks as struct listed_task; of their threads only those that have another
 * set than the task. Errors are those of the object. */
int listing_read_tasks(struct crw *crw, struct buffer *tasks);

/* The sets of a tree by id, of one id the first. Zero-initialise. */
struct listed_sets {
	void *root;
};
int listing_read_sets(const struct cgroup_tree *tree, struct listed_sets *sets, struct error *err);
void listing_free_sets(struct listed_sets *sets);

/* Of a task; NULL: the checkpoint has not its groups. */
const struct cgroup_set *listing_set_of(const struct listed_sets *sets,
					const struct listed_task *task);

/* The groups of one controller in which tasks are, by address, and the tasks' pids in the
 * same order. Both are in the arena of the tree, which gets groups that it lacks. */
struct listed_places {
	const struct cgroup_group **groups;
	unsigned *pids;
	size_t count;
};
int listing_place_tasks(struct cgroup_tree *tree, struct cgroup_index *index,
			const struct listed_sets *sets, struct cgroup_controller *c,
			const struct buffer *tasks, struct listed_places *out, struct error *err);

/* The tasks in a group: where their pids begin, and how many there are. */
const unsigned *listing_tasks_in(const struct listed_places *places, const struct cgroup_group *g,
				 size_t *count);

/* ---- listing_host.c ---- */

/* What there is of a group in its directory; all of it is in the arena, names in order. */
struct listed_host {
	bool exists;
	const char **groups;
	size_t group_count;
	const char **settings; /* files of which it is known what a new group has in them */
	size_t setting_count;
	unsigned *pids;
	size_t pid_count;
};

/* h NULL: there is none. */
int listing_read_host(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		      const char *group, struct arena *arena, struct listed_host *out,
		      struct error *err);

/* A value without the end of its last line, in the arena; NULL where there is none to read.
 * Where reading fails, why: "(Input/output error)". */
const char *listing_host_value(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
			       const char *group, const char *file, struct arena *arena);

#endif
