/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "prepare_deferred.h"

#include <string.h>

#include "create.h"
#include "place.h"
#include "target.h"

/* Does the step let the group hand something on, or need that it does? */
static bool has_to_wait(const struct cgroup_step *step, const char *root)
{
	if (step->type != CGROUP_WRITE || !cgroup_path_within(span_text(step->group), span_text(root)))
		return false;
	return strcmp(step->file, "cgroup.subtree_control") == 0 ||
	       (strcmp(step->group, root) != 0 && strncmp(step->file, "cgroup.", 7) != 0);
}

/* `root` is that of a cgroup namespace. */
static int mark_steps(struct crw *crw, const char *root)
{
	int count = 0;

	for (struct cgroup_step *s = crw->steps; s; s = s->next) {
		if (s->late || !has_to_wait(s, root))
			continue;
		s->late = true;
		count++;
	}
	return count;
}

struct marking {
	struct crw *crw;
	struct arena arena;
	struct span entry;
	int count;
};

/* The tasks of a membership come in by the root of its namespace, if it is of
 * v2 and has one. */
static int mark_for(struct marking *m, const struct raw_controller *v2,
		    const struct raw_member *member, struct error *err)
{
	const char *root;
	bool moved;

	if (member->name.size || member->prefix < 2 || member->prefix > member->path.size)
		return 0;
	if (cgroup_place(m->crw, m->entry, v2,
			 span_of(member->path.data + 1, (size_t)member->prefix - 1), &m->arena,
			 &root, &moved, err) < 0)
		return -1;
	if (strcmp(root, "/") != 0)
		m->count += mark_steps(m->crw, root);
	return 0;
}

/* The controller entry of v2: 1, 0, -1. */
static int find_v2(struct span entry, struct raw_controller *v2, struct error *err)
{
	int more;

	while ((more = raw_next_controller(&entry, v2, err)) > 0)
		if (v2->v2)
			break;
	return more;
}

static int mark(struct marking *m, struct error *err)
{
	struct raw_members members = { .set = { NULL, 0 } };
	struct raw_controller v2;
	struct raw_member member;
	int more = cgroup_entry_of(m->crw, &m->entry, err);

	more = more > 0 ? find_v2(m->entry, &v2, err) : more;
	members.entry = m->entry;
	while (more > 0 && (more = raw_next_member(&members, &member, err)) > 0)
		if (mark_for(m, &v2, &member, err) < 0)
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
