/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite plan: what a restore on this host would change. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static bool has_changes(const struct crw *crw)
{
	return crw_change_total(crw) || crw_image_count(crw) || crw_spec_changed(crw) ||
	       crw_mode(crw);
}

static size_t count_unmet(const struct crw *crw)
{
	size_t count = 0;

	for (size_t i = 0; i < crw_trace_count(crw); i++)
		count += strcmp(crw_trace(crw, i)->type, "unmet") == 0;
	return count;
}

#define SEEN_SHOWN 3 /* names */

/* "nothing has to change; looked at cgroup.img, core-1.img, core-2.img and 4 more" */
static void print_nothing(const struct crw *crw)
{
	size_t count = crw_seen_count(crw), unmet = count_unmet(crw);

	progress_make_way();
	fputs("nothing has to change; ", stdout);
	if (count == 0 && !crw_spec_name(crw))
		fputs("no image was looked at", stdout);
	for (size_t i = 0; i < count && i < SEEN_SHOWN; i++) {
		fputs(i ? ", " : "looked at ", stdout);
		print_text(crw_seen_name(crw, i));
	}
	if (count > SEEN_SHOWN)
		printf(" and %zu more", count - SEEN_SHOWN);
	if (crw_spec_name(crw)) {
		fputs(count ? ", and at " : "looked at ", stdout);
		print_text(crw_spec_name(crw));
	}
	if (unmet)
		printf("; %zu `when` do%s not hold here, -v shows %s", unmet,
		       unmet == 1 ? "es" : "", unmet == 1 ? "it" : "them");
	putchar('\n');
}

static enum status plan(struct cli *cli)
{
	enum status status = STATUS_DONE;

	crw_set_trace(cli->crw, true);
	print_results(cli);
	if (crw_run(cli->crw) < 0)
		return complain_crw(cli->crw);
	if (cli->json)
		status = print_report(cli);
	else if (option_value(cli, OPTION_SIDE_BY_SIDE))
		print_side_by_side(cli);
	else if (!cli->quiet)
		print_changes(cli);
	if (!cli->json && !cli->quiet && !has_changes(cli->crw))
		print_nothing(cli->crw);
	if (!cli->quiet) {
		print_notes(cli);
		print_warnings(cli);
	}
	return status == STATUS_DONE && has_changes(cli->crw) ? STATUS_CHANGES : status;
}

static enum status run(struct cli *cli)
{
	if (cli->json && option_value(cli, OPTION_SIDE_BY_SIDE))
		return complain_usage(cli->command, "--side-by-side prints a table, not JSON");
	return setup_run(cli, plan);
}

const struct command command_plan = {
	.name = "plan",
	.arguments = "DIR",
	.summary = "Show what a restore of DIR on this host would change",
	.groups = OPTIONS_HOST | OPTIONS_OUTPUT | OPTIONS_ARCHIVE,
	.operands_min = 1,
	.operands_max = 1,
	.options = {
		{ "side-by-side", OPTION_SIDE_BY_SIDE, NULL, "print a table: where, what was there, what is then" },
	},
	.run = run,
};
