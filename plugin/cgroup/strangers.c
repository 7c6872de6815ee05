/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "strangers.h"

#include <stdlib.h>
#include <string.h>

#include "../change.h"

#define SHOWN_MAX 8 /* groups that the report names */

struct taking {
	struct buffer path;  /* of the group that the walk is in, with its NUL */
	struct buffer names; /* "/a, /b/c" */
	size_t count;
};

/* ---- where tasks are ---- */

/* With single slashes, as the walk has them. */
int strangers_add_place(struct buffer *places, struct arena *arena, struct span path,
			struct error *err)
{
	uint8_t *text = arena_alloc(arena, path.size + 1);
	struct span place = { text, 0 }, part;

	if (!text)
		return fail_memory(err);
	while (cgroup_path_part(&path, &part)) {
		text[place.size++] = '/';
		memcpy(text + place.size, part.data, part.size);
		place.size += part.size;
	}
	if (place.size)
		buffer_append(places, span_of(&place, sizeof(place)));
	return places->failed ? fail_memory(err) : 0;
}

static int weight_of(uint8_t c)
{
	return c == '/' ? 0 : c + 1;
}

/* What is below a group stands right behind it: "/a", "/a/b", "/a-b". */
static int compare_places(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	for (size_t i = 0; i < x->size && i < y->size; i++)
		if (x->data[i] != y->data[i])
			return weight_of(x->data[i]) - weight_of(y->data[i]);
	return (x->size > y->size) - (x->size < y->size);
}

/* The first place that is the group, or does not come before it. */
static const struct span *find_place(const struct buffer *places, struct span group)
{
	const struct span *all = (const void *)places->data;
	size_t low = 0, count = places->size / sizeof(*all), high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_places(&all[middle], &group) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count ? &all[low] : NULL;
}

/* ---- the walk ---- */

/* Returns what to give to pop(). */
static size_t push(struct buffer *path, struct span name)
{
	size_t before = path->size;

	buffer_byte(path, '/');
	buffer_append(path, name);
	return before;
}

static void pop(struct buffer *path, size_t before)
{
	path->size = before;
}

static void mark(struct cgroup_group *parent, struct buffer *path, const struct buffer *places)
{
	for (struct cgroup_group *g = parent->children; g; g = g->next) {
		size_t before = push(path, g->name);
		struct span group = buffer_span(path);
		const struct span *place = find_place(places, group);
		bool within = place && cgroup_path_within(*place, group);

		g->busy = within && place->size == group.size;
		g->marked = within || parent->busy || parent->below_busy;
		g->below_busy = parent->busy || parent->below_busy;
		if (g->marked)
			mark(g, path, places);
		pop(path, before);
	}
}

int strangers_mark(struct cgroup_group *root, struct buffer *places, struct error *err)
{
	cleanup_buffer struct buffer path = { 0 };

	if (places->size)
		qsort(places->data, places->size / sizeof(struct span), sizeof(struct span),
		      compare_places);
	mark(root, &path, places);
	return path.failed ? fail_memory(err) : 0;
}

static void take_out(struct taking *t, struct cgroup_group *parent)
{
	struct cgroup_group *next, *children = parent->children;

	parent->children = parent->last = NULL;
	for (struct cgroup_group *g = children; g; g = next) {
		size_t before = push(&t->path, g->name);

		next = g->next;
		if (g->marked) {
			cgroup_group_append(parent, g);
			take_out(t, g);
		} else if (t->count++ < SHOWN_MAX) {
			buffer_text(&t->names, t->names.size ? ", " : "");
			buffer_append(&t->names, buffer_span(&t->path));
		}
		pop(&t->path, before);
	}
}

int strangers_take_out(const struct rules_call *call, struct cgroup_group *root, const char *label,
		       struct error *err)
{
	struct taking t = { .count = 0 };
	struct change change = {
		.type = CHANGE_GROUP,
		.hierarchy = label,
		.group = "/",
		.note = "no task of the checkpoint is in it",
	};
	int status = 0;

	take_out(&t, root);
	if (t.count > 1)
		change.note = "no task of the checkpoint is in them";
	if (t.count > SHOWN_MAX)
		buffer_printf(&t.names, " and %zu more", t.count - SHOWN_MAX);
	change.before = buffer_span(&t.names);
	if (t.names.failed || t.path.failed)
		status = fail_memory(err);
	if (status == 0 && t.count)
		status = change_by(call, change, err);
	buffer_free(&t.names);
	buffer_free(&t.path);
	return status < 0 ? -1 : t.count > 0;
}

/* What the namespace of a task hides is the container's. */
static struct span place_of(const struct cgroup_member *member)
{
	return member->prefix > 1 ? span_of(member->path.data, (size_t)member->prefix) :
				    member->path;
}

static int drop_from(const struct rules_call *call, struct cgroup_tree *tree,
		     struct cgroup_controller *c, struct error *err)
{
	const char *label = cgroup_label(c->names, c->name_count, tree->arena);
	cleanup_buffer struct buffer places = { 0 };

	if (!label)
		return fail_memory(err);
	for (const struct cgroup_set *set = tree->sets; set; set = set->next)
		for (const struct cgroup_member *m = set->members; m; m = m->next)
			if (cgroup_controller_holds(c, m) &&
			    strangers_add_place(&places, tree->arena, place_of(m), err) < 0)
				return -1;
	if (strangers_mark(&c->root, &places, err) < 0)
		return -1;
	return strangers_take_out(call, &c->root, label, err);
}

int strangers_drop(const struct rules_call *call, struct cgroup_tree *tree, struct error *err)
{
	int changed = 0, status = 0;

	for (struct cgroup_controller *c = tree->controllers; c && status >= 0; c = c->next) {
		status = drop_from(call, tree, c, err);
		changed |= status > 0;
	}
	return status < 0 ? -1 : changed;
}
