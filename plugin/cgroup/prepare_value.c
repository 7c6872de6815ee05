/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "prepare_inner.h"

#include <string.h>

#include "properties.h"

static const char *keep(struct prepare *p, struct span text)
{
	return arena_copy(&p->crw->outcome, text.data, text.size);
}

struct span prepare_controller(struct span name)
{
	struct span controller = property_controller(name);

	return span_is(controller, "cgroup") || controller.size == name.size ? span_of(NULL, 0) :
									       controller;
}

int prepare_drop(struct prepare *p, const struct prepare_node *n,
		 const struct raw_property *property, const char *why, struct error *err)
{
	const struct change change = {
		.type = CHANGE_PROPERTY,
		.name = property->name,
		.before = change_value(property->value.bytes),
		.note = why,
	};

	return prepare_tell(p, n, change, err);
}

/* Are tasks of the checkpoint in the group itself? 1, 0, -1. */
static int has_tasks(const struct prepare *p, const char *image, struct error *err)
{
	struct raw_members members = { .entry = p->call->body };
	struct raw_member m;
	int more;

	while ((more = raw_next_member(&members, &m, err)) > 0)
		if (m.name.size == 0 && span_is(m.path, image))
			break;
	return more;
}

/* Can the group hand the controller on, this host being as it is? 1, 0 with *why not, -1. */
static int can_hand_on(struct prepare *p, struct prepare_node *n, struct span controller,
		       const char **why, struct error *err)
{
	const struct prepare_node *by;
	int status = prepare_host_has(p, n, controller, err);

	*why = "cgroup v2 does not have this controller here";
	if (status > 0)
		status = prepare_blocked(p, n, controller, &by, err);
	else
		return status;
	if (status <= 0)
		return status < 0 ? -1 : 1;
	*why = arena_printf(p->arena, "tasks are in v2:%s, so the groups below cannot have %.*s",
			    by->path, (int)controller.size, (const char *)controller.data);
	return *why ? 0 : fail_memory(err);
}

/* The same, with the tasks that the checkpoint has there. */
static int can_have(struct prepare *p, struct prepare_node *above, struct span controller,
		    const char **why, struct error *err)
{
	int can, busy = 0;

	if (controller.size == 0 || prepare_hands_on(above, controller))
		return 1;
	can = can_hand_on(p, above, controller, why, err);
	if (can > 0 && above->image)
		busy = has_tasks(p, above->image, err);
	if (busy)
		*why = "cgroup v2 has no limits below a group that has tasks";
	return can < 0 || busy < 0 ? -1 : can && !busy;
}

/* The list is read from another file than it is written to: first nothing is allowed. */
static int plan_devices(struct prepare *p, struct prepare_node *n, struct cgroup_step step,
			struct error *err)
{
	const struct cgroup_step deny = { .type = CGROUP_WRITE,
					  .file = "devices.deny",
					  .value = "a" };

	step.file = "devices.allow";
	step.owner.known = false;
	if (prepare_step(p, n, deny, err) < 0)
		return -1;
	return *step.value ? prepare_write(p, n, step, NULL, err) : 0;
}

/* Plans one value of a controller, if v2 can have it there: 0, -1. */
static int plan_value(struct prepare *p, struct prepare_node *n,
		      const struct raw_property *property, struct cgroup_step step,
		      struct error *err)
{
	struct span controller = prepare_controller(property->name);
	const char *why;
	int can = 1;

	if (p->controller.v2)
		can = can_have(p, n->parent, controller, &why, err);
	if (can <= 0)
		return can < 0 ? -1 : prepare_drop(p, n, property, why, err);
	if (p->controller.v2 && controller.size &&
	    prepare_hand_on(p, n->parent, controller, err) < 0)
		return -1;
	return prepare_write(p, n, step, NULL, err);
}

/* What the group handed on and cannot here is told of with the values below. */
static int plan_handed(struct prepare *p, struct prepare_node *n, struct cgroup_step step,
		       struct error *err)
{
	const char *value = step.value, *why;
	struct span word;
	int can;

	while ((word = prepare_next_word(&value)).size) {
		can = can_hand_on(p, n, word, &why, err);
		if (can < 0 || (can && prepare_hand_on(p, n, word, err) < 0))
			return -1;
	}
	step.value = NULL;
	return step.owner.known ? prepare_step(p, n, step, err) : 0;
}

/* 1 when it is planned and leaves the image, 0 when it is not its turn, -1. */
static int plan_property(struct prepare *p, struct prepare_node *n,
			 const struct raw_property *property, bool late, struct error *err)
{
	const struct property_row *row = property_find(p->controller.v2 ? PROPERTY_V2 : PROPERTY_V1,
						       property->name);
	unsigned use = row ? row->use : 0;
	struct cgroup_step step = {
		.type = use & (PROPERTY_OWNER | PROPERTY_HANDED_ON) ? CGROUP_OWN : CGROUP_WRITE,
		.file = keep(p, property->name),
		.value = keep(p, property->value.bytes),
	};
	int status;

	if (!step.file || !step.value)
		return fail_memory(err);
	if (use & PROPERTY_LEFT || !!(use & PROPERTY_LATE) != late)
		return 0;
	if (!cgroup_path_is_part(property->name))
		return prepare_drop(p, n, property, "that is no file of a group", err) < 0 ? -1 : 1;
	if (raw_read_owner(RAW_PROPERTY, property->field.bytes, &step.owner, err) < 0)
		return -1;
	if (use & PROPERTY_HANDED_ON)
		status = plan_handed(p, n, step, err);
	else if (use & PROPERTY_OWNER)
		status = prepare_step(p, n, step, err);
	else if (span_is(property->name, "cgroup.type") && strcmp(step.value, "threaded") != 0)
		status = 0;
	else if (span_is(property->name, "devices.list"))
		status = plan_devices(p, n, step, err);
	else
		status = plan_value(p, n, property, step, err);
	return status < 0 ? -1 : 1;
}

int prepare_values(struct prepare *p, struct prepare_node *n, struct span body, bool late,
		   struct error *err)
{
	struct raw_property property;
	int more, planned;

	while ((more = raw_next_property(&body, &property, err)) > 0) {
		planned = plan_property(p, n, &property, late, err);
		if (planned < 0 || (planned && patch_replace(p->call->patch, property.field.raw,
							     span_of(NULL, 0), err) < 0))
			return -1;
	}
	return more;
}
