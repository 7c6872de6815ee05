/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "prepare_deferred.h"

#include <string.h>

#include "fields.h"
#include "create.h"
#include "root.h"
#include "walk.h"

/* The group of a step: "/ct" of "v2:/ct". */
static const char *group_of(const struct cgroup_step *step)
{
	return strchr(step->name, ':') + 1;
}

static bool is_below(const char *group, const char *above)
{
	size_t size = strlen(above);

	return strncmp(group, above, size) == 0 && group[size] == '/';
}

/* Does the step let the group hand something on, or need that it does? */
static bool has_to_wait(const struct cgroup_step *step, const char *door)
{
	const char *group = group_of(step);
	bool hands_on, below = is_below(group, door);

	if (step->type != CGROUP_WRITE)
		return false;
	hands_on = strcmp(step->file, "cgroup.subtree_control") == 0;
	return (hands_on && (below || strcmp(group, door) == 0)) ||
	       (below && strncmp(step->file, "cgroup.", 7) != 0);
}

static int mark_steps(struct crw *crw, const char *door)
{
	int count = 0;

	for (struct cgroup_step *s = crw->steps; s; s = s->next) {
		if (s->late || !has_to_wait(s, door))
			continue;
		s->late = true;
		count++;
	}
	return count;
}

struct marking {
	struct crw *crw;
	struct arena arena;
	struct span entry, controller; /* that of v2 */
	int count;
};

/* The tasks of a membership come in by the root of its namespace, if it is of
 * v2 and has one. */
static int mark_for(struct marking *m, struct span body, struct error *err)
{
	struct cgroup_membership member;
	const char *door;
	bool moved;

	if (cgroup_membership_read(body, &member, err) < 0)
		return -1;
	if (member.name.size || member.prefix < 2 || member.prefix > member.path.size)
		return 0;
	if (cgroup_place(m->crw, m->entry, m->controller,
			 span_of(member.path.data + 1, (size_t)member.prefix - 1), &m->arena,
			 &door, &moved, err) < 0)
		return -1;
	if (strcmp(door, "/") != 0)
		m->count += mark_steps(m->crw, door);
	return 0;
}

static int mark_set(struct marking *m, struct span set, struct error *err)
{
	struct wire_field f;
	int more;

	while ((more = wire_next(&set, &f, err)) > 0)
		if (f.number == CG_SET_CTLS && mark_for(m, f.bytes, err) < 0)
			return -1;
	return more;
}

static int note_controller(void *ctx, const struct cgroup_spot *spot, struct error *err)
{
	struct marking *m = ctx;

	(void)err;
	if (!*spot->label)
		m->controller = spot->controller;
	return 0;
}

static int mark(struct marking *m, struct error *err)
{
	struct cgroup_walk walk = {
		.crw = m->crw, .arena = &m->arena, .ctx = m, .controller = note_controller,
	};
	struct wire_field f;
	int more = cgroup_entry_of(m->crw, &m->entry, err);
	struct span rest = m->entry;

	walk.entry = m->entry;
	if (more <= 0 || cgroup_walk(&walk, err) < 0)
		return more <= 0 ? more : -1;
	while ((more = wire_next(&rest, &f, err)) > 0)
		if (f.number == CGROUP_ENTRY_SETS && mark_set(m, f.bytes, err) < 0)
			return -1;
	return more < 0 ? -1 : m->count;
}

int prepare_deferred_mark(struct crw *crw, struct error *err)
{
	struct marking m = { .crw = crw };
	int count = crw->steps ? mark(&m, err) : 0;

	arena_free(&m.arena);
	return count;
}
