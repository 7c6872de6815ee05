/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * criu-rewrite x: explores a checkpoint as `crit x` does, with the same text:
 * its processes, their files, mappings and pages. What a task lacks, as a
 * zombie lacks memory, is left out.
 */
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore.h"

/* ---- images --------------------------------------------------------------- */

void explore_open(struct explorer *x, struct explored *image, const char *format, ...)
{
	va_list arguments;

	*image = (struct explored){ .x = x };
	va_start(arguments, format);
	vsnprintf(image->name, sizeof(image->name), format, arguments);
	va_end(arguments);
	if (crw_reader_open_at(x->crw, x->dir, image->name, &image->reader) < 0)
		x->status = complain("%s: %s", image->name, crw_error(x->crw));
}

bool explore_next(struct explored *image, struct crw_message *entry)
{
	int more = image->reader && !ferror(stdout) ? crw_reader_next(image->reader, entry) : 0;

	if (more < 0)
		image->x->status = complain("%s: %s", image->name, crw_error(image->x->crw));
	return more > 0;
}

void explore_close(struct explored *image)
{
	crw_reader_close(image->reader);
}

bool explore_first(struct explorer *x, const char *kind, uint64_t id, struct explored *image,
		   struct crw_message *entry)
{
	explore_open(x, image, "%s-%llu.img", kind, (unsigned long long)id);
	return explore_next(image, entry);
}

void explore_name(struct explorer *x, enum name_kind kind, uint64_t id)
{
	if (names_print(&x->names, stdout, kind, id) != STATUS_DONE)
		x->status = STATUS_ERROR;
}

json_t *explore_name_json(struct explorer *x, enum name_kind kind, uint64_t id)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	json_t *json = NULL;

	if (out && names_print(&x->names, out, kind, id) != STATUS_DONE)
		x->status = STATUS_ERROR;
	if (out && fclose(out) == 0)
		json = json_foreign(text);
	free(text);
	return json;
}

json_t *explore_hex_json(uint64_t number)
{
	return json_sprintf("%llx", (unsigned long long)number);
}

void explore_add(struct explorer *x, json_t *list, json_t *item)
{
	if (json_array_append_new(list, item) < 0)
		x->status = complain("out of memory");
}

void explore_print(struct explorer *x, json_t *task)
{
	if (print_json_item(x->printed++, task) != STATUS_DONE)
		x->status = STATUS_ERROR;
}

/* ---- tasks ---------------------------------------------------------------- */

static struct task *add_task(struct explorer *x)
{
	size_t room = x->task_room + x->task_room / 2 + 64;
	struct task *grown = x->tasks;

	if (x->task_count == x->task_room) {
		grown = reallocarray(x->tasks, room, sizeof(*grown));
		if (!grown)
			return NULL;
		x->tasks = grown;
		x->task_room = room;
	}
	return &grown[x->task_count++];
}

static void read_tasks(struct explorer *x)
{
	struct crw_message entry;
	struct explored image;
	struct task *task;

	explore_open(x, &image, "pstree.img");
	if (!image.reader && x->status == STATUS_DONE)
		x->status = complain("there is no pstree.img");
	while (x->status == STATUS_DONE && explore_next(&image, &entry)) {
		task = add_task(x);
		if (!task)
			x->status = complain("out of memory");
		else
			*task = (struct task){
				.pid = (uint32_t)crw_get_number(x->crw, &entry, "pid"),
				.ppid = (uint32_t)crw_get_number(x->crw, &entry, "ppid"),
				.pgid = (uint32_t)crw_get_number(x->crw, &entry, "pgid"),
				.sid = (uint32_t)crw_get_number(x->crw, &entry, "sid"),
				.at = (uint32_t)x->task_count - 1,
			};
	}
	explore_close(&image);
}

/* ---- the command ---------------------------------------------------------- */

#define IMAGES_MAX 8
#define FILES "files.img", "reg-files.img", "pipes.img", "unixsk.img"

static const struct {
	const char *name;
	void (*explore)(struct explorer *x);                     /* all of it, or */
	void (*of)(struct explorer *x, const struct task *task); /* one task */
	const char *images[IMAGES_MAX + 1];                      /* that are read, of an archive */
} views[] = {
	{ "ps", explore_ps, NULL, { "pstree.img", "core-*.img" } },
	{ "fds",
	  NULL,
	  explore_fds,
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

static enum status explore(struct explorer *x, size_t view)
{
	read_tasks(x);
	if (x->status != STATUS_DONE)
		return x->status;
	progress_make_way();
	if (x->json)
		putchar('[');
	if (views[view].explore)
		views[view].explore(x);
	for (size_t i = 0; views[view].of && i < x->task_count && !ferror(stdout); i++)
		views[view].of(x, &x->tasks[i]);
	if (x->json)
		puts("\n]");
	return x->status;
}

static void free_all(struct explorer *x)
{
	names_free(&x->names);
	tdestroy(x->shared, free);
	free(x->tasks);
}

static enum status run(struct cli *cli)
{
	const char *names[VIEWS + 1] = { NULL };
	size_t view = find_view(cli->operands[1]);
	struct explorer x = { .status = STATUS_DONE, .json = cli->json };
	enum status status;

	for (size_t i = 0; i < VIEWS; i++)
		names[i] = views[i].name;
	if (view == VIEWS)
		return complain_usage(cli->command, "'%s' is not one of: ps, fds, mems, rss%s",
				      cli->operands[1], did_you_mean(cli->operands[1], names));
	status = setup_open(cli);
	if (status != STATUS_DONE)
		return status;
	x.dir = setup_open_directory(cli, cli->operands[0], views[view].images);
	if (x.dir < 0)
		return STATUS_ERROR;
	x.crw = x.names.crw = cli->crw;
	x.names.dir = x.dir;
	status = explore(&x, view);
	free_all(&x);
	close(x.dir);
	return status;
}

const struct command command_x = {
	.name = "x",
	.arguments = "DIR ps|fds|mems|rss",
	.summary = "Explore a checkpoint's tasks, files, mappings or pages, like crit x",
	.groups = OPTIONS_ARCHIVE,
	.options = { { "json", 'j', NULL, "print JSON" } },
	.operands_min = 2,
	.operands_max = 2,
	.run = run,
};
