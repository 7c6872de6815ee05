/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite check: are the rules right? Each argument is judged by itself,
 * so that one run shows all that is wrong. */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* What is wrong with one argument. */
struct verdict {
	char *error;       /* the first; NULL: nothing is */
	char *diagnostics; /* all, for JSON */
};

/* Takes over what went wrong last; without JSON it is shown at once. */
static bool take(struct verdict *v, const struct cli *cli, const struct crw *crw, int status)
{
	char *all = NULL;

	if (status == 0)
		return true;
	if (!cli->json && *crw_error(crw))
		complain_crw(crw);
	if (asprintf(&all, "%s%s", v->diagnostics ? v->diagnostics : "", crw_diagnostics(crw)) < 0)
		all = NULL;
	free(v->diagnostics);
	v->diagnostics = all;
	if (!v->error)
		v->error = strdup(crw_error(crw));
	return false;
}

/* NULL stands for the host's configuration. What that names besides rules has to be
 * usable too. */
static bool load(struct verdict *v, struct crw *crw, const struct cli *cli, const char *path)
{
	bool good;

	if (path)
		return take(v, cli, crw, setup_add_rules(crw, path));
	good = take(v, cli, crw, crw_load_config(crw, option_value(cli, OPTION_CONF)));
	good = take(v, cli, crw, crw_trust_programs(crw)) && good;
	return good && take(v, cli, crw, crw_action(crw, "pre-dump", -1));
}

static void add_verdict(json_t *list, const struct verdict *v, const struct crw *crw,
			const char *name, bool good)
{
	json_t *verdict = json_pack("{s:s, s:b, s:b, s:s?, s:s, s:s}", "name", name, "ok", good,
				    "rules", crw_has_rules(crw), "error", v->error, "diagnostics",
				    v->diagnostics ? v->diagnostics : "", "notes", crw_notes(crw));

	if (json_array_append_new(list, verdict) < 0)
		complain("%s: the text about it is not UTF-8, which JSON requires", name);
}

/* What is in force, in order, and what is not. */
static void print_files(const struct cli *cli, const struct crw *crw)
{
	size_t order = 0;

	if (crw_config_masked(crw))
		printf("  -. %s: not in force, masked by " CRW_SYSCONFDIR "/criu/rewrite.conf\n",
		       crw_config_masked(crw));
	for (size_t i = 0; i < crw_rules_file_count(crw); i++) {
		const struct crw_rules_file *file = crw_rules_file(crw, i);

		if (file->masked_by)
			fputs("  -. ", stdout);
		else
			printf("%3zu. ", ++order);
		print_text(file->path);
		fputs(file->masked_by ? ": not in force, masked by " : "", stdout);
		print_line(cli, COLOR_NONE, file->masked_by ? file->masked_by : "");
	}
}

/* What is odd, a line each with its place and those that show it. */
static void print_odd(const struct crw *crw)
{
	progress_end();
	fflush(stdout);
	fputs(crw_notes(crw), stderr);
}

/* Which `when`s do not hold. */
static void print_unmet(const struct cli *cli, struct crw *crw)
{
	int status = crw_run_conditions(crw);

	for (size_t i = 0; i < crw_trace_count(crw); i++) {
		const struct crw_trace *t = crw_trace(crw, i);
		char line[8192];

		if (strcmp(t->type, "unmet") != 0)
			continue;
		snprintf(line, sizeof(line), "     %s:%u: %s", t->file, t->line, t->text);
		print_line(cli, COLOR_NONE, line);
	}
	if (status < 0)
		printf("     %s; what holds from there on is said by explain\n", crw_error(crw));
}

/* Is there a program of that name where root has its programs? */
static bool has_program(const char *name)
{
	const char *path = getenv("PATH");
	char *dirs = NULL, *rest = NULL, file[PATH_MAX];
	bool found = false;

	if (asprintf(&dirs, "%s:/usr/local/sbin:/usr/sbin:/sbin", path ? path : "") < 0)
		return false;
	for (char *dir = strtok_r(dirs, ":", &rest); dir && !found;
	     dir = strtok_r(NULL, ":", &rest)) {
		snprintf(file, sizeof(file), "%s/%s", dir, name);
		found = access(file, X_OK) == 0;
	}
	free(dirs);
	return found;
}

/* What the configuration of this host is for. */
static void print_missing(void)
{
	if (access(CRW_PLUGINDIR "/rewrite.so", R_OK) < 0)
		complain("note: there is no plugin " CRW_PLUGINDIR "/rewrite.so; without it a "
			 "restore ignores these rules");
	if (!has_program("criu"))
		complain("note: there is no program criu");
}

/* One that is relative is in the working directory of each restore. */
static void judge_report(const struct crw *crw)
{
	const char *report = crw_report_path(crw);
	char *copy = report && *report == '/' ? strdup(report) : NULL;
	const char *folder = copy ? dirname(copy) : NULL;

	if (folder && access(folder, F_OK) < 0)
		complain("note: report %s: there is no directory %s (%s), so none is written",
			 report, folder, strerror(errno));
	free(copy);
}

static void print_good(const struct cli *cli, const struct crw *crw, const char *name)
{
	print_text(name);
	print_line(cli, COLOR_NONE, crw_has_rules(crw) ? ": ok" : ": ok, but there are no rules");
}

static enum status check(struct cli *cli, const char *path, json_t *list)
{
	const char *conf = option_value(cli, OPTION_CONF);
	const char *name = path ? path : conf ? conf : "configuration";
	struct verdict verdict = { NULL, NULL };
	struct crw *crw = crw_new();
	bool good;

	if (!crw)
		return complain("cannot begin: %s", strerror(errno));
	progress_make_way();
	good = load(&verdict, crw, cli, path);
	if (!path && cli->verbose && crw_config_path(crw))
		name = crw_config_path(crw);
	if (cli->json)
		add_verdict(list, &verdict, crw, name, good);
	else if (good && !cli->quiet)
		print_good(cli, crw, name);
	if (good && !cli->json && !cli->quiet)
		print_odd(crw);
	if (good && cli->verbose && !cli->json) {
		print_files(cli, crw);
		print_unmet(cli, crw);
	}
	if (good && !path && !cli->quiet)
		judge_report(crw);
	if (good && !path && !conf && !cli->quiet)
		print_missing();
	free(verdict.error);
	free(verdict.diagnostics);
	crw_free(crw);
	return good ? STATUS_DONE : STATUS_ERROR;
}

static enum status run(struct cli *cli)
{
	json_t *list = json_array();
	enum status status = STATUS_DONE;

	if (cli->operand_count && option_value(cli, OPTION_CONF)) {
		json_decref(list);
		return complain_usage(cli->command,
				      "--conf names its rules itself; check '%s' "
				      "without it",
				      cli->operands[0]);
	}
	if (cli->operand_count == 0)
		status = check(cli, NULL, list);
	for (size_t i = 0; i < cli->operand_count; i++) {
		if (check(cli, cli->operands[i], list) != STATUS_DONE)
			status = STATUS_ERROR;
	}
	if (!cli->json)
		json_decref(list);
	else if (print_json(list) != STATUS_DONE)
		status = STATUS_ERROR;
	return status;
}

const struct command command_check = {
	.name = "check",
	.arguments = "[FILE|DIR|-]...",
	.summary = "Check rules, or the host's configuration and its rules",
	.groups = OPTIONS_OUTPUT,
	.operands_max = -1,
	.options = { { "conf", OPTION_CONF, "FILE", "check this configuration file" } },
	.run = run,
};
