/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the tree. */
#include "image.h"
#include "tree.h"

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
	size_t start = raw_begin(out, RAW_GROUP, RAW_NAME);

	put_prefix(out, prefix);
	buffer_append(out, name);
	raw_end(out, start);
}

/* `in` is the message around the group. */
static void put_group(struct buffer *out, enum raw_what in, const struct prefix *prefix,
		      const struct cgroup_group *g)
{
	const struct prefix here = { prefix, g->name };
	size_t start;

	if (g->implied) {
		for (const struct cgroup_group *c = g->children; c; c = c->next)
			put_group(out, in, &here, c);
		return;
	}
	start = raw_begin(out, in, RAW_GROUP);
	put_name(out, prefix, g->name);
	for (const struct cgroup_group *c = g->children; c; c = c->next)
		put_group(out, RAW_GROUP, NULL, c);
	for (const struct cgroup_property *p = g->properties; p; p = p->next)
		raw_put_property(out, p->name, p->value, p->rest);
	buffer_append(out, g->rest);
	raw_end(out, start);
}

static void put_controller(struct buffer *out, const struct cgroup_controller *c)
{
	size_t start = raw_begin(out, RAW_ENTRY, RAW_CONTROLLER);

	for (size_t i = 0; i < c->name_count; i++)
		raw_put_text(out, RAW_CONTROLLER, RAW_NAME, c->names[i]);
	if (!c->root.implied)
		put_group(out, RAW_CONTROLLER, NULL, &c->root);
	else
		for (const struct cgroup_group *g = c->root.children; g; g = g->next)
			put_group(out, RAW_CONTROLLER, NULL, g);
	if (c->threaded >= 0)
		raw_put_number(out, RAW_CONTROLLER, RAW_THREADED, (uint64_t)c->threaded);
	buffer_append(out, c->rest);
	raw_end(out, start);
}

static void put_member(struct buffer *out, const struct cgroup_member *m)
{
	size_t start = raw_begin(out, RAW_SET, RAW_MEMBER);

	raw_put_text(out, RAW_MEMBER, RAW_NAME, m->name);
	raw_put_text(out, RAW_MEMBER, RAW_PATH, m->path);
	if (m->prefix)
		raw_put_number(out, RAW_MEMBER, RAW_PREFIX, m->prefix);
	buffer_append(out, m->rest);
	raw_end(out, start);
}

static void put_set(struct buffer *out, const struct cgroup_set *s)
{
	size_t start = raw_begin(out, RAW_ENTRY, RAW_SET);

	raw_put_number(out, RAW_SET, RAW_ID, s->id);
	for (const struct cgroup_member *m = s->members; m; m = m->next)
		put_member(out, m);
	buffer_append(out, s->rest);
	raw_end(out, start);
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
	cleanup_buffer struct buffer fresh = { 0 };

	if (cgroup_tree_check(t, err) < 0 || cgroup_tree_check_alike(t, err) < 0 ||
	    cgroup_tree_write(t, &fresh, err) < 0)
		return -1;
	if (span_equal(buffer_span(&fresh), call->body))
		return 0;
	return patch_replace(call->patch, call->body, buffer_span(&fresh), err);
}
