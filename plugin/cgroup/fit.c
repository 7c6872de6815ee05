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
#include "fields.h"
#include "root.h"

/* ---- arguments ---- */

static bool stands_for_none(struct span name)
{
	return name.size && !memchr(name.data, '*', name.size) && !memchr(name.data, '.', name.size) &&
	       !span_is(name, "tasks") && !span_is(name, "notify_on_release");
}

int cgroup_fit_check(const struct rules_argument *args, size_t count, size_t *wrong,
		     struct error *err)
{
	struct cgroup_args a = { args, count, 0 };
	struct cgroup_names names = { NULL, 0 };
	int status = count ? args_names(&a, "the name of a property", &names, err) : 0;

	if (status == 0)
		status = args_end(&a, "',' between properties", err);
	*wrong = a.at;
	for (size_t i = 0; status == 0 && i < names.count; i++) {
		const struct value *v = &names.first[2 * i].value;

		if (v->type != VALUE_TEXT || !stands_for_none(v->text))
			continue;
		*wrong = 2 * i;
		status = fail(err,
			      "'%.*s' is no property of a cgroup, like cpuset.cpus or memory.*",
			      (int)v->text.size, (const char *)v->text.data);
	}
	return status;
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

bool fit_exists(const struct fit *fit, const char *group)
{
	return fit->hierarchy && cgroup_host_exists(fit->host, fit->hierarchy, group);
}

char *fit_parent(struct arena *arena, const char *group)
{
	const char *slash = strrchr(group, '/');

	return arena_printf(arena, "%.*s", slash > group ? (int)(slash - group) : 1, group);
}

/* ---- edits ---- */

int fit_report(const struct fit *fit, const char *name, const char *before, const char *after,
	       const char *note, struct error *err)
{
	struct buffer where = { 0 };
	int status;

	buffer_text(&where, fit->label);
	buffer_byte(&where, ':');
	buffer_text(&where, fit_path(fit));
	buffer_byte(&where, 0);
	status = where.failed ? fail_memory(err) :
				rules_call_change(fit->call, (const char *)where.data, name, before,
						  after, note, err);
	buffer_free(&where);
	return status;
}

int fit_replace(struct fit *fit, const struct wire_field *property,
		const struct wire_field *value, struct span fresh, struct error *err)
{
	struct buffer bytes = { 0 };
	int status = patch_enter(fit->patch, property, err);

	wire_put_bytes(&bytes, CGROUP_PROP_VALUE, fresh);
	if (status == 0)
		status = bytes.failed ?
				 fail_memory(err) :
				 patch_replace(fit->patch, value->raw, buffer_span(&bytes), err);
	buffer_free(&bytes);
	return status < 0 ? -1 : patch_leave(fit->patch, err);
}

/* A span as text on the stack, or cut where it is longer. */
#define TEXT(name, s)                                                                              \
	char name[1100];                                                                           \
	put_text(name, sizeof(name), s)

static void put_text(char *out, size_t room, struct span s)
{
	size_t size = s.size < room ? s.size : room - 1;

	if (size)
		memcpy(out, s.data, size);
	out[size] = 0;
}

static int report_item(struct fit *fit, const struct fit_item *item, struct span *fresh,
		       struct error *err)
{
	TEXT(name, item->name);
	TEXT(before, item->value);
	TEXT(after, fresh ? *fresh : span_text(""));

	return fit_report(fit, name, before, fresh ? after : NULL, item->note, err);
}

/* ---- one property ---- */

static void learn(struct fit *fit, struct fit_name *n, struct span name)
{
	*n = (struct fit_name){
		.name = name,
		.row = fit_row_of(name),
		.wanted = fit->all || names_match(&fit->names, name),
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
	if (!n->row->judge || (n->kept.data && span_equal(n->kept, item->value)))
		return FIT_KEEP;
	buffer_clear(&fit->fresh);
	item->fresh = &fit->fresh;
	verdict = n->row->judge(fit, item, err);
	if (verdict == FIT_KEEP && n->row->alone)
		n->kept = item->value;
	return verdict;
}

static int fit_property(struct fit *fit, const struct fit_group *g,
			const struct wire_field *property, struct error *err)
{
	struct fit_item item = { .group = g };
	struct span rest = property->bytes, fresh;
	struct wire_field f, value = { .number = 0 };
	struct fit_name *n;
	int more;

	while ((more = wire_next(&rest, &f, err)) > 0) {
		if (f.number == CGROUP_PROP_NAME)
			item.name = f.bytes;
		else if (f.number == CGROUP_PROP_VALUE)
			value = f;
	}
	if (more < 0)
		return -1;
	n = know(fit, item.name);
	if (!n->wanted || !value.number)
		return 0;
	item.value = value.bytes;
	switch (judge(fit, n, &item, err)) {
	case FIT_KEEP:
		return 0;
	case FIT_DROP:
		if (report_item(fit, &item, NULL, err) < 0)
			return -1;
		return patch_replace(fit->patch, property->raw, span_of(NULL, 0), err);
	case FIT_CHANGE:
		fresh = buffer_span(&fit->fresh);
		if (fit->fresh.failed)
			return fail_memory(err);
		if (report_item(fit, &item, &fresh, err) < 0)
			return -1;
		return fit_replace(fit, property, &value, fresh, err);
	default:
		return -1;
	}
}

/* ---- one group ---- */

static int find_name(struct span body, struct span *name, struct error *err)
{
	struct wire_field f;
	int more;

	*name = span_of(NULL, 0);
	while ((more = wire_next(&body, &f, err)) > 0)
		if (f.number == CGROUP_DIR_NAME) {
			*name = f.bytes;
			return 0;
		}
	return more;
}

static int fit_child(struct fit *fit, const struct fit_group *parent, const struct wire_field *dir,
		     struct error *err)
{
	struct fit_group g = { .parent = parent, .body = dir->bytes, .limits = parent->limits };
	struct span name;
	size_t before;
	int status;

	if (find_name(dir->bytes, &name, err) < 0)
		return -1;
	before = push(fit, name);
	if (fit->path.failed)
		return fail_memory(err);
	g.here = parent->here && fit_exists(fit, fit_path(fit));
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
	int edited;

	if (f->number == CGROUP_DIR_CHILDREN)
		return fit_child(fit, g, f, err);
	if (f->number != CGROUP_DIR_PROPERTIES || strcmp(fit_path(fit), "/") == 0)
		return 0;
	edited = fit_mask_edit(fit, edits, f, err);
	return edited ? edited : fit_property(fit, g, f, err);
}

int fit_group(struct fit *fit, struct fit_group *g, struct error *err)
{
	struct fit_mask_edits edits = { .after = { NULL } };
	struct span rest = g->body;
	struct wire_field f;
	int more;

	if (fit->cpusets && fit_masks_of(fit, g, &edits, err) < 0)
		return -1;
	while ((more = wire_next(&rest, &f, err)) > 0)
		if (fit_field(fit, g, &edits, &f, err) < 0)
			return -1;
	return more < 0 ? -1 : fit_mask_add(fit, g, &edits, err);
}

/* ---- top-level groups ---- */

/* The nearest ancestor that exists, the group itself included. */
static int find_nearest(struct fit *fit, const char *group, struct error *err)
{
	fit->nearest = group;
	while (strcmp(fit->nearest, "/") != 0 && !fit_exists(fit, fit->nearest))
		if (!(fit->nearest = fit_parent(fit->arena, fit->nearest)))
			return fail_memory(err);
	return 0;
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

static int fit_top(struct fit *fit, const struct wire_field *dir, struct error *err)
{
	struct fit_group g = { .body = dir->bytes };
	struct span name;
	const char *group, *above;
	bool moved;

	if (find_name(dir->bytes, &name, err) < 0 ||
	    cgroup_place(fit->crw, fit->entry, fit->controller, name, fit->arena, &group, &moved,
			 err) < 0 ||
	    enter_top(fit, &g, group, err) < 0)
		return -1;
	above = fit_parent(fit->arena, group);
	if (!above)
		return fail_memory(err);
	if (fit->cpusets && fit_masks_above(fit, above, &g.limits, err) < 0)
		return -1;
	/* What --cgroup-root moves has ancestors that the runtime made. */
	if (fit->cpusets && !fit->v2 && !moved && !g.here && strcmp(above, "/") != 0 &&
	    !fit_is_made(fit, above) && !fit_exists(fit, above))
		return fit_with_ancestors(fit, dir, &g.limits, err);
	if (patch_enter(fit->patch, dir, err) < 0 || fit_group(fit, &g, err) < 0)
		return -1;
	if (fit->cpusets && !g.here && fit_note_made(fit, group, &g.limits, err) < 0)
		return -1;
	return patch_leave(fit->patch, err);
}

/* ---- controllers ---- */

/* Reads the names of the entry. */
static int read_controller(struct fit *fit, struct error *err)
{
	struct span rest = fit->controller;
	struct wire_field f;
	struct buffer label = { 0 };
	int more;

	while ((more = wire_next(&rest, &f, err)) > 0) {
		if (f.number != CG_CONTROLLER_CNAMES)
			continue;
		fit->v2 |= f.bytes.size == 0;
		fit->cpusets |= f.bytes.size == 0 || span_is(f.bytes, "cpuset");
		if (!fit->hierarchy)
			fit->hierarchy = cgroup_host_find(fit->host, f.bytes);
		buffer_text(&label, label.size ? "," : "");
		buffer_append(&label, f.bytes.size ? f.bytes : span_text("v2"));
	}
	fit->label = label.failed ? NULL : arena_copy(fit->arena, label.data, label.size);
	buffer_free(&label);
	return fit->label ? more : fail_memory(err);
}

static int begin_controller(struct fit *fit, struct error *err)
{
	fit->made = NULL;
	fit->hierarchy = NULL;
	fit->v2 = fit->cpusets = false;
	fit->sample = fit->nearest = NULL;
	fit->known_count = fit->known_next = 0;
	return read_controller(fit, err);
}

static int fit_controller(struct fit *fit, const struct wire_field *controller, struct error *err)
{
	struct span rest = controller->bytes;
	struct wire_field f;
	int more;

	fit->controller = controller->bytes;
	if (begin_controller(fit, err) < 0 || patch_enter(fit->patch, controller, err) < 0)
		return -1;
	fit->cpusets &= fit->wants_mask[FIT_CPUS] || fit->wants_mask[FIT_MEMS];
	/* What is dropped need not be fitted. */
	if (fit->cpusets)
		fit->cpusets = fit_offers(fit, span_text(fit_mask_names[FIT_CPUS])) != 0;
	while ((more = wire_next(&rest, &f, err)) > 0)
		if (f.number == CG_CONTROLLER_DIRS && fit_top(fit, &f, err) < 0)
			return -1;
	return more < 0 ? -1 : patch_leave(fit->patch, err);
}

static int fit_entry(struct fit *fit, struct error *err)
{
	struct span rest = fit->entry;
	struct wire_field f;
	int more;

	while ((more = wire_next(&rest, &f, err)) > 0)
		if (f.number == CGROUP_ENTRY_CONTROLLERS && fit_controller(fit, &f, err) < 0)
			return -1;
	return more;
}

int cgroup_fit_run(struct rules_call *call, struct error *err)
{
	struct fit fit = {
		.call = call, .crw = call->world->ctx, .arena = call->arena, .patch = call->patch,
		.entry = call->body, .all = call->arg_count == 0,
	};
	struct cgroup_args a = { call->args, call->arg_count, 0 };
	int status;

	if ((!fit.all && args_names(&a, "the name of a property", &fit.names, err) < 0) ||
	    cgroup_host_for(call, &fit.host, err) < 0)
		return -1;
	for (int r = 0; r < FIT_MASKS; r++)
		fit.wants_mask[r] = fit.all ||
				    names_match(&fit.names, span_text(fit_mask_names[r]));
	status = fit_entry(&fit, err);
	buffer_free(&fit.path);
	buffer_free(&fit.fresh);
	return status;
}
