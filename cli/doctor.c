/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite doctor: would a restore work here, and if not, why? */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive.h"

struct page {
	const struct cli *cli;
	json_t *list;
	bool failed;  /* something is a failure */
	bool no_room; /* for JSON */
	int heading;  /* of the findings before: 1 of the host, 0 of the checkpoint, -1 none */
};

/* How each level is shown. */
static const struct {
	const char *name;
	enum color color;
} levels[] = {
	[CRW_LEVEL_OK] = { "ok", COLOR_GREEN },
	[CRW_LEVEL_UNKNOWN] = { "unknown", COLOR_NONE },
	[CRW_LEVEL_WARNING] = { "warning", COLOR_YELLOW },
	[CRW_LEVEL_FAILURE] = { "failure", COLOR_RED },
};

static void add_json(struct page *page, const struct crw_finding *f)
{
	json_t *item = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "about",
				 f->is_host ? "host" : "checkpoint", "level", levels[f->level].name,
				 "cause", f->cause, "thing", json_foreign(f->thing), "reason",
				 json_foreign(f->reason), "remedy", json_foreign(f->remedy));

	if (json_array_append_new(page->list, item) < 0)
		page->no_room = true;
}

static void print_heading(struct page *page, bool is_host)
{
	if (page->heading == is_host)
		return;
	print_text(is_host ? "this host" : page->cli->operands[0]);
	putchar('\n');
	page->heading = is_host;
}

static void print_finding(struct page *page, const struct crw_finding *f)
{
	char line[4096];

	print_heading(page, f->is_host);
	snprintf(line, sizeof(line), "  %-8s %-13s %s %s%s%s", levels[f->level].name, f->cause,
		 f->thing, f->reason, f->remedy ? "; " : "", f->remedy ? f->remedy : "");
	print_line(page->cli, levels[f->level].color, line);
}

static int take_finding(void *arg, const struct crw_finding *finding)
{
	struct page *page = arg;

	page->failed = page->failed || finding->level == CRW_LEVEL_FAILURE;
	if (page->cli->json)
		add_json(page, finding);
	else if (!page->cli->quiet || finding->level == CRW_LEVEL_FAILURE)
		print_finding(page, finding);
	return page->no_room || ferror(stdout) ? -1 : 0;
}

static enum status examine(struct cli *cli)
{
	struct page page = { .cli = cli, .list = json_array(), .heading = -1 };
	const char *const *options = cli->operand_count > 1 ? cli->operands + 1 : NULL;
	enum status status = STATUS_DONE;

	if (crw_doctor(cli->crw, options, take_finding, &page) < 0)
		status = complain_crw(cli->crw);
	if (!cli->json)
		json_decref(page.list);
	else if (print_json(json_pack("{s:b, s:o}", "ok", !page.failed, "findings", page.list)) !=
		 STATUS_DONE)
		status = STATUS_ERROR;
	return page.failed ? STATUS_ERROR : status;
}

/* What is wrong with the host's own configuration is a finding. */
static enum status load_rules(struct cli *cli)
{
	if (option_value(cli, OPTION_RULES) || option_value(cli, OPTION_CONF))
		return setup_load_rules(cli);
	crw_load_config(cli->crw, NULL);
	return STATUS_DONE;
}

static enum status run(struct cli *cli)
{
	enum status status;
	int images = -1;

	if (cli->operand_count && cli->operands[0][0] == '-')
		return complain_usage(cli->command,
				      "the checkpoint goes before '--': doctor DIR -- %s",
				      cli->operands[0]);
	if (cli->operand_count > 1 && cli->operands[1][0] != '-')
		return complain_usage(cli->command,
				      "doctor looks at one checkpoint; what follows it are options "
				      "of the restore, behind '--', not '%s'",
				      cli->operands[1]);
	status = setup_open(cli);
	if (status == STATUS_DONE)
		status = load_rules(cli);
	if (status != STATUS_DONE)
		return status;
	if (cli->operand_count) {
		images = setup_open_images(cli, cli->operands[0]);
		if (images < 0)
			return STATUS_ERROR;
		setup_open_spec(cli, cli->crw, images);
	}
	status = examine(cli);
	if (images >= 0)
		close(images);
	return status;
}

const struct command command_doctor = {
	.name = "doctor",
	.arguments = "[DIR [-- OPTION]]",
	.summary = "Tell whether a restore of DIR would work here, and if not, why",
	.groups = OPTIONS_HOST | OPTIONS_OUTPUT | OPTIONS_ARCHIVE,
	.operands_max = -1,
	.lists_pages = true,
	.run = run,
};
