/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fits cpuset.cpus and cpuset.mems.
 *
 * The kernel takes a mask for a group only within that of its parent, so the
 * walk goes from the top down: the limit of a top-level group is the
 * effective mask of its nearest ancestor that exists here, that of a child is
 * what its parent got. Nothing in common means all that the parent has.
 *
 * CRIU makes missing ancestors without properties. On v1 they then have empty
 * masks, below which nothing fits, so the checkpoint is made to say what they
 * are: "a/b" becomes "a", with masks, and its child "b".
 */
#include <search.h>
#include <string.h>

#include "fit.h"

const char *const fit_mask_names[FIT_MASKS] = { "cpuset.cpus", "cpuset.mems" };

static const struct {
	const char *name, *fact;
} resources[FIT_MASKS] = { { "cpus", "host.cpus" }, { "mems", "host.mems" } };

static int mask_named(struct span name)
{
	for (int r = 0; r < FIT_MASKS; r++)
		if (span_is(name, fit_mask_names[r]))
			return r;
	return -1;
}

/* ---- groups that CRIU will have made ---- */

/* Of a balanced tree: the names are those of an image, which could be such that all have
 * the same hash. */
struct fit_made {
	const char *group;
	struct fit_masks masks;
};

static int compare_made(const void *a, const void *b)
{
	const struct fit_made *x = a, *y = b;

	return strcmp(x->group, y->group);
}

static const struct fit_made *find_made(const struct fit *fit, const char *group)
{
	const struct fit_made wanted = { .group = group };
	const struct fit_made *const *found = tfind(&wanted, &fit->made, compare_made);

	return found ? *found : NULL;
}

int fit_will_exist(const struct fit *fit, const char *group, struct error *err)
{
	return find_made(fit, group) ? 1 : fit_exists(fit, group, err);
}

int fit_note_made(struct fit *fit, const char *group, const struct fit_masks *masks,
		  struct error *err)
{
	struct fit_made *fresh = arena_alloc(fit->arena, sizeof(*fresh)), **kept;

	if (!fresh)
		return fail_memory(err);
	*fresh = (struct fit_made){ group, *masks };
	kept = tsearch(fresh, &fit->made, compare_made);
	if (!kept)
		return fail_memory(err);
	*kept = fresh;
	return 0;
}

static void keep(void *made)
{
}

void fit_forget_made(struct fit *fit)
{
	tdestroy(fit->made, keep);
	fit->made = NULL;
}

/* ---- the host's side ---- */

/* Keeps what is known when the host says the same, so that nothing is stored
 * group by group. */
static int keep_mask(const struct fit *fit, struct value fresh, struct value *mask,
		     struct error *err)
{
	if (mask->type == VALUE_SET && value_equal(fresh, *mask))
		return 1;
	return value_set_union(fit->arena, fresh, fresh, mask, err) < 0 ? -1 : 1;
}

/* Of what a group of this host may use, a plan with --fact host.cpus=0 has only
 * that; or all of it, when it has nothing in common with this host. */
static int narrow(const struct fit *fit, int r, struct arena *arena, struct value *fresh,
		  struct error *err)
{
	struct value given, both;

	if (!facts_given(&fit->crw->facts, resources[r].fact, &given))
		return 1;
	if (value_set_intersect(arena, *fresh, given, &both, err) < 0)
		return -1;
	*fresh = value_set_count(both) ? both : given;
	return 1;
}

static int host_mask(const struct fit *fit, const char *group, int r, struct value *mask,
		     struct error *err)
{
	cleanup_arena struct arena scratch = { 0 };
	struct value fresh = { .type = VALUE_NONE };
	int found = 0;

	if (fit->hierarchy)
		found = cgroup_host_mask(fit->host, fit->hierarchy, group, resources[r].name,
					 &scratch, &fresh, NULL, err);
	if (found > 0)
		found = narrow(fit, r, &scratch, &fresh, err);
	if (found == 0)
		found = facts_get(&fit->crw->facts, resources[r].fact, &fresh, err);
	if (found == 0)
		return fail(err, "fact %s of this host is unknown", resources[r].fact);
	return found < 0 ? -1 : keep_mask(fit, fresh, mask, err);
}

/* What the host allows in a group that exists, or in its nearest ancestor. */
static int host_masks(const struct fit *fit, const char *group, struct fit_masks *masks,
		      struct error *err)
{
	for (int r = 0; r < FIT_MASKS; r++)
		if (host_mask(fit, group, r, &masks->of[r], err) < 0)
			return -1;
	return 0;
}

int fit_masks_above(struct fit *fit, const char *above, struct fit_group *g, struct error *err)
{
	const struct fit_made *m = NULL;
	int found = 0;

	while (strcmp(above, "/") != 0 && !(m = find_made(fit, above)) &&
	       (found = fit_exists(fit, above, err)) == 0)
		if (!(above = cgroup_path_parent(fit->arena, above)))
			return fail_memory(err);
	if (found < 0)
		return -1;
	if (m) {
		g->limits = m->masks;
		return 0;
	}
	return host_masks(fit, above, &g->limits, err) < 0 ?
		       -1 :
		       fit_beside(fit, g, span_text(above), err);
}

/* ---- one group ---- */

static int read_properties(struct span body, struct raw_property properties[FIT_MASKS],
			   struct error *err)
{
	struct raw_property p;
	int more, r;

	for (r = 0; r < FIT_MASKS; r++)
		properties[r].value = (struct wire_field){ .number = 0 };
	while ((more = raw_next_property(&body, &p, err)) > 0) {
		r = mask_named(p.name);
		if (r >= 0 && p.value.number)
			properties[r] = p;
	}
	return more;
}

static const char *mask_text(struct arena *arena, struct value mask)
{
	struct buffer b = { 0 };

	value_print(&b, mask);
	return arena_take(arena, &b);
}

static void put_property(struct buffer *out, int r, const char *text)
{
	raw_put_property(out, span_text(fit_mask_names[r]), span_text(text), span_of(NULL, 0));
}

static int add_property(struct fit *fit, struct span body, int r, const char *text,
			struct error *err)
{
	cleanup_buffer struct buffer fresh = { 0 };

	put_property(&fresh, r, text);
	if (fresh.failed)
		return fail_memory(err);
	return patch_replace(fit->patch, span_of(body.data + body.size, 0), buffer_span(&fresh),
			     err);
}

static bool same_limit(struct value a, struct value b)
{
	return a.type == b.type && a.ranges == b.ranges && a.range_count == b.range_count;
}

/* The mask that a group gets within the limit, and that as text. */
static int fit_mask(struct fit *fit, int r, struct span text, struct value limit,
		    struct fit_mask_cache **out, struct error *err)
{
	struct fit_mask_cache *c = &fit->cache[r];
	struct value old;

	*out = c;
	if (c->after && span_equal(c->text, text) && same_limit(c->limit, limit))
		return 0;
	*c = (struct fit_mask_cache){ .text = text, .limit = limit };
	if (value_set_parse(fit->arena, text, &old, err) < 0 ||
	    value_set_intersect(fit->arena, old, limit, &c->mask, err) < 0)
		return -1;
	if (value_set_count(c->mask) == 0)
		c->mask = limit;
	c->after = mask_text(fit->arena, c->mask);
	return c->after ? 0 : fail_memory(err);
}

/* For those who ask why: whose mask the limit is. */
static void tell_limit(struct fit *fit, const struct fit_group *g, struct value limit)
{
	cleanup_arena struct arena arena = { 0 };
	const char *above = g->parent && !g->here ? cgroup_path_parent(&arena, fit_path(fit)) :
						    fit->nearest;
	const char *mask = fit->crw->tracing ? mask_text(&arena, limit) : NULL;
	const char *text = mask && above ?
				   arena_printf(&arena, "%s:%s has %s", fit->label, above, mask) :
				   NULL;

	if (text)
		explain_reason(fit->call, text);
}

static int report_mask(struct fit *fit, const struct fit_group *g, const struct raw_property *p,
		       int r, const char *after, struct error *err)
{
	struct span before = p->value.number ? change_value(p->value.bytes) : span_of(NULL, 0);
	const char *note = "was empty";

	if (before.size && fit_taken_from(fit, g, r, p->value.bytes, &note, err) < 0)
		return -1;
	return fit_report(fit, span_text(fit_mask_names[r]), before, span_text(after), note, err);
}

static int fit_resource(struct fit *fit, struct fit_group *g, const struct raw_property *p, int r,
			struct fit_mask_edits *edits, struct error *err)
{
	struct fit_mask_cache *c;
	struct value limit;

	/* On v2 no mask means that of the parent; on v1 it means no CPU at all. */
	if (p->value.bytes.size == 0 && (fit->controller.v2 || g->here))
		return 0;
	if (fit_mask(fit, r, p->value.bytes, g->limits.of[r], &c, err) < 0)
		return error_context(err, "%s %s", fit_path(fit), fit_mask_names[r]);
	limit = g->limits.of[r];
	g->limits.of[r] = c->mask;
	if (p->value.bytes.size && span_is(p->value.bytes, c->after))
		return 0;
	tell_limit(fit, g, limit);
	edits->after[r] = c->after;
	edits->property[r] = p->value.number ? p->field.raw : span_of(NULL, 0);
	return report_mask(fit, g, p, r, c->after, err);
}

int fit_masks_of(struct fit *fit, struct fit_group *g, struct fit_mask_edits *edits,
		 struct error *err)
{
	struct raw_property properties[FIT_MASKS];
	struct fit_masks host = g->limits;

	if (g->here && host_masks(fit, fit_path(fit), &host, err) < 0)
		return -1;
	if (strcmp(fit_path(fit), "/") != 0) {
		g->limits = host;
		if (read_properties(g->raw.field.bytes, properties, err) < 0)
			return -1;
		for (int r = 0; r < FIT_MASKS; r++)
			if (fit->wants_mask[r] &&
			    fit_resource(fit, g, &properties[r], r, edits, err) < 0)
				return -1;
	}
	/* CRIU does not write the masks of what is here. */
	if (g->here)
		g->limits = host;
	return 0;
}

int fit_mask_edit(struct fit *fit, const struct fit_mask_edits *edits,
		  const struct raw_property *property, struct error *err)
{
	for (int r = 0; r < FIT_MASKS; r++)
		if (edits->after[r] && edits->property[r].data == property->field.raw.data)
			return fit_replace(fit, property, span_text(edits->after[r]), err) < 0 ?
				       -1 :
				       1;
	return 0;
}

int fit_mask_add(struct fit *fit, const struct fit_group *g, const struct fit_mask_edits *edits,
		 struct error *err)
{
	for (int r = 0; r < FIT_MASKS; r++)
		if (edits->after[r] && !edits->property[r].data &&
		    add_property(fit, g->raw.field.bytes, r, edits->after[r], err) < 0)
			return -1;
	return 0;
}

/* ---- missing ancestors ---- */

static int wrap(struct fit *fit, struct buffer *inner, const char *group, const char *name,
		const struct fit_masks *masks, struct error *err)
{
	struct buffer outer = { 0 }, path = fit->path;
	int status = 0;

	raw_put_text(&outer, RAW_GROUP, RAW_NAME, span_text(name));
	raw_put_text(&outer, RAW_GROUP, RAW_GROUP, buffer_span(inner));
	for (int r = 0; r < FIT_MASKS && status == 0; r++) {
		const char *text = mask_text(fit->arena, masks->of[r]);

		fit->path = (struct buffer){ .data = (uint8_t *)(uintptr_t)group };
		status = text ? fit_report(fit, span_text(fit_mask_names[r]), span_of(NULL, 0),
					   span_text(text),
					   "a group above that is not in the checkpoint", err) :
				fail_memory(err);
		if (status == 0)
			put_property(&outer, r, text);
	}
	fit->path = path;
	buffer_free(inner);
	*inner = outer;
	if (status == 0 && outer.failed)
		status = fail_memory(err);
	return status < 0 ? -1 : fit_note_made(fit, group, masks, err);
}

/* The group by itself, fitted, under its last name. */
static int fit_alone(struct fit *fit, struct fit_group *g, struct buffer *out, struct error *err)
{
	struct patch *outer = fit->patch, inner;
	struct buffer name = { 0 };
	struct wire_field f;
	struct span rest = g->raw.field.bytes;
	int status, more = 0;

	patch_begin(&inner, rest);
	fit->patch = &inner;
	status = fit_group(fit, g, err);
	raw_put_text(&name, RAW_GROUP, RAW_NAME, span_text(strrchr(fit_path(fit), '/') + 1));
	if (name.failed)
		status = fail_memory(err);
	while (status == 0 && (more = raw_next_of(RAW_GROUP, RAW_NAME, &rest, &f, err)) > 0)
		status = patch_replace(&inner, f.raw, buffer_span(&name), err);
	if (status == 0)
		status = more < 0 ? -1 : patch_finish(&inner, out, err);
	patch_free(&inner);
	buffer_free(&name);
	fit->patch = outer;
	return status;
}

/* Wraps from the inside out, up to the first ancestor that will exist. */
static int wrap_all(struct fit *fit, struct buffer *bytes, const char *group,
		    const struct fit_masks *limits, struct error *err)
{
	const char *above = cgroup_path_parent(fit->arena, group), *up, *name;
	int found = 0;

	while (above && found == 0) {
		up = cgroup_path_parent(fit->arena, above);
		if (!up)
			return fail_memory(err);
		found = strcmp(up, "/") == 0 ? 1 : fit_will_exist(fit, up, err);
		if (found < 0)
			return -1;
		/* The topmost one keeps its whole path: CRIU counts it from the root. */
		name = found ? above + 1 : strrchr(above, '/') + 1;
		if (wrap(fit, bytes, above, name, limits, err) < 0)
			return -1;
		above = up;
	}
	return above ? 0 : fail_memory(err);
}

int fit_with_ancestors(struct fit *fit, struct fit_group *g, struct error *err)
{
	cleanup_buffer struct buffer bytes = { 0 }, field = { 0 };
	const char *group = arena_copy(fit->arena, fit->path.data, fit->path.size);
	struct fit_masks limits;

	if (!group)
		return fail_memory(err);
	/* Nor is what CRIU makes on the way exclusive. */
	for (int r = 0; r < FIT_MASKS; r++)
		g->limits.shared[r] = fit_not_exclusive;
	limits = g->limits;
	if (fit_alone(fit, g, &bytes, err) < 0 || fit_note_made(fit, group, &g->limits, err) < 0 ||
	    wrap_all(fit, &bytes, group, &limits, err) < 0)
		return -1;
	raw_put_text(&field, RAW_CONTROLLER, RAW_GROUP, buffer_span(&bytes));
	if (field.failed)
		return fail_memory(err);
	return patch_replace(fit->patch, g->raw.field.raw, buffer_span(&field), err);
}
