/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite prepare: makes the groups of a checkpoint before anybody restores it. */
#include <stdlib.h>
#include <string.h>

#include "groups.h"

void controller_of_step(const struct crw_step *step, char controller[CONTROLLER_MAX])
{
	bool v2 = strcmp(step->hierarchy, "v2") == 0;
	size_t dot = step->file ? strcspn(step->file, ".") : 0;
	const char *name = step->file;

	/* On v1 "cgroup.procs" and "tasks" belong to any controller. */
	if (!step->file || !step->file[dot] || (!v2 && strncmp(step->file, "cgroup.", 7) == 0)) {
		name = v2 ? "cgroup" : step->hierarchy;
		dot = strcspn(name, ",");
	}
	snprintf(controller, CONTROLLER_MAX, "%.*s", (int)dot, name);
}

struct work {
	const struct cli *cli;
	size_t told; /* groups */
};

enum done { MADE, REMOVED, LEFT };

static const struct {
	const char *word, *text;
} done_as[] = {
	[MADE] = { "made", "made" },
	[REMOVED] = { "removed", "removed" },
	[LEFT] = { "left", "left, since tasks or groups are in it" },
};

static void tell(struct work *work, const struct crw_step *step, enum done done)
{
	char text[4200];

	work->told++;
	if (work->cli->json) {
		print_json_item(work->told - 1,
				json_pack("{s:o, s:o, s:s}", "hierarchy",
					  json_foreign(step->hierarchy), "group",
					  json_foreign(step->group), "done", done_as[done].word));
		return;
	}
	snprintf(text, sizeof(text), "%s:%s: %s", step->hierarchy, step->group, done_as[done].text);
	if (!work->cli->quiet)
		print_line(work->cli, COLOR_NONE, text);
}

/* ---- making ---- */

static int make(void *arg, const struct crw_step *step)
{
	if (libcgroup_step(step) < 0)
		return -1;
	if (!step->file)
		tell(arg, step, MADE);
	return 0;
}

static enum status make_groups(struct work *work)
{
	enum status status = libcgroup_open();

	if (status != STATUS_DONE)
		return status;
	return crw_each_step(work->cli->crw, make, work) < 0 ? STATUS_ERROR : STATUS_DONE;
}

/* ---- removing ---- */

struct groups {
	struct crw_step *items;
	size_t count;
};

static int keep(void *arg, const struct crw_step *step)
{
	struct groups *g = arg;
	struct crw_step *more = realloc(g->items, (g->count + 1) * sizeof(*g->items));

	if (!more)
		return -1;
	g->items = more;
	g->items[g->count++] = *step;
	return 0;
}

/* From the bottom up. */
static enum status remove_groups(struct work *work)
{
	struct groups g = { .count = 0 };
	enum status status = STATUS_DONE;

	if (crw_each_step(work->cli->crw, keep, &g) < 0)
		status = complain("not enough memory");
	while (g.count && status == STATUS_DONE) {
		const struct crw_step *step = &g.items[--g.count];
		bool gone = libcgroup_remove(step) == 0;

		tell(work, step, gone ? REMOVED : LEFT);
	}
	free(g.items);
	return status;
}

/* ---- the command ---- */

static enum status prepare(struct cli *cli)
{
	bool removes = option_value(cli, OPTION_REMOVE);
	struct work work = { .cli = cli };
	enum status status;

	if (removes)
		crw_plan_no_groups(cli->crw);
	else
		crw_plan_groups(cli->crw);
	if (crw_run(cli->crw) < 0)
		return complain_crw(cli->crw);
	if (option_value(cli, OPTION_CGCONFIG))
		return cgconfig_print(cli);
	progress_make_way();
	fputs(cli->json ? "[" : "", stdout);
	status = removes ? remove_groups(&work) : make_groups(&work);
	fputs(cli->json ? "\n]\n" : "", stdout);
	if (status == STATUS_DONE && work.told == 0 && !cli->quiet)
		complain(removes ? "note: there is no group of the checkpoint on this host" :
				   "note: there is no group to make");
	return status;
}

static enum status run(struct cli *cli)
{
	if (cli->json && option_value(cli, OPTION_CGCONFIG))
		return complain_usage(cli->command, "--cgconfig prints a file for cgconfigparser, "
						    "not JSON");
	if (option_value(cli, OPTION_REMOVE) && option_value(cli, OPTION_CGCONFIG))
		return complain_usage(cli->command, "--cgconfig prints what is made; --remove "
						    "removes it");
	return setup_run(cli, prepare);
}

const struct command command_prepare = {
	.name = "prepare",
	.arguments = "DIR",
	.summary = "Make the groups of a checkpoint on this host beforehand",
	.groups = OPTIONS_RULES | OPTIONS_OUTPUT | OPTIONS_ARCHIVE,
	.operands_min = 1,
	.operands_max = 1,
	.options = {
		{ "remove", OPTION_REMOVE, NULL, "remove those that are empty" },
		{ "cgconfig", OPTION_CGCONFIG, NULL, "print them for cgconfigparser instead" },
	},
	.run = run,
};
