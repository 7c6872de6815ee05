/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mode_bind.h"

#include <string.h>

#include "cgroup/place.h"
#include "cgroup/verbs.h"

struct bind {
	struct rules_call *call;
	struct crw *crw;
	struct arena *arena;
	const struct cgroup_host *host;
	struct cgroup_tree tree;
	bool changed;
	bool bound;       /* some mount shows less than its hierarchy */
	bool no_yard;     /* the mounts do not stand together */
	const char *yard; /* where they do: "sys/fs/cgroup" */
};

/* ---- the yard ------------------------------------------------------------------ */

/* What CRIU calls the directory of a controller entry in its yard. */
static const char *yard_name(const char *label)
{
	if (strcmp(label, "v2") == 0)
		return "unified";
	return strncmp(label, "name=", 5) == 0 ? label + 5 : label;
}

static const struct cgroup_hierarchy *hierarchy_of(const struct bind *b,
						   const struct cgroup_controller *c)
{
	return c->name_count ? cgroup_host_find(b->host, c->names[0]) : NULL;
}

static int look_at_mount(struct bind *b, const struct cgroup_controller *c, struct error *err)
{
	const struct cgroup_hierarchy *h = hierarchy_of(b, c);
	const char *slash = h && h->mount ? strrchr(h->mount, '/') : NULL, *yard, *label;

	if (!h || !h->mount)
		return 0; /* the mode would not have been chosen */
	b->bound |= strcmp(h->mount_root, "/") != 0;
	label = cgroup_label(c->names, c->name_count, b->arena);
	yard = arena_copy(b->arena, h->mount, slash ? (size_t)(slash - h->mount) : 0);
	if (!label || !yard)
		return fail_memory(err);
	b->no_yard |= !slash || strcmp(slash + 1, yard_name(label)) != 0 ||
		      (b->yard && strcmp(b->yard, yard) != 0);
	b->yard = yard;
	return 0;
}

static int use_yard(struct bind *b, struct error *err)
{
	const char *path = arena_printf(&b->crw->outcome, "/%s", b->yard);
	const struct change change = {
		.type = CHANGE_OPTION,
		.image = "criu",
		.name = span_text("cgroup-yard"),
		.before = span_text("(as given)"),
		.after = span_text(path ? path : ""),
		.place = b->crw->wish.place,
		.note = "a container's group is mounted there",
	};

	if (!path)
		return fail_memory(err);
	b->crw->yard = path;
	return change_note(b->crw, &change, err);
}

/* ---- the container's group -------------------------------------------------------- */

/* What the cgroup namespace of a task hides is the container's group. */
static struct span namespace_root(const struct bind *b, const struct cgroup_controller *c)
{
	for (const struct cgroup_set *set = b->tree.sets; set; set = set->next)
		for (const struct cgroup_member *m = set->members; m; m = m->next)
			if (m->prefix && cgroup_controller_holds(c, m))
				return span_of(m->path.data, (size_t)m->prefix);
	return span_of(NULL, 0);
}

/* Else it is the group that all groups of the checkpoint are in, or below. */
static const char *common_group(const struct bind *b, const struct cgroup_controller *c)
{
	const struct cgroup_group *g = &c->root;
	const char *path = "";

	while (path && g->implied && g->children && !g->children->next) {
		g = g->children;
		path = arena_printf(b->arena, "%s/%.*s", path, (int)g->name.size,
				    (const char *)g->name.data);
	}
	return path && !*path ? "/" : path;
}

static const char *container_of_tasks(const struct bind *b, const struct cgroup_controller *c)
{
	struct span root = namespace_root(b, c);

	return root.size ? arena_copy(b->arena, root.data, root.size) : common_group(b, c);
}

/* ---- paths ------------------------------------------------------------------------ */

/* Below the mounted group: "/in" of "/ct/in"; "" when it is that group, or
 * stands for it. */
static const char *inside(const char *group, const char *mount_root)
{
	size_t size = strlen(mount_root);

	return strncmp(group, mount_root, size) == 0 && group[size] == '/' ? group + size : "";
}

/* The mounted group keeps the values that the runtime gave it. */
static int leave_values(struct bind *b, struct cgroup_controller *c, const char *group,
			struct error *err)
{
	struct cgroup_group *g = cgroup_group_find(c, span_text(group));
	struct change change = {
		.type = CHANGE_PROPERTY,
		.hierarchy = cgroup_label(c->names, c->name_count, b->arena),
		.group = group,
		.note = "the mounted group keeps what it has",
	};

	if (!change.hierarchy)
		return fail_memory(err);
	for (const struct cgroup_property *p = g ? g->properties : NULL; p; p = p->next) {
		change.name = p->name;
		change.before = change_value(p->value);
		if (change_by(b->call, change, err) < 0)
			return -1;
		b->changed = true;
	}
	if (g)
		g->properties = NULL;
	return 0;
}

static int place_groups(struct bind *b, struct cgroup_controller *c, struct error *err)
{
	const struct cgroup_hierarchy *h = hierarchy_of(b, c);
	const char *from = container_of_tasks(b, c), *below, *to;

	if (!from)
		return fail_memory(err);
	if (!h || !h->mount || strcmp(h->mount_root, "/") == 0)
		return 0;
	below = inside(from, h->mount_root);
	to = b->crw->yard ? (*below ? below : "/") :
			    arena_printf(b->arena, "%s%s", h->mount_root, below);
	if (!to)
		return fail_memory(err);
	b->changed |= strcmp(to, from) != 0;
	if (cgroup_move_group(&b->tree, b->call, c, span_text(from), span_text(to), err) < 0)
		return -1;
	/* CRIU leaves the root of what it works in alone, and so shall it here. */
	return b->crw->yard || *below ? 0 : leave_values(b, c, h->mount_root, err);
}

static int bind_groups(struct bind *b, struct error *err)
{
	struct cgroup_controller *c;

	for (c = b->tree.controllers; c; c = c->next)
		if (look_at_mount(b, c, err) < 0)
			return -1;
	/* With --cgroup-root the runtime has said where. */
	if (!b->bound || cgroup_root_given(b->crw))
		return 0;
	if (!b->no_yard && use_yard(b, err) < 0)
		return -1;
	for (c = b->tree.controllers; c; c = c->next)
		if (place_groups(b, c, err) < 0)
			return -1;
	return b->changed ? cgroup_tree_put(&b->tree, b->call, err) : 0;
}

int mode_bind_run(struct rules_call *call, struct error *err)
{
	struct bind b = { .call = call, .crw = call->world->ctx, .arena = call->arena };

	if (facts_cgroups(&b.crw->facts, &b.host, err) < 0 ||
	    cgroup_tree_read(&b.tree, call->arena, call->body, err) < 0)
		return -1;
	return bind_groups(&b, err);
}
