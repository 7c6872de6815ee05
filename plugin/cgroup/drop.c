/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs that take controllers and groups out of the image.
 *
 *	drop absent			those that this host lacks
 *	drop controller rdma, net_*	by name
 *	drop strangers			groups that no task is in (strangers.h)
 *	clear				all: a pure checkpoint
 *
 * CRIU mounts every controller of the image before it restores anything, so
 * one that cannot be mounted ends the restore in every mode but `ignore`. A
 * controller that is dropped leaves its tasks in CRIU's own group. The sets
 * stay, because tasks name them by id, and CRIU looks for those.
 */
#include <string.h>

#include "../context.h"
#include "../../rules/args.h"
#include "host.h"
#include "properties.h"
#include "strangers.h"
#include "verbs.h"

struct drop_wish {
	bool strangers; /* groups, no controllers */
	bool absent;    /* else by name */
	struct verb_names names;
};

struct drop {
	struct rules_call *call;
	struct cgroup_tree tree;
	struct drop_wish wish;
	const struct cgroup_host *host;
	bool changed;
};

/* ---- arguments ---- */

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct drop_wish *d = out;

	d->absent = args_word(a, "absent");
	if (d->absent)
		return args_end(a, "the end of the line after 'absent'", err);
	d->strangers = args_word(a, "strangers");
	if (d->strangers)
		return args_end(a, "the end of the line after 'strangers'", err);
	if (!args_word(a, "controller"))
		return fail(err, "expected 'absent', 'strangers' or 'controller'");
	if (args_names(a, "the name of a controller", controller_name_check, &d->names, err) < 0)
		return -1;
	return args_end(a, "',' between names", err);
}

/* ---- what goes with a name ---- */

bool cgroup_property_of(struct span property, struct span controller)
{
	return controller.size > 0 && property.size > controller.size &&
	       property.data[controller.size] == '.' &&
	       memcmp(property.data, controller.data, controller.size) == 0;
}

static void drop_properties(struct cgroup_group *g, struct span controller)
{
	struct cgroup_property **p = &g->properties;

	while (*p) {
		if (cgroup_property_of((*p)->name, controller))
			*p = (*p)->next;
		else
			p = &(*p)->next;
	}
	for (struct cgroup_group *child = g->children; child; child = child->next)
		drop_properties(child, controller);
}

/* "cpu,cpuacct" without "cpuacct". */
static int shorten(struct drop *d, struct cgroup_member *m, struct span gone, struct error *err)
{
	struct span rest = m->name, name;
	uint8_t *out = arena_alloc(d->tree.arena, m->name.size + 1);
	size_t size = 0;

	if (!out)
		return fail_memory(err);
	while (cgroup_name_next(&rest, &name)) {
		if (span_equal(name, gone))
			continue;
		if (size)
			out[size++] = ',';
		memcpy(out + size, name.data, name.size);
		size += name.size;
	}
	m->name = span_of(out, size);
	return 0;
}

/* The memberships of an entry: gone with its last name, else shorter by one. */
static int drop_members(struct drop *d, const struct cgroup_controller *c, struct span name,
			struct error *err)
{
	int holds;

	for (struct cgroup_set *set = d->tree.sets; set; set = set->next)
		for (struct cgroup_member **m = &set->members; *m;) {
			holds = cgroup_tree_holds(&d->tree, c, *m, err);
			if (holds < 0)
				return -1;
			if (!holds) {
				m = &(*m)->next;
			} else if (c->name_count == 1) {
				*m = (*m)->next;
			} else {
				if (shorten(d, *m, name, err) < 0)
					return -1;
				m = &(*m)->next;
			}
		}
	return 0;
}

static void drop_name(struct cgroup_controller *c, size_t index)
{
	struct span gone = c->names[index];

	c->name_count--;
	for (size_t i = index; i < c->name_count; i++)
		c->names[i] = c->names[i + 1];
	if (c->name_count)
		drop_properties(&c->root, gone);
}

/* ---- which ---- */

static bool is_wanted(struct drop *d, struct span name)
{
	if (!d->wish.absent)
		return names_find(&d->wish.names, name.size ? name : span_text("v2"));
	return !cgroup_host_find(d->host, name);
}

static bool on_v2(const struct drop *d, struct span name)
{
	const struct cgroup_hierarchy *v2 = cgroup_host_find(d->host, span_text(""));

	return v2 && cgroup_list_has(span_text(v2->controllers), " ", name);
}

static const char *why(const struct drop *d, struct span name)
{
	if (!d->wish.absent)
		return NULL;
	if (name.size == 0)
		return "no cgroup v2 here; `convert` before `drop` translates its limits to v1";
	if (on_v2(d, name))
		return "on cgroup v2 here; `convert` before `drop` translates its limits";
	return "not on this host; its tasks stay in criu's own group";
}

static int report(struct drop *d, const struct cgroup_controller *c, struct span name,
		  struct error *err)
{
	const struct change change = {
		.type = CHANGE_CONTROLLER,
		.hierarchy = cgroup_label(c->names, c->name_count, d->tree.arena),
		.before = name.size ? name : span_text("v2"),
		.note = why(d, name),
	};

	d->changed = true;
	return change.hierarchy ? change_by(d->call, change, err) : fail_memory(err);
}

static int drop_from(struct drop *d, struct cgroup_controller *c, struct error *err)
{
	for (size_t i = 0; i < c->name_count;) {
		if (!is_wanted(d, c->names[i])) {
			i++;
			continue;
		}
		if (report(d, c, c->names[i], err) < 0 || drop_members(d, c, c->names[i], err) < 0)
			return -1;
		drop_name(c, i);
	}
	return 0;
}

static int drop_all(struct drop *d, struct error *err)
{
	struct cgroup_controller **c = &d->tree.controllers;

	while (*c) {
		if (drop_from(d, *c, err) < 0)
			return -1;
		if ((*c)->name_count)
			c = &(*c)->next;
		else
			*c = (*c)->next;
	}
	return d->changed ? cgroup_tree_put(&d->tree, d->call, err) : 0;
}

static int run_drop(struct rules_call *call, struct error *err)
{
	struct drop d = { .call = call, .wish = *(const struct drop_wish *)call->wish };
	int found;

	if (cgroup_host_for(call, &d.host, err) < 0 ||
	    cgroup_tree_read(&d.tree, call->arena, call->body, err) < 0)
		return -1;
	if (!d.wish.strangers) {
		found = drop_all(&d, err);
		call->missed = names_missed(&d.wish.names, "controller", call->arena);
		return found;
	}
	found = strangers_drop(call, &d.tree, err);
	return found > 0 ? cgroup_tree_put(&d.tree, call, err) : found;
}

const struct rules_verb verb_drop = {
	"cgroup_entry",
	"drop",
	"drop absent | strangers | controller NAME, ...",
	read_arguments,
	sizeof(struct drop_wish),
	run_drop,
};

/* ---- clear ---- */

static int run_clear(struct rules_call *call, struct error *err)
{
	struct cgroup_tree t;
	const char *label;

	if (cgroup_tree_read(&t, call->arena, call->body, err) < 0)
		return -1;
	if (!t.controllers && !(t.sets && t.sets->members))
		return 0;
	/* criu itself is then outside of the group that its runtime has made. */
	if (cgroup_root_given(call->world->ctx)) {
		explain_say(call, "--cgroup-root says where the tasks go; nothing is cleared");
		return 0;
	}
	for (const struct cgroup_controller *c = t.controllers; c; c = c->next) {
		label = cgroup_label(c->names, c->name_count, call->arena);
		if (!label)
			return fail_memory(err);
		if (change_by(call,
			      (struct change){ .type = CHANGE_CONTROLLER,
					       .hierarchy = label,
					       .before = span_text(label),
					       .note = "the tasks stay in criu's own groups" },
			      err) < 0)
			return -1;
	}
	t.controllers = NULL;
	for (struct cgroup_set *set = t.sets; set; set = set->next)
		set->members = NULL;
	return cgroup_tree_put(&t, call, err);
}

const struct rules_verb verb_clear = {
	"cgroup_entry", "clear", "clear", args_none, 0, run_clear,
};
