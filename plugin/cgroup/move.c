/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb `move`: groups of the checkpoint, and the tasks in them, get
 * another path.
 *
 *	move "/old" to "/new"			with all that is below
 *	move "/a/session-*.scope" to own	a pattern, part by part
 *	move to own controller memory, pids	the root task's group
 *	move to runtime				the group that the runtime has made
 *
 * `own` is the group of CRIU itself, which differs from hierarchy to
 * hierarchy; in one that is not mounted here it is the root, as it will be
 * when CRIU mounts it. Without an old group it is the root task's, and of that the
 * part which its cgroup namespace hides, so that the whole container moves.
 *
 * Who gives --cgroup-root has decided where groups go. A group of this host that
 * processes are in keeps its own values (spare.h).
 */
#include <string.h>

#include "../../rules/pattern.h"
#include "../context.h"
#include "move.h"
#include "../identity/leftover.h"
#include "properties.h"
#include "spare.h"
#include "tasks.h"

/* ---- arguments ---- */

/* Files that every group has, or those of its controller, cannot be made a group. */
static bool is_file(struct span part)
{
	return property_find(PROPERTY_BOTH, part) ||
	       (part.size > 7 && memcmp(part.data, "cgroup.", 7) == 0);
}

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
		if (!pattern && memchr(part.data, '\n', part.size))
			return fail(err, "the name of a group has no line end");
		if (!pattern && is_file(part))
			return fail(err, "'%.*s' is the name of a file in a group; choose another",
				    (int)part.size, (const char *)part.data);
		if (++depth > CGROUP_DEPTH_MAX)
			return fail(err, "a cgroup path has at most %d parts", CGROUP_DEPTH_MAX);
	}
	return 0;
}

static int read_from(struct verb_args *a, struct move_wish *w, struct error *err)
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

static int read_to(struct verb_args *a, struct move_wish *w, struct error *err)
{
	struct suggestion s;

	if (args_word(a, "own")) {
		w->where = MOVE_TO_OWN;
		return 0;
	}
	if (w->root_task && args_word(a, "runtime")) {
		w->where = MOVE_TO_RUNTIME;
		return 0;
	}
	if (args_text(a, "a cgroup path, 'own' or 'runtime'", &w->to, err) < 0)
		return -1;
	if (judge_path(w->to, false, err) == 0)
		return 0;
	a->at--;
	s = suggest_for(w->to);
	suggest_offer(&s, "own");
	if (w->root_task)
		suggest_offer(&s, "runtime");
	return s.best[0] ?
		       fail(err, "expected a cgroup path, 'own' or 'runtime'%s", suggest_text(&s)) :
		       -1;
}

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct move_wish *w = out;

	if (read_from(a, w, err) < 0 || read_to(a, w, err) < 0)
		return -1;
	w->some = args_word(a, "controller");
	if (w->some && args_names(a, "the name of a controller", controller_name_check,
				  &w->controllers, err) < 0)
		return -1;
	return args_end(a, "'controller' and names, or the end of the line", err);
}

/* ---- paths ---- */

/* "/new" and "/rest", "" and "" make "/". */
static int join(struct move *m, struct span new, struct span rest, struct span *path,
		struct error *err)
{
	uint8_t *joined;

	while (new.size &&new.data[new.size - 1] == '/')
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
	if (m->prefix >= old && new.size == 1)
		return fail(err,
			    "the cgroup namespace that begins at %.*s would be lost in /; "
			    "move it to another group",
			    (int)outside.size, (const char *)outside.data);
	if (m->prefix >= old) {
		m->prefix = path.size - (m->path.size - m->prefix);
		return 0;
	}
	if (cgroup_path_within(new, outside))
		return 0;
	return fail(err,
		    "%.*s is inside a cgroup namespace that begins at %.*s, %.*s is not; move "
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

/* What is in the group is written to this host: to the root nothing is, and a group
 * that is in use keeps what it has. */
static int spare(struct move *m, const struct move_step *s, const char **note, struct error *err)
{
	const struct cgroup_hierarchy *h = move_hierarchy(m, s->controller);
	struct cgroup_group *g = cgroup_group_find(s->controller, s->new);
	bool root = g == &s->controller->root;
	const char *dropped = NULL;
	int status = 0;

	if (root && !s->alone)
		status = cgroup_spare_one(g, m->tree.arena, &dropped, err);
	else if (g && h && !root)
		status = cgroup_spare(g, m->host, h, s->new, m->tree.arena, &dropped, err);
	if (status < 0 || !dropped)
		return status;
	*note = arena_printf(
		m->tree.arena, "%s%s%s; dropped: %s", *note ? *note : "", *note ? "; " : "",
		root ? "the root has no limits" : "the group is in use and keeps its own limits",
		dropped);
	return *note ? 0 : fail_memory(err);
}

static int move_group(struct move *m, const struct move_step *s, struct error *err)
{
	struct cgroup_controller *c = s->controller;
	struct cgroup_group *from, *to;

	if (!cgroup_group_find(c, s->old))
		return 0;
	from = take(m, c, s->old);
	to = from ? cgroup_group_make(&m->tree, NULL, c, s->new) : NULL;
	if (!to)
		return fail_memory(err);
	if (to == &c->root)
		from->implied = true;
	cgroup_group_unite(to, from);
	return 0;
}

/* Several controllers have the same groups. */
static int keep_gone(struct move *m, struct span path)
{
	struct move_gone *gone;
	size_t count = 0;

	for (gone = m->gone; gone; gone = gone->next, count++)
		if (span_equal(gone->path, path))
			return 0;
	if (count == MOVE_GONE_MAX)
		return 0;
	gone = arena_alloc(m->tree.arena, sizeof(*gone));
	if (!gone)
		return -1;
	*gone = (struct move_gone){ m->gone, path };
	m->gone = gone;
	return 0;
}

static int report(struct move *m, const struct move_step *s, const char *note, struct error *err)
{
	const struct cgroup_controller *c = s->controller;
	const char *path = cgroup_text(m->tree.arena, s->old);
	const struct change change = {
		.type = CHANGE_GROUP,
		.hierarchy = cgroup_label(c->names, c->name_count, m->tree.arena),
		.group = path,
		.before = s->old,
		.after = s->new,
		.note = note,
	};

	m->changed = true;
	if (keep_gone(m, s->old) < 0)
		return fail_memory(err);
	return path && change.hierarchy ? change_by(m->call, change, err) : fail_memory(err);
}

/* ---- one group of one controller ---- */

const struct cgroup_hierarchy *move_hierarchy(const struct move *m,
					      const struct cgroup_controller *c)
{
	const struct cgroup_hierarchy *h = NULL;

	for (size_t i = 0; m->host && i < c->name_count && !h; i++)
		h = cgroup_host_find(m->host, c->names[i]);
	return h;
}

const char *move_name(const struct move *m, const struct cgroup_controller *c, struct span path)
{
	const char *label = cgroup_label(c->names, c->name_count, m->tree.arena);

	return label ? arena_printf(m->tree.arena, "%s:%.*s", label, (int)path.size,
				    (const char *)path.data) :
		       NULL;
}

/* Once for all groups of a controller, of which there can be a thousand. */
static int find_held(struct move *m, const struct cgroup_controller *c, struct error *err)
{
	int holds;

	if (m->holder == c)
		return 0;
	m->holder = c;
	m->held.size = 0;
	for (struct cgroup_set *set = m->tree.sets; set; set = set->next)
		for (struct cgroup_member *member = set->members; member; member = member->next) {
			const struct move_held held = { set, member };

			holds = cgroup_tree_holds(&m->tree, c, member, err);
			if (holds < 0)
				return -1;
			if (holds)
				buffer_append(&m->held, span_of(&held, sizeof(held)));
		}
	return m->held.failed ? fail_memory(err) : 0;
}

static const struct move_held *held_at(const struct move *m, size_t i)
{
	const struct move_held *all = (const void *)m->held.data;

	return i < m->held.size / sizeof(*all) ? &all[i] : NULL;
}

static bool is_meant(const struct move_step *s, const struct cgroup_member *member)
{
	return s->alone ? span_equal(member->path, s->old) :
			  cgroup_path_within(member->path, s->old);
}

static int move_members(struct move *m, const struct move_step *s, struct error *err)
{
	size_t size = s->old.size == 1 ? 0 : s->old.size;
	const struct move_held *held;

	for (size_t i = 0; (held = held_at(m, i)); i++)
		if (is_meant(s, held->member) &&
		    move_member(m, held->member, size, s->new, err) < 0)
			return error_context(err, "set %u", held->set->id);
	return 0;
}

/* How much of a task's path --cgroup-root replaces, see cgroup_place(). */
static size_t replaced_size(const struct cgroup_controller *c, const struct cgroup_member *member)
{
	const struct cgroup_group *g = &c->root;
	struct span rest = member->path, part;

	while (g && g->implied && cgroup_path_part(&rest, &part))
		g = cgroup_group_child(g, part);
	if (!g || g->implied)
		return 0;
	return member->prefix ? member->prefix : member->path.size - rest.size;
}

/* Will CRIU put all tasks of the group, and so the group, where the root says? */
static bool is_overridden(const struct move *m, const struct move_step *s)
{
	size_t meant = 0, replaced = 0;
	const struct move_held *held;

	for (size_t i = 0; (held = held_at(m, i)); i++) {
		if (!is_meant(s, held->member))
			continue;
		meant++;
		replaced += replaced_size(s->controller, held->member) >= s->old.size;
	}
	return m->wish.where == MOVE_TO_OWN || (meant > 0 && replaced == meant);
}

/* A move that has no effect is not made: 1, 0, -1. */
static int leave_to_root(struct move *m, const struct move_step *s, const char *name,
			 struct error *err)
{
	const struct cgroup_controller *c = s->controller;
	const char *root = m->host ? cgroup_root_of(m->call->world->ctx, c->names, c->name_count) :
				     NULL;
	const char *text;

	if (!root || m->wish.where == MOVE_TO_RUNTIME || !is_overridden(m, s))
		return 0;
	text = arena_printf(m->tree.arena,
			    "%s: --cgroup-root %s decides where this group goes; the "
			    "move has no effect",
			    name, root);
	if (!text)
		return fail_memory(err);
	explain_say(m->call, text);
	return 1;
}

/* Why nobody can mean a group by `own`; NULL: it can be meant. In the root tasks lose all
 * limits. */
static const char *why_not_own(const struct move_step *s, const char *own)
{
	if (cgroup_path_leads_out(own))
		return "outside its own cgroup namespace; the group is not moved";
	return s->new.size > 1 ? NULL :
				 "in the root of this hierarchy, which limits nothing; the group "
				 "is not moved (write `to \"/\"` if that is meant)";
}

/* 1: the group is left where it is, 0, -1. */
static int leave_own(const struct move *m, const struct move_step *s, const char *name,
		     struct error *err)
{
	const struct cgroup_hierarchy *h = move_hierarchy(m, s->controller);
	const char *why, *text;

	if (m->wish.where == MOVE_TO_PATH || !h)
		return 0;
	why = why_not_own(s, h->own);
	if (!why)
		return 0;
	text = arena_printf(m->tree.arena, "%s: criu itself is %s", name, why);
	if (!text)
		return fail_memory(err);
	explain_say(m->call, text);
	return 1;
}

/* What is below criu's own group already is in it: a container's first group where the
 * runtime has put criu into the container. */
static bool is_there(const struct move *m, const struct move_step *s)
{
	if (m->wish.where == MOVE_TO_PATH || !m->wish.root_task || s->new.size == 1)
		return span_equal(s->old, s->new);
	return cgroup_path_within(s->old, s->new);
}

int move_step(struct move *m, const struct move_step *s, struct error *err)
{
	const char *name = move_name(m, s->controller, s->old), *note = s->note;
	int left;

	if (!name)
		return fail_memory(err);
	if (is_there(m, s))
		return 0;
	if (find_held(m, s->controller, err) < 0)
		return -1;
	left = leave_to_root(m, s, name, err);
	if (left == 0)
		left = leave_own(m, s, name, err);
	if (left > 0)
		return 0;
	if (left < 0 || move_members(m, s, err) < 0 || (!s->alone && move_group(m, s, err) < 0) ||
	    spare(m, s, &note, err) < 0)
		return error_context(err, "move of %s", name);
	return report(m, s, note, err);
}

/* ---- where to ---- */

/* Where the groups of a controller go. */
static void set_destination(const struct move *m, struct move_step *s)
{
	const struct cgroup_hierarchy *h = move_hierarchy(m, s->controller);

	s->new = m->wish.to;
	while (s->new.size > 1 && s->new.data[s->new.size - 1] == '/')
		s->new.size--;
	if (m->wish.where == MOVE_TO_PATH)
		return;
	s->new = span_text(h ? h->own : "/");
	if (!h)
		s->note =
			"no such hierarchy is mounted here; in a new one all tasks are in the root";
}

/* ---- all of it ---- */

static bool is_wanted(struct move_wish *w, const struct cgroup_controller *c)
{
	bool wanted = !w->some;

	for (size_t i = 0; i < c->name_count; i++)
		wanted |= names_find(&w->controllers,
				     c->names[i].size ? c->names[i] : span_text("v2"));
	return wanted;
}

static const char *missed(const struct move *m)
{
	const char *controllers = names_missed(&m->wish.controllers, "controller", m->call->arena);

	if (controllers || m->found || m->wish.root_task)
		return controllers;
	return arena_printf(m->call->arena, "no group %.*s in the checkpoint",
			    (int)m->wish.from.size, (const char *)m->wish.from.data);
}

static int move_controller(struct move *m, struct cgroup_controller *c, struct move_olds *olds,
			   struct error *err)
{
	struct move_step s = { .controller = c };

	if (m->wish.where == MOVE_TO_RUNTIME)
		return move_to_runtime(m, c, err);
	set_destination(m, &s);
	if (move_find_olds(m, &s, olds, err) < 0)
		return -1;
	m->found |= olds->count > 0;
	for (size_t i = 0; i < olds->count; i++) {
		s.old = olds->items[i];
		if (move_step(m, &s, err) < 0)
			return -1;
	}
	return 0;
}

static int move_all(struct move *m, struct error *err)
{
	struct span items[MOVE_GROUPS_MAX]; /* not in the arena: an image may have many entries */
	struct move_olds olds = { items, 0 };

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
	const struct move_step s = { .controller = c, .old = old, .new = new };
	int status = judge_path(new, false, err);

	if (status == 0)
		status = move_step(&m, &s, err);
	buffer_free(&m.held);
	*tree = m.tree;
	return status;
}

/* Where hierarchies are mounted; a controller's own directory is below it. */
#define MOUNTED "/sys/fs/cgroup"

/* /sys/fs/cgroup/memory/ct/memory.events is in /ct, unless a cgroup namespace hides that. */
static bool is_in(struct span file, struct span group)
{
	const uint8_t *slash;

	if (group.size < 2 || file.size < strlen(MOUNTED) ||
	    memcmp(file.data, MOUNTED, strlen(MOUNTED)) != 0)
		return false;
	file = span_of(file.data + strlen(MOUNTED), file.size - strlen(MOUNTED));
	if (cgroup_path_within(file, group))
		return true;
	slash = file.size ? memchr(file.data + 1, '/', file.size - 1) : NULL;
	return slash &&
	       cgroup_path_within(span_of(slash, file.size - (size_t)(slash - file.data)), group);
}

static bool is_in_gone(const void *ctx, const struct value *v)
{
	const struct move *m = ctx;

	for (const struct move_gone *gone = m->gone; gone; gone = gone->next)
		if (is_in(v->text, gone->path))
			return true;
	return false;
}

static int note_files(struct move *m, struct error *err)
{
	return leftover_note_open(m->call, is_in_gone, m,
				  ", which is in a group that moves, and CRIU opens it there; "
				  "`path` says where it is then",
				  err);
}

static int find_root_task(struct move *m, struct error *err)
{
	static const char why[] = "criu was in the groups of the root task at the dump, so the "
				  "checkpoint does not say which they were";
	int found = tasks_root_set(m->call, &m->tree, &m->root_set, err);

	if (found != 0 || !m->tree.sets)
		return found < 0 ? -1 : 0;
	if (m->wish.where != MOVE_TO_RUNTIME)
		return fail(err, "move: %s; give the path of the group that is to move", why);
	explain_say(m->call, why);
	return 0;
}

static int run(struct rules_call *call, struct error *err)
{
	struct move m = { .call = call, .wish = *(const struct move_wish *)call->wish };
	int status;

	if (explain_same(call, m.wish.from.size && span_equal(m.wish.from, m.wish.to)))
		return 0;
	if (cgroup_host_for(call, &m.host, err) < 0 ||
	    cgroup_tree_read(&m.tree, call->arena, call->body, err) < 0 ||
	    (m.wish.root_task && find_root_task(&m, err) < 0))
		return -1;
	status = move_all(&m, err);
	buffer_free(&m.held);
	if (status < 0 || (m.gone && note_files(&m, err) < 0))
		return -1;
	call->missed = missed(&m);
	return 0;
}

const struct rules_verb verb_move = {
	"cgroup_entry",
	"move",
	"move [PATH] to PATH|own|runtime [controller NAME, ...]",
	read_arguments,
	sizeof(struct move_wish),
	run,
};
