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
 * differently; what freezes tasks stays, for settle.c.
 *
 * v1 is CRIU's own: it makes those groups with all their values in one go.
 */
#include "prepare.h"

#include <string.h>

#include "../../rules/args.h"
#include "controller.h"
#include "prepare_inner.h"

#define GROUPS_MAX 10000
#define SEARCH_MAX 50000000 /* comparisons of groups with what is planned */

/* What an earlier `prepare` will have it hand on: CRIU writes one entry, but an image may have
 * many. */
static int note_planned(const struct prepare *p, struct prepare_node *n, struct error *err)
{
	for (const struct cgroup_step *s = p->crw->steps; s; s = s->next) {
		if (++p->crw->steps_searched > SEARCH_MAX)
			return fail(err, "prepare: too many groups in too many entries");
		if (cgroup_step_hands_on(s) && strcmp(s->group, n->path) == 0)
			prepare_note_handed(n, span_text(s->value + 1));
	}
	return 0;
}

/* The host's side of a node: where is it, is it there, what does it hand on? */
static int look_up(struct prepare *p, struct prepare_node *n, struct error *err)
{
	int seen = cgroup_host_place(p->hierarchy, n->path, &p->crw->outcome, &n->host, err);

	if (seen < 0)
		return -1;
	n->hidden = !seen;
	if (n->hidden && p->makes)
		return fail(err, "prepare: %s:%s is not visible: /%s shows only %s", p->label,
			    n->path, p->hierarchy->mount, p->hierarchy->mount_root);
	if (n->hidden)
		return 0;
	seen = cgroup_host_exists(p->host, p->hierarchy, n->path, err);
	if (seen < 0)
		return -1;
	n->here = seen && !cgroup_is_left_over(p->host->root, n->host);
	if (!n->here)
		return 0;
	return note_planned(p, n, err) < 0 ? -1 : prepare_read_handed(p, n, err);
}

static int plan_group(struct prepare *p, struct prepare_node *n, struct cgroup_owner owner,
		      struct error *err)
{
	const struct change change = { .type = CHANGE_HOST_GROUP, .after = span_text("made") };

	if (n->here != p->crw->removes || !p->makes || strcmp(n->path, "/") == 0)
		return 0;
	if (++p->groups > GROUPS_MAX)
		return fail(err, "prepare makes at most %d groups", GROUPS_MAX);
	if (prepare_step(p, n, (struct cgroup_step){ .type = CGROUP_MAKE, .owner = owner }, err) <
	    0)
		return -1;
	return prepare_tell(p, n, change, err);
}

static int walk_group(struct prepare *p, struct prepare_node *n, const struct raw_group *g,
		      struct error *err);

static int walk_children(struct prepare *p, struct prepare_node *n, const struct raw_group *g,
			 struct error *err)
{
	struct span rest = g->field.bytes;
	struct raw_group inner;
	int more;

	while ((more = raw_next_group(&rest, g, &inner, err)) > 0) {
		struct prepare_node child = { .parent = n };

		child.path = cgroup_path_join(p->arena, n->path, inner.name, err);
		child.image = child.path ? cgroup_path_join(p->arena, n->image, inner.name, err) :
					   NULL;
		if (!child.image || look_up(p, &child, err) < 0 ||
		    walk_group(p, &child, &inner, err) < 0)
			return -1;
	}
	return more;
}

/* A group that was looked up. */
static int walk_group(struct prepare *p, struct prepare_node *n, const struct raw_group *g,
		      struct error *err)
{
	if (raw_count_path(g, &p->paths, err) < 0 ||
	    patch_enter(p->call->patch, &g->field, err) < 0 || p->visit(p, n, g, false, err) < 0 ||
	    walk_children(p, n, g, err) < 0 || p->visit(p, n, g, true, err) < 0)
		return -1;
	return patch_leave(p->call->patch, err);
}

/* The node of an ancestor that the image does not describe, made bare if the
 * host has not got it. Top-level groups mostly share them. */
static struct prepare_node *ancestor(struct prepare *p, const char *path, struct error *err)
{
	const struct cgroup_owner nobody = { .known = false };
	struct prepare_node *n = p->above;
	const char *up;

	while (n && strcmp(n->path, path) != 0)
		n = n->next;
	if (n)
		return n;
	n = arena_alloc(p->arena, sizeof(*n));
	up = cgroup_path_parent(p->arena, path);
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

static int walk_top(struct prepare *p, const struct raw_group *g, struct error *err)
{
	struct prepare_node n = { .next = NULL };
	const char *up;
	bool moved;

	if (cgroup_place(p->crw, p->call->body, &p->controller, g->name, p->arena, &n.path, &moved,
			 err) < 0 ||
	    !(n.image = cgroup_path_join(p->arena, "/", g->name, err)) || look_up(p, &n, err) < 0)
		return -1;
	up = cgroup_path_parent(p->arena, n.path);
	if (!up)
		return fail_memory(err);
	if (strcmp(n.path, "/") != 0) {
		n.parent = ancestor(p, up, err);
		if (!n.parent)
			return -1;
	}
	return walk_group(p, &n, g, err);
}

/* ---- controllers -------------------------------------------------------------------------- */

static int walk_controller(struct prepare *p, struct error *err)
{
	struct span rest = p->controller.field.bytes;
	struct raw_group g;
	int more;

	if (patch_enter(p->call->patch, &p->controller.field, err) < 0)
		return -1;
	while ((more = raw_next_group(&rest, NULL, &g, err)) > 0)
		if (walk_top(p, &g, err) < 0)
			return -1;
	return more < 0 ? -1 : patch_leave(p->call->patch, err);
}

static int visit_controller(struct prepare *p, struct error *err)
{
	const struct raw_controller *c = &p->controller;

	p->above = NULL;
	p->label = cgroup_label(c->names, c->name_count, p->arena);
	p->hierarchy = cgroup_host_find(p->host, c->name_count ? c->names[0] : span_text(""));
	if (!p->label)
		return fail_memory(err);
	if (p->hierarchy && p->hierarchy->mount) {
		if (p->clears && prepare_clear(p, err) < 0)
			return -1;
		return walk_controller(p, err);
	}
	return p->makes ? fail(err, "prepare: %s is not mounted on this host",
			       c->v2 ? "cgroup v2" : p->label) :
			  0;
}

int prepare_walk(struct prepare *p, struct error *err)
{
	struct span rest = p->call->body;
	int more;

	if (facts_cgroups(&p->crw->facts, &p->host, err) < 0)
		return -1;
	while ((more = raw_next_controller(&rest, &p->controller, err)) > 0)
		if ((p->controller.v2 || p->all) && visit_controller(p, err) < 0)
			return -1;
	return more;
}

/* ---- the verb ----------------------------------------------------------------------------- */

static int prepare_group(struct prepare *p, struct prepare_node *n, const struct raw_group *g,
			 bool after, struct error *err)
{
	struct cgroup_owner owner;

	if (!after && (raw_read_owner(RAW_GROUP, g->field.bytes, &owner, err) < 0 ||
		       plan_group(p, n, owner, err) < 0))
		return -1;
	if (n->here || p->crw->removes)
		return 0;
	return prepare_values(p, n, g->field.bytes, after, err);
}

/* Groups cannot be written into an image. */
static int tell_offline(struct prepare *p, struct error *err)
{
	const struct change change = {
		.type = CHANGE_HOST_GROUP,
		.image = "host",
		.name = span_text("prepare"),
		.after = span_text("nothing"),
		.note = "groups are made by the plugin, on the host of the restore",
	};

	return change_by(p->call, change, err);
}

static int run(struct rules_call *call, struct error *err)
{
	struct prepare p = {
		.call = call,
		.crw = call->world->ctx,
		.arena = call->arena,
		.makes = true,
		.clears = true,
		.visit = prepare_group,
	};

	if (strcmp(p.crw->facts.stage, "restore") != 0 || p.crw->facts.only_given)
		return tell_offline(&p, err);
	return p.crw->prepares ? 0 : prepare_walk(&p, err);
}

const struct rules_verb verb_prepare = {
	"cgroup_entry", "prepare", "prepare", args_none, 0, run,
};

/* ---- all groups ----------------------------------------------------------------------------- */

static int prepare_all_run(struct rules_call *call, struct error *err)
{
	struct prepare p = {
		.call = call,
		.crw = call->world->ctx,
		.arena = call->arena,
		.makes = true,
		.all = true,
		.visit = prepare_group,
	};

	return prepare_walk(&p, err);
}

int cgroup_prepare_all(const struct rules_world *world, struct error *err)
{
	static const struct rules_verb verb = { .message = "cgroup_entry", .run = prepare_all_run };
	const struct rules_place nowhere = { .file = NULL };

	return rules_run_verb(&verb, NULL, 0, &nowhere, world, err);
}
