/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding, making, moving and uniting the groups and properties of a tree.
 */
#include <stdlib.h>
#include <string.h>

#include "tree.h"

/* ---- groups ---- */

void cgroup_group_append(struct cgroup_group *parent, struct cgroup_group *child)
{
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

struct cgroup_group *cgroup_group_make(struct cgroup_tree *t, struct cgroup_controller *c,
				       struct span path)
{
	struct cgroup_group *g = &c->root, *child;
	struct span part;

	while (cgroup_path_part(&path, &part)) {
		child = cgroup_group_child(g, part);
		if (!child) {
			child = arena_alloc(t->arena, sizeof(*child));
			if (!child)
				return NULL;
			child->name = part;
			child->implied = true;
			cgroup_group_append(g, child);
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
		child = arena_alloc(t->arena, sizeof(*child));
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

static void unite_properties(struct cgroup_group *into, struct cgroup_group *from)
{
	struct cgroup_property **end = &into->properties, *next;

	while (*end)
		end = &(*end)->next;
	for (struct cgroup_property *p = from->properties; p; p = next) {
		next = p->next;
		if (find_property(into, p->name))
			continue;
		p->next = NULL;
		*end = p;
		end = &p->next;
	}
}

/* The children of a group by name, so that uniting two big ones is no walk for
 * each. Without memory for it, it is a walk. */
struct children {
	const struct cgroup_group *of;
	struct cgroup_group **slots; /* NULL: few, or no memory */
	size_t mask;
};

static size_t hash_of(struct span name)
{
	size_t hash = 5381;

	for (size_t i = 0; i < name.size; i++)
		hash = hash * 33 + name.data[i];
	return hash;
}

static void add_child(struct children *c, struct cgroup_group *g)
{
	size_t i = hash_of(g->name) & c->mask;

	while (c->slots[i])
		i = (i + 1) & c->mask;
	c->slots[i] = g;
}

/* `more` will be added. */
static void index_children(struct children *c, const struct cgroup_group *of, size_t more)
{
	size_t count = more, size = 64;

	*c = (struct children){ .of = of };
	for (const struct cgroup_group *g = of->children; g; g = g->next)
		count++;
	while (size < 2 * count)
		size *= 2;
	if (count > 32)
		c->slots = calloc(size, sizeof(struct cgroup_group *));
	c->mask = size - 1;
	for (struct cgroup_group *g = of->children; c->slots && g; g = g->next)
		add_child(c, g);
}

static struct cgroup_group *indexed_child(const struct children *c, struct span name)
{
	size_t i = hash_of(name) & c->mask;

	if (!c->slots)
		return cgroup_group_child(c->of, name);
	while (c->slots[i] && !span_equal(c->slots[i]->name, name))
		i = (i + 1) & c->mask;
	return c->slots[i];
}

static void unite_children(struct cgroup_group *into, struct cgroup_group *from)
{
	struct cgroup_group *next, *same;
	struct children index;
	size_t count = 0;

	for (const struct cgroup_group *g = from->children; g; g = g->next)
		count++;
	index_children(&index, into, count);
	for (struct cgroup_group *child = from->children; child; child = next) {
		next = child->next;
		same = indexed_child(&index, child->name);
		if (same) {
			cgroup_group_unite(same, child);
			continue;
		}
		cgroup_group_append(into, child);
		if (index.slots)
			add_child(&index, child);
	}
	free(index.slots);
}

void cgroup_group_unite(struct cgroup_group *into, struct cgroup_group *from)
{
	unite_properties(into, from);
	if (into->implied)
		into->rest = from->rest;
	into->implied &= from->implied;
	into->mixed |= from->mixed;
	if (into->children) {
		unite_children(into, from);
	} else {
		into->children = from->children;
		into->last = from->last;
	}
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
