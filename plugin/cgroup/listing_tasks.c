/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listing.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "../reader.h"

/* ---- the sets of tasks ---- */

/* Of a task or thread; 0: its image says none. A task has one in both messages; CRIU takes
 * the thread's. */
static int read_set(struct crw *crw, unsigned pid, uint64_t *set)
{
	struct crw_reader *reader;
	struct crw_message core;
	char name[32];
	int more;

	*set = 0;
	snprintf(name, sizeof(name), "core-%u.img", pid);
	more = crw_reader_open_at(crw, crw->checkpoint.dir, name, &reader);
	if (more > 0)
		more = crw_reader_next(reader, &core);
	if (more > 0)
		*set = crw_get_number(crw, &core, "thread_core.cg_set");
	if (more > 0 && !*set)
		*set = crw_get_number(crw, &core, "tc.cg_set");
	crw_reader_close(reader);
	return more < 0 ? -1 : 0;
}

static void add_task(struct buffer *tasks, uint64_t set, unsigned pid)
{
	const struct listed_task task = { set, pid };

	buffer_append(tasks, span_of(&task, sizeof(task)));
}

static int read_task(struct crw *crw, const struct crw_message *entry, struct buffer *tasks)
{
	unsigned pid = (unsigned)crw_get_number(crw, entry, "pid");
	struct crw_value thread = { .kind = CRW_UNSIGNED };
	uint64_t set, other;
	int more;

	if (read_set(crw, pid, &set) < 0)
		return -1;
	add_task(tasks, set, pid);
	while ((more = crw_get_next(crw, entry, "threads", &thread)) > 0) {
		if (thread.number == pid)
			continue;
		if (read_set(crw, (unsigned)thread.number, &other) < 0)
			return -1;
		if (other != set)
			add_task(tasks, other, (unsigned)thread.number);
	}
	return more;
}

int listing_read_tasks(struct crw *crw, struct buffer *tasks)
{
	struct crw_reader *reader;
	struct crw_message entry;
	int more = crw_reader_open_at(crw, crw->checkpoint.dir, "pstree.img", &reader);

	while (more > 0 && (more = crw_reader_next(reader, &entry)) > 0)
		if (read_task(crw, &entry, tasks) < 0)
			more = -1;
	crw_reader_close(reader);
	if (tasks->failed)
		return fail_memory(&crw->err);
	return more;
}

/* ---- their groups ---- */

struct place {
	const struct cgroup_group *group;
	unsigned pid;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->group != y->group)
		return (uintptr_t)x->group < (uintptr_t)y->group ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int compare_sets(const void *a, const void *b)
{
	const struct cgroup_set *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

int listing_read_sets(const struct cgroup_tree *tree, struct listed_sets *sets, struct error *err)
{
	for (const struct cgroup_set *set = tree->sets; set; set = set->next)
		if (!tsearch(set, &sets->root, compare_sets))
			return fail_memory(err);
	return 0;
}

static void keep(void *set)
{
}

void listing_free_sets(struct listed_sets *sets)
{
	tdestroy(sets->root, keep);
}

const struct cgroup_set *listing_set_of(const struct listed_sets *sets,
					const struct listed_task *task)
{
	const struct cgroup_set wanted = { .id = (uint32_t)task->set };
	const struct cgroup_set *const *found = NULL;

	if (task->set == wanted.id)
		found = tfind(&wanted, &sets->root, compare_sets);
	return found ? *found : NULL;
}

static int place_task(struct cgroup_tree *tree, struct cgroup_index *index,
		      struct cgroup_controller *c, const struct cgroup_set *set, unsigned pid,
		      struct buffer *places, struct error *err)
{
	struct place place = { NULL, pid };

	for (const struct cgroup_member *m = set ? set->members : NULL; m; m = m->next) {
		if (!cgroup_controller_holds(c, m))
			continue;
		place.group = cgroup_group_make(tree, index, c, m->path);
		buffer_append(places, span_of(&place, sizeof(place)));
		if (!place.group || places->failed)
			return fail_memory(err);
	}
	return 0;
}

int listing_place_tasks(struct cgroup_tree *tree, struct cgroup_index *index,
			const struct listed_sets *sets, struct cgroup_controller *c,
			const struct buffer *tasks, struct listed_places *out, struct error *err)
{
	const struct listed_task *task = (const void *)tasks->data;
	cleanup_buffer struct buffer places = { 0 };
	const struct place *place;

	for (size_t i = 0; i < tasks->size / sizeof(*task); i++)
		if (place_task(tree, index, c, listing_set_of(sets, &task[i]), task[i].pid, &places,
			       err) < 0)
			return -1;
	out->count = places.size / sizeof(*place);
	out->groups = arena_array(tree->arena, out->count + 1, sizeof(struct cgroup_group *));
	out->pids = arena_array(tree->arena, out->count + 1, sizeof(*out->pids));
	if (!out->groups || !out->pids)
		return fail_memory(err);
	place = (const void *)places.data;
	if (out->count)
		qsort(places.data, out->count, sizeof(*place), compare_places);
	for (size_t i = 0; i < out->count; i++) {
		out->groups[i] = place[i].group;
		out->pids[i] = place[i].pid;
	}
	return 0;
}

const unsigned *listing_tasks_in(const struct listed_places *places, const struct cgroup_group *g,
				 size_t *count)
{
	size_t low = 0, high = places->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((uintptr_t)places->groups[middle] < (uintptr_t)g)
			low = middle + 1;
		else
			high = middle;
	}
	while (high < places->count && places->groups[high] == g)
		high++;
	*count = high - low;
	return places->pids + low;
}
