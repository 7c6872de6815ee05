/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the tree. Nothing is copied but the nodes; names, values and raw
 * fields point into the image.
 */
#include "tree.h"

#include <string.h>

#include "fields.h"

static void *new_node(struct cgroup_tree *t, size_t size, struct error *err)
{
	void *node;

	if (t->nodes++ >= CGROUP_NODES_MAX) {
		fail(err, "more than %d cgroups, properties and sets", CGROUP_NODES_MAX);
		return NULL;
	}
	node = arena_alloc(t->arena, size);
	if (!node)
		fail_memory(err);
	return node;
}

/* ---- fields ---- */

/* Keeps a raw field. Next to each other they stay one span of the image. */
static int keep(struct cgroup_tree *t, struct span *rest, struct span raw, struct error *err)
{
	uint8_t *joined;

	if (rest->size == 0) {
		*rest = raw;
		return 0;
	}
	if (rest->data + rest->size == raw.data) {
		rest->size += raw.size;
		return 0;
	}
	joined = arena_alloc(t->arena, rest->size + raw.size);
	if (!joined)
		return fail_memory(err);
	memcpy(joined, rest->data, rest->size);
	memcpy(joined + rest->size, raw.data, raw.size);
	*rest = span_of(joined, rest->size + raw.size);
	return 0;
}

/* Names and values end at a NUL for CRIU and for the kernel. */
static int take_text(const struct wire_field *f, struct span *text, struct error *err)
{
	if (f->type != WIRE_BYTES)
		return fail(err, "field %u is no text", f->number);
	if (f->bytes.size && memchr(f->bytes.data, 0, f->bytes.size))
		return fail(err, "field %u has a NUL byte in its text", f->number);
	*text = f->bytes;
	return 0;
}

static int take_number(const struct wire_field *f, uint64_t *number, struct error *err)
{
	if (f->type != WIRE_VARINT)
		return fail(err, "field %u is no number", f->number);
	*number = f->scalar;
	return 0;
}

/* One message, field by field: `field` takes what it knows and returns 1, 0
 * for what is to be kept as it is, -1. */
struct reader {
	struct cgroup_tree *tree;
	int (*field)(struct reader *r, const struct wire_field *f, struct error *err);
	void *node, *tail; /* what is read, the end of its list */
	struct span *rest;
	unsigned depth; /* of groups */
	size_t count;   /* of members, or of controllers */
};

static int read_message(struct reader *r, struct span body, struct error *err)
{
	struct wire_field f;
	int more, taken;

	while ((more = wire_next(&body, &f, err)) > 0) {
		taken = r->field(r, &f, err);
		if (taken < 0 || (taken == 0 && keep(r->tree, r->rest, f.raw, err) < 0))
			return -1;
	}
	return more;
}

static int count_one(struct reader *r, const char *what, struct error *err)
{
	if (r->count++ < CGROUP_CONTROLLERS_MAX)
		return 0;
	return fail(err, "more than %d %s", CGROUP_CONTROLLERS_MAX, what);
}

static int need_message(const struct wire_field *f, struct error *err)
{
	return f->type == WIRE_BYTES ? 0 : fail(err, "field %u is no message", f->number);
}

/* ---- properties and groups ---- */

static int property_field(struct reader *r, const struct wire_field *f, struct error *err)
{
	struct cgroup_property *p = r->node;

	if (f->number == CGROUP_PROP_NAME)
		return take_text(f, &p->name, err) < 0 ? -1 : 1;
	if (f->number == CGROUP_PROP_VALUE)
		return take_text(f, &p->value, err) < 0 ? -1 : 1;
	return 0;
}

static int read_property(struct reader *group, const struct wire_field *f, struct error *err)
{
	struct cgroup_property **end = group->tail, *p;
	struct reader r = { .tree = group->tree, .field = property_field };

	p = need_message(f, err) < 0 ? NULL : new_node(r.tree, sizeof(*p), err);
	if (!p)
		return -1;
	p->name = p->value = span_text("");
	r.node = p;
	r.rest = &p->rest;
	*end = p;
	group->tail = &p->next;
	return read_message(&r, f->bytes, err) < 0 ? -1 : 1;
}

static struct cgroup_group *new_child(struct cgroup_tree *t, struct cgroup_group *parent,
				      struct span name, struct error *err)
{
	struct cgroup_group *g = new_node(t, sizeof(*g), err);

	if (!g)
		return NULL;
	g->name = name;
	cgroup_group_append(parent, g);
	g->implied = true; /* so far; whether it stays so, the caller knows */
	return g;
}

/* Finding is a walk, so it is done only where implied groups can be, and not
 * without end. */
static int find_child(struct cgroup_tree *t, const struct cgroup_group *parent, struct span name,
		      struct cgroup_group **found, struct error *err)
{
	for (*found = parent->children; *found; *found = (*found)->next) {
		if (t->searched++ >= CGROUP_SEARCH_MAX)
			return fail(err, "too many cgroups whose names have several parts");
		if (span_equal((*found)->name, name))
			return 0;
	}
	return 0;
}

static int place_part(struct cgroup_tree *t, struct cgroup_group **at, struct span name, bool last,
		      struct error *err)
{
	struct cgroup_group *parent = *at;

	*at = NULL;
	if ((!last || parent->mixed) && find_child(t, parent, name, at, err) < 0)
		return -1;
	if (!last)
		parent->mixed = true;
	if (!*at)
		*at = new_child(t, parent, name, err);
	return *at ? 0 : -1;
}

/* From `at` to the group that a dir_name stands for. */
static int place_group(struct cgroup_tree *t, struct cgroup_group **at, struct span path,
		       unsigned *depth, struct error *err)
{
	struct span part, name = path, next;
	bool more = cgroup_path_part(&path, &part);

	while (more) {
		if (++*depth > CGROUP_DEPTH_MAX)
			return fail(err, "cgroups are nested more than %d deep", CGROUP_DEPTH_MAX);
		more = cgroup_path_part(&path, &next);
		if (place_part(t, at, part, !more, err) < 0)
			return -1;
		part = next;
	}
	if (!(*at)->implied)
		return fail(err, "the cgroup %.*s is in the image twice", (int)name.size,
			    (const char *)name.data);
	(*at)->implied = false;
	return 0;
}

static int find_name(struct span body, struct span *name, struct error *err)
{
	struct wire_field f;
	int more;

	*name = span_of(NULL, 0);
	while ((more = wire_next(&body, &f, err)) > 0)
		if (f.number == CGROUP_DIR_NAME)
			return take_text(&f, name, err);
	return more;
}

static int read_group(struct reader *above, struct cgroup_group *parent, const struct wire_field *f,
		      struct error *err);

static int group_field(struct reader *r, const struct wire_field *f, struct error *err)
{
	switch (f->number) {
	case CGROUP_DIR_NAME:
		return 1;
	case CGROUP_DIR_CHILDREN:
		return read_group(r, r->node, f, err);
	case CGROUP_DIR_PROPERTIES:
		return read_property(r, f, err);
	}
	return 0;
}

static int read_group(struct reader *above, struct cgroup_group *parent, const struct wire_field *f,
		      struct error *err)
{
	struct reader r = { .tree = above->tree, .field = group_field, .depth = above->depth };
	struct cgroup_group *g = parent;
	struct span name;

	if (need_message(f, err) < 0 || find_name(f->bytes, &name, err) < 0 ||
	    place_group(r.tree, &g, name, &r.depth, err) < 0)
		return -1;
	r.node = g;
	r.tail = &g->properties;
	r.rest = &g->rest;
	if (read_message(&r, f->bytes, err) < 0)
		return -1;
	return 1;
}

/* ---- controllers ---- */

static int add_name(struct cgroup_controller *c, const struct wire_field *f, struct error *err)
{
	if (c->name_count == CGROUP_NAMES_MAX)
		return fail(err, "more than %d controllers in one entry", CGROUP_NAMES_MAX);
	return take_text(f, &c->names[c->name_count++], err) < 0 ? -1 : 1;
}

static int controller_field(struct reader *r, const struct wire_field *f, struct error *err)
{
	struct cgroup_controller *c = r->node;
	uint64_t threaded = 0;

	switch (f->number) {
	case CG_CONTROLLER_CNAMES:
		return add_name(c, f, err);
	case CG_CONTROLLER_DIRS:
		return read_group(r, &c->root, f, err);
	case CG_CONTROLLER_THREADED:
		if (take_number(f, &threaded, err) < 0)
			return -1;
		c->threaded = threaded != 0;
		return 1;
	}
	return 0;
}

static int count_names(struct span body, size_t *count, struct error *err)
{
	struct wire_field f;
	int more;

	*count = 0;
	while ((more = wire_next(&body, &f, err)) > 0)
		*count += f.number == CG_CONTROLLER_CNAMES;
	if (*count > CGROUP_NAMES_MAX)
		return fail(err, "more than %d controllers in one entry", CGROUP_NAMES_MAX);
	return more;
}

static int read_controller(struct reader *entry, const struct wire_field *f, struct error *err)
{
	struct reader r = { .tree = entry->tree, .field = controller_field };
	struct cgroup_controller *c, **end = &entry->tree->controllers;
	size_t names;

	if (need_message(f, err) < 0 || count_names(f->bytes, &names, err) < 0 ||
	    count_one(entry, "controllers", err) < 0)
		return -1;
	c = new_node(r.tree, sizeof(*c), err);
	if (!c)
		return -1;
	c->names = arena_array(r.tree->arena, names, sizeof(*c->names));
	if (!c->names)
		return fail_memory(err);
	c->threaded = -1;
	c->root.implied = true;
	while (*end)
		end = &(*end)->next;
	*end = r.node = c;
	r.rest = &c->rest;
	return read_message(&r, f->bytes, err) < 0 ? -1 : 1;
}

/* ---- sets ---- */

static int member_field(struct reader *r, const struct wire_field *f, struct error *err)
{
	struct cgroup_member *m = r->node;

	switch (f->number) {
	case CG_MEMBER_NAME:
		return take_text(f, &m->name, err) < 0 ? -1 : 1;
	case CG_MEMBER_PATH:
		return take_text(f, &m->path, err) < 0 ? -1 : 1;
	case CG_MEMBER_CGNS_PREFIX:
		return take_number(f, &m->prefix, err) < 0 ? -1 : 1;
	}
	return 0;
}

static int read_member(struct reader *set, const struct wire_field *f, struct error *err)
{
	struct reader r = { .tree = set->tree, .field = member_field };
	struct cgroup_member **end = set->tail, *m;

	if (need_message(f, err) < 0 || count_one(set, "controllers in one set", err) < 0)
		return -1;
	m = new_node(r.tree, sizeof(*m), err);
	if (!m)
		return -1;
	m->name = m->path = span_text("");
	r.node = m;
	r.rest = &m->rest;
	*end = m;
	set->tail = &m->next;
	if (read_message(&r, f->bytes, err) < 0)
		return -1;
	if (m->prefix > m->path.size)
		return fail(err, "cgns_prefix %llu goes beyond the path %.*s",
			    (unsigned long long)m->prefix, (int)m->path.size,
			    (const char *)m->path.data);
	return 1;
}

static int set_field(struct reader *r, const struct wire_field *f, struct error *err)
{
	struct cgroup_set *set = r->node;
	uint64_t id = 0;

	if (f->number == CG_SET_CTLS)
		return read_member(r, f, err);
	if (f->number != CG_SET_ID)
		return 0;
	if (take_number(f, &id, err) < 0)
		return -1;
	set->id = (uint32_t)id;
	return 1;
}

static int read_set(struct reader *entry, const struct wire_field *f, struct error *err)
{
	struct reader r = { .tree = entry->tree, .field = set_field };
	struct cgroup_set **end = entry->tail, *set;

	set = need_message(f, err) < 0 ? NULL : new_node(r.tree, sizeof(*set), err);
	if (!set)
		return -1;
	r.node = set;
	r.tail = &set->members;
	r.rest = &set->rest;
	*end = set;
	entry->tail = &set->next;
	return read_message(&r, f->bytes, err) < 0 ? -1 : 1;
}

static int entry_field(struct reader *r, const struct wire_field *f, struct error *err)
{
	if (f->number == CGROUP_ENTRY_SETS)
		return read_set(r, f, err);
	if (f->number == CGROUP_ENTRY_CONTROLLERS)
		return read_controller(r, f, err);
	return 0;
}

int cgroup_tree_read(struct cgroup_tree *t, struct arena *arena, struct span body,
		     struct error *err)
{
	struct reader r = { .tree = t, .field = entry_field, .tail = &t->sets, .rest = &t->rest };

	*t = (struct cgroup_tree){ .arena = arena };
	return read_message(&r, body, err);
}
