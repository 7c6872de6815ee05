/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite x ps: the tasks as a tree. */
#include <stdlib.h>

#include "explore.h"

#define PS_DEPTH_MAX 1000

/* free() it; NULL: there is none. */
static char *read_name(struct explorer *x, const struct task *task)
{
	struct crw_message core;
	struct explored image;
	struct crw_value comm;
	char *text = NULL;

	if (explore_first(x, "core", task->pid, &image, &core) &&
	    crw_get(x->crw, &core, "tc.comm", &comm) > 0)
		text = crw_value_text(&comm);
	explore_close(&image);
	return text;
}

static void print_task(struct explorer *x, const struct task *task, unsigned depth)
{
	char *name = read_name(x, task);

	if (x->json) {
		explore_print(x, json_pack("{s:I, s:I, s:I, s:I, s:o}", "pid",
					   (json_int_t)task->pid, "ppid", (json_int_t)task->ppid,
					   "pgid", (json_int_t)task->pgid, "sid",
					   (json_int_t)task->sid, "comm", json_foreign(name)));
	} else {
		printf("%7u%7u%7u   %*s", task->pid, task->pgid, task->sid, (int)(4 * depth), "");
		print_text(name ? name : "");
		putchar('\n');
	}
	free(name);
}

/* By parent; those of one parent as they are in the image. */
static int compare_tasks(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	if (x->ppid != y->ppid)
		return x->ppid < y->ppid ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* The first of a task's children, or where they would be. */
static size_t first_child(const struct explorer *x, uint32_t pid)
{
	size_t low = 0, high = x->task_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (x->tasks[middle].ppid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A task and what is below it; *left is how many more there can be. */
static void print_tree(struct explorer *x, const struct task *task, unsigned depth, size_t *left)
{
	size_t kid = first_child(x, task->pid);

	print_task(x, task, depth);
	if (depth == PS_DEPTH_MAX) {
		x->status = complain("pstree.img: tasks are nested more than %d deep",
				     PS_DEPTH_MAX);
		return;
	}
	for (; kid < x->task_count && x->tasks[kid].ppid == task->pid && *left; kid++) {
		if (&x->tasks[kid] == task)
			continue;
		--*left;
		print_tree(x, &x->tasks[kid], depth + 1, left);
	}
}

void explore_ps(struct explorer *x)
{
	size_t roots, left = x->task_count;

	if (x->task_count)
		qsort(x->tasks, x->task_count, sizeof(*x->tasks), compare_tasks);
	for (roots = 0; roots < x->task_count && x->tasks[roots].ppid == 0; roots++)
		;
	if (roots == 0) {
		x->status = complain("pstree.img: there is no first task");
		return;
	}
	if (!x->json)
		printf("%7s%7s%7s   %s\n", "PID", "PGID", "SID", "COMM");
	print_tree(x, &x->tasks[roots - 1], 0, &left);
	if (!left)
		x->status = complain("pstree.img: tasks are their own parents");
}
