/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes the tree. A message comes behind its length, which is not known until
 * it is written: its room is kept free and it is moved up when the length
 * turns out to need less or more.
 */
#include "tree.h"

#include <string.h>

#include "fields.h"

#define LENGTH_GUESS 2 /* bytes; most groups and properties take 128 to 16383, or fewer */

static size_t begin(struct buffer *out, uint32_t number)
{
	wire_put_varint(out, (uint64_t)number << 3 | WIRE_BYTES);
	buffer_extend(out, LENGTH_GUESS);
	return out->size;
}

static void end(struct buffer *out, size_t start)
{
	size_t size = out->size - start, length = wire_varint_size(size);

	if (out->failed)
		return;
	if (length > LENGTH_GUESS && !buffer_extend(out, length - LENGTH_GUESS))
		return;
	memmove(out->data + start - LENGTH_GUESS + length, out->data + start, size);
	wire_varint_write(out->data + start - LENGTH_GUESS, size);
	out->size = start - LENGTH_GUESS + length + size;
}

static void put_property(struct buffer *out, const struct cgroup_property *p)
{
	size_t start = begin(out, CGROUP_DIR_PROPERTIES);

	wire_put_bytes(out, CGROUP_PROP_NAME, p->name);
	wire_put_bytes(out, CGROUP_PROP_VALUE, p->value);
	buffer_append(out, p->rest);
	end(out, start);
}

/* The implied groups above one that is written; NULL ends. */
struct prefix {
	const struct prefix *above;
	struct span name;
};

static void put_prefix(struct buffer *out, const struct prefix *p)
{
	if (!p)
		return;
	put_prefix(out, p->above);
	buffer_append(out, p->name);
	buffer_byte(out, '/');
}

static void put_name(struct buffer *out, const struct prefix *prefix, struct span name)
{
	size_t start = begin(out, CGROUP_DIR_NAME);

	put_prefix(out, prefix);
	buffer_append(out, name);
	end(out, start);
}

/* `number` is of the field that the group is in. */
static void put_group(struct buffer *out, uint32_t number, const struct prefix *prefix,
		      const struct cgroup_group *g)
{
	const struct prefix here = { prefix, g->name };
	size_t start;

	if (g->implied) {
		for (const struct cgroup_group *c = g->children; c; c = c->next)
			put_group(out, number, &here, c);
		return;
	}
	start = begin(out, number);
	put_name(out, prefix, g->name);
	for (const struct cgroup_group *c = g->children; c; c = c->next)
		put_group(out, CGROUP_DIR_CHILDREN, NULL, c);
	for (const struct cgroup_property *p = g->properties; p; p = p->next)
		put_property(out, p);
	buffer_append(out, g->rest);
	end(out, start);
}

static void put_controller(struct buffer *out, const struct cgroup_controller *c)
{
	size_t start = begin(out, CGROUP_ENTRY_CONTROLLERS);

	for (size_t i = 0; i < c->name_count; i++)
		wire_put_bytes(out, CG_CONTROLLER_CNAMES, c->names[i]);
	if (!c->root.implied)
		put_group(out, CG_CONTROLLER_DIRS, NULL, &c->root);
	else
		for (const struct cgroup_group *g = c->root.children; g; g = g->next)
			put_group(out, CG_CONTROLLER_DIRS, NULL, g);
	if (c->threaded >= 0)
		wire_put_scalar(out, CG_CONTROLLER_THREADED, WIRE_VARINT, (uint64_t)c->threaded);
	buffer_append(out, c->rest);
	end(out, start);
}

static void put_member(struct buffer *out, const struct cgroup_member *m)
{
	size_t start = begin(out, CG_SET_CTLS);

	wire_put_bytes(out, CG_MEMBER_NAME, m->name);
	wire_put_bytes(out, CG_MEMBER_PATH, m->path);
	if (m->prefix)
		wire_put_scalar(out, CG_MEMBER_CGNS_PREFIX, WIRE_VARINT, m->prefix);
	buffer_append(out, m->rest);
	end(out, start);
}

static void put_set(struct buffer *out, const struct cgroup_set *s)
{
	size_t start = begin(out, CGROUP_ENTRY_SETS);

	wire_put_scalar(out, CG_SET_ID, WIRE_VARINT, s->id);
	for (const struct cgroup_member *m = s->members; m; m = m->next)
		put_member(out, m);
	buffer_append(out, s->rest);
	end(out, start);
}

int cgroup_tree_write(const struct cgroup_tree *t, struct buffer *out, struct error *err)
{
	for (const struct cgroup_set *s = t->sets; s; s = s->next)
		put_set(out, s);
	for (const struct cgroup_controller *c = t->controllers; c; c = c->next)
		put_controller(out, c);
	buffer_append(out, t->rest);
	return out->failed ? fail_memory(err) : 0;
}

int cgroup_tree_put(const struct cgroup_tree *t, const struct rules_call *call, struct error *err)
{
	struct buffer fresh = { 0 };
	int status = cgroup_tree_check(t, err);

	if (status == 0)
		status = cgroup_tree_write(t, &fresh, err);
	if (status == 0 && !span_equal(buffer_span(&fresh), call->body))
		status = patch_replace(call->patch, call->body, buffer_span(&fresh), err);
	buffer_free(&fresh);
	return status;
}
