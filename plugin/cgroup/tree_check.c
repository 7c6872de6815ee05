/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Judges a cgroup tree as a whole. */
#include <stdlib.h>

#include "tree.h"

/* ---- names ---- */

#define SPAN(s) (int)(s).size, (const char *)(s).data

static int check_path(struct span path, struct error *err)
{
	if (path.size == 0 || path.data[0] != '/' || path.size > CGROUP_PATH_MAX)
		return fail(err, "'%.*s' is not a cgroup path: it must begin with '/'", SPAN(path));
	if (cgroup_path_check(path, err) < 0)
		return -1;
	if (path.size > 1 && path.data[path.size - 1] == '/')
		return fail(err, "'%.*s' is not a cgroup path: it must not end in '/'", SPAN(path));
	return 0;
}

/* ---- groups ---- */

static int by_name(const void *a, const void *b)
{
	const struct cgroup_group *const *x = a, *const *y = b;

	return span_compare((*x)->name, (*y)->name);
}

/* CRIU would make the second one on top of the first. */
static int check_once(const struct cgroup_group *parent, size_t count, struct error *err)
{
	const struct cgroup_group **sorted;
	size_t i = 0;
	int status = 0;

	sorted = count > 1 ? malloc(count * sizeof(*sorted)) : NULL;
	if (!sorted)
		return count > 1 ? fail_memory(err) : 0;
	for (const struct cgroup_group *g = parent->children; g; g = g->next)
		sorted[i++] = g;
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (i = 1; i < count && status == 0; i++)
		if (span_equal(sorted[i - 1]->name, sorted[i]->name))
			status = fail(err, "/%.*s occurs twice", SPAN(sorted[i]->name));
	free(sorted);
	return status;
}

static int check_groups(const struct cgroup_group *parent, unsigned depth, struct error *err)
{
	size_t count = 0;

	if (depth > CGROUP_DEPTH_MAX)
		return fail(err, "groups are nested more than %d deep", CGROUP_DEPTH_MAX);
	for (const struct cgroup_group *g = parent->children; g; g = g->next, count++) {
		if (!cgroup_path_is_part(g->name))
			return fail(err, "'%.*s' cannot be the name of a group", SPAN(g->name));
		if (check_groups(g, depth + 1, err) < 0)
			return error_context(err, "/%.*s", SPAN(g->name));
	}
	return check_once(parent, count, err);
}

static int check_names(const struct cgroup_tree *t, const struct cgroup_controller *c,
		       struct error *err)
{
	for (size_t i = 0; i < c->name_count; i++)
		if (cgroup_tree_controller(t, c->names[i]) != c)
			return fail(err,
				    "the controller '%.*s' is in two entries; `regroup` merges "
				    "them",
				    SPAN(c->names[i]));
	return 0;
}

int cgroup_tree_check_names(const struct cgroup_tree *t, struct error *err)
{
	for (const struct cgroup_controller *c = t->controllers; c; c = c->next)
		if (check_names(t, c, err) < 0)
			return -1;
	return 0;
}

static int check_controller(const struct cgroup_tree *t, const struct cgroup_controller *c,
			    struct error *err)
{
	const char *label = cgroup_label(c->names, c->name_count, t->arena);

	if (!label)
		return fail_memory(err);
	if (c->name_count == 0)
		return fail(err, "a controller entry has no name; delete it with "
				 "`cgroup_entry.controllers[count(cnames) == 0] delete`");
	if (check_names(t, c, err) < 0)
		return -1;
	if (check_groups(&c->root, 0, err) < 0)
		return error_context(err, "controller '%s'", label);
	return 0;
}

/* ---- sets ---- */

static int check_member(const struct cgroup_tree *t, const struct cgroup_member *m,
			struct error *err)
{
	if (check_path(m->path, err) < 0)
		return -1;
	if (!cgroup_tree_controller_of(t, m))
		return fail(err,
			    "the image has no such controller; `cgroup_entry drop controller "
			    "\"%.*s\"` takes it out of the sets too",
			    SPAN(m->name));
	if (m->prefix > m->path.size ||
	    (m->prefix < m->path.size && m->prefix > 1 && m->path.data[m->prefix] != '/'))
		return fail(err, "cgns_prefix %llu is not at the end of a part of %.*s",
			    (unsigned long long)m->prefix, SPAN(m->path));
	return 0;
}

static const struct cgroup_member *find_member(const struct cgroup_set *s, struct span name)
{
	const struct cgroup_member *m = s->members;

	while (m && !span_equal(m->name, name))
		m = m->next;
	return m;
}

static size_t count_members(const struct cgroup_set *s)
{
	size_t count = 0;

	for (const struct cgroup_member *m = s->members; m; m = m->next)
		count++;
	return count;
}

static int check_set(const struct cgroup_tree *t, const struct cgroup_set *s, struct error *err)
{
	for (const struct cgroup_member *m = s->members; m; m = m->next) {
		if (find_member(s, m->name) != m)
			return fail(err, "set %u names the controller '%.*s' twice", s->id,
				    SPAN(m->name));
		if (check_member(t, m, err) < 0)
			return error_context(err, "set %u, controller '%.*s'", s->id,
					     SPAN(m->name));
	}
	return 0;
}

static int check_alike(const struct cgroup_set *first, const struct cgroup_set *s,
		       struct error *err)
{
	size_t count = count_members(first);

	if (count_members(s) != count)
		return fail(err,
			    "set %u has %zu controllers, set %u has %zu; CRIU wants the same in "
			    "all sets",
			    s->id, count_members(s), first->id, count);
	for (const struct cgroup_member *m = s->members; m; m = m->next)
		if (!find_member(first, m->name))
			return fail(err,
				    "set %u has the controller '%.*s', set %u does not; CRIU wants "
				    "the same in all sets",
				    s->id, SPAN(m->name), first->id);
	return 0;
}

int cgroup_tree_check_alike(const struct cgroup_tree *t, struct error *err)
{
	for (const struct cgroup_set *s = t->sets; s; s = s->next)
		if (check_alike(t->sets, s, err) < 0)
			return -1;
	return 0;
}

int cgroup_tree_check(const struct cgroup_tree *t, struct error *err)
{
	for (const struct cgroup_controller *c = t->controllers; c; c = c->next)
		if (check_controller(t, c, err) < 0)
			return -1;
	for (const struct cgroup_set *s = t->sets; s; s = s->next)
		if (check_set(t, s, err) < 0)
			return -1;
	return 0;
}
