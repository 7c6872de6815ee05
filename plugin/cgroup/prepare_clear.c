/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The root of a cgroup namespace that hands controllers on already.
 *
 * CRIU puts the tasks of a cgroup namespace into its root on their way to their groups
 * (prepare_cgns() in criu/cgroup.c, 2.0 to 4.3), which the kernel refuses where a group
 * of v2 hands controllers on. criu's command line leaves the groups of an earlier restore
 * behind, with the limits that it has given back; others make groups beforehand. Where
 * no task is in or below such a group, it hands nothing on until the tasks are in
 * place. That costs the groups below their values, so they are read before, and written
 * again afterwards.
 */
#include "prepare_inner.h"

#include <string.h>

#include "../../proto/file.h"
#include "../hostfile.h"
#include "capture.h"

#define GROUPS_MAX 1000 /* in and below one root */

/* A group, the one above it always before it in the list. */
struct cleared {
	struct cleared *next, *before;
	struct prepare_node node;
	const char *handed; /* "memory pids", "" */
};

struct clearing {
	struct prepare *p;
	struct cleared *first, *last;
	size_t count;
};

bool prepare_is_cleared(const struct crw *crw, const char *group)
{
	const struct cgroup_step *s = crw->steps;

	while (s && (s->type != CGROUP_CLEAR || strcmp(s->group, group) != 0))
		s = s->next;
	return s != NULL;
}

/* ---- what is there -------------------------------------------------------------------- */

/* Is a task in the group or below? What the host does not say counts as one. */
static int has_tasks(const struct prepare *p, const struct prepare_node *n, struct error *err)
{
	const char *path = arena_printf(p->arena, "%s/cgroup.events", n->host);
	cleanup_buffer struct buffer events = { 0 };
	int found;

	if (!path)
		return fail_memory(err);
	found = hostfile_read(p->host->root, path, HOSTFILE_MAX, &events, err);
	return found <= 0 ? (found < 0 ? -1 : 1) :
			    !strstr((const char *)events.data, "populated 0\n");
}

static int add_group(struct clearing *c, const char *group, struct error *err)
{
	struct prepare *p = c->p;
	struct cleared *g = arena_alloc(p->arena, sizeof(*g));
	int seen;

	if (!g)
		return fail_memory(err);
	*g = (struct cleared){ .before = c->last, .node = { .path = group } };
	seen = cgroup_host_place(p->hierarchy, group, &p->crw->outcome, &g->node.host, err);
	if (seen <= 0 || prepare_handed_line(p, &g->node, &g->handed, err) < 0)
		return seen < 0 || seen > 0 ? -1 : 0;
	if (c->last)
		c->last->next = g;
	else
		c->first = g;
	c->last = g;
	c->count++;
	return 0;
}

static int add_below(struct clearing *c, const struct cleared *above, struct error *err)
{
	cleanup_dir DIR *list = file_list(c->p->host->root, above->node.host);
	struct dirent *entry;

	while (list && c->count <= GROUPS_MAX && (entry = file_next(list))) {
		const char *group;

		if (entry->d_type != DT_DIR)
			continue;
		group = cgroup_path_join(c->p->arena, above->node.path, span_text(entry->d_name),
					 err);
		if (!group || add_group(c, group, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- what is done ------------------------------------------------------------------------ */

/* From the bottom up, as the kernel wants it. */
static int plan_clearing(struct clearing *c, struct error *err)
{
	for (const struct cleared *g = c->last; g; g = g->before) {
		struct cgroup_step step = { .type = CGROUP_CLEAR,
					    .file = "cgroup.subtree_control",
					    .value = "" };
		const char *rest = g->handed;
		struct span word;

		while (step.value && (word = prepare_next_word(&rest)).size)
			step.value = arena_printf(&c->p->crw->outcome, "%s-%.*s ", step.value,
						  (int)word.size, (const char *)word.data);
		if (!step.value)
			return fail_memory(err);
		if (prepare_step(c->p, &g->node, step, err) < 0)
			return -1;
	}
	return 0;
}

static int plan_again(struct clearing *c, const struct cleared *g, struct span file,
		      struct span value, struct error *err)
{
	struct arena *outcome = &c->p->crw->outcome;
	const struct cgroup_step step = {
		.type = CGROUP_WRITE,
		.when = CGROUP_LATE,
		.again = true,
		.file = arena_copy(outcome, file.data, file.size),
		.value = arena_copy(outcome, value.data, value.size),
	};

	return step.file && step.value ? prepare_step(c->p, &g->node, step, err) : fail_memory(err);
}

static int plan_values(struct clearing *c, const struct cleared *g, struct error *err)
{
	cleanup_buffer struct buffer settings = { 0 };
	struct raw_property property;
	struct span rest;
	int more;

	if (capture_settings(c->p->host->root, 2, g->node.host, &settings, err) < 0)
		return -1;
	if (settings.failed)
		return fail_memory(err);
	rest = buffer_span(&settings);
	while ((more = raw_next_property(&rest, &property, err)) > 0)
		if (plan_again(c, g, property.name, property.value.bytes, err) < 0)
			return -1;
	return more;
}

static int plan_handed(struct clearing *c, const struct cleared *g, struct error *err)
{
	const char *rest = g->handed;
	struct span word;

	while ((word = prepare_next_word(&rest)).size) {
		const char *value = arena_printf(c->p->arena, "+%.*s", (int)word.size,
						 (const char *)word.data);

		if (!value)
			return fail_memory(err);
		if (plan_again(c, g, span_text("cgroup.subtree_control"), span_text(value), err) <
		    0)
			return -1;
	}
	return 0;
}

static int plan(struct clearing *c, struct error *err)
{
	const struct change change = {
		.type = CHANGE_PROPERTY,
		.name = span_text("cgroup.subtree_control"),
		.before = span_text(c->first->handed),
		.note = "until the tasks are in their groups, since CRIU puts them into this "
			"one first",
	};

	if (plan_clearing(c, err) < 0)
		return -1;
	/* What a group has, those above it hand on. */
	for (const struct cleared *g = c->first; g; g = g->next)
		if ((g != c->first && plan_values(c, g, err) < 0) || plan_handed(c, g, err) < 0)
			return -1;
	return prepare_tell(c->p, &c->first->node, change, err);
}

static int leave(const struct clearing *c, const char *why, struct error *err)
{
	const char *text = arena_printf(c->p->arena,
					"v2:%s hands %s on and %s, so CRIU cannot put tasks of a "
					"cgroup namespace into it",
					c->first->node.path, c->first->handed, why);

	if (!text)
		return fail_memory(err);
	explain_say(c->p->call, text);
	return 0;
}

static int clear(struct prepare *p, const char *root, struct error *err)
{
	struct clearing c = { .p = p };
	int tasks;

	if (add_group(&c, root, err) < 0)
		return -1;
	if (!c.first || !*c.first->handed)
		return 0;
	tasks = has_tasks(p, &c.first->node, err);
	if (tasks)
		return tasks < 0 ? -1 : leave(&c, "has tasks in it or below", err);
	for (const struct cleared *g = c.first; g; g = g->next)
		if (add_below(&c, g, err) < 0)
			return -1;
	return c.count > GROUPS_MAX ? leave(&c, "has too many groups below", err) : plan(&c, err);
}

int prepare_clear(struct prepare *p, struct error *err)
{
	struct raw_members members = { .entry = p->call->body };
	struct raw_member m;
	const char *root;
	int more;

	while ((more = raw_next_member(&members, &m, err)) > 0) {
		int found = cgroup_namespace_root(p->crw, p->call->body, &p->controller, &m,
						  p->arena, &root, err);

		if (found < 0 ||
		    (found && !prepare_is_cleared(p->crw, root) && clear(p, root, err) < 0))
			return -1;
	}
	return more;
}
