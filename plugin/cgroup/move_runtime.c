/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `move to runtime`: a container comes back in the group that its runtime has made for
 * it, not in the one that it had.
 *
 * With --cgroup-root CRIU does that itself (crun, runc from 1.2 on), but it puts every
 * group of the image that is below no other into the root: of "ct/a" and "ct/b" one is
 * left. So they are given "ct" for a parent, which says nothing of its own. Of "ct/a" alone
 * the image does not tell which of the two was the container's; a runtime does when it
 * gives the same root again.
 *
 * Without, a runtime that has moved criu into the container's group before it called it
 * (runc before 1.2, on cgroup v2) means that one. It is told from a criu that is where
 * it was started by the group of its caller.
 */
#include <string.h>

#include "../context.h"
#include "move.h"

/* ---- --cgroup-root ---- */

static bool is_in_namespace(const struct move *m, const struct cgroup_controller *c)
{
	for (const struct cgroup_set *set = m->tree.sets; set; set = set->next)
		for (const struct cgroup_member *member = set->members; member;
		     member = member->next)
			if (member->prefix && cgroup_controller_holds(c, member))
				return true;
	return false;
}

/* Was criu called by a runtime: 1, 0, -1. */
static int is_by_rpc(const struct move *m, struct error *err)
{
	struct crw *crw = m->call->world->ctx;
	struct value rpc;
	int found = facts_get(&crw->facts, "criu.rpc", &rpc, err);

	return found > 0 ? rpc.type == VALUE_NUMBER && rpc.number : found;
}

/* What the root will be must be here: CRIU would make it without values. */
static int unfold(struct move *m, struct cgroup_controller *c, const char *root, bool by_rpc,
		  struct error *err)
{
	const struct cgroup_hierarchy *h = move_hierarchy(m, c);
	struct span path = move_common_path(m, c);
	bool again = by_rpc && cgroup_path_within(path, span_text(root));
	struct span common = again ? span_text(root) : path;
	struct cgroup_group *g = cgroup_group_find(c, common);
	struct change change = {
		.type = CHANGE_GROUP,
		.hierarchy = cgroup_label(c->names, c->name_count, m->tree.arena),
		.group = cgroup_text(m->tree.arena, common),
		.after = common,
		.note = arena_printf(m->tree.arena,
				     "so that --cgroup-root %s does not merge the "
				     "groups below",
				     root),
	};

	int found;

	if (!change.hierarchy || !change.group || !change.note)
		return fail_memory(err);
	if (!g || g == &c->root || !g->implied || is_in_namespace(m, c) || !h)
		return 0;
	found = cgroup_host_exists(m->host, h, root, err);
	if (found <= 0)
		return found;
	g->implied = false;
	m->changed = true;
	return change_by(m->call, change, err);
}

/* ---- the group that criu is in ---- */

/* Did the runtime put criu there for the container: 1, 0, -1. */
static int is_chosen(const struct move *m, const struct cgroup_hierarchy *h, struct error *err)
{
	const char *caller;
	int found;

	if (!h || strcmp(h->own, "/") == 0 || cgroup_path_leads_out(h->own))
		return 0;
	found = is_by_rpc(m, err);
	if (found <= 0)
		return found;
	found = cgroup_host_caller(m->host, h, m->tree.arena, &caller, err);
	return found > 0 ? strcmp(caller, h->own) != 0 : found;
}

/* The container's group: what its namespace hides, else what all its tasks are below;
 * of tasks all over the host the root task's. */
static int find_container(const struct move *m, struct move_step *s, struct error *err)
{
	struct span common = move_common_path(m, s->controller);

	if (move_old_of_root_task(m, s, err) < 0)
		return -1;
	if (common.size > 1 && !is_in_namespace(m, s->controller))
		s->old = common;
	return 0;
}

int move_to_runtime(struct move *m, struct cgroup_controller *c, struct error *err)
{
	const char *root = cgroup_root_of(m->call->world->ctx, c->names, c->name_count);
	const struct cgroup_hierarchy *h = move_hierarchy(m, c);
	struct move_step s = { .controller = c };
	int chosen;

	if (!m->root_set)
		return 0;
	if (root) {
		chosen = is_by_rpc(m, err);
		return chosen < 0 ? -1 : unfold(m, c, root, chosen, err);
	}
	chosen = is_chosen(m, h, err);
	if (chosen <= 0)
		return chosen;
	s.new = span_text(h->own);
	return find_container(m, &s, err) < 0 ? -1 : s.old.size ? move_step(m, &s, err) : 0;
}
