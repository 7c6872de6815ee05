/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * criu-rewrite x: explores a checkpoint as `crit x` does, with the same text:
 * its processes, their files, mappings and pages. What a task has not, as a
 * zombie has no memory, is left out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore.h"

/* ---- pieces --------------------------------------------------------------- */

bool explore_turn(struct explorer *x)
{
	if (x->piece++ < x->printed || x->waiting)
		return false;
	x->printed++;
	return true;
}

const char *explore_turn_name(struct explorer *x, enum name_kind kind, uint64_t id)
{
	const char *name = NULL;

	/* One that was printed may have made room for others. */
	if (x->piece >= x->printed) {
		name = names_get(&x->names, kind, id);
		x->waiting |= !name;
	}
	return explore_turn(x) ? name : NULL;
}

/* Nor is there a need when nobody reads what is printed. */
bool explore_is_over(const struct explorer *x)
{
	return (x->waiting && names_full(&x->names)) || ferror(stdout);
}

/* ---- images --------------------------------------------------------------- */

bool explore_each(struct explorer *x, const char *kind, uint64_t id, const char *list,
		  object_sink each, void *arg)
{
	char name[64];
	int found;

	snprintf(name, sizeof(name), "%s-%llu.img", kind, (unsigned long long)id);
	found = entries_each(&x->images, name, list, each, arg);
	if (found < 0 && explore_turn(x))
		x->status = complain("%s: %s", name, x->images.why);
	return found > 0;
}

struct first {
	const char *member;
	uint64_t *number;
	bool seen;
};

static int take_first(void *arg, const char *entry)
{
	struct first *f = arg;

	*f->number = object_number(entry, f->member);
	f->seen = true;
	return 1;
}

bool explore_number(struct explorer *x, const char *kind, uint64_t id, const char *member,
		    uint64_t *number)
{
	struct first first = { member, number, false };

	explore_each(x, kind, id, "entries", take_first, &first);
	return first.seen;
}

void *explore_grow(struct explorer *x, void *array, size_t count, size_t *room, size_t size)
{
	size_t wanted = count + count / 2 + 64;
	void *grown;

	if (count < *room)
		return array;
	grown = reallocarray(array, wanted, size);
	if (grown)
		*room = wanted;
	else
		x->status = complain("out of memory");
	return grown;
}

static int take_task(void *arg, const char *entry)
{
	struct explorer *x = arg;
	struct task *tasks = explore_grow(x, x->tasks, x->task_count, &x->task_room,
					  sizeof(*tasks));

	if (!tasks)
		return 1;
	x->tasks = tasks;
	tasks[x->task_count] = (struct task){
		.pid = (uint32_t)object_number(entry, "pid"),
		.ppid = (uint32_t)object_number(entry, "ppid"),
		.pgid = (uint32_t)object_number(entry, "pgid"),
		.sid = (uint32_t)object_number(entry, "sid"),
		.at = (uint32_t)x->task_count,
	};
	x->task_count++;
	return 0;
}

static enum status read_tasks(struct explorer *x)
{
	int found = entries_each(&x->images, "pstree.img", "entries", take_task, x);

	if (found < 0)
		return complain("pstree.img: %s", x->images.why);
	return found ? x->status : complain("there is no pstree.img");
}

/* ---- the command ---------------------------------------------------------- */

#define IMAGES_MAX 8
#define FILES "files.img", "reg-files.img", "pipes.img", "unixsk.img"

static const struct {
	const char *name;
	void (*explore)(struct explorer *x); /* all of it, or */
	void (*of)(struct explorer *x, const struct task *task); /* one task */
	const char *images[IMAGES_MAX + 1]; /* that are read, of an archive */
} views[] = {
	{ "ps", explore_ps, NULL, { "pstree.img", "core-*.img" } },
	{ "fds", NULL, explore_fds,
	  { "pstree.img", "ids-*.img", "fdinfo-*.img", "fs-*.img", FILES } },
	{ "mems", NULL, explore_mems, { "pstree.img", "mm-*.img", FILES } },
	{ "rss", NULL, explore_rss, { "pstree.img", "mm-*.img", "pagemap-*.img", FILES } },
};

#define VIEWS (sizeof(views) / sizeof(views[0]))

static size_t find_view(const char *name)
{
	size_t i = 0;

	while (i < VIEWS && strcmp(views[i].name, name) != 0)
		i++;
	return i;
}

/* From the first task that is not complete on, as far as is worth while. */
static void go_on(struct explorer *x, size_t view, size_t *first)
{
	uint64_t printed = 0;

	x->waiting = false;
	for (size_t i = *first; i < x->task_count && !explore_is_over(x); i++) {
		x->piece = 0;
		views[view].of(x, &x->tasks[i]);
		if (!x->waiting)
			*first = i + 1;
		else if (i == *first)
			printed = x->printed;
		x->printed = 0;
	}
	x->printed = printed;
}

static void each_task(struct explorer *x, size_t view)
{
	size_t first = 0;

	while (first < x->task_count && !x->names.failed && !ferror(stdout)) {
		go_on(x, view, &first);
		if (x->waiting && names_look_up(&x->names) != STATUS_DONE)
			x->status = STATUS_ERROR;
	}
}

static enum status explore(struct explorer *x, size_t view)
{
	x->status = read_tasks(x);
	if (x->status == STATUS_DONE && views[view].explore)
		views[view].explore(x);
	else if (x->status == STATUS_DONE)
		each_task(x, view);
	return x->status;
}

static void free_all(struct explorer *x)
{
	names_free(&x->names);
	id_map_free(&x->shared);
	free(x->tasks);
	free(x->mappings);
}

static enum status run(struct cli *cli)
{
	const char *names[VIEWS + 1] = { NULL };
	size_t view = find_view(cli->operands[1]);
	struct explorer x = { .status = STATUS_DONE };
	enum status status;

	for (size_t i = 0; i < VIEWS; i++)
		names[i] = views[i].name;
	if (view == VIEWS)
		return complain_usage(cli->command, "'%s' is none of: ps, fds, mems, rss%s",
				      cli->operands[1], did_you_mean(cli->operands[1], names));
	x.images.dir = setup_open_directory(cli, cli->operands[0], views[view].images);
	if (x.images.dir < 0)
		return STATUS_ERROR;
	x.images.crw = cli->crw = crw_new();
	x.names.images = &x.images;
	status = cli->crw ? explore(&x, view) : complain("out of memory");
	free_all(&x);
	close(x.images.dir);
	return status;
}

const struct command command_x = {
	.name = "x",
	.arguments = "DIR ps|fds|mems|rss",
	.summary = "Explore a checkpoint's tasks, files, mappings or pages, like crit x",
	.operands_min = 2,
	.operands_max = 2,
	.run = run,
};
