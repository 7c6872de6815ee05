/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "prepare_inner.h"

#include <string.h>

#include "fields.h"

static const char *keep(struct prepare *p, struct span text)
{
	return arena_copy(&p->crw->outcome, text.data, text.size);
}

struct property {
	struct span name, value;
	struct cgroup_owner owner;
};

int prepare_read_owner(struct span body, struct cgroup_owner *owner, struct error *err)
{
	struct wire_field f;
	int more;

	*owner = (struct cgroup_owner){ .known = true };
	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.number == CGROUP_PERMS_MODE)
			owner->mode = (mode_t)f.scalar;
		else if (f.number == CGROUP_PERMS_UID)
			owner->uid = (uid_t)f.scalar;
		else if (f.number == CGROUP_PERMS_GID)
			owner->gid = (gid_t)f.scalar;
	}
	return more;
}

static int read_property(struct span body, struct property *property, struct error *err)
{
	struct wire_field f;
	int more;

	*property = (struct property){ .owner = { .known = false } };
	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.number == CGROUP_PROP_NAME)
			property->name = f.bytes;
		else if (f.number == CGROUP_PROP_VALUE)
			property->value = f.bytes;
		else if (f.number == CGROUP_PROP_PERMS &&
			 prepare_read_owner(f.bytes, &property->owner, err) < 0)
			return -1;
	}
	return more;
}

/* What is done with properties that are no controller's: they begin with
 * "cgroup.", or come from v1. */
enum treatment { WRITE_VALUE, WRITE_LATE, SET_OWNER, HAND_ON, LEAVE };

static const struct {
	const char *name;
	enum treatment treatment;
} own_files[] = {
	{ "cgroup.type", WRITE_VALUE },
	{ "cgroup.procs", SET_OWNER },
	{ "cgroup.threads", SET_OWNER },
	{ "cgroup.subtree_control", HAND_ON },
	{ "cgroup.max.descendants", WRITE_LATE }, /* they count what is made below */
	{ "cgroup.max.depth", WRITE_LATE },
	{ "cgroup.freeze", LEAVE },
};

static enum treatment treatment_of(struct span name)
{
	for (size_t i = 0; i < sizeof(own_files) / sizeof(own_files[0]); i++)
		if (span_is(name, own_files[i].name))
			return own_files[i].treatment;
	return WRITE_VALUE;
}

/* "memory" of "memory.max"; empty for those that every group has. */
static struct span controller_of(struct span name)
{
	const uint8_t *dot = name.size ? memchr(name.data, '.', name.size) : NULL;
	struct span controller = span_of(name.data, dot ? (size_t)(dot - name.data) : 0);

	return span_is(controller, "cgroup") ? span_of(NULL, 0) : controller;
}

static int drop(struct prepare *p, const struct prepare_node *n, const struct property *property,
		const char *why, struct error *err)
{
	const struct rules_change change = {
		.file = "host", .where = prepare_name(p, n), .field = keep(p, property->name),
		.before = keep(p, property->value), .note = why, .place = p->call->place,
		.rule = p->call->rule,
	};

	if (!change.where || !change.field || !change.before)
		return fail_memory(err);
	return crw_keep_change(p->crw, &change, err);
}

/* Are tasks of the checkpoint in the group itself? 1, 0, -1. */
static int has_tasks(const struct prepare *p, const char *image, struct error *err)
{
	struct span rest = p->call->body, set, member;
	struct wire_field f, ctl, path;
	int more, inner = 0;

	while ((more = wire_next(&rest, &f, err)) > 0) {
		set = f.bytes;
		while (f.number == CGROUP_ENTRY_SETS && (inner = wire_next(&set, &ctl, err)) > 0) {
			bool v2 = true, same = false;

			member = ctl.bytes;
			if (ctl.number != CG_SET_CTLS)
				continue;
			while ((inner = wire_next(&member, &path, err)) > 0) {
				v2 &= path.number != CG_MEMBER_NAME || path.bytes.size == 0;
				same |= path.number == CG_MEMBER_PATH && span_is(path.bytes, image);
			}
			if (inner < 0)
				return -1;
			if (v2 && same)
				return 1;
		}
		if (inner < 0)
			return -1;
	}
	return more;
}

/* Plans one value of a controller, if v2 can have it there: 0, -1. */
static int plan_value(struct prepare *p, struct prepare_node *n, const struct property *property,
		      struct cgroup_step step, struct error *err)
{
	struct span controller = controller_of(property->name);
	int has = 1, busy = 0;

	if (controller.size && !prepare_hands_on(n->parent, controller)) {
		has = prepare_host_has(p, n, controller, err);
		busy = n->parent->image ? has_tasks(p, n->parent->image, err) : 0;
	}
	if (has < 0 || busy < 0)
		return -1;
	if (!has)
		return drop(p, n, property, "cgroup v2 has not got this controller here", err);
	if (busy)
		return drop(p, n, property, "v2 has no limits below a group with tasks in it", err);
	if (controller.size && prepare_hand_on(p, n->parent, controller, err) < 0)
		return -1;
	return prepare_step(p, n, step, step.file, step.value, NULL, err);
}

static int plan_handed(struct prepare *p, struct prepare_node *n, const struct property *property,
		       const char *value, struct error *err)
{
	const struct cgroup_step step = {
		.type = CGROUP_OWN, .file = "cgroup.subtree_control", .owner = property->owner,
	};
	struct span word;
	int has;

	while ((word = prepare_next_word(&value)).size) {
		has = prepare_host_has(p, n, word, err);
		if (has < 0 || (has && prepare_hand_on(p, n, word, err) < 0))
			return -1;
	}
	if (!property->owner.known)
		return 0;
	return prepare_step(p, n, step, NULL, NULL, NULL, err);
}

/* 1 when it is planned and leaves the image, 0 when it is not its turn, -1. */
static int plan_property(struct prepare *p, struct prepare_node *n, const struct property *property,
			 bool late, struct error *err)
{
	enum treatment treatment = treatment_of(property->name);
	struct cgroup_step step = {
		.type = treatment == SET_OWNER ? CGROUP_OWN : CGROUP_WRITE,
		.file = keep(p, property->name), .value = keep(p, property->value),
		.owner = property->owner,
	};
	int status;

	if (!step.file || !step.value)
		return fail_memory(err);
	if (treatment == LEAVE || (treatment == WRITE_LATE) != late)
		return 0;
	if (treatment == HAND_ON)
		status = plan_handed(p, n, property, step.value, err);
	else if (treatment == SET_OWNER)
		status = prepare_step(p, n, step, NULL, NULL, NULL, err);
	else if (span_is(property->name, "cgroup.type") && strcmp(step.value, "threaded") != 0)
		status = 0;
	else
		status = plan_value(p, n, property, step, err);
	return status < 0 ? -1 : 1;
}

int prepare_values(struct prepare *p, struct prepare_node *n, struct span body, bool late,
		   struct error *err)
{
	struct property property;
	struct wire_field f;
	int more, planned;

	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.number != CGROUP_DIR_PROPERTIES)
			continue;
		if (read_property(f.bytes, &property, err) < 0)
			return -1;
		planned = plan_property(p, n, &property, late, err);
		if (planned < 0 ||
		    (planned && patch_replace(p->call->patch, f.raw, span_of(NULL, 0), err) < 0))
			return -1;
	}
	return more;
}
