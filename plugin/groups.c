/* SPDX-License-Identifier: GPL-2.0-only */
#include "groups.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "affinity.h"
#include "cgroup/after.h"
#include "cgroup/late.h"
#include "cgroup/prepare_deferred.h"
#include "cgroup/shim.h"
#include "criu.h"
#include "descendants.h"
#include "numbers.h"

/* Restored tasks run exit handlers and destructors of this process, so there are none. */
static struct {
	struct cgroup_created groups;
	pid_t pid;          /* of the process that all this belongs to */
	pid_t task;         /* the first one; 0: CRIU has not told */
	bool in_place;      /* what is late is done */
	bool another;       /* plugin may have been told of tasks in our place */
	struct arena arena; /* of the affinities */
	struct affinity *affinities;
	size_t affinity_count;
	const char *shim;    /* where v2 is mounted, if containerd's shim waits for the runtime */
	bool returns;        /* the runtime does, to the group of tasks that are bound to CPUs */
	struct buffer tasks; /* pids here, of those that have got them (numbers.h) */
} held = { .groups = { .root = -1 } };

static void note_step(void *ctx, const char *text)
{
	criu_log(CRIU_LOG_WARN, text);
}

/* What another plugin has hidden from us can be made up for at criu's end, if there are tasks then. */
struct crw_criu groups_ask_criu(bool hook, bool another)
{
	bool by_rpc = criu_is_called_by_rpc() > 0, ends = by_rpc || criu_detaches();

	return (struct crw_criu){
		.by_rpc = by_rpc,
		.ends = ends,
		.tells = hook && (ends || !another),
		.another = another,
		.no_signs = criu_omits_signs(),
		.mode = criu_mode(),
	};
}

static int put_off(struct crw *crw, struct error *err)
{
	int count = prepare_deferred_mark(crw, err);
	char text[100];

	if (count > 0) {
		snprintf(text, sizeof(text),
			 "values of v2 that wait until the tasks are in their "
			 "groups: %d",
			 count);
		criu_log(CRIU_LOG_WARN, text);
	}
	return count < 0 ? -1 : 0;
}

static bool any_is_bound(void)
{
	size_t i = 0;

	while (i < held.affinity_count && !*held.affinities[i].cpus)
		i++;
	return i < held.affinity_count;
}

/* Who writes to the groups of bound tasks when criu has ended. */
static int who_writes(struct crw *crw, struct error *err)
{
	const struct cgroup_hierarchy *v2;
	const struct cgroup_host *host;
	int returns = 0;

	held.shim = NULL;
	if (crw->criu.by_rpc && crw->criu.tells && any_is_bound()) {
		returns = prepare_runtime_returns(crw, err);
		if (returns < 0 || facts_cgroups(&crw->facts, &host, err) < 0)
			return -1;
		v2 = cgroup_host_find(host, span_of("", 0));
		if (v2 && v2->mount && strcmp(v2->mount_root, "/") == 0 && cgroup_shim_waits()) {
			held.shim = arena_copy(&held.arena, v2->mount, strlen(v2->mount));
			if (!held.shim)
				return fail_memory(err);
		}
	}
	held.returns = returns;
	if (held.returns)
		criu_log(CRIU_LOG_WARN,
			 "threads are bound to their CPUs once more when the runtime has ended");
	return 0;
}

int groups_make(struct crw *crw, struct error *err)
{
	arena_free(&held.arena);
	if (affinity_keep(crw, &held.arena, &held.affinities, &held.affinity_count) < 0)
		return fail_memory(err);
	if (held.affinity_count && !crw->criu.tells)
		criu_log(CRIU_LOG_WARN,
			 crw->criu.another ? "affinity: another plugin may be told in our place "
					     "when threads are there; those have criu's own "
					     "CPUs (not with --restore-detached)" :
					     "affinity: this CRIU does not tell when threads are "
					     "there; they have its own CPUs");
	held.pid = getpid();
	held.task = 0;
	held.in_place = false;
	held.another = crw->criu.another && crw->criu.tells;
	if (who_writes(crw, err) < 0)
		return -1;
	if (!crw->steps && !held.shim)
		return 0;
	if (put_off(crw, err) < 0)
		return -1;
	if (cgroup_create(crw->steps, crw->facts.root, &held.groups, note_step, NULL, err) < 0)
		return -1;
	if (!held.shim && !cgroup_created_is_busy(&held.groups)) {
		close(held.groups.root);
		held.groups.root = -1;
	}
	return 0;
}

/* The root, if it was closed meanwhile. */
static int open_again(struct error *err)
{
	if (held.groups.root >= 0 || !held.groups.later)
		return 0;
	held.groups.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (held.groups.root >= 0)
		return 0;
	fail_errno(err, "/: cannot open, so groups keep what CRIU has written to them");
	cgroup_created_keep(&held.groups);
	return -1;
}

void groups_remove(void)
{
	struct error err = { .text = "" };

	if (open_again(&err) < 0 || cgroup_created_remove(&held.groups, &err) < 0)
		criu_log(CRIU_LOG_WARN, err.text);
}

static void write_late(pid_t task)
{
	if (held.in_place)
		return;
	held.in_place = true;
	held.task = task;
	cgroup_late_write(&held.groups, CGROUP_LATE, note_step, NULL);
	if (task && held.shim && !held.returns)
		cgroup_shim_precede(&held.groups, held.shim, task, note_step, NULL);
}

void groups_in_place(pid_t task)
{
	if (held.pid != getpid())
		return;
	write_late(task);
	if (!held.affinity_count)
		return;
	affinity_set(task, held.affinities, held.affinity_count, note_step, NULL);
	numbers_add(&held.tasks, (uint64_t)task);
}

static pid_t task_at(const struct buffer *tasks, size_t index)
{
	return (pid_t)((const uint64_t *)(const void *)tasks->data)[index];
}

/* Up to Linux 6.1 a task forgets its CPUs when its group gets others. */
static void set_again(void)
{
	if (held.shim && held.returns)
		cgroup_shim_precede(&held.groups, held.shim, held.task, note_step, NULL);
	for (size_t i = 0; i < numbers_count(&held.tasks); i++)
		affinity_set(task_at(&held.tasks, i), held.affinities, held.affinity_count,
			     note_step, NULL);
}

static size_t bind_untold(const struct buffer *tasks)
{
	size_t bound = 0;

	numbers_sort(&held.tasks);
	for (size_t i = 0; i < numbers_count(tasks); i++) {
		pid_t task = task_at(tasks, i);

		if (!numbers_have(&held.tasks, (uint64_t)task))
			bound += affinity_set(task, held.affinities, held.affinity_count, note_step,
					      NULL);
	}
	return bound;
}

/* Tasks of which another plugin was told in our place. They run already, or have ended. */
static void bind_others(void)
{
	struct buffer tasks = { 0 };
	bool found = held.task && (descendants(held.task, &tasks) == 0 || errno == ENOENT);
	size_t bound = bind_untold(&tasks);
	char text[160];

	snprintf(text, sizeof(text),
		 "affinity: another plugin was told of tasks in our place: %zu thread%s got %s "
		 "CPUs at criu's end%s",
		 bound, bound == 1 ? "" : "s", bound == 1 ? "its" : "their",
		 found ? "" : ", others cannot be found and have criu's own");
	if (bound || !found)
		criu_log(CRIU_LOG_WARN, text);
	buffer_append(&held.tasks, buffer_span(&tasks));
	buffer_free(&tasks);
}

static void catch_up(void)
{
	pid_t first = criu_first_task();

	write_late(first);
	held.task = first;
	if (held.affinity_count)
		bind_others();
}

static void succeed(void)
{
	bool again = held.returns || cgroup_late_has(&held.groups, CGROUP_AFTER);
	struct error err = { .text = "" };

	if (held.another)
		catch_up();
	write_late(0);
	if ((again || cgroup_late_has(&held.groups, CGROUP_END)) &&
	    cgroup_after_start(&held.groups, held.task, criu_log_descriptor(),
			       again ? set_again : NULL, note_step, NULL, &err) < 0)
		criu_log(CRIU_LOG_WARN, err.text);
	cgroup_created_keep(&held.groups);
}

void groups_end(int ret)
{
	if (held.pid != getpid())
		return;
	if (ret)
		groups_remove();
	else
		succeed();
	arena_free(&held.arena);
	buffer_free(&held.tasks);
	held.affinity_count = 0;
	held.pid = 0;
}
