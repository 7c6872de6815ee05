/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which controller entry of a tree a name or a member belongs to. */
#include <string.h>

#include "tree.h"

bool cgroup_controller_has(const struct cgroup_controller *c, struct span name)
{
	for (size_t i = 0; i < c->name_count; i++)
		if (span_equal(c->names[i], name))
			return true;
	return false;
}

struct cgroup_controller *cgroup_tree_controller(const struct cgroup_tree *t, struct span name)
{
	struct cgroup_controller *c = t->controllers;

	while (c && !cgroup_controller_has(c, name))
		c = c->next;
	return c;
}

/* criu/cgroup.c, cgroup_contains() */
bool cgroup_controller_holds(const struct cgroup_controller *c, const struct cgroup_member *m)
{
	return c->name_count > 0 &&
	       cgroup_names_in(c->names, c->name_count, m->name) == c->name_count;
}

int cgroup_tree_holds(struct cgroup_tree *t, const struct cgroup_controller *c,
		      const struct cgroup_member *m, struct error *err)
{
	t->searched += c->name_count * (m->name.size + 1);
	if (t->searched > CGROUP_SEARCH_MAX)
		return fail(err, "too many controllers in too many sets");
	return cgroup_controller_holds(c, m);
}

struct cgroup_controller *cgroup_tree_controller_of(const struct cgroup_tree *t,
						    const struct cgroup_member *m)
{
	struct cgroup_controller *c = t->controllers;

	while (c && !cgroup_controller_holds(c, m))
		c = c->next;
	return c;
}

struct cgroup_controller *cgroup_tree_add_controller(struct cgroup_tree *t,
						     const struct span *names, size_t count)
{
	struct cgroup_controller **end = &t->controllers, *c;

	c = arena_alloc(t->arena, sizeof(*c));
	if (!c || !(c->names = arena_array(t->arena, count, sizeof(*c->names))))
		return NULL;
	memcpy(c->names, names, count * sizeof(*names));
	c->name_count = count;
	c->threaded = -1;
	c->root.implied = true;
	while (*end)
		end = &(*end)->next;
	*end = c;
	return c;
}
