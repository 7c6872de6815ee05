/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What CRIU (criu/cgroup.c, 3.11 to 4.3) does with properties of v2: it writes those of
 * the groups that it has made, and in the modes full and props of all, from the top
 * down, when the tasks are in the groups but not restored yet.
 *
 *	cgroup.freeze		stops the restore for good. It is set when the restore
 *				is done, as CRIU does with freezer.state of v1
 *	cgroup.subtree_control	is written without signs by CRIU before 3.18, which the
 *				kernel refuses; so it does what the group itself has not got
 *	memory.max		is not there unless the group above hands memory on, and
 *				CRIU fails with "bad cgroup path"
 */
#include "settle.h"

#include <string.h>

#include "../mode_choose.h"
#include "former.h"
#include "prepare_inner.h"

struct settle {
	struct prepare walk;
	bool all; /* CRIU writes to groups that are here, too */
};

static struct settle *settle_of(struct prepare *p)
{
	return (struct settle *)p;
}

static int put_value(struct prepare *p, const struct prepare_node *n,
		     const struct raw_property *property, const char *value, const char *note,
		     struct error *err)
{
	cleanup_buffer struct buffer fresh = { 0 };
	const struct change change = {
		.type = CHANGE_PROPERTY,
		.hierarchy = "v2",
		.group = n->path,
		.name = property->name,
		.before = change_value(property->value.bytes),
		.after = value ? span_text(value) : span_of(NULL, 0),
		.note = note,
	};

	if (value) {
		raw_put_property(&fresh, property->name, span_text(value),
				 property->owner.number ? property->owner.raw : span_of(NULL, 0));
		if (fresh.failed)
			return fail_memory(err);
	}
	if (patch_replace(p->call->patch, property->field.raw, buffer_span(&fresh), err) < 0)
		return -1;
	return change_by(p->call, change, err);
}

/* ---- cgroup.freeze ---------------------------------------------------------------------- */

/* Is criu in the group for as long as the tasks are? */
static bool stays_in(const struct prepare *p, const struct prepare_node *n)
{
	return !p->crw->criu.ends && p->hierarchy->own &&
	       cgroup_path_within(span_text(p->hierarchy->own), span_text(n->path));
}

static int settle_frozen(struct prepare *p, struct prepare_node *n,
			 const struct raw_property *property, struct error *err)
{
	const struct cgroup_step step = {
		.type = CGROUP_WRITE,
		.file = "cgroup.freeze",
		.value = "1",
		.when = CGROUP_LATE,
	};

	if (p->crw->criu.tells && stays_in(p, n))
		return put_value(p, n, property, NULL, "criu itself is in it", err);
	if (patch_replace(p->call->patch, property->field.raw, span_of(NULL, 0), err) < 0)
		return -1;
	return prepare_write(p, n, step, "when the restore is done", err);
}

/* ---- cgroup.subtree_control --------------------------------------------------------------- */

static bool has_controller(const struct prepare_node *n, struct span controller)
{
	return !n->parent || prepare_hands_on(n->parent, controller);
}

static int settle_handed(struct prepare *p, struct prepare_node *n,
			 const struct raw_property *property, struct error *err)
{
	const char *was = arena_copy(p->arena, property->value.bytes.data,
				     property->value.bytes.size);
	const char *rest = was, *now = "", *sign = p->crw->criu.no_signs ? "+" : "";
	bool lacks = false;
	struct span word;

	while (rest && now && (word = prepare_next_word(&rest)).size) {
		if (word.data[0] == '+')
			word = span_of(word.data + 1, word.size - 1);
		if (has_controller(n, word)) {
			prepare_note_handed(n, word);
			now = arena_printf(p->arena, "%s%s%s%.*s", now, *now ? " " : "", sign,
					   (int)word.size, (const char *)word.data);
		} else {
			lacks = true;
		}
	}
	if (!rest || !now)
		return fail_memory(err);
	if (strcmp(now, was) == 0)
		return 0;
	return put_value(p, n, property, *now ? now : NULL,
			 lacks ? "the group above does not hand the others on" :
				 "this CRIU writes no signs by itself",
			 err);
}

/* ---- values -------------------------------------------------------------------------------- */

/* The file is away when CRIU would write it (prepare_clear.c). */
static int put_off(struct prepare *p, struct prepare_node *n, const struct raw_property *property,
		   struct error *err)
{
	struct arena *outcome = &p->crw->outcome;
	const struct cgroup_step step = {
		.type = CGROUP_WRITE,
		.when = CGROUP_LATE,
		.file = arena_copy(outcome, property->name.data, property->name.size),
		.value = arena_copy(outcome, property->value.bytes.data,
				    property->value.bytes.size),
	};

	if (!step.file || !step.value)
		return fail_memory(err);
	if (patch_replace(p->call->patch, property->field.raw, span_of(NULL, 0), err) < 0)
		return -1;
	return prepare_write(p, n, step, "when the tasks are in their groups", err);
}

static int settle_value(struct prepare *p, struct prepare_node *n,
			const struct raw_property *property, struct error *err)
{
	struct span controller = prepare_controller(property->name);
	const char *note;

	if (controller.size && n->parent && prepare_is_cleared(p->crw, n->parent->path))
		return put_off(p, n, property, err);
	if (controller.size == 0 || has_controller(n, controller))
		return 0;
	note = arena_printf(p->arena, "v2:%s does not hand %.*s on; `prepare` would have it do so",
			    n->parent->path, (int)controller.size, (const char *)controller.data);
	return note ? put_value(p, n, property, NULL, note, err) : fail_memory(err);
}

/* ---- a group -------------------------------------------------------------------------------- */

static int settle_property(struct prepare *p, struct prepare_node *n,
			   const struct raw_property *property, struct error *err)
{
	if (span_is(property->name, "cgroup.freeze"))
		return span_is(property->value.bytes, "1") ? settle_frozen(p, n, property, err) : 0;
	if (span_is(property->name, "cgroup.subtree_control"))
		return settle_handed(p, n, property, err);
	return settle_value(p, n, property, err);
}

static int settle_group(struct prepare *p, struct prepare_node *n, const struct raw_group *g,
			bool after, struct error *err)
{
	struct span rest = g->field.bytes;
	struct raw_property property;
	int more = 0;

	/* CRIU leaves the root alone. */
	if (after || n->hidden || strcmp(n->path, "/") == 0)
		return 0;
	if (n->here && !settle_of(p)->all)
		return 0;
	while ((more = raw_next_property(&rest, &property, err)) > 0)
		if (settle_property(p, n, &property, err) < 0)
			return -1;
	return more;
}

static int settle_run(struct rules_call *call, struct error *err)
{
	struct crw *crw = call->world->ctx;
	struct settle s = {
		.walk = { .call = call, .crw = crw, .arena = call->arena, .visit = settle_group },
		.all = mode_is(crw, "full") || mode_is(crw, "props"),
	};

	return prepare_walk(&s.walk, err);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static int former_run(struct rules_call *call, struct error *err)
{
	const struct crw *crw = call->world->ctx;

	return mode_is(crw, "none") ?
		       0 :
		       cgroup_former_run(call, mode_is(crw, "full") || mode_is(crw, "props"), err);
}

int cgroup_settle(struct crw *crw, const struct rules_world *world, struct error *err)
{
	static const struct rules_verb settle = { .message = "cgroup_entry", .run = settle_run },
				       former = { .message = "cgroup_entry", .run = former_run };
	struct rules_place place = crw->groups_changed;

	if (strcmp(crw->facts.stage, "restore") != 0 || crw->facts.only_given ||
	    mode_is(crw, "ignore"))
		return 0;
	if (place.file && rules_run_verb(&settle, NULL, 0, &place, world, err) < 0)
		return -1;
	if ((!place.file && !crw->mode) || crw->prepares)
		return 0;
	return rules_run_verb(&former, NULL, 0, &place, world, err);
}
