/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "prepare_inner.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../hostfile.h"

int prepare_tell(struct prepare *p, const struct prepare_node *n, struct change change,
		 struct error *err)
{
	change.image = "host";
	change.hierarchy = p->label;
	change.group = n->path;
	return change_by(p->call, change, err);
}

int prepare_step(struct prepare *p, const struct prepare_node *n, struct cgroup_step step,
		 struct error *err)
{
	struct cgroup_step *s = arena_alloc(&p->crw->outcome, sizeof(*s));

	if (!s)
		return fail_memory(err);
	*s = step;
	s->name = arena_printf(&p->crw->outcome, "%s:%s", p->label, n->path);
	s->label = arena_copy(&p->crw->outcome, p->label, strlen(p->label));
	s->group = arena_copy(&p->crw->outcome, n->path, strlen(n->path));
	s->path = n->host;
	if (!s->name || !s->label || !s->group)
		return fail_memory(err);
	*p->crw->steps_end = s;
	p->crw->steps_end = &s->next;
	return 0;
}

int prepare_write(struct prepare *p, const struct prepare_node *n, struct cgroup_step step,
		  const char *note, struct error *err)
{
	const struct change change = {
		.type = CHANGE_PROPERTY,
		.name = span_text(step.file),
		.after = span_text(step.value),
		.note = note,
	};

	if (prepare_step(p, n, step, err) < 0)
		return -1;
	return prepare_tell(p, n, change, err);
}

/* ---- what is handed on ------------------------------------------------------------------ */

void prepare_note_handed(struct prepare_node *n, struct span controller)
{
	if (!prepare_hands_on(n, controller) && n->handed_count < PREPARE_HANDED_MAX)
		n->handed[n->handed_count++] = controller;
}

bool prepare_hands_on(const struct prepare_node *n, struct span controller)
{
	for (size_t i = 0; i < n->handed_count; i++)
		if (span_equal(n->handed[i], controller))
			return true;
	return false;
}

struct span prepare_next_word(const char **list)
{
	const char *start = *list + strspn(*list, " \n");
	size_t size = strcspn(start, " \n");

	*list = start + size;
	return span_of(start, size);
}

/* The first line of a group's file, "" when there is none. */
static int read_line(struct prepare *p, const struct prepare_node *n, const char *file,
		     const char **line, struct error *err)
{
	const char *path = arena_printf(p->arena, "%s/%s", n->host, file);

	*line = "";
	if (!path)
		return fail_memory(err);
	return hostfile_line(p->host->root, path, p->arena, line, err);
}

int prepare_handed_line(struct prepare *p, const struct prepare_node *n, const char **line,
			struct error *err)
{
	return read_line(p, n, "cgroup.subtree_control", line, err);
}

int prepare_read_handed(struct prepare *p, struct prepare_node *n, struct error *err)
{
	const char *line;
	struct span word;

	if (prepare_handed_line(p, n, &line, err) < 0)
		return -1;
	while ((word = prepare_next_word(&line)).size)
		prepare_note_handed(n, word);
	return 0;
}

/* CRIU's process makes room (late.h), and the runtime that put both there ends. */
static bool will_leave(const struct crw *crw, long pid)
{
	if (pid == getpid())
		return crw->criu.ends;
	return pid == getppid() && crw->criu.by_rpc && cgroup_root_given(crw);
}

static bool all_will_leave(const struct crw *crw, const char *pids)
{
	char *end;

	for (; *pids; pids = end + strspn(end, "\n"))
		if (!will_leave(crw, strtol(pids, &end, 10)) || end == pids)
			return false;
	return true;
}

static int look_for_tasks(struct prepare *p, struct prepare_node *n, struct error *err)
{
	const char *path = arena_printf(p->arena, "%s/cgroup.procs", n->host);
	cleanup_buffer struct buffer pids = { 0 };
	int found;

	if (!path)
		return fail_memory(err);
	found = hostfile_read(p->host->root, path, HOSTFILE_MAX, &pids, err);
	if (found < 0)
		return -1;
	n->tasks = found && !all_will_leave(p->crw, (const char *)pids.data) ? TASKS_SOME :
									       TASKS_NONE;
	return 0;
}

/*
 * A group hands controllers on or has tasks, the root aside. The kernel does not
 * always refuse: it lets cpu, cpuset and pids through and makes the group one for
 * threads, to which no process can be restored.
 */
int prepare_blocked(struct prepare *p, struct prepare_node *n, struct span controller,
		    const struct prepare_node **by, struct error *err)
{
	for (; n && !prepare_hands_on(n, controller); n = n->parent) {
		if (!n->here || strcmp(n->path, "/") == 0)
			continue;
		if (n->tasks == TASKS_UNKNOWN && look_for_tasks(p, n, err) < 0)
			return -1;
		*by = n;
		if (n->tasks == TASKS_SOME)
			return 1;
	}
	return 0;
}

int prepare_hand_on(struct prepare *p, struct prepare_node *n, struct span controller,
		    struct error *err)
{
	struct cgroup_step step = { .type = CGROUP_WRITE, .file = "cgroup.subtree_control" };
	const char *value;

	if (!n || prepare_hands_on(n, controller) || n->handed_count == PREPARE_HANDED_MAX)
		return 0;
	if (prepare_hand_on(p, n->parent, controller, err) < 0)
		return -1;
	value = arena_printf(&p->crw->outcome, "+%.*s", (int)controller.size,
			     (const char *)controller.data);
	prepare_note_handed(n, controller);
	if (!value)
		return fail_memory(err);
	step.value = value;
	return prepare_write(p, n, step, "for the groups below", err);
}

int prepare_host_has(struct prepare *p, const struct prepare_node *n, struct span controller,
		     struct error *err)
{
	const char *line;
	struct span word;

	while (n->parent)
		n = n->parent;
	if (read_line(p, n, "cgroup.controllers", &line, err) < 0)
		return -1;
	while ((word = prepare_next_word(&line)).size)
		if (span_equal(word, controller))
			return 1;
	return 0;
}
