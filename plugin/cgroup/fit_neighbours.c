/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Groups of this host that those of the checkpoint come to stand beside, on v1.
 *
 * The kernel lets no two groups of one parent overlap when either of them is
 * exclusive, and a group be exclusive only in one that is (kernel/cgroup/cpuset.c,
 * validate_change). What a neighbour has for itself therefore leaves the masks, and
 * a group that a neighbour overlaps is not exclusive any more. On v2 the CPUs of a
 * partition are not in the effective mask of the group above, and the kernel takes
 * masks that overlap.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../proto/file.h"
#include "../hostfile.h"
#include "fit.h"

#define NEIGHBOURS_MAX 4096 /* of one parent */

const char *const fit_exclusive_names[FIT_MASKS] = { "cpuset.cpu_exclusive",
						     "cpuset.mem_exclusive" };
static const char *const for_people[FIT_MASKS] = { "CPUs", "memory nodes" };

const char fit_not_exclusive[] = "the group above is not exclusive here";

struct neighbour {
	const char *name;
	bool ours; /* of the checkpoint too */
	bool exclusive[FIT_MASKS];
	struct value mask[FIT_MASKS];
};

struct fit_neighbours {
	struct fit_neighbours *next;
	const char *parent;
	struct neighbour *items;
	size_t count;
	struct value taken[FIT_MASKS]; /* what the exclusive ones have */
};

/* ---- which they are ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct neighbour *)a)->name, ((const struct neighbour *)b)->name);
}

static int list_names(struct fit *fit, struct fit_neighbours *n, struct error *err)
{
	cleanup_dir DIR *list = NULL;
	struct buffer found = { 0 };
	struct neighbour item = { .ours = false };
	const char *name = "";
	int status = fit_open_group(fit, n->parent, &list, err);

	if (status < 0)
		return -1;
	while (list && n->count < NEIGHBOURS_MAX && (name = fit_next_group(list))) {
		item.name = arena_copy(fit->arena, name, strlen(name));
		buffer_append(&found, span_of(&item, sizeof(item)));
		found.failed |= !item.name;
		n->count++;
	}
	if (list && !name && errno)
		status = fail_errno(err, "%s: cannot list", n->parent);
	n->items = found.failed ? NULL : arena_copy(fit->arena, found.data, found.size);
	buffer_free(&found);
	if (status < 0 || !n->items)
		return status < 0 ? -1 : fail_memory(err);
	qsort(n->items, n->count, sizeof(*n->items), by_name);
	return 0;
}

/* A name without its NUL against a neighbour's. */
static int to_name(const void *key, const void *item)
{
	const struct span *name = key;
	const char *other = ((const struct neighbour *)item)->name;
	int order = name->size ? strncmp((const char *)name->data, other, name->size) : 0;

	return order ? order : -(other[name->size] != 0);
}

static void mark_ours(struct fit_neighbours *n, struct span name)
{
	struct neighbour *found = bsearch(&name, n->items, n->count, sizeof(*n->items), to_name);

	if (found)
		found->ours = true;
}

static int mark_children(struct fit_neighbours *n, const struct fit_group *parent,
			 struct error *err)
{
	struct span rest = parent->raw.field.bytes;
	struct raw_group g;
	int more;

	while ((more = raw_next_group(&rest, &parent->raw, &g, err)) > 0)
		mark_ours(n, g.name);
	return more;
}

/* Where the groups of the controller entry will be, looked up once. */
static int place_tops(struct fit *fit, struct error *err)
{
	struct span rest = fit->controller.field.bytes;
	struct buffer paths = { 0 };
	struct raw_group g;
	const char *path;
	bool moved;
	int more;

	while ((more = raw_next_group(&rest, NULL, &g, err)) > 0) {
		if (cgroup_place(fit->crw, fit->entry, &fit->controller, g.name, fit->arena, &path,
				 &moved, err) < 0)
			break;
		buffer_append(&paths, span_of(&path, sizeof(path)));
	}
	fit->top_count = paths.size / sizeof(path);
	fit->tops = paths.failed ? NULL : arena_copy(fit->arena, paths.data, paths.size);
	buffer_free(&paths);
	return more ? -1 : fit->tops ? 0 : fail_memory(err);
}

static int mark_tops(struct fit *fit, struct fit_neighbours *n, struct error *err)
{
	size_t size = strcmp(n->parent, "/") == 0 ? 0 : strlen(n->parent);

	if (!fit->tops && place_tops(fit, err) < 0)
		return -1;
	for (size_t i = 0; i < fit->top_count; i++) {
		const char *path = fit->tops[i], *slash = strrchr(path, '/');

		if (slash == path + size && strncmp(path, n->parent, size) == 0)
			mark_ours(n, span_text(slash + 1));
	}
	return 0;
}

/* ---- what they have ---- */

/* One line of a file; "" when the group is gone by now. */
static int read_line(struct fit *fit, const char *group, const char *file, const char **line,
		     struct error *err)
{
	char path[CGROUP_HOST_PATH_MAX];

	*line = "";
	return cgroup_host_path(fit->hierarchy, group, file, path) ?
		       hostfile_line(fit->host->root, path, fit->arena, line, err) :
		       0;
}

static int read_mask(struct fit *fit, struct fit_neighbours *n, struct neighbour *item, int r,
		     struct error *err)
{
	const char *group = cgroup_path_join(fit->arena, n->parent, span_text(item->name), err);
	const char *mask, *exclusive;

	if (!group || read_line(fit, group, fit_mask_names[r], &mask, err) < 0 ||
	    read_line(fit, group, fit_exclusive_names[r], &exclusive, err) < 0 ||
	    value_set_parse(fit->arena, span_text(mask), &item->mask[r], err) < 0)
		return -1;
	item->exclusive[r] = strcmp(exclusive, "1") == 0;
	return item->exclusive[r] ?
		       value_set_union(fit->arena, n->taken[r], item->mask[r], &n->taken[r], err) :
		       0;
}

static int read_masks(struct fit *fit, struct fit_neighbours *n, struct error *err)
{
	for (int r = 0; r < FIT_MASKS; r++) {
		n->taken[r] = (struct value){ .type = VALUE_SET };
		for (size_t i = 0; i < n->count; i++)
			if (!n->items[i].ours && read_mask(fit, n, &n->items[i], r, err) < 0)
				return -1;
	}
	return 0;
}

static int read_neighbours(struct fit *fit, const struct fit_group *g, struct fit_neighbours *n,
			   struct error *err)
{
	if (list_names(fit, n, err) < 0)
		return -1;
	if (n->count == 0)
		return 0;
	if ((g->parent ? mark_children(n, g->parent, err) : mark_tops(fit, n, err)) < 0)
		return -1;
	return read_masks(fit, n, err);
}

/* The same list for all groups that come to be in `parent`. */
static int find_neighbours(struct fit *fit, const struct fit_group *g, struct span parent,
			   struct fit_neighbours **out, struct error *err)
{
	struct fit_neighbours *n = fit->neighbours;

	while (n && !span_is(parent, n->parent))
		n = n->next;
	*out = n;
	if (n)
		return 0;
	n = arena_alloc(fit->arena, sizeof(*n));
	if (n)
		n->parent = arena_copy(fit->arena, parent.data, parent.size);
	if (!n || !n->parent)
		return fail_memory(err);
	n->next = fit->neighbours;
	*out = fit->neighbours = n;
	return read_neighbours(fit, g, n, err);
}

/* ---- masks ---- */

/* With nothing left CRIU fails whatever the mask, so it stays as the checkpoint has it
 * and the neighbour keeps what it has. */
static int say_nothing_left(struct fit *fit, const struct fit_neighbours *n, int r,
			    struct error *err)
{
	const char *text = arena_printf(fit->arena,
					"%s:%s: groups of this host in %s have all of "
					"its %s for themselves (%s), so that the kernel will "
					"refuse %s",
					fit->label, fit_path(fit), n->parent, for_people[r],
					fit_exclusive_names[r], fit_mask_names[r]);

	if (!text)
		return fail_memory(err);
	explain_say(fit->call, text);
	return 0;
}

static int leave_taken(struct fit *fit, struct fit_group *g, int r, struct error *err)
{
	struct value left;

	if (value_set_minus(fit->arena, g->limits.of[r], g->beside->taken[r], &left, err) < 0)
		return -1;
	if (value_set_count(left) == 0)
		return say_nothing_left(fit, g->beside, r, err);
	g->limits.of[r] = left;
	return 0;
}

int fit_beside(struct fit *fit, struct fit_group *g, struct span parent, struct error *err)
{
	if (!fit_may_look(fit) || fit->hierarchy->version != 1 || strcmp(fit_path(fit), "/") == 0)
		return 0;
	if (find_neighbours(fit, g, parent, &g->beside, err) < 0)
		return -1;
	for (int r = 0; r < FIT_MASKS && !g->here; r++)
		if (value_set_count(g->beside->taken[r]) && leave_taken(fit, g, r, err) < 0)
			return -1;
	return 0;
}

/* The first group beside that has some of a mask, an exclusive one if so asked, as
 * "/busy of this host has some of these CPUs"; *note is NULL when there is none. */
static int find_overlap(struct fit *fit, const struct fit_group *g, int r, struct value mask,
			bool exclusive, const char **note, struct error *err)
{
	cleanup_arena struct arena scratch = { 0 };
	struct value both;

	*note = NULL;
	for (size_t i = 0; g->beside && i < g->beside->count; i++) {
		const struct neighbour *item = &g->beside->items[i];

		if (item->ours || (exclusive && !item->exclusive[r]))
			continue;
		if (value_set_intersect(&scratch, mask, item->mask[r], &both, err) < 0)
			return -1;
		if (value_set_count(both) == 0)
			continue;
		*note = arena_printf(fit->arena, "%s%s%s of this host has some of these %s%s",
				     g->beside->parent, g->beside->parent[1] ? "/" : "", item->name,
				     for_people[r], exclusive ? " for itself" : "");
		return *note ? 0 : fail_memory(err);
	}
	return 0;
}

int fit_taken_from(struct fit *fit, const struct fit_group *g, int r, struct span mask,
		   const char **note, struct error *err)
{
	struct value wanted;

	*note = NULL;
	if (!g->beside || g->here)
		return 0;
	return value_set_parse(fit->arena, mask, &wanted, err) < 0 ?
		       -1 :
		       find_overlap(fit, g, r, wanted, true, note, err);
}

/* ---- exclusive groups ---- */

/* What the group will have: of masks that are not fitted, what the image says. */
static int own_mask(struct fit *fit, const struct fit_group *g, int r, struct value *mask,
		    struct error *err)
{
	struct span text = span_text("");

	*mask = g->limits.of[r];
	if (fit->wants_mask[r] || g->here)
		return 0;
	if (fit_value_in(g->raw.field.bytes, fit_mask_names[r], &text, err) < 0)
		return -1;
	return value_set_parse(fit->arena, text, mask, err);
}

int fit_exclusive_of(struct fit *fit, struct fit_group *g, struct error *err)
{
	for (int r = 0; r < FIT_MASKS && !fit->controller.v2; r++) {
		struct span value = span_text("0");
		struct value mask;

		/* Inherited. */
		if (g->limits.shared[r])
			g->limits.shared[r] = fit_not_exclusive;
		if (fit_value_in(g->raw.field.bytes, fit_exclusive_names[r], &value, err) < 0)
			return -1;
		/* For those below. */
		if (!span_is(value, "1") && !g->here)
			g->limits.shared[r] = fit_not_exclusive;
		if (!span_is(value, "1") || g->limits.shared[r])
			continue;
		if (own_mask(fit, g, r, &mask, err) < 0 ||
		    find_overlap(fit, g, r, mask, false, &g->limits.shared[r], err) < 0)
			return -1;
	}
	return 0;
}
