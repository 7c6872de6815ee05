/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tasks.h"

#include <stdlib.h>
#include <string.h>

enum {
	CORE_TC = 3,
	CORE_THREAD_CORE = 5,
	TASK_CORE_CG_SET = 9,
	THREAD_CORE_CG_SET = 16,
};

int tasks_number(struct span body, uint32_t number, uint64_t *value, struct error *err)
{
	struct wire_field f;
	int more;

	while ((more = wire_next_of(&body, number, &f, err)) > 0)
		if (f.type == WIRE_VARINT)
			*value = f.scalar;
	return more;
}

/* A task has a set in both messages; CRIU takes the thread's. */
int tasks_set(struct span core, uint64_t *set, struct error *err)
{
	uint64_t of_task = 0;
	struct wire_field f;
	int more;

	*set = 0;
	while ((more = wire_next(&core, &f, err)) > 0) {
		if (f.type != WIRE_BYTES)
			continue;
		if (f.number == CORE_THREAD_CORE)
			more = tasks_number(f.bytes, THREAD_CORE_CG_SET, set, err);
		else if (f.number == CORE_TC)
			more = tasks_number(f.bytes, TASK_CORE_CG_SET, &of_task, err);
		if (more < 0)
			return -1;
	}
	*set = *set ? *set : of_task;
	return more;
}

int tasks_each_entry(const struct rules_world *world, const char *kind, tasks_taker *take,
		     void *ctx, struct error *err)
{
	const struct image_kind *k = kind_named(kind, strlen(kind));
	struct rules_image file;
	struct image_entry entry;
	struct image image;
	int found, status;

	for (size_t i = 0; (found = world->image(world->ctx, k, i, &file, err)) > 0; i++) {
		status = rules_image_open(&file, &image, err);
		while (status >= 0 && (status = image_next(&image, &entry, err)) > 0)
			if ((status = take(ctx, &file, &entry, err)) != 0)
				break;
		if (status < 0)
			return error_context(err, "%s", file.file);
		if (status > 0)
			return status;
	}
	return found;
}

/* ---- the root task ---- */

struct root_task {
	uint64_t pid, set;
};

/* CRIU writes parents before children. */
static int take_first(void *ctx, const struct rules_image *file, const struct image_entry *entry,
		      struct error *err)
{
	struct root_task *root = ctx;

	return tasks_number(entry->body, PSTREE_PID, &root->pid, err) < 0 ? -1 : 1;
}

static int take_core(void *ctx, const struct rules_image *file, const struct image_entry *entry,
		     struct error *err)
{
	struct root_task *root = ctx;
	struct span id;

	if (!kind_of_file(file->file, &id) ||
	    strtoull((const char *)id.data, NULL, 10) != root->pid)
		return 0;
	return tasks_set(entry->body, &root->set, err) < 0 ? -1 : 1;
}

int tasks_root_set(const struct rules_call *call, const struct cgroup_tree *tree,
		   const struct cgroup_set **set, struct error *err)
{
	struct root_task root = { 0, 0 };
	const struct rules_world *world = call->world;

	*set = tree->sets;
	if (!world->image)
		return *set != NULL;
	if (tasks_each_entry(world, "pstree", take_first, &root, err) < 0 ||
	    (root.pid && tasks_each_entry(world, "core", take_core, &root, err) < 0))
		return -1;
	while (root.set && *set && (*set)->id != root.set)
		*set = (*set)->next;
	return *set != NULL;
}
