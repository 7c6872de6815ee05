/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the tree. Nothing is copied but the nodes; names, values and raw
 * fields point into the image.
 */
#include "tree.h"

#include <string.h>

#include "image.h"

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

/* Of a copy; doubled, so that many fields are not copied anew for each. */
static size_t capacity(size_t size)
{
	size_t room = 64;

	while (room < size)
		room *= 2;
	return room;
}

static bool is_copy(const struct cgroup_tree *t, struct span rest)
{
	return rest.data < t->body.data || rest.data >= t->body.data + t->body.size;
}

/* Keeps a raw field. Next to each other they stay one span of the image. */
static int keep(struct cgroup_tree *t, struct span *rest, struct span raw, struct error *err)
{
	size_t size = rest->size + raw.size;
	uint8_t *joined;

	if (rest->size == 0) {
		*rest = raw;
		return 0;
	}
	if (rest->data + rest->size == raw.data) {
		rest->size = size;
		return 0;
	}
	if (is_copy(t, *rest) && size <= capacity(rest->size)) {
		memcpy((uint8_t *)(uintptr_t)rest->data + rest->size, raw.data, raw.size);
		rest->size = size;
		return 0;
	}
	joined = arena_alloc(t->arena, capacity(size));
	if (!joined)
		return fail_memory(err);
	memcpy(joined, rest->data, rest->size);
	memcpy(joined + rest->size, raw.data, raw.size);
	*rest = span_of(joined, size);
	return 0;
}

/* Keeps what the message has beside what the tree has fields for. */
static int keep_rest(struct cgroup_tree *t, enum raw_what in, struct span body, struct span *rest,
		     struct error *err)
{
	struct wire_field f;
	int what;

	while ((what = raw_next(in, &body, &f, err)) > 0) {
		if (what == RAW_OTHER || what == RAW_OWNER)
			what = keep(t, rest, f.raw, err);
		else if (in == RAW_PROPERTY)
			what = raw_check_text(&f, err);
		if (what < 0)
			return -1;
	}
	return what;
}

/* ---- properties and groups ---- */

static int read_property(struct cgroup_tree *t, struct cgroup_property ***end,
			 const struct wire_field *f, struct error *err)
{
	struct cgroup_property *p = new_node(t, sizeof(*p), err);
	struct raw_property raw;

	if (!p || raw_read_property(f, &raw, err) < 0)
		return -1;
	p->name = raw.name;
	p->value = raw.value.bytes;
	**end = p;
	*end = &p->next;
	return keep_rest(t, RAW_PROPERTY, f->bytes, &p->rest, err);
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
		       struct error *err)
{
	struct span part, name = path, next;
	bool more = cgroup_path_part(&path, &part);

	while (more) {
		more = cgroup_path_part(&path, &next);
		if (place_part(t, at, part, !more, err) < 0)
			return -1;
		part = next;
	}
	if (!(*at)->implied)
		return fail(err, "the cgroup %.*s is in the image twice",
			    name.size ? (int)name.size : 1,
			    name.size ? (const char *)name.data : "/");
	(*at)->implied = false;
	return 0;
}

static int read_group(struct cgroup_tree *t, struct cgroup_group *at, const struct raw_group *raw,
		      struct error *err)
{
	struct span rest = raw->field.bytes;
	struct cgroup_property **end;
	struct raw_group child;
	struct wire_field f;
	int what;

	if (raw_count_path(raw, &t->paths, err) < 0 || place_group(t, &at, raw->name, err) < 0)
		return -1;
	end = &at->properties;
	while ((what = raw_next_part(raw, &rest, &f, err)) > 0) {
		if (what == RAW_PROPERTY)
			what = read_property(t, &end, &f, err);
		else if (what == RAW_GROUP)
			what = raw_read_group(&f, raw, &child, err) < 0 ?
				       -1 :
				       read_group(t, at, &child, err);
		else if (what != RAW_NAME)
			what = keep(t, &at->rest, f.raw, err);
		if (what < 0)
			return -1;
	}
	return what;
}

/* ---- controllers ---- */

static int read_groups(struct cgroup_tree *t, struct cgroup_controller *c,
		       const struct raw_controller *raw, struct error *err)
{
	struct span rest = raw->field.bytes;
	struct raw_group g;
	int more;

	while ((more = raw_next_group(&rest, NULL, &g, err)) > 0)
		if (read_group(t, &c->root, &g, err) < 0)
			return -1;
	return more < 0 ? -1 : keep_rest(t, RAW_CONTROLLER, raw->field.bytes, &c->rest, err);
}

static int read_controllers(struct cgroup_tree *t, struct span entry, struct error *err)
{
	struct cgroup_controller *c;
	struct raw_controller raw;
	size_t count = 0;
	int more;

	while ((more = raw_next_controller(&entry, &raw, err)) > 0) {
		if (++count > CGROUP_CONTROLLERS_MAX)
			return fail(err, "more than %d controllers", CGROUP_CONTROLLERS_MAX);
		c = cgroup_tree_add_controller(t, raw.names, raw.name_count);
		if (!c)
			return fail_memory(err);
		c->threaded = raw.threaded;
		if (read_groups(t, c, &raw, err) < 0)
			return -1;
	}
	return more;
}

/* ---- sets ---- */

static int read_member(struct cgroup_tree *t, struct cgroup_member ***end,
		       const struct wire_field *f, struct error *err)
{
	struct cgroup_member *m = new_node(t, sizeof(*m), err);
	struct raw_member raw;

	if (!m || raw_read_member(f, &raw, err) < 0)
		return -1;
	if (raw.prefix > raw.path.size)
		return fail(err, "cgns_prefix %llu goes beyond the path %.*s",
			    (unsigned long long)raw.prefix, (int)raw.path.size,
			    (const char *)raw.path.data);
	m->name = raw.name;
	m->path = raw.path;
	m->prefix = raw.prefix;
	**end = m;
	*end = &m->next;
	return keep_rest(t, RAW_MEMBER, f->bytes, &m->rest, err);
}

static int read_set(struct cgroup_tree *t, struct cgroup_set *set, struct span rest,
		    struct error *err)
{
	struct cgroup_member **end = &set->members;
	struct wire_field f;
	size_t count = 0;
	int what;

	while ((what = raw_next(RAW_SET, &rest, &f, err)) > 0) {
		if (what == RAW_ID)
			set->id = (uint32_t)f.scalar;
		else if (what != RAW_MEMBER)
			what = keep(t, &set->rest, f.raw, err);
		else if (++count > CGROUP_CONTROLLERS_MAX)
			return fail(err, "more than %d controllers in one set",
				    CGROUP_CONTROLLERS_MAX);
		else
			what = read_member(t, &end, &f, err);
		if (what < 0)
			return -1;
	}
	return what;
}

static int read_sets(struct cgroup_tree *t, struct span entry, struct error *err)
{
	struct cgroup_set **end = &t->sets, *set;
	struct wire_field f;
	int more;

	while ((more = raw_next_of(RAW_ENTRY, RAW_SET, &entry, &f, err)) > 0) {
		set = new_node(t, sizeof(*set), err);
		if (!set || read_set(t, set, f.bytes, err) < 0)
			return -1;
		*end = set;
		end = &set->next;
	}
	return more;
}

int cgroup_tree_read(struct cgroup_tree *t, struct arena *arena, struct span body,
		     struct error *err)
{
	*t = (struct cgroup_tree){ .arena = arena, .body = body };
	if (read_sets(t, body, err) < 0 || read_controllers(t, body, err) < 0)
		return -1;
	return keep_rest(t, RAW_ENTRY, body, &t->rest, err);
}
