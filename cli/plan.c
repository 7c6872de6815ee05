/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite plan: what a restore on this host would change. */
#include "cli.h"

static bool has_changes(const struct crw *crw)
{
	return crw_change_total(crw) || crw_image_count(crw) || crw_spec_changed(crw) ||
	       crw_mode(crw);
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
	else if (!cli->quiet)
		print_changes(cli);
	if (!cli->quiet) {
		print_notes(cli);
		print_warnings(cli);
	}
	return status == STATUS_DONE && has_changes(cli->crw) ? STATUS_CHANGES : status;
}

static enum status run(struct cli *cli)
{
	return setup_run(cli, plan);
}

const struct command command_plan = {
	.name = "plan",
	.arguments = "DIR",
	.summary = "Show what a restore of DIR on this host would change",
	.groups = OPTIONS_HOST | OPTIONS_OUTPUT | OPTIONS_ARCHIVE,
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
