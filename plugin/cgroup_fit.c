/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fits cpuset.cpus and cpuset.mems to this host.
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
#include "cgroup_fit.h"

#include <string.h>

#include "cgroup_fields.h"
#include "cgroup_root.h"

#define RESOURCES 2

static const struct {
	const char *property, *name, *fact;
} resources[RESOURCES] = {
	{ "cpuset.cpus", "cpus", "host.cpus" },
	{ "cpuset.mems", "mems", "host.mems" },
};

struct masks {
	struct value of[RESOURCES];
};

/* Groups that CRIU will have made before those that come later. */
struct made {
	struct made *next;
	const char *group;
	struct masks masks;
};

struct fit {
	struct rules_call *call;
	struct crw *crw;
	struct arena *arena;
	struct patch *patch; /* where edits go at the moment */
	bool wanted[RESOURCES];
	struct span entry, controller;
	const struct cgroup_hierarchy *hierarchy; /* NULL: not on this host */
	const struct cgroup_host *host;
	bool v2;
	struct made *made;
};

/* ---- arguments -------------------------------------------------------------- */

static int resource_named(struct span name)
{
	for (int r = 0; r < RESOURCES; r++)
		if (span_is(name, resources[r].property))
			return r;
	return -1;
}

int cgroup_fit_check(const struct rules_argument *args, size_t count, size_t *wrong,
		     struct error *err)
{
	for (*wrong = 0; *wrong < count; ++*wrong) {
		bool comma = *wrong % 2;

		if ((args[*wrong].type == ARGUMENT_COMMA) != comma)
			return fail(err, comma ? "expected ',' between properties" :
						 "expected a property");
		if (!comma && resource_named(args[*wrong].value.text) < 0)
			return fail(err, "fit knows cpuset.cpus and cpuset.mems");
	}
	return count && count % 2 == 0 ? fail(err, "expected a property behind ','") : 0;
}

static void read_arguments(struct fit *fit)
{
	const struct rules_call *call = fit->call;

	for (int r = 0; r < RESOURCES; r++)
		fit->wanted[r] = call->arg_count == 0;
	for (size_t i = 0; i < call->arg_count; i += 2)
		fit->wanted[resource_named(call->args[i].value.text)] = true;
}

/* ---- the host's side --------------------------------------------------------- */

static bool exists(const struct fit *fit, const char *group)
{
	return fit->hierarchy && cgroup_host_exists(fit->host, fit->hierarchy, group);
}

static const struct made *find_made(const struct fit *fit, const char *group)
{
	for (const struct made *m = fit->made; m; m = m->next)
		if (strcmp(m->group, group) == 0)
			return m;
	return NULL;
}

static int note_made(struct fit *fit, const char *group, const struct masks *masks,
		     struct error *err)
{
	struct made *m = arena_alloc(fit->arena, sizeof(*m));

	if (!m)
		return fail_memory(err);
	*m = (struct made){ fit->made, group, *masks };
	fit->made = m;
	return 0;
}

/* What the host allows in a group that exists, or in its nearest ancestor. */
static int host_masks(const struct fit *fit, const char *group, struct masks *masks,
		      struct error *err)
{
	for (int r = 0; r < RESOURCES; r++) {
		int found = 0;

		if (fit->hierarchy)
			found = cgroup_host_mask(fit->host, fit->hierarchy, group, resources[r].name,
						 fit->arena, &masks->of[r], NULL, err);
		if (found == 0)
			found = facts_get(&fit->crw->facts, resources[r].fact, &masks->of[r], err);
		if (found < 0)
			return -1;
		if (found == 0)
			return fail(err, "this host does not say what its %s are", resources[r].fact);
	}
	return 0;
}

static char *parent_of(struct arena *arena, const char *group)
{
	const char *slash = strrchr(group, '/');

	return arena_printf(arena, "%.*s", slash > group ? (int)(slash - group) : 1, group);
}

/* The masks that hold for groups made in `group`, which may not exist yet. */
static int masks_above(const struct fit *fit, const char *group, struct masks *masks,
		       struct error *err)
{
	const struct made *m = NULL;

	while (!(m = find_made(fit, group)) && !exists(fit, group) && strcmp(group, "/") != 0)
		if (!(group = parent_of(fit->arena, group)))
			return fail_memory(err);
	if (m) {
		*masks = m->masks;
		return 0;
	}
	return host_masks(fit, group, masks, err);
}

/* ---- one group ------------------------------------------------------------------ */

struct property {
	struct wire_field field; /* of the group */
	struct wire_field value; /* of the property */
	bool present;
};

/* The fields of a group that matter here. */
struct group {
	struct span name;
	struct property properties[RESOURCES];
};

static int read_property(struct group *g, const struct wire_field *field, struct error *err)
{
	struct span rest = field->bytes, name = { NULL, 0 };
	struct wire_field f, value = { .number = 0 };
	int more, r;

	while ((more = wire_next(&rest, &f, err)) > 0) {
		if (f.number == CGROUP_PROP_NAME)
			name = f.bytes;
		else if (f.number == CGROUP_PROP_VALUE)
			value = f;
	}
	r = more < 0 ? -1 : resource_named(name);
	if (r >= 0 && value.number)
		g->properties[r] = (struct property){ *field, value, true };
	return more;
}

static int read_group(struct span body, struct group *g, struct error *err)
{
	struct wire_field f;
	int more;

	memset(g, 0, sizeof(*g));
	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.number == CGROUP_DIR_NAME)
			g->name = f.bytes;
		else if (f.number == CGROUP_DIR_PROPERTIES && read_property(g, &f, err) < 0)
			return -1;
	}
	return more;
}

static const char *mask_text(struct arena *arena, struct value mask)
{
	struct buffer b = { 0 };
	char *text;

	value_print(&b, mask);
	text = b.failed ? NULL : arena_copy(arena, b.data, b.size);
	buffer_free(&b);
	return text;
}

static int report(const struct fit *fit, const char *group, int r, const char *before,
		  const char *after, const char *note, struct error *err)
{
	const char *where = arena_printf(fit->arena, "%s:%s", fit->v2 ? "" : "cpuset", group);

	if (!where)
		return fail_memory(err);
	return rules_call_change(fit->call, where, resources[r].property, before, after, note, err);
}

static int replace_value(struct fit *fit, const struct property *p, const char *text,
			 struct error *err)
{
	struct buffer fresh = { 0 };
	int status = patch_enter(fit->patch, &p->field, err);

	wire_put_bytes(&fresh, CGROUP_PROP_VALUE, span_text(text));
	if (status == 0)
		status = fresh.failed ? fail_memory(err) :
					patch_replace(fit->patch, p->value.raw, buffer_span(&fresh), err);
	buffer_free(&fresh);
	return status < 0 ? -1 : patch_leave(fit->patch, err);
}

static void put_property(struct buffer *out, int r, const char *text)
{
	struct buffer property = { 0 };

	wire_put_bytes(&property, CGROUP_PROP_NAME, span_text(resources[r].property));
	wire_put_bytes(&property, CGROUP_PROP_VALUE, span_text(text));
	wire_put_bytes(out, CGROUP_DIR_PROPERTIES, buffer_span(&property));
	out->failed |= property.failed;
	buffer_free(&property);
}

static int add_property(struct fit *fit, struct span body, int r, const char *text,
			struct error *err)
{
	struct buffer fresh = { 0 };
	int status;

	put_property(&fresh, r, text);
	status = fresh.failed ? fail_memory(err) :
				patch_replace(fit->patch, span_of(body.data + body.size, 0),
					      buffer_span(&fresh), err);
	buffer_free(&fresh);
	return status;
}

/* The mask that the group gets, within the limit. */
static int fit_mask(const struct fit *fit, struct span text, struct value limit,
		    struct value *mask, struct error *err)
{
	struct value old;

	if (value_set_parse(fit->arena, text, &old, err) < 0 ||
	    value_set_intersect(fit->arena, old, limit, mask, err) < 0)
		return -1;
	if (value_set_count(*mask) == 0)
		*mask = limit;
	return 0;
}

/* On v2 no mask means that of the parent; on v1 it means no CPU at all. */
static bool may_be_empty(const struct fit *fit, const char *group)
{
	return fit->v2 || exists(fit, group);
}

static int fit_resource(struct fit *fit, struct span body, const struct group *g,
			const char *group, int r, struct value *limit, struct error *err)
{
	const struct property *p = &g->properties[r];
	const char *before = p->present ? arena_copy(fit->arena, p->value.bytes.data,
						     p->value.bytes.size) :
					  NULL;
	bool empty = !p->present || p->value.bytes.size == 0;
	const char *after;
	struct value mask;

	if (empty && may_be_empty(fit, group))
		return 0;
	if (fit_mask(fit, p->value.bytes, *limit, &mask, err) < 0)
		return error_context(err, "%s %s", group, resources[r].property);
	after = mask_text(fit->arena, mask);
	if ((p->present && !before) || !after)
		return fail_memory(err);
	*limit = mask;
	if (!empty && strcmp(before, after) == 0)
		return 0;
	if (report(fit, group, r, before, after, empty ? "was empty" : NULL, err) < 0)
		return -1;
	return p->present ? replace_value(fit, p, after, err) :
			    add_property(fit, body, r, after, err);
}

static int fit_group(struct fit *fit, struct span body, const char *group, struct masks limits,
		     struct error *err);

static int fit_children(struct fit *fit, struct span body, const char *group,
			const struct masks *limits, struct error *err)
{
	struct wire_field f;
	struct group child;
	char *path;
	int more;

	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.number != CGROUP_DIR_CHILDREN)
			continue;
		if (read_group(f.bytes, &child, err) < 0)
			return -1;
		path = cgroup_join(fit->arena, group, child.name);
		if (!path)
			return fail_memory(err);
		if (patch_enter(fit->patch, &f, err) < 0 ||
		    fit_group(fit, f.bytes, path, *limits, err) < 0 ||
		    patch_leave(fit->patch, err) < 0)
			return -1;
	}
	return more;
}

/* The group is entered in the patch; limits are those of its parent. */
static int fit_group(struct fit *fit, struct span body, const char *group, struct masks limits,
		     struct error *err)
{
	bool here = exists(fit, group);
	struct group g;

	if (read_group(body, &g, err) < 0 || (here && host_masks(fit, group, &limits, err) < 0))
		return -1;
	for (int r = 0; r < RESOURCES; r++)
		if (fit->wanted[r] && fit_resource(fit, body, &g, group, r, &limits.of[r], err) < 0)
			return -1;
	if (here && host_masks(fit, group, &limits, err) < 0)
		return -1;
	if (!here && note_made(fit, group, &limits, err) < 0)
		return -1;
	return fit_children(fit, body, group, &limits, err);
}

/* ---- top-level groups and their missing ancestors --------------------------------- */

/* Wraps the bytes of a group as the only child of one that has masks. */
static int wrap(struct fit *fit, struct buffer *inner, const char *group, const char *name,
		const struct masks *masks, struct error *err)
{
	struct buffer outer = { 0 };

	wire_put_bytes(&outer, CGROUP_DIR_NAME, span_text(name));
	wire_put_bytes(&outer, CGROUP_DIR_CHILDREN, buffer_span(inner));
	for (int r = 0; r < RESOURCES; r++) {
		const char *text = mask_text(fit->arena, masks->of[r]);

		if (!text || report(fit, group, r, NULL, text,
				    "a group above that is not in the checkpoint", err) < 0) {
			buffer_free(&outer);
			return text ? -1 : fail_memory(err);
		}
		put_property(&outer, r, text);
	}
	buffer_free(inner);
	*inner = outer;
	return inner->failed ? fail_memory(err) : note_made(fit, group, masks, err);
}

/* The group by itself, fitted, under its last name. */
static int fit_alone(struct fit *fit, struct span body, const char *group,
		     const struct masks *limits, struct buffer *out, struct error *err)
{
	struct patch *outer = fit->patch, inner;
	struct buffer name = { 0 };
	struct wire_field f;
	struct span rest = body;
	int status, more;

	patch_begin(&inner, body);
	fit->patch = &inner;
	status = fit_group(fit, body, group, *limits, err);
	wire_put_bytes(&name, CGROUP_DIR_NAME, span_text(strrchr(group, '/') + 1));
	while (status == 0 && (more = wire_next(&rest, &f, err)) != 0)
		if (more < 0 || (f.number == CGROUP_DIR_NAME &&
				 patch_replace(&inner, f.raw, buffer_span(&name), err) < 0))
			status = -1;
	if (status == 0)
		status = patch_finish(&inner, out, err);
	patch_free(&inner);
	buffer_free(&name);
	fit->patch = outer;
	return status;
}

/* Wraps from the inside out, up to the first ancestor that will exist. */
static int fit_with_ancestors(struct fit *fit, const struct wire_field *dir, const char *group,
			      const struct masks *limits, struct error *err)
{
	struct buffer bytes = { 0 }, field = { 0 };
	int status = fit_alone(fit, dir->bytes, group, limits, &bytes, err);
	const char *above = group;

	while (status == 0 && (above = parent_of(fit->arena, above)) && strcmp(above, "/") != 0 &&
	       !exists(fit, above) && !find_made(fit, above)) {
		const char *up = parent_of(fit->arena, above);
		bool top = up && (strcmp(up, "/") == 0 || exists(fit, up) || find_made(fit, up));

		/* The topmost one keeps its whole path: CRIU counts it from the root. */
		status = wrap(fit, &bytes, above, top ? above + 1 : strrchr(above, '/') + 1, limits,
			      err);
	}
	if (status == 0 && !above)
		status = fail_memory(err);
	wire_put_bytes(&field, CG_CONTROLLER_DIRS, buffer_span(&bytes));
	if (status == 0)
		status = field.failed ? fail_memory(err) :
					patch_replace(fit->patch, dir->raw, buffer_span(&field), err);
	buffer_free(&bytes);
	buffer_free(&field);
	return status;
}

static int fit_top(struct fit *fit, const struct wire_field *dir, struct error *err)
{
	struct masks limits;
	struct group g;
	const char *group, *above;
	bool moved;

	if (read_group(dir->bytes, &g, err) < 0 ||
	    cgroup_place(fit->crw, fit->entry, fit->controller, g.name, fit->arena, &group, &moved,
			 err) < 0)
		return -1;
	above = parent_of(fit->arena, group);
	if (!above)
		return fail_memory(err);
	if (masks_above(fit, above, &limits, err) < 0)
		return -1;
	/* What --cgroup-root moves has ancestors that the runtime made. */
	if (!fit->v2 && !moved && !exists(fit, group) && !exists(fit, above) &&
	    !find_made(fit, above) && strcmp(above, "/") != 0)
		return fit_with_ancestors(fit, dir, group, &limits, err);
	if (patch_enter(fit->patch, dir, err) < 0 ||
	    fit_group(fit, dir->bytes, group, limits, err) < 0)
		return -1;
	return patch_leave(fit->patch, err);
}

/* ---- controllers ------------------------------------------------------------------- */

/* Does the entry hold cpusets? 1 with the hierarchy that it will be in, 0, -1. */
static int holds_cpusets(struct fit *fit, struct error *err)
{
	struct span rest = fit->controller;
	struct wire_field f;
	int more;

	while ((more = wire_next(&rest, &f, err)) > 0) {
		if (f.number != CG_CONTROLLER_CNAMES)
			continue;
		fit->v2 = f.bytes.size == 0;
		if (!fit->v2 && !span_is(f.bytes, "cpuset"))
			continue;
		fit->hierarchy = cgroup_host_find(fit->host, f.bytes);
		return 1;
	}
	return more;
}

static int fit_controller(struct fit *fit, const struct wire_field *controller, struct error *err)
{
	struct span rest = controller->bytes;
	struct wire_field f;
	int more;

	fit->controller = controller->bytes;
	fit->made = NULL;
	more = holds_cpusets(fit, err);
	if (more <= 0)
		return more;
	if (patch_enter(fit->patch, controller, err) < 0)
		return -1;
	while ((more = wire_next(&rest, &f, err)) > 0)
		if (f.number == CG_CONTROLLER_DIRS && fit_top(fit, &f, err) < 0)
			return -1;
	return more < 0 ? -1 : patch_leave(fit->patch, err);
}

int cgroup_fit_run(struct rules_call *call, struct error *err)
{
	struct fit fit = {
		.call = call, .crw = call->world->ctx, .arena = call->arena, .patch = call->patch,
		.entry = call->body,
	};
	struct span rest = call->body;
	struct wire_field f;
	int more;

	read_arguments(&fit);
	if (facts_cgroups(&fit.crw->facts, &fit.host, err) < 0)
		return -1;
	while ((more = wire_next(&rest, &f, err)) > 0)
		if (f.number == CGROUP_ENTRY_CONTROLLERS && fit_controller(&fit, &f, err) < 0)
			return -1;
	return more;
}
