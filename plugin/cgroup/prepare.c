/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans the groups of a checkpoint on cgroup v2.
 *
 * On v2 a group has a controller's files only if its parent hands that
 * controller on (cgroup.subtree_control), and so on up to the root. CRIU writes
 * values late and subtree_control later still, so limits of nested groups get
 * lost or stop the restore. Here groups are planned from the top down: first
 * the group, then what its ancestors must hand on for its values, then the
 * values.
 *
 * A group that this host has already is left as it is, and so are the values
 * in it; that it hands a controller on may be needed nevertheless. What is
 * planned leaves cgroup.img, so that CRIU does not do it a second time and
 * differently; what freezes tasks stays, because only CRIU knows when.
 *
 * v1 is CRIU's own: it makes those groups with all their values in one go.
 */
#include "prepare.h"

#include <string.h>

#include "fields.h"
#include "prepare_inner.h"
#include "root.h"

#define GROUPS_MAX 10000
#define DEPTH_MAX 100

int cgroup_prepare_check(const struct rules_argument *args, size_t count, size_t *wrong,
			 struct error *err)
{
	(void)args;
	*wrong = 0;
	return count ? fail(err, "prepare takes nothing behind it") : 0;
}

/* The host's side of a node: is it there, what does it hand on? */
static int look_up(struct prepare *p, struct prepare_node *n, struct error *err)
{
	const char *path = prepare_path(p, n);

	if (!path)
		return fail_memory(err);
	n->here = cgroup_host_exists(p->host, p->hierarchy, n->path) &&
		  !cgroup_is_left_over(p->host->root, path);
	return n->here ? prepare_read_handed(p, n, err) : 0;
}

static int plan_group(struct prepare *p, struct prepare_node *n, struct cgroup_owner owner,
		      struct error *err)
{
	if (n->here)
		return 0;
	if (++p->groups > GROUPS_MAX)
		return fail(err, "prepare makes no more than %d groups", GROUPS_MAX);
	return prepare_step(p, n, (struct cgroup_step){ .type = CGROUP_MAKE, .owner = owner },
			    "group", "made", NULL, err);
}

static int read_dir_owner(struct span body, struct cgroup_owner *owner, struct error *err)
{
	struct wire_field f;
	int more;

	owner->known = false;
	while ((more = wire_next(&body, &f, err)) > 0)
		if (f.number == CGROUP_DIR_PERMS && prepare_read_owner(f.bytes, owner, err) < 0)
			return -1;
	return more;
}

static int read_name(struct span body, struct span *name, struct error *err)
{
	struct wire_field f;
	int more;

	*name = span_of(NULL, 0);
	while ((more = wire_next(&body, &f, err)) > 0)
		if (f.number == CGROUP_DIR_NAME)
			*name = f.bytes;
	return more;
}

static int walk_group(struct prepare *p, struct prepare_node *n, const struct wire_field *dir,
		      unsigned depth, struct error *err);

static int walk_children(struct prepare *p, struct prepare_node *n, struct span body,
			 unsigned depth, struct error *err)
{
	struct span name;
	struct wire_field f;
	int more;

	while ((more = wire_next(&body, &f, err)) > 0) {
		struct prepare_node child = { .parent = n };

		if (f.number != CGROUP_DIR_CHILDREN)
			continue;
		if (read_name(f.bytes, &name, err) < 0)
			return -1;
		child.path = cgroup_join(p->arena, n->path, name);
		child.image = cgroup_join(p->arena, n->image, name);
		if (!child.path || !child.image)
			return fail_memory(err);
		if (walk_group(p, &child, &f, depth + 1, err) < 0)
			return -1;
	}
	return more;
}

static int walk_group(struct prepare *p, struct prepare_node *n, const struct wire_field *dir,
		      unsigned depth, struct error *err)
{
	struct cgroup_owner owner;

	if (depth > DEPTH_MAX)
		return fail(err, "cgroups are nested more than %d deep", DEPTH_MAX);
	if (look_up(p, n, err) < 0 || read_dir_owner(dir->bytes, &owner, err) < 0 ||
	    patch_enter(p->call->patch, dir, err) < 0 || plan_group(p, n, owner, err) < 0)
		return -1;
	if (!n->here && prepare_values(p, n, dir->bytes, false, err) < 0)
		return -1;
	if (walk_children(p, n, dir->bytes, depth, err) < 0)
		return -1;
	if (!n->here && prepare_values(p, n, dir->bytes, true, err) < 0)
		return -1;
	return patch_leave(p->call->patch, err);
}

/* The node of an ancestor that the image does not describe, made bare if the
 * host has not got it. Top-level groups mostly share them. */
static struct prepare_node *ancestor(struct prepare *p, const char *path, struct error *err)
{
	const struct cgroup_owner nobody = { .known = false };
	const char *slash = strrchr(path, '/'), *up;
	struct prepare_node *n = p->above;

	while (n && strcmp(n->path, path) != 0)
		n = n->next;
	if (n)
		return n;
	n = arena_alloc(p->arena, sizeof(*n));
	up = arena_printf(p->arena, "%.*s", slash > path ? (int)(slash - path) : 1, path);
	if (!n || !up) {
		fail_memory(err);
		return NULL;
	}
	n->path = path;
	/* Above the mount there is nothing that could be seen or made. */
	if (strcmp(path, "/") != 0 && strcmp(path, p->hierarchy->mount_root) != 0) {
		n->parent = ancestor(p, up, err);
		if (!n->parent)
			return NULL;
	}
	if (look_up(p, n, err) < 0 || plan_group(p, n, nobody, err) < 0)
		return NULL;
	n->next = p->above;
	p->above = n;
	return n;
}

static int check_visible(const struct prepare *p, const char *path, struct error *err)
{
	const char *root = p->hierarchy->mount_root;
	size_t size = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(path, root, size) == 0 && (path[size] == '/' || !path[size]))
		return 0;
	return fail(err, "prepare: v2:%s is out of sight, since /%s shows %s alone", path,
		    p->hierarchy->mount, root);
}

static int walk_top(struct prepare *p, const struct wire_field *dir, struct error *err)
{
	struct prepare_node n = { .next = NULL };
	struct span name;
	const char *up;
	bool moved;

	if (read_name(dir->bytes, &name, err) < 0 ||
	    cgroup_place(p->crw, p->call->body, p->controller, name, p->arena, &n.path, &moved,
			 err) < 0 ||
	    check_visible(p, n.path, err) < 0)
		return -1;
	n.image = cgroup_join(p->arena, "/", name);
	up = arena_printf(p->arena, "%.*s",
			  strrchr(n.path, '/') > n.path ? (int)(strrchr(n.path, '/') - n.path) : 1,
			  n.path);
	if (!n.image || !up)
		return fail_memory(err);
	if (strcmp(n.path, "/") != 0) {
		n.parent = ancestor(p, up, err);
		if (!n.parent)
			return -1;
	}
	return walk_group(p, &n, dir, 0, err);
}

/* ---- controllers -------------------------------------------------------------------------- */

/* Is the entry that of v2? 1, 0, -1. */
static int is_v2(struct span controller, struct error *err)
{
	struct wire_field f;
	int more;

	while ((more = wire_next(&controller, &f, err)) > 0)
		if (f.number == CG_CONTROLLER_CNAMES)
			return f.bytes.size == 0;
	return more;
}

static int walk_controller(struct prepare *p, const struct wire_field *controller,
			   struct error *err)
{
	struct span rest = controller->bytes;
	struct wire_field f;
	int more = is_v2(rest, err);

	if (more <= 0)
		return more;
	if (!p->hierarchy || !p->hierarchy->mount)
		return fail(err, "prepare: cgroup v2 is not mounted on this host");
	p->controller = rest;
	if (patch_enter(p->call->patch, controller, err) < 0)
		return -1;
	while ((more = wire_next(&rest, &f, err)) > 0)
		if (f.number == CG_CONTROLLER_DIRS && walk_top(p, &f, err) < 0)
			return -1;
	return more < 0 ? -1 : patch_leave(p->call->patch, err);
}

/* Groups cannot be written into an image. */
static int tell_offline(struct prepare *p, struct error *err)
{
	const struct rules_change change = {
		.file = "host", .where = "", .field = "prepare", .after = "nothing",
		.note = "groups are made by the plugin, on the host of the restore",
		.place = p->call->place, .rule = p->call->rule,
	};

	return crw_keep_change(p->crw, &change, err);
}

int cgroup_prepare_run(struct rules_call *call, struct error *err)
{
	struct prepare p = { .call = call, .crw = call->world->ctx, .arena = call->arena };
	struct span rest = call->body;
	struct wire_field f;
	int more;

	if (strcmp(p.crw->facts.stage, "restore") != 0 || p.crw->facts.only_given)
		return tell_offline(&p, err);
	if (facts_cgroups(&p.crw->facts, &p.host, err) < 0)
		return -1;
	p.hierarchy = cgroup_host_find(p.host, span_of("", 0));
	while ((more = wire_next(&rest, &f, err)) > 0)
		if (f.number == CGROUP_ENTRY_CONTROLLERS && walk_controller(&p, &f, err) < 0)
			return -1;
	return more;
}
