/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mode_bind.h"

#include <string.h>

#include "cgroup/tree.h"
#include "cgroup/target.h"

struct bind {
	struct crw *crw;
	struct arena *arena;
	const struct cgroup_host *host;
	struct cgroup_tree tree;
	struct buffer *rules;
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
	const struct rules_change change = {
		.file = "criu", .where = "", .field = "cgroup-yard", .before = "(as given)",
		.after = path, .place = b->crw->wish.place,
		.note = "a container's group is mounted there",
	};

	if (!path)
		return fail_memory(err);
	b->crw->yard = path;
	return crw_keep_change(b->crw, &change, err);
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

/* As text of the language. */
static void put_quoted(struct buffer *out, const char *text)
{
	buffer_byte(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buffer_byte(out, '\\');
		buffer_byte(out, (uint8_t)*text);
	}
	buffer_byte(out, '"');
}

/* Below the mounted group: "/in" of "/ct/in"; "" when it is that group, or
 * stands for it. */
static const char *inside(const char *group, const char *mount_root)
{
	size_t size = strlen(mount_root);

	return strncmp(group, mount_root, size) == 0 && group[size] == '/' ? group + size : "";
}

static void put_move(struct buffer *out, const char *from, const char *to, const char *label)
{
	buffer_text(out, "cgroup_entry move ");
	put_quoted(out, from);
	buffer_text(out, " to ");
	put_quoted(out, to);
	buffer_text(out, " controller ");
	put_quoted(out, label);
	buffer_byte(out, '\n');
}

/* The mounted group keeps the values that the runtime gave it. */
static void put_delete(struct buffer *out, const char *group, struct span controller)
{
	buffer_printf(out, "cgroup_entry.controllers[\"%.*s\" in cnames].dirs[dir_name=",
		      (int)controller.size, (const char *)controller.data);
	put_quoted(out, group + 1);
	buffer_text(out, "] delete properties\n");
}

static int place_groups(struct bind *b, const struct cgroup_controller *c, struct error *err)
{
	const struct cgroup_hierarchy *h = hierarchy_of(b, c);
	const char *label = cgroup_label(c->names, c->name_count, b->arena);
	const char *from = container_of_tasks(b, c), *below, *to;

	if (!label || !from)
		return fail_memory(err);
	if (!h || !h->mount || strcmp(h->mount_root, "/") == 0)
		return 0;
	below = inside(from, h->mount_root);
	to = b->crw->yard ? (*below ? below : "/") :
			    arena_printf(b->arena, "%s%s", h->mount_root, below);
	if (!to)
		return fail_memory(err);
	if (strcmp(to, from) != 0)
		put_move(b->rules, from, to, label);
	/* CRIU leaves the root of what it works in alone, and so shall it here. */
	if (!b->crw->yard && !*below)
		put_delete(b->rules, h->mount_root, c->names[0]);
	return 0;
}

static int bind_groups(struct bind *b, struct span entry, struct error *err)
{
	const struct cgroup_controller *c;

	if (cgroup_tree_read(&b->tree, b->arena, entry, err) < 0)
		return -1;
	for (c = b->tree.controllers; c; c = c->next)
		if (look_at_mount(b, c, err) < 0)
			return -1;
	/* With --cgroup-root the runtime has said where. */
	if (!b->bound || b->crw->cgroup_roots)
		return 0;
	if (!b->no_yard && use_yard(b, err) < 0)
		return -1;
	for (c = b->tree.controllers; c; c = c->next)
		if (place_groups(b, c, err) < 0)
			return -1;
	return 0;
}

int mode_bind(struct crw *crw, struct buffer *rules, struct error *err)
{
	struct arena scratch = { 0 };
	struct bind b = { .crw = crw, .arena = &scratch, .rules = rules };
	struct span entry;
	int status = facts_cgroups(&crw->facts, &b.host, err);

	if (status == 0)
		status = cgroup_entry_of(crw, &entry, err);
	if (status > 0)
		status = bind_groups(&b, entry, err);
	arena_free(&scratch);
	return status;
}
