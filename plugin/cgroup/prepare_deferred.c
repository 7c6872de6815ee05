/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "prepare_deferred.h"

#include <string.h>

#include "late.h"
#include "place.h"
#include "target.h"

/* Does the step let the group hand something on, or need that it does? */
static bool has_to_wait(const struct cgroup_step *step, const char *root)
{
	if (step->type != CGROUP_WRITE ||
	    !cgroup_path_within(span_text(step->group), span_text(root)))
		return false;
	return cgroup_step_hands_on(step) || cgroup_step_freezes(step) ||
	       (strcmp(step->group, root) != 0 && strncmp(step->file, "cgroup.", 7) != 0);
}

/* Tasks come into the group `root`. */
static void mark_steps(struct crw *crw, const char *root, enum cgroup_when when)
{
	for (struct cgroup_step *s = crw->steps; s; s = s->next)
		if (s->when < when && has_to_wait(s, root))
			s->when = when;
}

/* ---- by CRIU ---------------------------------------------------------------------------- */

struct marking {
	struct crw *crw;
	struct arena arena;
	struct span entry;
};

/* The tasks of a membership come in by the root of its namespace, if it has one. */
static int mark_for(struct marking *m, const struct raw_controller *v2,
		    const struct raw_member *member, struct error *err)
{
	const char *root;
	int found = cgroup_namespace_root(m->crw, m->entry, v2, member, &m->arena, &root, err);

	if (found > 0)
		mark_steps(m->crw, root, CGROUP_LATE);
	return found < 0 ? -1 : 0;
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

static int mark_namespaces(struct marking *m, struct error *err)
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
	return more;
}

/* ---- by the runtime ------------------------------------------------------------------------ */

/* The group that the runtime gives for v2; NULL: none. */
static const char *runtime_root(const struct crw *crw)
{
	const struct span v2 = span_of("", 0);
	const char *root = crw->criu.by_rpc ? cgroup_root_of(crw, &v2, 1) : NULL;

	return root && strcmp(root, "/") != 0 ? root : NULL;
}

static bool is_within(const char *group, const char *root)
{
	return group && cgroup_path_within(span_text(group), span_text(root));
}

static bool is_made(const struct crw *crw, const char *group)
{
	const struct cgroup_step *s = crw->steps;

	while (s && (s->type != CGROUP_MAKE || strcmp(s->group, group) != 0))
		s = s->next;
	return s != NULL;
}

/* The container's group, if the runtime will write to it when criu has ended: it is done with it
 * if it has put criu alone there, or has not even made it. */
static const char *root_to_return_to(const struct crw *crw, const char *own, const char *caller)
{
	const char *root = runtime_root(crw);

	return root && !is_made(crw, root) && (!is_within(own, root) || is_within(caller, root)) ?
		       root :
		       NULL;
}

static void mark_runtime(struct crw *crw, const char *own, const char *caller)
{
	const char *root = root_to_return_to(crw, own, caller);

	if (root)
		mark_steps(crw, root, CGROUP_AFTER);
}

/* A group that criu is in, or goes to (late.h), is frozen when criu has ended, and when
 * the runtime has, if that is in it. A shell may be, and is frozen with it. */
static void mark_frozen(struct crw *crw, const char *own, const char *caller)
{
	const char *room = crw->criu.by_rpc && own && strcmp(own, "/") != 0 ? own : NULL;

	for (struct cgroup_step *s = crw->steps; s; s = s->next) {
		if (!cgroup_step_freezes(s) || s->when == CGROUP_AFTER)
			continue;
		if (crw->criu.by_rpc && is_within(caller, s->group))
			s->when = CGROUP_AFTER;
		else if (is_within(own, s->group) || (room && is_within(s->group, room)))
			s->when = CGROUP_END;
	}
}

/* Where criu and its caller are on v2, each NULL if that cannot be told. *v2 is NULL where there
 * is none. */
static int find_callers(struct crw *crw, struct arena *arena, const struct cgroup_hierarchy **v2,
			const char **caller, struct error *err)
{
	const struct cgroup_host *host;

	*caller = NULL;
	if (facts_cgroups(&crw->facts, &host, err) < 0)
		return -1;
	*v2 = cgroup_host_find(host, span_of("", 0));
	return *v2 ? cgroup_host_caller(host, *v2, arena, caller, err) : 0;
}

static int mark_callers(struct crw *crw, struct arena *arena, struct error *err)
{
	const struct cgroup_hierarchy *v2;
	const char *caller;

	if (find_callers(crw, arena, &v2, &caller, err) < 0)
		return -1;
	if (!v2)
		return 0;
	if (v2->own && strcmp(v2->own, "/") != 0)
		mark_steps(crw, v2->own, CGROUP_LATE);
	mark_runtime(crw, v2->own, caller);
	mark_frozen(crw, v2->own, caller);
	return 0;
}

int prepare_runtime_returns(struct crw *crw, struct error *err)
{
	const struct cgroup_hierarchy *v2;
	struct arena arena = { 0 };
	const char *caller;
	int status = find_callers(crw, &arena, &v2, &caller, err);

	if (status >= 0)
		status = v2 && root_to_return_to(crw, v2->own, caller);
	arena_free(&arena);
	return status;
}

static int count_waiting(const struct crw *crw)
{
	int count = 0;

	for (const struct cgroup_step *s = crw->steps; s; s = s->next)
		count += s->when != CGROUP_NOW && s->when != CGROUP_FAILED;
	return count;
}

int prepare_deferred_mark(struct crw *crw, struct error *err)
{
	struct marking m = { .crw = crw };
	int status = 0;

	if (crw->steps && (crw->criu.ends || crw->criu.tells))
		status = mark_namespaces(&m, err);
	if (status >= 0 && crw->steps && crw->criu.ends)
		status = mark_callers(crw, &m.arena, err);
	arena_free(&m.arena);
	return status < 0 ? -1 : count_waiting(crw);
}
