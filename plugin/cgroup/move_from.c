/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which groups of the checkpoint the verb `move` is about. */
#include <string.h>

#include "../../rules/pattern.h"
#include "move.h"

/* Does the pattern cover the path or what is above it, part for part? *size is
 * how much of the path. A name stands for itself before it is a pattern:
 * systemd's have '\\' in them. */
static bool covers(struct span pattern, struct span path, size_t *size)
{
	struct span rest = path, want, have;

	*size = 0;
	while (cgroup_path_part(&pattern, &want)) {
		if (!cgroup_path_part(&rest, &have) ||
		    !(span_equal(want, have) || glob_match(want, have)))
			return false;
		*size = path.size - rest.size;
	}
	return true;
}

static int add_old(struct move_olds *olds, struct span old, struct error *err)
{
	for (size_t i = 0; i < olds->count; i++)
		if (span_equal(olds->items[i], old))
			return 0;
	if (olds->count == MOVE_GROUPS_MAX)
		return fail(err, "the pattern matches more than %d groups", MOVE_GROUPS_MAX);
	olds->items[olds->count++] = old;
	return 0;
}

static int add_path(const struct move *m, struct move_olds *olds, struct span path,
		    struct error *err)
{
	size_t size;

	if (!covers(m->wish.from, path, &size))
		return 0;
	return add_old(olds, size ? span_of(path.data, size) : span_text("/"), err);
}

static int olds_of_sets(const struct move *m, const struct cgroup_controller *c,
			struct move_olds *olds, struct error *err)
{
	for (const struct cgroup_set *set = m->tree.sets; set; set = set->next)
		for (const struct cgroup_member *member = set->members; member;
		     member = member->next)
			if (cgroup_controller_holds(c, member) &&
			    add_path(m, olds, member->path, err) < 0)
				return -1;
	return 0;
}

/* Groups that no task is in; `pattern` is what is left of it below `parent`. */
static int olds_of_tree(const struct move *m, const struct cgroup_group *parent,
			struct span pattern, struct span above, struct move_olds *olds,
			struct error *err)
{
	struct span rest = pattern, want, path;

	if (!cgroup_path_part(&rest, &want))
		return add_path(m, olds, above.size ? above : span_text("/"), err);
	for (const struct cgroup_group *g = parent->children; g; g = g->next) {
		if (!span_equal(want, g->name) && !glob_match(want, g->name))
			continue;
		path.data = (const uint8_t *)arena_printf(
			m->tree.arena, "%.*s/%.*s", (int)above.size, (const char *)above.data,
			(int)g->name.size, (const char *)g->name.data);
		path.size = above.size + 1 + g->name.size;
		if (!path.data)
			return fail_memory(err);
		if (olds_of_tree(m, g, rest, path, olds, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the root task's ---- */

static const struct cgroup_member *member_of(const struct cgroup_set *set,
					     const struct cgroup_controller *c)
{
	const struct cgroup_member *member = set ? set->members : NULL;

	while (member && !cgroup_controller_holds(c, member))
		member = member->next;
	return member;
}

static bool is_threaded(struct cgroup_controller *c, struct span path)
{
	const struct cgroup_group *g = cgroup_group_find(c, path);
	const struct cgroup_property *type = g ? cgroup_group_property(g, "cgroup.type") : NULL;

	return type && span_is(type->value, "threaded");
}

/* The threads of one process can be in several threaded groups, but only below one
 * that is not, which holds the others' memory too. */
static struct span domain_of(struct cgroup_controller *c, struct span path)
{
	while (path.size > 1 && is_threaded(c, path)) {
		while (path.data[path.size - 1] != '/')
			path.size--;
		path.size -= path.size > 1;
	}
	return path;
}

int move_old_of_root_task(const struct move *m, struct move_step *s, struct error *err)
{
	const struct cgroup_member *member = member_of(m->root_set, s->controller);

	s->old = span_of(NULL, 0);
	if (!member)
		return 0;
	s->old = member->prefix ? span_of(member->path.data, (size_t)member->prefix) :
				  domain_of(s->controller, member->path);
	s->alone = s->old.size == 1;
	if (s->alone && member->path.size > 1)
		return fail(err,
			    "%.*s is threaded, and other threads may be in others below /; "
			    "move each by its path",
			    (int)member->path.size, (const char *)member->path.data);
	return 0;
}

/* How much of two paths, in whole parts, is the same. */
static size_t shared_size(struct span a, struct span b)
{
	struct span rest_a = a, rest_b = b, x, y;
	size_t size = 0;

	while (cgroup_path_part(&rest_a, &x) && cgroup_path_part(&rest_b, &y) && span_equal(x, y))
		size = a.size - rest_a.size;
	return size;
}

struct span move_common_path(const struct move *m, const struct cgroup_controller *c)
{
	struct span path = { NULL, 0 };

	for (const struct cgroup_set *set = m->tree.sets; set; set = set->next) {
		const struct cgroup_member *member = member_of(set, c);

		if (member && path.data)
			path.size = shared_size(path, member->path);
		else if (member)
			path = member->path;
	}
	return path.size ? path : span_text("/");
}

int move_find_olds(const struct move *m, struct move_step *s, struct move_olds *olds,
		   struct error *err)
{
	olds->count = 0;
	if (m->wish.root_task) {
		if (move_old_of_root_task(m, s, err) < 0)
			return -1;
		olds->items[0] = s->old;
		olds->count = s->old.size > 0;
		return 0;
	}
	if (olds_of_sets(m, s->controller, olds, err) < 0)
		return -1;
	return olds_of_tree(m, &s->controller->root, m->wish.from, span_text(""), olds, err);
}
