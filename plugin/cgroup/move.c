/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb `move`: groups of the checkpoint, and the tasks in them, get
 * another path.
 *
 *	move "/old" to "/new"			with all that is below
 *	move "/a/session-*.scope" to own	a pattern, part by part
 *	move to own controller memory, pids	the root task's group
 *
 * `own` is the group of CRIU itself, which differs from hierarchy to
 * hierarchy; in one that is not mounted here it is the root, as it will be
 * when CRIU mounts it. Without an old group it is that of the first set, which
 * CRIU writes for the root task, and of that the part which the task's cgroup
 * namespace hides, so that the whole container moves.
 */
#include <string.h>

#include "../../rules/pattern.h"
#include "args.h"
#include "host.h"
#include "properties.h"
#include "verbs.h"

#define GROUPS_MAX 1000 /* that one pattern may stand for */

struct wish {
	bool root_task; /* no old group was given */
	struct span from;
	bool own;
	struct span to;
	bool some; /* `controllers` says which */
	struct cgroup_names controllers;
};

/* The groups that an old path stands for, each once. */
struct olds {
	struct span *items;
	size_t count;
};

struct move {
	struct rules_call *call;
	struct cgroup_tree tree;
	struct wish wish;
	const struct cgroup_host *host;
	bool changed;
};

/* ---- arguments ---- */

/* A path that a group can have, or a pattern of one. */
static int judge_path(struct span path, bool pattern, struct error *err)
{
	struct span rest = path, part;
	unsigned depth = 0;

	if (path.size == 0)
		return 0; /* known when it runs */
	if (path.data[0] != '/')
		return fail(err, "a cgroup path begins with '/'");
	if (path.size > CGROUP_PATH_MAX)
		return fail(err, "a cgroup path has at most %d bytes", CGROUP_PATH_MAX);
	while (cgroup_path_part(&rest, &part)) {
		if (span_is(part, "..") || span_is(part, "."))
			return fail(err, "a cgroup path cannot have '.' or '..' in it");
		if (pattern && glob_judge(part, err) < 0)
			return -1;
		if (++depth > CGROUP_DEPTH_MAX)
			return fail(err, "a cgroup path has at most %d parts", CGROUP_DEPTH_MAX);
	}
	return 0;
}

static int read_from(struct cgroup_args *a, struct wish *w, struct error *err)
{
	if (args_word(a, "to")) {
		w->root_task = true;
		return 0;
	}
	if (args_text(a, "the path of a cgroup, or 'to'", &w->from, err) < 0)
		return -1;
	w->root_task = span_is(w->from, "*");
	if (!w->root_task && judge_path(w->from, true, err) < 0) {
		a->at--;
		return -1;
	}
	return args_word(a, "to") ? 0 : fail(err, "expected 'to' and the new path");
}

static int read_to(struct cgroup_args *a, struct wish *w, struct error *err)
{
	w->own = args_word(a, "own");
	if (w->own)
		return 0;
	if (args_text(a, "a cgroup path or 'own'", &w->to, err) < 0)
		return -1;
	if (judge_path(w->to, false, err) == 0)
		return 0;
	a->at--;
	return -1;
}

static int read_arguments(struct cgroup_args *a, struct wish *w, struct error *err)
{
	*w = (struct wish){ .some = false };
	if (read_from(a, w, err) < 0 || read_to(a, w, err) < 0)
		return -1;
	w->some = args_word(a, "controller");
	if (w->some && args_names(a, "the name of a controller", controller_name_check,
				  &w->controllers, err) < 0)
		return -1;
	return args_end(a, "'controller' and names, or the end of the line", err);
}

int cgroup_move_check(const struct rules_argument *args, size_t count, size_t *wrong,
		      struct error *err)
{
	struct cgroup_args a = { args, count, 0 };
	struct wish w;
	int status = read_arguments(&a, &w, err);

	*wrong = a.at;
	return status;
}

/* ---- paths ---- */

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

/* "/new" and "/rest", "" and "" make "/". */
static int join(struct move *m, struct span new, struct span rest, struct span *path,
		struct error *err)
{
	uint8_t *joined;

	while (new.size && new.data[new.size - 1] == '/')
		new.size--;
	if (new.size + rest.size == 0) {
		*path = span_text("/");
		return 0;
	}
	joined = arena_alloc(m->tree.arena, new.size + rest.size);
	if (!joined)
		return fail_memory(err);
	if (new.size)
		memcpy(joined, new.data, new.size);
	if (rest.size)
		memcpy(joined + new.size, rest.data, rest.size);
	*path = span_of(joined, new.size + rest.size);
	return 0;
}

/* `prefix` bytes of the old path are the root of the cgroup namespace. */
static int move_prefix(struct cgroup_member *m, size_t old, struct span new, struct span path,
		       struct error *err)
{
	struct span outside = span_of(m->path.data, (size_t)m->prefix);

	if (m->prefix == 0)
		return 0;
	if (m->prefix >= old) {
		m->prefix = path.size - (m->path.size - m->prefix);
		if (path.size == 1)
			m->prefix = 0;
		return 0;
	}
	if (cgroup_path_within(new, outside))
		return 0;
	return fail(err,
		    "%.*s is inside of a cgroup namespace that begins at %.*s, %.*s is not; move "
		    "%.*s instead",
		    (int)m->path.size, (const char *)m->path.data, (int)outside.size,
		    (const char *)outside.data, (int)new.size, (const char *)new.data,
		    (int)outside.size, (const char *)outside.data);
}

static int move_member(struct move *m, struct cgroup_member *member, size_t old, struct span new,
		       struct error *err)
{
	struct span path, rest = span_of(member->path.data + old, member->path.size - old);

	if (rest.size == 1 && rest.data[0] == '/')
		rest.size = 0;
	if (join(m, new, rest, &path, err) < 0 || move_prefix(member, old, new, path, err) < 0)
		return -1;
	member->path = path;
	return 0;
}

/* ---- groups ---- */

/* The root has no properties that could be written elsewhere, but what is in
 * it can go to a group, and what is in a group to it. */
static struct cgroup_group *take(struct move *m, struct cgroup_controller *c, struct span old)
{
	struct cgroup_group *g;

	if (cgroup_group_find(c, old) != &c->root)
		return cgroup_group_take(c, old);
	g = arena_alloc(m->tree.arena, sizeof(*g));
	if (!g)
		return NULL;
	*g = c->root;
	c->root = (struct cgroup_group){ .implied = true };
	return g;
}

static int move_group(struct move *m, struct cgroup_controller *c, struct span old,
		      struct span new, struct error *err)
{
	struct cgroup_group *from, *to;

	if (!cgroup_group_find(c, old))
		return 0;
	from = take(m, c, old);
	to = from ? cgroup_group_make(&m->tree, c, new) : NULL;
	if (!to)
		return fail_memory(err);
	if (to == &c->root) {
		from->properties = NULL;
		from->implied = true;
	}
	cgroup_group_unite(to, from);
	return 0;
}

static int report(struct move *m, const struct cgroup_controller *c, struct span old,
		  struct span new, const char *note, struct error *err)
{
	const char *path = cgroup_text(m->tree.arena, old);
	const struct change change = {
		.type = CHANGE_GROUP, .hierarchy = cgroup_label(c->names, c->name_count, m->tree.arena),
		.group = path,
		.before = old, .after = new, .note = note,
	};

	m->changed = true;
	return path && change.hierarchy ? change_by(m->call, change, err) : fail_memory(err);
}

/* ---- one group of one controller ---- */

struct step {
	struct cgroup_controller *controller;
	struct span old, new;
	bool alone;       /* the group itself, without what is below */
	const char *note; /* or NULL */
};

static int move_members(struct move *m, const struct step *s, struct error *err)
{
	size_t size = s->old.size == 1 ? 0 : s->old.size;

	for (struct cgroup_set *set = m->tree.sets; set; set = set->next)
		for (struct cgroup_member *member = set->members; member; member = member->next) {
			if (!cgroup_controller_holds(s->controller, member))
				continue;
			if (s->alone ? !span_equal(member->path, s->old) :
				       !cgroup_path_within(member->path, s->old))
				continue;
			if (move_member(m, member, size, s->new, err) < 0)
				return error_context(err, "set %u", set->id);
		}
	return 0;
}

static int move_step(struct move *m, const struct step *s, struct error *err)
{
	const char *label = cgroup_label(s->controller->names, s->controller->name_count, m->tree.arena);

	if (!label)
		return fail_memory(err);
	if (span_equal(s->old, s->new))
		return 0;
	if (move_members(m, s, err) < 0 ||
	    (!s->alone && move_group(m, s->controller, s->old, s->new, err) < 0))
		return error_context(err, "move of %s:%.*s", label, (int)s->old.size,
				     (const char *)s->old.data);
	return report(m, s->controller, s->old, s->new, s->note, err);
}

/* ---- which groups ---- */

/* Where the groups of a controller go. */
static int destination(struct move *m, struct step *s, struct error *err)
{
	const struct cgroup_hierarchy *h = NULL;
	const struct cgroup_controller *c = s->controller;

	s->new = m->wish.to;
	while (s->new.size > 1 && s->new.data[s->new.size - 1] == '/')
		s->new.size--;
	if (!m->wish.own)
		return 0;
	for (size_t i = 0; i < c->name_count && !h; i++)
		h = cgroup_host_find(m->host, c->names[i]);
	s->new = span_text(h ? h->own : "/");
	if (!h)
		s->note =
			"no such hierarchy is mounted here; in a new one all tasks are in the root";
	if (h && strstr(h->own, "/.."))
		return fail(err, "criu is outside of its own cgroup namespace, in %s", h->own);
	return 0;
}

static int add_old(struct olds *olds, struct span old, struct error *err)
{
	for (size_t i = 0; i < olds->count; i++)
		if (span_equal(olds->items[i], old))
			return 0;
	if (olds->count == GROUPS_MAX)
		return fail(err, "the pattern stands for more than %d groups", GROUPS_MAX);
	olds->items[olds->count++] = old;
	return 0;
}

static int add_path(const struct move *m, struct olds *olds, struct span path, struct error *err)
{
	size_t size;

	if (!covers(m->wish.from, path, &size))
		return 0;
	return add_old(olds, size ? span_of(path.data, size) : span_text("/"), err);
}

static int olds_of_sets(const struct move *m, const struct cgroup_controller *c,
			struct olds *olds, struct error *err)
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
			struct span pattern, struct span above, struct olds *olds,
			struct error *err)
{
	struct span rest = pattern, want, path;

	if (!cgroup_path_part(&rest, &want))
		return add_path(m, olds, above.size ? above : span_text("/"), err);
	for (const struct cgroup_group *g = parent->children; g; g = g->next) {
		if (!span_equal(want, g->name) && !glob_match(want, g->name))
			continue;
		path.data = (const uint8_t *)arena_printf(m->tree.arena, "%.*s/%.*s",
							  (int)above.size, (const char *)above.data,
							  (int)g->name.size,
							  (const char *)g->name.data);
		path.size = above.size + 1 + g->name.size;
		if (!path.data)
			return fail_memory(err);
		if (olds_of_tree(m, g, rest, path, olds, err) < 0)
			return -1;
	}
	return 0;
}

/* The root task's own group: what its cgroup namespace hides, or all. A task in
 * the root moves alone, because the image has all groups of the host then. */
static void old_of_root_task(const struct move *m, struct step *s, struct olds *olds)
{
	const struct cgroup_member *member = m->tree.sets ? m->tree.sets->members : NULL;

	while (member && !cgroup_controller_holds(s->controller, member))
		member = member->next;
	if (!member)
		return;
	olds->items[olds->count++] = member->prefix ?
					     span_of(member->path.data, (size_t)member->prefix) :
					     member->path;
	s->alone = olds->items[0].size == 1;
}

static int find_olds(const struct move *m, struct step *s, struct olds *olds, struct error *err)
{
	olds->count = 0;
	if (m->wish.root_task) {
		old_of_root_task(m, s, olds);
		return 0;
	}
	if (olds_of_sets(m, s->controller, olds, err) < 0)
		return -1;
	return olds_of_tree(m, &s->controller->root, m->wish.from, span_text(""), olds, err);
}

/* ---- all of it ---- */

static bool is_wanted(const struct wish *w, const struct cgroup_controller *c)
{
	for (size_t i = 0; i < c->name_count; i++)
		if (names_match(&w->controllers, c->names[i].size ? c->names[i] : span_text("v2")))
			return true;
	return !w->some;
}

static int move_controller(struct move *m, struct cgroup_controller *c, struct olds *olds,
			   struct error *err)
{
	struct step s = { .controller = c };

	if (destination(m, &s, err) < 0 || find_olds(m, &s, olds, err) < 0)
		return -1;
	for (size_t i = 0; i < olds->count; i++) {
		s.old = olds->items[i];
		if (move_step(m, &s, err) < 0)
			return -1;
	}
	return 0;
}

static int move_all(struct move *m, struct error *err)
{
	struct olds olds = { arena_array(m->tree.arena, GROUPS_MAX, sizeof(*olds.items)), 0 };

	if (!olds.items)
		return fail_memory(err);
	for (struct cgroup_controller *c = m->tree.controllers; c; c = c->next)
		if (is_wanted(&m->wish, c) && move_controller(m, c, &olds, err) < 0)
			return -1;
	return m->changed ? cgroup_tree_put(&m->tree, m->call, err) : 0;
}

int cgroup_move_group(struct cgroup_tree *tree, struct rules_call *call,
		      struct cgroup_controller *c, struct span old, struct span new,
		      struct error *err)
{
	struct move m = { .call = call, .tree = *tree };
	const struct step s = { .controller = c, .old = old, .new = new };
	int status = judge_path(new, false, err);

	if (status == 0)
		status = move_step(&m, &s, err);
	*tree = m.tree;
	return status;
}

int cgroup_move_run(struct rules_call *call, struct error *err)
{
	struct move m = { .call = call };
	struct cgroup_args a = { call->args, call->arg_count, 0 };

	if (read_arguments(&a, &m.wish, err) < 0)
		return -1;
	if ((!m.wish.root_task && !m.wish.from.size) || (!m.wish.own && !m.wish.to.size))
		return fail(err, "move: a path is empty; the root is \"/\"");
	if (cgroup_host_for(call, &m.host, err) < 0 ||
	    cgroup_tree_read(&m.tree, call->arena, call->body, err) < 0)
		return -1;
	return move_all(&m, err);
}
