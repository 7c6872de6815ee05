/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The groups of a checkpoint and of this host as one tree, for the public header: a
 * hierarchy after the other, from its root down, sub-groups in order of name.
 */
#include "listing.h"

#include <stdlib.h>
#include <string.h>

#include "../../proto/image.h"
#include "capture.h"
#include "place.h"
#include "properties.h"
#include "target.h"
#include "verbs.h"

#define LISTED_MAX 1000000 /* groups */

struct listing {
	struct crw *crw;
	struct arena *arena;
	const struct cgroup_host *host;
	struct cgroup_tree tree;
	struct cgroup_index index;
	struct listed_sets sets;
	struct buffer tasks; /* of struct listed_task */
	bool all;
	crw_group_sink sink;
	void *arg;
	int ended; /* what the sink returned, if that was not 0 */
	size_t count;
	/* of the controller that is listed */
	const char *label, *host_label;
	enum property_versions version;
	const struct cgroup_hierarchy *hierarchy; /* of the host; NULL: it has none */
	struct listed_places places;
};

/* A group that is going to be listed. */
struct spot {
	const char *name;
	const char *path;
	const struct cgroup_group *group; /* of the checkpoint; NULL: it has none */
	bool on_host;
	bool last, last_on_host;
};

/* ---- limits ---- */

/* Is it more than a new group has by itself? */
static bool limits(enum property_versions version, const char *name, const char *value)
{
	const struct property_row *row = property_find(version, span_text(name));

	return value && !(row && property_is_fresh(row, span_text(value)));
}

static int compare_limits(const void *a, const void *b)
{
	const struct crw_limit *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void add_limit(struct listing *l, const struct spot *at, const char *name, const char *value,
		      struct buffer *list)
{
	struct crw_limit limit = { .name = name, .value = value };
	enum property_versions version = PROPERTY_V1;

	if (l->hierarchy && l->hierarchy->version == 2)
		version = PROPERTY_V2;
	if (at->on_host)
		limit.on_host = listing_host_value(l->host, l->hierarchy, at->path, name, l->arena);
	if (l->all || limits(l->version, name, value) || limits(version, name, limit.on_host))
		buffer_append(list, span_of(&limit, sizeof(limit)));
}

/* Those of the checkpoint, and what this host has besides. */
static int list_limits(struct listing *l, const struct spot *at, const struct listed_host *here,
		       struct buffer *list, struct error *err)
{
	const struct cgroup_property *p = at->group ? at->group->properties : NULL;

	for (; p; p = p->next) {
		const char *name = cgroup_text(l->arena, p->name);
		const char *value = cgroup_text(l->arena, p->value);

		if (!name || !value)
			return fail_memory(err);
		add_limit(l, at, name, value, list);
	}
	for (size_t i = 0; i < here->setting_count; i++)
		if (!at->group || !cgroup_group_property(at->group, here->settings[i]))
			add_limit(l, at, here->settings[i], NULL, list);
	if (list->size)
		qsort(list->data, list->size / sizeof(struct crw_limit), sizeof(struct crw_limit),
		      compare_limits);
	return list->failed ? fail_memory(err) : 0;
}

/* ---- groups ---- */

static int give_group(struct listing *l, const struct spot *at, unsigned depth,
		      const struct listed_host *here, struct error *err)
{
	cleanup_buffer struct buffer list = { 0 };
	struct crw_group group = {
		.hierarchy = l->label,
		.host_hierarchy = l->host_label,
		.path = at->path,
		.name = at->name,
		.depth = depth,
		.in_checkpoint = at->group != NULL,
		.on_host = at->on_host,
		.last = at->last,
		.last_on_host = at->last_on_host,
		.host_tasks = here->pids,
		.host_task_count = here->pid_count,
		.below_host = here->group_count,
	};

	if (++l->count > LISTED_MAX)
		return fail(err, "more than %d groups", LISTED_MAX);
	if (list_limits(l, at, here, &list, err) < 0)
		return -1;
	if (at->group)
		group.tasks = listing_tasks_in(&l->places, at->group, &group.task_count);
	for (const struct cgroup_group *g = at->group ? at->group->children : NULL; g; g = g->next)
		group.below++;
	group.limits = (const void *)list.data;
	group.limit_count = list.size / sizeof(*group.limits);
	l->ended = l->sink(l->arg, &group);
	return 0;
}

/* Of one name, that of the checkpoint first. */
static int compare_spots(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : !x->group - !y->group;
}

static void add_spot(struct buffer *spots, const char *name, const struct cgroup_group *group)
{
	const struct spot spot = { .name = name, .group = group, .on_host = !group };

	buffer_append(spots, span_of(&spot, sizeof(spot)));
}

/* What both sides have becomes one. Returns how many are left. */
static size_t unite(struct spot *spots, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (kept && !spots[i].group && strcmp(spots[kept - 1].name, spots[i].name) == 0)
			spots[kept - 1].on_host = true;
		else
			spots[kept++] = spots[i];
	}
	return kept;
}

/* What is in a group, on either side, in order. */
static int collect(struct listing *l, const struct spot *at, const struct listed_host *here,
		   struct buffer *spots, size_t *count, struct error *err)
{
	const struct cgroup_group *g = at->group ? at->group->children : NULL;
	bool last = true, last_on_host = true;
	struct spot *spot;

	for (; g; g = g->next) {
		const char *name = cgroup_text(l->arena, g->name);

		if (!name)
			return fail_memory(err);
		add_spot(spots, name, g);
	}
	for (size_t i = 0; i < here->group_count; i++)
		add_spot(spots, here->groups[i], NULL);
	if (spots->failed)
		return fail_memory(err);
	spot = (struct spot *)(void *)spots->data;
	*count = spots->size / sizeof(*spot);
	if (*count)
		qsort(spot, *count, sizeof(*spot), compare_spots);
	*count = unite(spot, *count);
	for (size_t i = *count; i-- > 0;) {
		spot[i].last = last;
		spot[i].last_on_host = last_on_host;
		last &= !spot[i].group;
		last_on_host &= !spot[i].on_host;
	}
	return 0;
}

/* The group, and what is in it. */
static int list_group(struct listing *l, const struct spot *at, unsigned depth, struct error *err)
{
	cleanup_buffer struct buffer spots = { 0 };
	struct listed_host here;
	struct spot *below;
	size_t count = 0;
	int status;

	if (listing_read_host(l->host, at->on_host ? l->hierarchy : NULL, at->path, l->arena, &here,
			      err) < 0)
		return -1;
	status = give_group(l, at, depth, &here, err);
	if (status < 0 || l->ended || depth == CGROUP_DEPTH_MAX || (!at->group && !l->all))
		return status;
	status = collect(l, at, &here, &spots, &count, err);
	below = (struct spot *)(void *)spots.data;
	for (size_t i = 0; status == 0 && !l->ended && i < count; i++) {
		below[i].path = cgroup_path_join(l->arena, at->path, span_text(below[i].name), err);
		status = below[i].path ? list_group(l, &below[i], depth + 1, err) : -1;
	}
	return status;
}

/* ---- hierarchies ---- */

/* Where this host has a controller of the checkpoint: as it was there, or else on v2. */
static void find_hierarchy(struct listing *l, const struct cgroup_controller *c)
{
	const struct cgroup_hierarchy *v2 = cgroup_host_find(l->host, span_text(""));

	l->version = c->name_count && !c->names[0].size ? PROPERTY_V2 : PROPERTY_V1;
	l->hierarchy = NULL;
	for (size_t i = 0; i < c->name_count && !l->hierarchy; i++) {
		l->hierarchy = cgroup_host_find(l->host, c->names[i]);
		if (!l->hierarchy && v2 && v2->controllers &&
		    cgroup_list_has(span_text(v2->controllers), " ", c->names[i]))
			l->hierarchy = v2;
	}
	l->host_label = l->hierarchy && l->hierarchy->version == 2 ? "v2" :
			l->hierarchy                               ? l->hierarchy->controllers :
								     NULL;
}

static int list_controller(struct listing *l, struct cgroup_controller *c, struct error *err)
{
	const struct spot root = {
		.name = "/", .path = "/", .group = &c->root, .last = true, .last_on_host = true
	};
	struct spot at = root;

	l->label = cgroup_label(c->names, c->name_count, l->arena);
	if (!l->label)
		return fail_memory(err);
	find_hierarchy(l, c);
	at.on_host = l->hierarchy && l->hierarchy->mount;
	if (listing_place_tasks(&l->tree, &l->index, &l->sets, c, &l->tasks, &l->places, err) < 0)
		return -1;
	return list_group(l, &at, 0, err);
}

static int add_recorded_group(struct listing *l, struct cgroup_controller *v2,
			      const struct raw_group *g, struct error *err)
{
	struct cgroup_group *group = cgroup_group_make(&l->tree, &l->index, v2, g->name);
	struct span rest = g->field.bytes;
	struct raw_property property;
	int more = group ? 0 : fail_memory(err);

	while (group && (more = raw_next_property(&rest, &property, err)) > 0) {
		const char *name = cgroup_text(l->arena, property.name);

		/* Without a value only the owner was recorded. */
		if (!name || (property.value.bytes.size &&
			      !cgroup_group_set(&l->tree, group, name, property.value.bytes)))
			return fail_memory(err);
	}
	return more;
}

/* What the verb `capture` recorded goes with what CRIU says. */
static int add_recorded(void *ctx, const struct raw_controller *recorded, struct error *err)
{
	struct listing *l = ctx;
	struct cgroup_controller *c = recorded->name_count ?
					      cgroup_tree_controller(&l->tree, recorded->names[0]) :
					      NULL;
	struct span rest = recorded->field.bytes;
	struct raw_group g;
	int more = 0;

	while (c && (more = raw_next_group(&rest, NULL, &g, err)) > 0)
		if (add_recorded_group(l, c, &g, err) < 0)
			return -1;
	return more;
}

/* Those whose groups criu left out: it was in the same. */
static int give_others(struct listing *l, struct error *err)
{
	const struct listed_task *task = (const void *)l->tasks.data;
	size_t count = l->tasks.size / sizeof(*task);
	unsigned *pids = arena_array(l->arena, count + 1, sizeof(*pids));
	struct crw_group group = { .tasks = pids, .in_checkpoint = true };

	if (!pids)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		if (!listing_set_of(&l->sets, &task[i]))
			pids[group.task_count++] = task[i].pid;
	if (group.task_count)
		l->ended = l->sink(l->arg, &group);
	return 0;
}

static int list_all(struct listing *l, struct error *err)
{
	struct span entry;
	int found = cgroup_entry_of(l->crw, &entry, err);

	if (found < 0 || facts_cgroups(&l->crw->facts, &l->host, err) < 0 ||
	    listing_read_tasks(l->crw, &l->tasks) < 0)
		return -1;
	l->tree.arena = l->arena;
	if (found && cgroup_tree_read(&l->tree, l->arena, entry, err) < 0)
		return -1;
	for (const struct cgroup_controller *c = l->tree.controllers; c; c = c->next)
		cgroup_index_add_below(&l->index, &c->root);
	if (listing_read_sets(&l->tree, &l->sets, err) < 0 ||
	    (found && capture_each(l->crw, add_recorded, l, err) < 0))
		return -1;
	for (struct cgroup_controller *c = l->tree.controllers; c && !l->ended; c = c->next)
		if (list_controller(l, c, err) < 0)
			return -1;
	return l->ended ? 0 : give_others(l, err);
}

int crw_each_group(struct crw *crw, bool all, crw_group_sink sink, void *arg)
{
	struct arena arena = { 0 };
	struct listing l = { .crw = crw, .arena = &arena, .all = all, .sink = sink, .arg = arg };
	int status = list_all(&l, &crw->err);

	buffer_free(&l.tasks);
	listing_free_sets(&l.sets);
	cgroup_index_free(&l.index);
	arena_free(&arena);
	return status < 0 ? -1 : l.ended;
}
