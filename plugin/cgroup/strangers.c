/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "strangers.h"

#include "../change.h"

#define SHOWN_MAX 8 /* groups that the report names */

struct taking {
	struct arena *arena;
	struct buffer names; /* "/a, /b/c" */
	size_t count;
};

static void mark_below(struct cgroup_group *g)
{
	g->marked = true;
	for (struct cgroup_group *child = g->children; child; child = child->next)
		mark_below(child);
}

void strangers_mark(struct cgroup_group *root, struct span path)
{
	struct cgroup_group *g = root;
	struct span part;

	if (path.size <= 1)
		return;
	while (cgroup_path_part(&path, &part)) {
		g = cgroup_group_child(g, part);
		if (!g)
			return;
		g->marked = true;
	}
	g->busy = true;
	mark_below(g);
}

static int take_out(struct taking *t, struct cgroup_group *parent, const char *path,
		    struct error *err)
{
	struct cgroup_group *next, *children = parent->children;

	parent->children = parent->last = NULL;
	for (struct cgroup_group *g = children; g; g = next) {
		const char *name = arena_printf(t->arena, "%s/%.*s", path, (int)g->name.size,
						(const char *)g->name.data);

		next = g->next;
		if (!name)
			return fail_memory(err);
		if (g->marked) {
			cgroup_group_append(parent, g);
			if (take_out(t, g, name, err) < 0)
				return -1;
		} else if (t->count++ < SHOWN_MAX) {
			buffer_printf(&t->names, "%s%s", t->names.size ? ", " : "", name);
		}
	}
	return 0;
}

int strangers_take_out(const struct rules_call *call, struct cgroup_group *root, const char *label,
		       struct error *err)
{
	struct taking t = { .arena = call->arena };
	struct change change = {
		.type = CHANGE_GROUP,
		.hierarchy = label,
		.group = "/",
		.note = "no task of the checkpoint is in it",
	};
	int status = take_out(&t, root, "", err);

	if (t.count > 1)
		change.note = "no task of the checkpoint is in them";
	if (t.count > SHOWN_MAX)
		buffer_printf(&t.names, " and %zu more", t.count - SHOWN_MAX);
	change.before = buffer_span(&t.names);
	if (status == 0 && t.names.failed)
		status = fail_memory(err);
	if (status == 0 && t.count)
		status = change_by(call, change, err);
	buffer_free(&t.names);
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

	if (!label)
		return fail_memory(err);
	for (const struct cgroup_set *set = tree->sets; set; set = set->next)
		for (const struct cgroup_member *m = set->members; m; m = m->next)
			if (cgroup_controller_holds(c, m))
				strangers_mark(&c->root, place_of(m));
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
