/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `convert` to cgroup v2: many trees become one. */
#include <string.h>

#include "convert.h"
#include "strangers.h"

/* ---- the group of a set ---- */

static bool in_root(const struct cgroup_member *m)
{
	return m->path.size == 1;
}

enum rank { RANK_CONTROLLER, RANK_V2, RANK_NAMED };

static enum rank rank_of(const struct convert *c, const struct cgroup_member *m)
{
	const struct cgroup_controller *entry = cgroup_tree_controller_of(&c->tree, m);

	if (m->name.size == 0)
		return RANK_V2;
	return entry && cgroup_is_named(entry) ? RANK_NAMED : RANK_CONTROLLER;
}

static int fail_apart(const struct cgroup_member *a, const struct cgroup_member *b,
		      struct error *err)
{
	return fail(err,
		    "tasks are in %.*s of '%.*s' and in %.*s of '%.*s', but in one group on "
		    "cgroup v2; first `cgroup_entry move \"%.*s\" to \"%.*s\" controller \"%.*s\"`",
		    (int)a->path.size, (const char *)a->path.data, (int)a->name.size,
		    (const char *)a->name.data, (int)b->path.size, (const char *)b->path.data,
		    (int)b->name.size, (const char *)b->name.data, (int)b->path.size,
		    (const char *)b->path.data, (int)a->path.size, (const char *)a->path.data,
		    (int)b->name.size, (const char *)b->name.data);
}

/* The deepest of one rank; for names alone the first that says anything. */
static int deepest(const struct convert *c, const struct cgroup_set *set, enum rank rank,
		   const struct cgroup_member **best, struct error *err)
{
	for (const struct cgroup_member *m = set->members; m; m = m->next) {
		if (rank_of(c, m) != rank || in_root(m))
			continue;
		if (!*best || cgroup_path_within(m->path, (*best)->path))
			*best = m;
		else if (rank != RANK_NAMED && !cgroup_path_within((*best)->path, m->path))
			return fail_apart(*best, m, err);
	}
	return 0;
}

static int choose(const struct convert *c, const struct cgroup_set *set,
		  const struct cgroup_member **best, struct error *err)
{
	*best = NULL;
	for (enum rank rank = RANK_CONTROLLER; rank <= RANK_NAMED && !*best; rank++)
		if (deepest(c, set, rank, best, err) < 0)
			return error_context(err, "set %u", set->id);
	return 0;
}

/* ---- the tree of all ---- */

static void unite_trees(struct convert *c, struct cgroup_group *root, bool named)
{
	for (struct cgroup_controller *e = c->tree.controllers; e; e = e->next)
		if (cgroup_is_named(e) == named)
			cgroup_group_unite(root, &e->root);
}

/* ---- what a group hands on ---- */

/* A child has the files of a controller when its parent has it in
 * cgroup.subtree_control. CRIU writes that, too, from the top down. But a group
 * with tasks in it cannot hand controllers on, so limits below it are lost;
 * the other way would be tasks in groups that they were not in. */
static const char *const controllers[] = { "cpu",  "cpuset",  "io",   "memory",
					   "pids", "hugetlb", "rdma", "misc" };
#define CONTROLLERS (sizeof(controllers) / sizeof(controllers[0]))

static unsigned own_needs(const struct cgroup_group *g)
{
	unsigned needs = 0;

	for (const struct cgroup_property *p = g->properties; p; p = p->next)
		for (unsigned i = 0; i < CONTROLLERS; i++)
			if (cgroup_property_of(p->name, span_text(controllers[i])))
				needs |= 1u << i;
	return needs;
}

static int hand_on(struct convert *c, struct cgroup_group *g, unsigned needs, struct error *err)
{
	struct buffer b = { 0 };
	const char *text;

	for (unsigned i = 0; i < CONTROLLERS; i++)
		if (needs & 1u << i) {
			buffer_text(&b, b.size ? " " : "");
			buffer_text(&b, controllers[i]);
		}
	text = arena_take(c->tree.arena, &b);
	if (!text || !cgroup_group_set(&c->tree, g, "cgroup.subtree_control", span_text(text)))
		return fail_memory(err);
	return 0;
}

static bool is_controllers(const struct cgroup_property *p)
{
	for (unsigned i = 0; i < CONTROLLERS; i++)
		if (cgroup_property_of(p->name, span_text(controllers[i])))
			return true;
	return false;
}

static int drop_limits(struct convert *c, struct cgroup_group *g, const char *path,
		       struct error *err)
{
	struct cgroup_property **p = &g->properties;

	while (*p) {
		if (!is_controllers(*p)) {
			p = &(*p)->next;
			continue;
		}
		if (change_by(c->call,
			      (struct change){
				      .type = CHANGE_PROPERTY,
				      .hierarchy = "v2",
				      .group = path,
				      .name = (*p)->name,
				      .before = change_value((*p)->value),
				      .note = "a group above has tasks, so the groups below it "
					      "cannot have controllers" },
			      err) < 0)
			return -1;
		*p = (*p)->next;
	}
	return 0;
}

/* Fills in subtree_control from the bottom up; *needs is for the parent. Groups
 * that the image did not describe are left to the host. */
static int hand_down(struct convert *c, struct cgroup_group *g, const char *path, bool below_busy,
		     unsigned *needs, struct error *err)
{
	unsigned below = 0, of_child;

	if (below_busy && drop_limits(c, g, path, err) < 0)
		return -1;
	for (struct cgroup_group *child = g->children; child; child = child->next) {
		const char *name = arena_printf(c->tree.arena, "%s/%.*s", path,
						(int)child->name.size,
						(const char *)child->name.data);

		if (!name)
			return fail_memory(err);
		if (hand_down(c, child, name, below_busy || g->busy, &of_child, err) < 0)
			return -1;
		below |= of_child;
	}
	*needs = below | own_needs(g);
	return below && !g->implied ? hand_on(c, g, below, err) : 0;
}

/* ---- all of it ---- */

static int convert_set(struct convert *c, struct cgroup_set *set, const struct cgroup_member *best,
		       struct error *err)
{
	struct cgroup_member *m = arena_alloc(c->tree.arena, sizeof(*m));

	if (!m)
		return fail_memory(err);
	if (best)
		*m = *best;
	else
		m->path = span_text("/");
	m->next = NULL;
	m->name = span_text("");
	set->members = m;
	return 0;
}

static int convert_sets(struct convert *c, struct cgroup_group *root, struct error *err)
{
	cleanup_buffer struct buffer places = { 0 };
	const struct cgroup_member *best;
	bool named = false;

	for (const struct cgroup_set *set = c->tree.sets; set; set = set->next) {
		if (choose(c, set, &best, err) < 0)
			return -1;
		named |= best && rank_of(c, best) == RANK_NAMED;
	}
	unite_trees(c, root, false);
	if (named)
		unite_trees(c, root, true);
	for (struct cgroup_set *set = c->tree.sets; set; set = set->next) {
		if (choose(c, set, &best, err) < 0 || convert_set(c, set, best, err) < 0 ||
		    strangers_add_place(&places, c->tree.arena, set->members->path, err) < 0)
			return -1;
	}
	return strangers_mark(root, &places, err);
}

static int report(struct convert *c, struct error *err)
{
	const char *before = NULL, *label;

	for (const struct cgroup_controller *e = c->tree.controllers; e; e = e->next) {
		label = cgroup_label(e->names, e->name_count, c->tree.arena);
		before = before && label ? arena_printf(c->tree.arena, "%s + %s", before, label) :
					   label;
		if (!before)
			return fail_memory(err);
	}
	return change_by(c->call,
			 (struct change){ .type = CHANGE_CONTROLLER,
					  .hierarchy = "v2",
					  .before = span_of(before, before ? strlen(before) : 0),
					  .after = span_text("v2") },
			 err);
}

/* Threads of one task in different groups need threaded groups on v2, which
 * are not made: such threads go where their task is. */
int cgroup_convert_to_v2(struct convert *c, struct error *err)
{
	struct cgroup_group root = { .implied = true };
	struct cgroup_controller *fresh;
	struct span name = span_text("");
	unsigned needs;

	if (report(c, err) < 0 || convert_sets(c, &root, err) < 0 ||
	    cgroup_convert_report_threads(c, err) < 0)
		return -1;
	root.properties = NULL; /* CRIU does not write to the root */
	root.rest = span_of(NULL, 0);
	root.implied = true;
	if (strangers_take_out(c->call, &root, "v1", err) < 0 ||
	    cgroup_convert_values(c, &root, "", err) < 0 ||
	    hand_down(c, &root, "", false, &needs, err) < 0)
		return -1;
	c->tree.controllers = NULL;
	fresh = cgroup_tree_add_controller(&c->tree, &name, 1);
	if (!fresh)
		return fail_memory(err);
	fresh->root = root;
	return 0;
}
