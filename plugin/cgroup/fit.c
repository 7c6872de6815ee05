/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb `fit`: makes the properties of cgroups acceptable to this host.
 *
 *	fit				all of them
 *	fit cpuset.*, memory.swappiness	some
 *
 * The walk goes over the wire bytes from the top down and edits in place; it
 * keeps a path and the masks of the groups that it is in, so that memory does
 * not grow with the number of groups. What is asked of the host is asked once
 * per name, and not at all for groups below one that does not exist.
 */
#include "fit.h"

#include <string.h>

#include "../../rules/pattern.h"
#include "properties.h"
#include "../oci/oci.h"

#define CHILDREN_MANY 4 /* of one group: more are looked for in a listing */
#define NAMES_MAX 4096  /* bytes of it; a longer one would take more than the kernel's answers */

/* ---- arguments ---- */

static int read_arguments(struct verb_args *a, void *names, struct error *err)
{
	if (args_at_end(a))
		return 0;
	if (args_names(a, "the name of a property", property_name_check, names, err) < 0)
		return -1;
	return args_end(a, "',' between properties", err);
}

/* ---- the path of the walk ---- */

static int set_path(struct fit *fit, const char *path, struct error *err)
{
	buffer_clear(&fit->path);
	buffer_append(&fit->path, span_of(path, strlen(path) + 1));
	return fit->path.failed ? fail_memory(err) : 0;
}

/* Returns what to give to pop(). */
static size_t push(struct fit *fit, struct span name)
{
	size_t before = fit->path.size;
	struct span part;

	while (cgroup_path_part(&name, &part)) {
		fit->path.size -= 1;
		if (fit->path.data[fit->path.size - 1] != '/')
			buffer_byte(&fit->path, '/');
		buffer_append(&fit->path, part);
		buffer_byte(&fit->path, 0);
	}
	return before;
}

static void pop(struct fit *fit, size_t before)
{
	fit->path.size = before;
	if (fit->path.data)
		fit->path.data[before - 1] = 0;
}

int fit_exists(const struct fit *fit, const char *group, struct error *err)
{
	return fit->hierarchy ? cgroup_host_exists(fit->host, fit->hierarchy, group, err) : 0;
}

/* ---- edits ---- */

int fit_report(struct fit *fit, struct span name, struct span before, struct span after,
	       const char *note, struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct change change = {
		.type = CHANGE_PROPERTY,
		.hierarchy = fit->label,
		.group = fit_path(fit),
		.name = name,
		.before = before,
		.after = after,
		.note = note,
	};

	names_find(&fit->names, name);
	if (fit->top.data) {
		change.seen = change.group;
		change.group = cgroup_path_join(&arena, "/", fit->top, err);
		if (change.group)
			change.group = cgroup_path_join(
				&arena, change.group, span_text(change.seen + fit->top_size), err);
	}
	return change.group ? change_by(fit->call, change, err) : -1;
}

int fit_replace(struct fit *fit, const struct raw_property *property, struct span fresh,
		struct error *err)
{
	cleanup_buffer struct buffer bytes = { 0 };

	raw_put_text(&bytes, RAW_PROPERTY, RAW_VALUE, fresh);
	if (bytes.failed)
		return fail_memory(err);
	if (patch_enter(fit->patch, &property->field, err) < 0 ||
	    patch_replace(fit->patch, property->value.raw, buffer_span(&bytes), err) < 0)
		return -1;
	return patch_leave(fit->patch, err);
}

/* ---- one property ---- */

static void learn(struct fit *fit, struct fit_name *n, struct span name)
{
	*n = (struct fit_name){
		.name = name,
		.row = property_find(PROPERTY_BOTH, name),
		.wanted = fit->all || names_find(&fit->names, name),
		.offered = fit_offers(fit, name),
	};
}

/* Names come in the same order in every group, so the next one is looked at
 * first. One that is new when there is no room is learned anew each time. */
static struct fit_name *know(struct fit *fit, struct span name)
{
	size_t i = fit->known_next;

	if (i >= fit->known_count || !span_equal(fit->known[i].name, name))
		for (i = 0; i < fit->known_count; i++)
			if (span_equal(fit->known[i].name, name))
				break;
	if (i == fit->known_count) {
		if (i == FIT_NAMES_MAX)
			i--;
		else
			fit->known_count++;
		learn(fit, &fit->known[i], name);
	}
	fit->known_next = i + 1;
	return &fit->known[i];
}

static enum fit_verdict judge(struct fit *fit, struct fit_name *n, struct fit_item *item,
			      struct error *err)
{
	enum fit_verdict verdict;

	if (n->offered == 0) {
		item->note = "this kernel has no such file";
		return FIT_DROP;
	}
	if (n->kept.data && span_equal(n->kept, item->value))
		return FIT_KEEP;
	buffer_clear(&fit->fresh);
	item->fresh = &fit->fresh;
	verdict = fit_judge(fit, n->row, item, err);
	if (verdict == FIT_KEEP && !item->of_group)
		n->kept = item->value;
	return verdict;
}

static int fit_property(struct fit *fit, const struct fit_group *g,
			const struct raw_property *property, struct error *err)
{
	struct fit_item item = {
		.group = g,
		.name = property->name,
		.value = property->value.bytes,
	};
	struct fit_name *n = know(fit, item.name);
	struct span fresh;

	if (!n->wanted || !property->value.number)
		return 0;
	switch (judge(fit, n, &item, err)) {
	case FIT_KEEP:
		return 0;
	case FIT_DROP:
		if (fit_report(fit, item.name, change_value(item.value), span_of(NULL, 0),
			       item.note, err) < 0)
			return -1;
		return patch_replace(fit->patch, property->field.raw, span_of(NULL, 0), err);
	case FIT_CHANGE:
		fresh = buffer_span(&fit->fresh);
		if (fit->fresh.failed)
			return fail_memory(err);
		if (fit_report(fit, item.name, change_value(item.value), change_value(fresh),
			       item.note, err) < 0)
			return -1;
		return fit_replace(fit, property, fresh, err);
	default:
		return -1;
	}
}

/* ---- one group ---- */

/* Is the group that the walk has come to on this host, in that directory of it: 1, 0, -1? Where
 * many are asked for, one listing tells most of those that are not. */
static int child_is_here(struct fit *fit, struct fit_group *parent, struct span directory,
			 struct span name, struct error *err)
{
	const char *above;

	if (!parent->here)
		return 0;
	if (++parent->children == CHILDREN_MANY) {
		above = arena_copy(fit->arena, directory.data, directory.size);
		if (!above)
			return fail_memory(err);
		parent->names = fit_names_in(fit, above);
		if (parent->names && strlen(parent->names) > NAMES_MAX)
			parent->names = NULL;
	}
	if (parent->names && !memchr(name.data, '/', name.size) &&
	    !fit_is_among(parent->names, name))
		return 0;
	return fit_exists(fit, fit_path(fit), err);
}

static int fit_child(struct fit *fit, struct fit_group *parent, const struct wire_field *dir,
		     struct error *err)
{
	struct fit_group g = { .parent = parent, .limits = parent->limits };
	size_t before;
	int status, here;

	if (raw_read_group(dir, &parent->raw, &g.raw, err) < 0 ||
	    cgroup_path_check(g.raw.name, err) < 0)
		return -1;
	before = push(fit, g.raw.name);
	if (fit->path.failed)
		return fail_memory(err);
	here = child_is_here(fit, parent, span_of(fit_path(fit), before - 1), g.raw.name, err);
	g.here = here > 0;
	status = here < 0 ? -1 : 0;
	if (status == 0 && fit->cpusets && parent->here)
		status = fit_beside(fit, &g, span_of(fit_path(fit), before - 1), err);
	if (status == 0)
		status = patch_enter(fit->patch, dir, err);
	if (status == 0)
		status = fit_group(fit, &g, err);
	if (status == 0)
		status = patch_leave(fit->patch, err);
	pop(fit, before);
	return status;
}

/* CRIU writes nothing to the root, so what the image says of it does not
 * matter. */
static int fit_field(struct fit *fit, struct fit_group *g, const struct fit_mask_edits *edits,
		     const struct wire_field *f, struct error *err)
{
	struct raw_property property;
	int edited;

	if (strcmp(fit_path(fit), "/") == 0)
		return 0;
	if (raw_read_property(f, &property, err) < 0)
		return -1;
	edited = fit_mask_edit(fit, edits, &property, err);
	return edited ? edited : fit_property(fit, g, &property, err);
}

int fit_group(struct fit *fit, struct fit_group *g, struct error *err)
{
	struct fit_mask_edits edits = { .after = { NULL } };
	struct span rest = g->raw.field.bytes;
	struct wire_field f;
	int what;

	if (raw_count_path(&g->raw, &fit->paths, err) < 0)
		return -1;
	if (fit->cpusets &&
	    (fit_masks_of(fit, g, &edits, err) < 0 || fit_exclusive_of(fit, g, err) < 0))
		return -1;
	while ((what = raw_next_part(&g->raw, &rest, &f, err)) > 0)
		if ((what == RAW_GROUP && fit_child(fit, g, &f, err) < 0) ||
		    (what == RAW_PROPERTY && fit_field(fit, g, &edits, &f, err) < 0))
			return -1;
	return what < 0 ? -1 : fit_mask_add(fit, g, &edits, err);
}

/* ---- top-level groups ---- */

/* The nearest ancestor that exists, the group itself included. */
static int find_nearest(struct fit *fit, const char *group, struct error *err)
{
	fit->nearest = group;
	return cgroup_host_nearest(fit->host, fit->hierarchy, fit->arena, &fit->nearest, err);
}

/* Values that could stay stay only as long as the ancestor is the same. */
static void forget_kept(struct fit *fit)
{
	for (size_t i = 0; i < fit->known_count; i++)
		fit->known[i].kept = span_of(NULL, 0);
}

static int enter_top(struct fit *fit, struct fit_group *g, const char *group, struct error *err)
{
	const char *last = fit->nearest;

	if (set_path(fit, group, err) < 0 || find_nearest(fit, group, err) < 0)
		return -1;
	if (!last || strcmp(last, fit->nearest) != 0)
		forget_kept(fit);
	g->here = strcmp(fit->nearest, group) == 0 && fit->hierarchy;
	return 0;
}

/* Would CRIU make groups above this one, without masks: 1, 0, -1? */
static int lacks_ancestors(const struct fit *fit, const struct fit_group *g, const char *above,
			   struct error *err)
{
	int found;

	if (!fit->cpusets || fit->controller.v2 || g->here || strcmp(above, "/") == 0)
		return 0;
	found = fit_will_exist(fit, above, err);
	return found < 0 ? -1 : !found;
}

static int fit_top(struct fit *fit, const struct raw_group *raw, struct error *err)
{
	struct fit_group g = { .raw = *raw };
	const char *group, *above;
	int lacks;
	bool moved;

	if (cgroup_place(fit->crw, fit->entry, &fit->controller, raw->name, fit->arena, &group,
			 &moved, err) < 0 ||
	    enter_top(fit, &g, group, err) < 0)
		return -1;
	fit->top = moved ? raw->name : span_of(NULL, 0);
	fit->top_size = strlen(group);
	above = cgroup_path_parent(fit->arena, group);
	if (!above)
		return fail_memory(err);
	if (fit->cpusets && fit_masks_above(fit, above, &g, err) < 0)
		return -1;
	/* What --cgroup-root moves has ancestors that the runtime made. */
	lacks = moved ? 0 : lacks_ancestors(fit, &g, above, err);
	if (lacks)
		return lacks < 0 ? -1 : fit_with_ancestors(fit, &g, err);
	if (patch_enter(fit->patch, &raw->field, err) < 0 || fit_group(fit, &g, err) < 0)
		return -1;
	if (fit->cpusets && !g.here && fit_note_made(fit, group, &g.limits, err) < 0)
		return -1;
	return patch_leave(fit->patch, err);
}

/* ---- controllers ---- */

static int begin_controller(struct fit *fit, struct error *err)
{
	const struct raw_controller *c = &fit->controller;

	fit_forget_made(fit);
	fit->neighbours = NULL;
	fit->tops = NULL;
	fit->hierarchy = NULL;
	fit->cpusets = c->v2;
	fit->sample = fit->nearest = NULL;
	fit->known_count = fit->known_next = 0;
	for (size_t i = 0; i < c->name_count; i++) {
		fit->cpusets |= span_is(c->names[i], "cpuset");
		if (!fit->hierarchy)
			fit->hierarchy = cgroup_host_find(fit->host, c->names[i]);
	}
	/* What is dropped need not be fitted. */
	fit->cpusets = fit->cpusets && fit->wants_cpusets &&
		       fit_offers(fit, span_text(fit_mask_names[FIT_CPUS])) != 0;
	fit->label = cgroup_label(c->names, c->name_count, fit->arena);
	return fit->label ? 0 : fail_memory(err);
}

static int fit_controller(struct fit *fit, struct error *err)
{
	struct span rest = fit->controller.field.bytes;
	struct raw_group g;
	int more;

	if (begin_controller(fit, err) < 0 ||
	    patch_enter(fit->patch, &fit->controller.field, err) < 0)
		return -1;
	while ((more = raw_next_group(&rest, NULL, &g, err)) > 0)
		if (fit_top(fit, &g, err) < 0)
			return -1;
	return more < 0 ? -1 : patch_leave(fit->patch, err);
}

static int fit_entry(struct fit *fit, struct error *err)
{
	struct span rest = fit->entry;
	int more;

	while ((more = raw_next_controller(&rest, &fit->controller, err)) > 0)
		if (fit_controller(fit, err) < 0)
			return -1;
	return more;
}

static bool wants(const struct fit *fit, const char *name)
{
	return fit->all || names_match(&fit->names, span_text(name));
}

static int fit_images(struct rules_call *call, struct error *err)
{
	struct fit fit = {
		.call = call,
		.crw = call->world->ctx,
		.arena = call->arena,
		.patch = call->patch,
		.entry = call->body,
		.all = call->arg_count == 0,
		.names = *(const struct verb_names *)call->wish,
	};
	int status;

	if (cgroup_host_for(call, &fit.host, err) < 0)
		return -1;
	for (int r = 0; r < FIT_MASKS; r++) {
		fit.wants_mask[r] = wants(&fit, fit_mask_names[r]);
		fit.wants_cpusets |= fit.wants_mask[r] || wants(&fit, fit_exclusive_names[r]);
	}
	status = fit_entry(&fit, err);
	if (status == 0)
		status = oci_seek(fit.crw, &fit.names, err);
	call->missed = names_missed(&fit.names, "property", call->arena);
	fit_forget_made(&fit);
	buffer_free(&fit.path);
	buffer_free(&fit.fresh);
	return status;
}

/* What goes with the images is fitted by the same statements. */
static int run(struct rules_call *call, struct error *err)
{
	const struct crw *crw = call->world->ctx;

	return crw->fits_spec ? oci_fit_run(call, err) : fit_images(call, err);
}

const struct rules_verb verb_fit = {
	"cgroup_entry",
	"fit",
	"fit [PROPERTY, ...]",
	read_arguments,
	sizeof(struct verb_names),
	run,
};
