/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `convert` to cgroup v1: one tree becomes several. */
#include <string.h>

#include "convert.h"

static bool is_of(const void *ctx, const struct cgroup_property *p)
{
	const struct cgroup_controller *c = ctx;

	for (size_t i = 0; i < c->name_count; i++)
		if (cgroup_property_of(p->name, c->names[i]))
			return true;
	return false;
}

static bool has_any(const struct cgroup_controller *c, const struct cgroup_group *g)
{
	for (const struct cgroup_property *p = g->properties; p; p = p->next)
		if (is_of(c, p))
			return true;
	for (const struct cgroup_group *child = g->children; child; child = child->next)
		if (has_any(c, child))
			return true;
	return false;
}

/* ---- hierarchies ---- */

/* A member of the new entry where the sets had one of v2. */
static int add_members(struct convert *c, const struct cgroup_controller *fresh, struct error *err)
{
	const char *label = cgroup_names_list(fresh->names, fresh->name_count, c->tree.arena);

	for (struct cgroup_set *set = c->tree.sets; set; set = set->next) {
		struct cgroup_member **end = &set->members, *v2 = NULL, *m;

		for (; *end; end = &(*end)->next)
			if ((*end)->name.size == 0)
				v2 = *end;
		if (!v2)
			continue;
		m = arena_alloc(c->tree.arena, sizeof(*m));
		if (!m || !label)
			return fail_memory(err);
		*m = *v2;
		m->next = NULL;
		m->name = span_text(label);
		*end = m;
	}
	return 0;
}

static int add_hierarchy(struct convert *c, const struct cgroup_hierarchy *h,
			 const struct cgroup_controller *v2, struct error *err)
{
	struct cgroup_controller probe = { .names = NULL }, *fresh;
	struct span rest = span_text(h->controllers), names[CGROUP_NAMES_MAX];
	const char *label;
	bool named;

	while (probe.name_count < CGROUP_NAMES_MAX &&
	       cgroup_name_next(&rest, &names[probe.name_count]))
		probe.name_count++;
	probe.names = names;
	named = strcmp(h->controllers, "name=systemd") == 0;
	if (cgroup_tree_controller(&c->tree, names[0]) || (!named && !has_any(&probe, &v2->root)))
		return 0;
	fresh = cgroup_tree_add_controller(&c->tree, names, probe.name_count);
	label = fresh ? cgroup_label(fresh->names, fresh->name_count, c->tree.arena) : NULL;
	if (!label || cgroup_group_copy(&c->tree, &fresh->root, &v2->root, is_of, fresh) < 0)
		return fail_memory(err);
	fresh->threaded = v2->threaded;
	if (change_by(c->call,
		      (struct change){ .type = CHANGE_CONTROLLER,
				       .hierarchy = label,
				       .before = span_text("v2"),
				       .after = span_text(label) },
		      err) < 0)
		return -1;
	return add_members(c, fresh, err);
}

/* ---- what is left of v2 ---- */

static bool is_v2s_own(const void *ctx, const struct cgroup_property *p)
{
	return cgroup_property_of(p->name, span_text("cgroup"));
}

static void remove_v2(struct convert *c, const struct cgroup_controller *v2)
{
	for (struct cgroup_controller **e = &c->tree.controllers; *e;)
		if (*e == v2)
			*e = (*e)->next;
		else
			e = &(*e)->next;
	for (struct cgroup_set *set = c->tree.sets; set; set = set->next)
		for (struct cgroup_member **m = &set->members; *m;)
			if ((*m)->name.size == 0)
				*m = (*m)->next;
			else
				m = &(*m)->next;
}

/* What no hierarchy of this host takes is lost. */
static int report_lost(struct convert *c, const struct cgroup_group *parent, const char *path,
		       struct error *err)
{
	for (const struct cgroup_group *g = parent->children; g; g = g->next) {
		const char *group = arena_printf(c->tree.arena, "%s/%.*s", path, (int)g->name.size,
						 (const char *)g->name.data);

		for (const struct cgroup_property *p = g->properties; p && group; p = p->next) {
			const uint8_t *dot = memchr(p->name.data, '.', p->name.size);
			struct span controller = span_of(p->name.data,
							 dot ? (size_t)(dot - p->name.data) : 0);

			if (cgroup_tree_controller(&c->tree, controller))
				continue;
			if (change_by(
				    c->call,
				    (struct change){
					    .type = CHANGE_PROPERTY,
					    .group = group,
					    .name = p->name,
					    .before = change_value(p->value),
					    .note = "this host has no such controller on cgroup v1",
				    },
				    err) < 0)
				return -1;
		}
		if (!group)
			return fail_memory(err);
		if (report_lost(c, g, group, err) < 0)
			return -1;
	}
	return 0;
}

/* The tree of v2 as it was, for a host that has v2 beside v1. */
static int keep_v2(struct convert *c, struct cgroup_controller *v2, struct cgroup_group *as_it_was)
{
	v2->root = (struct cgroup_group){ .implied = true };
	return cgroup_group_copy(&c->tree, &v2->root, as_it_was, is_v2s_own, NULL);
}

int cgroup_convert_to_v1(struct convert *c, struct error *err)
{
	struct cgroup_controller *v2 = cgroup_tree_controller(&c->tree, span_text(""));
	struct cgroup_group as_it_was = { .implied = true };

	c->values.beside = cgroup_host_find(c->host, span_text(""));
	if (cgroup_group_copy(&c->tree, &as_it_was, &v2->root, is_v2s_own, NULL) < 0)
		return fail_memory(err);
	if (cgroup_convert_values(c, &v2->root, "", err) < 0)
		return -1;
	for (size_t i = 0; i < c->host->count; i++)
		if (c->host->items[i].version == 1 &&
		    add_hierarchy(c, &c->host->items[i], v2, err) < 0)
			return -1;
	if (report_lost(c, &v2->root, "", err) < 0)
		return -1;
	if (!c->values.beside)
		remove_v2(c, v2);
	else if (keep_v2(c, v2, &as_it_was) < 0)
		return fail_memory(err);
	return 0;
}
