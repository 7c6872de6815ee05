/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Groups by parent and name. A balanced tree of the C library and no hash table: the names
 * are those of an image, which could be such that all have the same hash.
 */
#include <search.h>

#include "tree.h"

static int compare(const void *a, const void *b)
{
	const struct cgroup_group *x = a, *y = b;

	if (x->parent != y->parent)
		return (uintptr_t)x->parent < (uintptr_t)y->parent ? -1 : 1;
	return span_compare(x->name, y->name);
}

static void keep(void *group)
{
}

void cgroup_index_free(struct cgroup_index *index)
{
	tdestroy(index->root, keep);
	index->root = NULL;
}

void cgroup_index_add(struct cgroup_index *index, struct cgroup_group *g)
{
	if (!index || index->walks || tsearch(g, &index->root, compare))
		return;
	cgroup_index_free(index);
	index->walks = true;
}

void cgroup_index_add_below(struct cgroup_index *index, const struct cgroup_group *g)
{
	for (struct cgroup_group *child = g->children; child; child = child->next) {
		cgroup_index_add(index, child);
		cgroup_index_add_below(index, child);
	}
}

struct cgroup_group *cgroup_index_child(const struct cgroup_index *index,
					struct cgroup_group *parent, struct span name)
{
	const struct cgroup_group wanted = { .parent = parent, .name = name };
	struct cgroup_group *const *found;

	if (!index || index->walks)
		return cgroup_group_child(parent, name);
	found = tfind(&wanted, &index->root, compare);
	return found ? *found : NULL;
}
