/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite explain: which rule matched where, and why others did not. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

/* How each type of trace is shown: what stands before its text. */
static const struct {
	const char *type;
	const char *before;
	enum color color;
} shown[] = {
	{ "statement", "", COLOR_NONE },
	{ "skipped", "not run: ", COLOR_NONE },
	{ "condition", "    ", COLOR_NONE },
	{ "step", "    ", COLOR_NONE },
	{ "failed", "        not ", COLOR_NONE },
	{ "same", "    unchanged: ", COLOR_NONE },
	{ "reason", "    since ", COLOR_NONE },
	{ "change", "    changed: ", COLOR_GREEN },
	{ "found", "    found: ", COLOR_NONE },
	{ "image", "    ", COLOR_NONE },
	{ "nothing", "    ", COLOR_YELLOW },
	{ "note", "    ", COLOR_YELLOW },
	{ "conflict", "    conflict: ", COLOR_RED },
};

static size_t row_of(const struct crw_trace *t)
{
	size_t row = 0;

	while (row + 1 < sizeof(shown) / sizeof(shown[0]) && strcmp(shown[row].type, t->type) != 0)
		row++;
	return row;
}

/* The conditions of a `when` that does not hold are shown one by one. */
static bool is_shown(const struct crw_trace *t)
{
	return strcmp(t->type, "unmet") != 0;
}

static void print_trace(const struct cli *cli, const struct crw_trace *t)
{
	size_t row = row_of(t);
	char place[64];
	const char *slash = strrchr(t->file, '/');
	char line[8192];

	snprintf(place, sizeof(place), "%s:%u:", slash ? slash + 1 : t->file, t->line);
	snprintf(line, sizeof(line), "%s %s%s%s%s", place, shown[row].before,
		 t->image ? t->image : "", t->image ? ": " : "", t->text);
	print_line(cli, shown[row].color, line);
}

static enum status print_traces(const struct cli *cli)
{
	for (size_t i = 0; i < crw_trace_count(cli->crw); i++)
		if (is_shown(crw_trace(cli->crw, i)))
			print_trace(cli, crw_trace(cli->crw, i));
	return STATUS_DONE;
}

static enum status print_json_traces(const struct cli *cli, bool failed)
{
	json_t *list = json_array();

	for (size_t i = 0; i < crw_trace_count(cli->crw); i++) {
		const struct crw_trace *t = crw_trace(cli->crw, i);
		json_t *item = json_pack("{s:s, s:s, s:i, s:i, s:s?, s:s?, s:s}", "type", t->type,
					 "file", t->file, "line", (int)t->line, "column",
					 (int)t->column, "rule", t->rule, "image", t->image, "text",
					 t->text);

		if (json_array_append_new(list, item) < 0) {
			json_decref(list);
			return complain("%s:%u: the text about it is not UTF-8, which JSON "
					"requires",
					t->file, t->line);
		}
	}
	return print_json(json_pack("{s:o, s:s?}", "trace", list, "error",
				    failed ? crw_error(cli->crw) : NULL));
}

static enum status explain(struct cli *cli)
{
	enum status status;
	bool failed;

	crw_set_trace(cli->crw, true);
	failed = crw_run(cli->crw) < 0;
	status = cli->json ? print_json_traces(cli, failed) : print_traces(cli);
	print_warnings(cli);
	return failed ? complain_crw(cli->crw) : status;
}

static enum status run(struct cli *cli)
{
	return setup_run(cli, explain);
}

const struct command command_explain = {
	.name = "explain",
	.arguments = "DIR",
	.summary = "Show where in DIR each rule matches, and why not elsewhere",
	.groups = OPTIONS_HOST | OPTIONS_OUTPUT | OPTIONS_ARCHIVE,
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
