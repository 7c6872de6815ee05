/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Groups of strangers: a task in the root of a hierarchy drags all groups of the host
 * that it was dumped on into the checkpoint. Those of the checkpoint are the groups
 * that its tasks are in, what is above them, and, unless that is the root, below.
 */
#ifndef CRW_CGROUP_STRANGERS_H
#define CRW_CGROUP_STRANGERS_H

#include "tree.h"

/* Adds a group that a task is in to the list, as a span. */
int strangers_add_place(struct buffer *places, struct arena *arena, struct span path,
			struct error *err);

/* Those groups are `busy` then, those of the checkpoint are `marked`. */
int strangers_mark(struct cgroup_group *root, struct buffer *places, struct error *err);

/* Takes out what is not marked, and reports it under the label of its hierarchy in one
 * line. 1 when there was something, 0, -1. */
int strangers_take_out(const struct rules_call *call, struct cgroup_group *root, const char *label,
		       struct error *err);

/* Both, for all controllers of the tree. */
int strangers_drop(const struct rules_call *call, struct cgroup_tree *tree, struct error *err);

#endif
