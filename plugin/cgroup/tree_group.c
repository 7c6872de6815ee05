/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding, making, moving and uniting the groups and properties of a tree.
 */
#include <search.h>

#include "tree.h"

#define FEW_CHILDREN 32 /* are walked over */

/* ---- groups ---- */

void cgroup_group_append(struct cgroup_group *parent, struct cgroup_group *child)
{
	child->parent = parent;
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->children = child;
	parent->last = child;
	parent->mixed |= child->implied;
}

static void remove_child(struct cgroup_group *parent, struct cgroup_group *child)
{
	struct cgroup_group *before = NULL;

	for (struct cgroup_group *g = parent->children; g != child; g = g->next)
		before = g;
	if (before)
		before->next = child->next;
	else
		parent->children = child->next;
	if (parent->last == child)
		parent->last = before;
	child->next = NULL;
}

struct cgroup_group *cgroup_group_child(const struct cgroup_group *g, struct span name)
{
	struct cgroup_group *child = g->children;

	while (child && !span_equal(child->name, name))
		child = child->next;
	return child;
}

struct cgroup_group *cgroup_group_find(struct cgroup_controller *c, struct span path)
{
	struct cgroup_group *g = &c->root;
	struct span part;

	while (g && cgroup_path_part(&path, &part))
		g = cgroup_group_child(g, part);
	return g;
}

struct cgroup_group *cgroup_group_make(struct cgroup_tree *t, struct cgroup_index *index,
				       struct cgroup_controller *c, struct span path)
{
	struct cgroup_group *g = &c->root, *child;
	struct span part;

	while (cgroup_path_part(&path, &part)) {
		child = cgroup_index_child(index, g, part);
		if (!child) {
			child = arena_alloc(t->arena, sizeof(*child));
			if (!child)
				return NULL;
			child->name = part;
			child->implied = true;
			cgroup_group_append(g, child);
			cgroup_index_add(index, child);
		}
		g = child;
	}
	return g;
}

/* An implied group without children says nothing. */
static struct cgroup_group *take_below(struct cgroup_group *parent, struct span path)
{
	struct cgroup_group *child, *taken;
	struct span part, rest;

	cgroup_path_part(&path, &part);
	child = cgroup_group_child(parent, part);
	rest = path;
	if (!child || !cgroup_path_part(&rest, &part)) {
		if (child)
			remove_child(parent, child);
		return child;
	}
	taken = take_below(child, path);
	if (taken && child->implied && !child->children)
		remove_child(parent, child);
	return taken;
}

struct cgroup_group *cgroup_group_take(struct cgroup_controller *c, struct span path)
{
	struct span rest = path, part;

	return cgroup_path_part(&rest, &part) ? take_below(&c->root, path) : NULL;
}

/* ---- copying ---- */

static int copy_properties(struct cgroup_tree *t, struct cgroup_group *to,
			   const struct cgroup_group *from, cgroup_chooser *wanted, const void *ctx)
{
	struct cgroup_property **end = &to->properties;

	for (const struct cgroup_property *p = from->properties; p; p = p->next) {
		if (!wanted(ctx, p))
			continue;
		*end = arena_alloc(t->arena, sizeof(**end));
		if (!*end)
			return -1;
		**end = *p;
		(*end)->next = NULL;
		end = &(*end)->next;
	}
	return 0;
}

int cgroup_group_copy(struct cgroup_tree *t, struct cgroup_group *to,
		      const struct cgroup_group *from, cgroup_chooser *wanted, const void *ctx)
{
	struct cgroup_group *child;

	to->rest = from->rest;
	if (copy_properties(t, to, from, wanted, ctx) < 0)
		return -1;
	for (const struct cgroup_group *c = from->children; c; c = c->next) {
		child = t->nodes++ < CGROUP_NODES_MAX ? arena_alloc(t->arena, sizeof(*child)) :
							NULL;
		if (!child)
			return -1;
		child->name = c->name;
		cgroup_group_append(to, child);
		if (cgroup_group_copy(t, child, c, wanted, ctx) < 0)
			return -1;
	}
	to->implied = from->implied;
	to->mixed = from->mixed;
	return 0;
}

/* ---- uniting ---- */

static struct cgroup_property *find_property(const struct cgroup_group *g, struct span name)
{
	struct cgroup_property *p = g->properties;

	while (p && !span_equal(p->name, name))
		p = p->next;
	return p;
}

static int compare_names(const void *a, const void *b)
{
	const struct cgroup_property *x = a, *y = b;

	return span_compare(x->name, y->name);
}

static void keep(void *property)
{
}

/* Properties by name, so that finding each of many is no walk; where there is no memory
 * for that it is. */
struct names {
	void *root;
	bool walks;
};

/* Has `into` another property of this name? This one is in the index from now on. */
static bool is_known(struct names *names, const struct cgroup_group *into,
		     struct cgroup_property *p)
{
	struct cgroup_property *const *found = NULL;

	if (!names->walks)
		found = tsearch(p, &names->root, compare_names);
	names->walks = !found;
	return found ? *found != p : find_property(into, p->name) != NULL;
}

static void unite_properties(struct cgroup_group *into, struct cgroup_group *from)
{
	struct cgroup_property **end = &into->properties, *next;
	struct names names = { .walks = !from->properties };

	for (; *end; end = &(*end)->next)
		if (!names.walks)
			is_known(&names, into, *end);
	for (struct cgroup_property *p = from->properties; p; p = next) {
		next = p->next;
		if (is_known(&names, into, p))
			continue;
		p->next = NULL;
		*end = p;
		end = &p->next;
	}
	tdestroy(names.root, keep);
}

/* Two big groups are united by an index, so that it is no walk for each child. */
static void index_many(struct cgroup_index *index, const struct cgroup_group *into,
		       const struct cgroup_group *from)
{
	size_t count = 0;

	for (const struct cgroup_group *g = into->children; g; g = g->next)
		count++;
	for (const struct cgroup_group *g = from->children; g; g = g->next)
		count++;
	index->walks = count <= FEW_CHILDREN;
	for (struct cgroup_group *g = into->children; g; g = g->next)
		cgroup_index_add(index, g);
}

static void unite_children(struct cgroup_group *into, struct cgroup_group *from)
{
	struct cgroup_group *next, *same;
	struct cgroup_index index = { 0 };

	index_many(&index, into, from);
	for (struct cgroup_group *child = from->children; child; child = next) {
		next = child->next;
		same = cgroup_index_child(&index, into, child->name);
		if (same) {
			cgroup_group_unite(same, child);
			continue;
		}
		cgroup_group_append(into, child);
		cgroup_index_add(&index, child);
	}
	cgroup_index_free(&index);
}

void cgroup_group_unite(struct cgroup_group *into, struct cgroup_group *from)
{
	unite_properties(into, from);
	if (into->implied)
		into->rest = from->rest;
	into->implied &= from->implied;
	into->mixed |= from->mixed;
	unite_children(into, from);
}

/* ---- properties ---- */

struct cgroup_property *cgroup_group_property(const struct cgroup_group *g, const char *name)
{
	return find_property(g, span_text(name));
}

struct cgroup_property *cgroup_group_set(struct cgroup_tree *t, struct cgroup_group *g,
					 const char *name, struct span value)
{
	struct cgroup_property **at = &g->properties, *p;

	while (*at && !span_is((*at)->name, name))
		at = &(*at)->next;
	p = *at ? *at : arena_alloc(t->arena, sizeof(*p));
	if (!p)
		return NULL;
	if (!*at)
		p->name = span_text(name);
	p->value = value;
	*at = p;
	g->implied = false;
	return p;
}
