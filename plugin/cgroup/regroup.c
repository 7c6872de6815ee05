/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb `regroup`: v1 controllers in entries as they are mounted here.
 *
 * CRIU mounts exactly the names of an entry together, and the kernel refuses
 * "cpu" where cpu and cpuacct are one hierarchy, and the other way round. So
 * entries are split and united until each holds the names of one hierarchy of
 * this host, all of them, even those that the checkpoint had not. What is on
 * no hierarchy of this host stays with what it was with.
 *
 * Where entries are united, a task that was in two groups gets the deeper one;
 * when they lie on different ways, a rule must decide.
 *
 * A group of an entry that is split is in each part, with the properties of
 * that part's controllers; the files that every group has ("tasks") go along.
 */
#include <string.h>

#include "../../rules/args.h"
#include "host.h"
#include "verbs.h"

struct regroup {
	struct rules_call *call;
	struct cgroup_tree tree;
	const struct cgroup_host *host;
	struct cgroup_controller *old; /* the entries as they were */
	bool changed;
};

/* ---- the new entries ---- */

/* What a name is in an entry with: a hierarchy here, or its old entry. */
static const void *home_of(const struct regroup *r, const struct cgroup_controller *old,
			   struct span name)
{
	const struct cgroup_hierarchy *h = cgroup_host_find(r->host, name);

	return h && h->version == 1 ? (const void *)h : old;
}

static size_t names_of_hierarchy(const struct cgroup_hierarchy *h, struct span *names)
{
	struct span rest = span_text(h->controllers), name;
	size_t count = 0;

	while (count < CGROUP_NAMES_MAX && cgroup_name_next(&rest, &name))
		names[count++] = name;
	return count;
}

static size_t names_left(const struct regroup *r, const struct cgroup_controller *old,
			 struct span *names)
{
	size_t count = 0;

	for (size_t i = 0; i < old->name_count; i++)
		if (home_of(r, old, old->names[i]) == old)
			names[count++] = old->names[i];
	return count;
}

static int add_entry(struct regroup *r, const struct cgroup_controller *old, struct span name,
		     struct error *err)
{
	const struct cgroup_hierarchy *h = cgroup_host_find(r->host, name);
	struct span names[CGROUP_NAMES_MAX];
	size_t count;

	if (cgroup_tree_controller(&r->tree, name))
		return 0;
	count = h && h->version == 1 ? names_of_hierarchy(h, names) : names_left(r, old, names);
	return cgroup_tree_add_controller(&r->tree, names, count) ? 0 : fail_memory(err);
}

static int add_entries(struct regroup *r, struct error *err)
{
	r->old = r->tree.controllers;
	r->tree.controllers = NULL;
	for (const struct cgroup_controller *old = r->old; old; old = old->next)
		for (size_t i = 0; i < old->name_count; i++)
			if (add_entry(r, old, old->names[i], err) < 0)
				return -1;
	return 0;
}

/* ---- groups ---- */

/* Properties of a controller go with it, others with every part. */
static bool goes_to(const void *ctx, const struct cgroup_property *property)
{
	const struct cgroup_controller *const *both = ctx, *fresh = both[0], *old = both[1];

	for (size_t i = 0; i < old->name_count; i++)
		if (cgroup_property_of(property->name, old->names[i]))
			return cgroup_controller_has(fresh, old->names[i]);
	return true;
}

static bool shares_name(const struct cgroup_controller *a, const struct cgroup_controller *b)
{
	for (size_t i = 0; i < a->name_count; i++)
		if (cgroup_controller_has(b, a->names[i]))
			return true;
	return false;
}

static int fill_entry(struct regroup *r, struct cgroup_controller *fresh, struct error *err)
{
	for (const struct cgroup_controller *old = r->old; old; old = old->next) {
		const struct cgroup_controller *both[] = { fresh, old };
		struct cgroup_group copy = { .implied = true };

		if (!shares_name(old, fresh))
			continue;
		if (cgroup_group_copy(&r->tree, &copy, &old->root, goes_to, both) < 0)
			return r->tree.nodes > CGROUP_NODES_MAX ?
				       fail(err, "more than %d cgroups in all hierarchies together",
					    CGROUP_NODES_MAX) :
				       fail_memory(err);
		cgroup_group_unite(&fresh->root, &copy);
		if (old->threaded > fresh->threaded)
			fresh->threaded = old->threaded;
		if (!fresh->rest.size)
			fresh->rest = old->rest;
	}
	return 0;
}

/* ---- memberships ---- */

static bool member_shares(const struct cgroup_member *m, const struct cgroup_controller *c)
{
	struct span rest = m->name, name;

	while (cgroup_name_next(&rest, &name))
		if (cgroup_controller_has(c, name))
			return true;
	return false;
}

/* A task is in one group of a hierarchy: the deeper one, where one lies on the
 * way to the other. */
static int unite_paths(struct cgroup_member *into, const struct cgroup_member *m, const char *label,
		       struct error *err)
{
	if (cgroup_path_within(into->path, m->path))
		return 0;
	if (cgroup_path_within(m->path, into->path)) {
		into->path = m->path;
		into->prefix = m->prefix;
		return 0;
	}
	return fail(err,
		    "%s are one hierarchy here, but its tasks are in %.*s and, of %.*s, in %.*s; "
		    "first `cgroup_entry move \"%.*s\" to \"%.*s\" controller \"%.*s\"`",
		    label, (int)into->path.size, (const char *)into->path.data, (int)m->name.size,
		    (const char *)m->name.data, (int)m->path.size, (const char *)m->path.data,
		    (int)m->path.size, (const char *)m->path.data, (int)into->path.size,
		    (const char *)into->path.data, (int)m->name.size, (const char *)m->name.data);
}

static int new_member(struct regroup *r, const struct cgroup_controller *fresh,
		      const struct cgroup_set *set, struct cgroup_member **member,
		      struct error *err)
{
	const char *label = cgroup_names_list(fresh->names, fresh->name_count, r->tree.arena);

	*member = NULL;
	for (const struct cgroup_member *m = set->members; m; m = m->next) {
		if (!member_shares(m, fresh))
			continue;
		if (*member && label) {
			if (unite_paths(*member, m, label, err) < 0)
				return error_context(err, "set %u", set->id);
			continue;
		}
		*member = arena_alloc(r->tree.arena, sizeof(**member));
		if (!*member || !label)
			return fail_memory(err);
		**member = *m;
		(*member)->next = NULL;
		(*member)->name = span_text(label);
	}
	return 0;
}

static int regroup_set(struct regroup *r, struct cgroup_set *set, struct error *err)
{
	struct cgroup_member *list = NULL, **end = &list;

	for (const struct cgroup_controller *c = r->tree.controllers; c; c = c->next) {
		if (new_member(r, c, set, end, err) < 0)
			return -1;
		if (*end)
			end = &(*end)->next;
	}
	set->members = list;
	return 0;
}

/* ---- all of it ---- */

static bool same_names(const struct cgroup_controller *a, const struct cgroup_controller *b)
{
	if (a->name_count != b->name_count)
		return false;
	for (size_t i = 0; i < a->name_count; i++)
		if (!cgroup_controller_has(b, a->names[i]))
			return false;
	return true;
}

static bool is_mounted(const struct regroup *r, const struct cgroup_controller *c)
{
	return cgroup_host_find(r->host, c->names[0]) != NULL;
}

static int report(struct regroup *r, const struct cgroup_controller *fresh, struct error *err)
{
	const char *before = NULL, *label,
		   *after = cgroup_label(fresh->names, fresh->name_count, r->tree.arena);

	for (const struct cgroup_controller *old = r->old; old; old = old->next) {
		if (same_names(old, fresh))
			return 0;
		if (!shares_name(old, fresh))
			continue;
		label = cgroup_label(old->names, old->name_count, r->tree.arena);
		before = before && label ? arena_printf(r->tree.arena, "%s + %s", before, label) :
					   label;
		if (!before)
			return fail_memory(err);
	}
	if (!after)
		return fail_memory(err);
	r->changed = true;
	return change_by(r->call,
			 (struct change){ .type = CHANGE_CONTROLLER,
					  .hierarchy = after,
					  .before = span_of(before, before ? strlen(before) : 0),
					  .after = span_text(after),
					  .note = is_mounted(r, fresh) ? "as mounted here" : NULL },
			 err);
}

static int regroup_all(struct regroup *r, struct error *err)
{
	if (add_entries(r, err) < 0)
		return -1;
	for (const struct cgroup_controller *c = r->tree.controllers; c; c = c->next)
		if (report(r, c, err) < 0)
			return -1;
	if (!r->changed)
		return 0;
	if (cgroup_tree_check_names(&r->tree, err) < 0)
		return -1;
	for (struct cgroup_controller *c = r->tree.controllers; c; c = c->next)
		if (fill_entry(r, c, err) < 0)
			return -1;
	for (struct cgroup_set *set = r->tree.sets; set; set = set->next)
		if (regroup_set(r, set, err) < 0)
			return -1;
	return cgroup_tree_put(&r->tree, r->call, err);
}

static int run(struct rules_call *call, struct error *err)
{
	struct regroup r = { .call = call };

	if (cgroup_host_for(call, &r.host, err) < 0 ||
	    cgroup_tree_read(&r.tree, call->arena, call->body, err) < 0)
		return -1;
	return regroup_all(&r, err);
}

const struct rules_verb verb_regroup = {
	"cgroup_entry", "regroup", "regroup", args_none, 0, run,
};
