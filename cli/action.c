/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * criu-rewrite action: what CRIU calls as an action script, under the name `action`. The
 * plugin gives it to CRIU when the configuration asks for it, and anybody may with
 * --action-script. It says yes or no to a dump (`preflight`), looks whether the groups of
 * a restore are as the rules said, and runs the programs of the configuration.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "program.h"

#define LIMIT_SECONDS 30 /* for each program, and for the judgement of a dump */
#define LIMIT_SECONDS_MAX 86400

/* To the plugin, if it waits for it: why not, or an empty line. */
static void answer(const char *text)
{
	const char *path = getenv(CRW_REASON_VARIABLE);
	FILE *reason = path ? fopen(path, "we") : NULL;

	if (!reason)
		return;
	fprintf(reason, "%s\n", text);
	fclose(reason);
}

static enum status say_no(const char *text)
{
	answer(text);
	return complain("%s", text);
}

static enum status take_limit(const struct cli *cli, unsigned *seconds)
{
	const char *text = option_value(cli, OPTION_LIMIT);
	char *end = NULL;
	unsigned long given = text ? strtoul(text, &end, 10) : LIMIT_SECONDS;

	if (text && (end == text || *end || *text == '-' || !given || given > LIMIT_SECONDS_MAX))
		return complain_usage(cli->command,
				      "--limit: '%s' is not a number of seconds, 1 to %d", text,
				      LIMIT_SECONDS_MAX);
	*seconds = (unsigned)given;
	return STATUS_DONE;
}

/* ---- dump ------------------------------------------------------------------- */

static char not_in_time[80];

static void end_now(int signal)
{
	(void)signal;
	if (write(STDERR_FILENO, not_in_time, strlen(not_in_time)) < 0)
		_exit(STATUS_USAGE);
	_exit(STATUS_ERROR);
}

/* Tasks wait for the answer. It is no from here on, however this process ends. */
static void limit_time(unsigned seconds)
{
	char text[80];

	snprintf(not_in_time, sizeof(not_in_time),
		 "criu-rewrite: preflight did not end within %u s\n", seconds);
	signal(SIGALRM, end_now);
	alarm(seconds);
	snprintf(text, sizeof(text), "preflight did not end within %u s, or was killed", seconds);
	answer(text);
}

static enum status judge_dump(struct cli *cli, const char *moment)
{
	const char *path = getenv("CRTOOLS_IMAGE_DIR");
	enum status status = STATUS_DONE;
	unsigned seconds = 0;
	int images;

	if (take_limit(cli, &seconds) != STATUS_DONE)
		return STATUS_USAGE;
	limit_time(seconds);
	images = open(path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (images < 0)
		return complain("%s: %s", path ? path : ".", strerror(errno));
	if (crw_action(cli->crw, moment, images) < 0)
		status = say_no(crw_error(cli->crw));
	else if (strcmp(moment, "post-dump") == 0)
		answer("");
	close(images);
	return status;
}

/* ---- restore ----------------------------------------------------------------- */

static enum status run_programs(struct cli *cli, enum crw_program_kind kind, const char *moment)
{
	char why[PROGRAM_WHY_MAX];
	const char *path;
	unsigned seconds = 0;

	if (take_limit(cli, &seconds) != STATUS_DONE)
		return STATUS_USAGE;
	for (size_t i = 0; (path = crw_program(cli->crw, kind, i)); i++) {
		if (crw_trust_program(cli->crw, path) < 0)
			return say_no(crw_error(cli->crw));
		if (program_run(path, moment, seconds, why) < 0)
			return say_no(why);
	}
	return STATUS_DONE;
}

static enum status run_before(struct cli *cli, const char *moment)
{
	return run_programs(cli, CRW_BEFORE, moment);
}

static enum status run_after(struct cli *cli, const char *moment)
{
	const char *list = getenv(CRW_WRITTEN_VARIABLE);

	/* Without the plugin nobody has noted any. */
	if (list && crw_check_written(cli->crw, list) < 0)
		return say_no(crw_error(cli->crw));
	return run_programs(cli, CRW_AFTER, moment);
}

static enum status run_at_resume(struct cli *cli, const char *moment)
{
	return run_programs(cli, CRW_AT_RESUME, moment);
}

static const struct {
	const char *moment;
	enum status (*act)(struct cli *cli, const char *moment);
} moments[] = {
	{ "before", run_before },      { "pre-dump", judge_dump },      { "post-dump", judge_dump },
	{ "post-restore", run_after }, { "pre-resume", run_at_resume },
};

static enum status act(struct cli *cli, const char *moment,
		       enum status (*act_at)(struct cli *cli, const char *moment))
{
	enum status status = setup_open(cli);

	if (status != STATUS_DONE)
		return status;
	if (crw_load_config(cli->crw, NULL) < 0)
		return say_no(crw_error(cli->crw));
	return act_at(cli, moment);
}

/* What else a user can mean: moments of CRIU at which there is nothing to do. */
static enum status judge_moment(const struct cli *cli, const char *moment)
{
	static const char *const known[] = {
		"before",       "pre-stream",        "pre-dump",         "post-dump",
		"pre-restore",  "post-restore",      "pre-resume",       "post-resume",
		"network-lock", "network-unlock",    "setup-namespaces", "post-setup-namespaces",
		"status-ready", "orphan-pts-master", "query-ext-files",  NULL,
	};

	for (size_t i = 0; known[i]; i++)
		if (strcmp(moment, known[i]) == 0)
			return STATUS_DONE;
	return complain_usage(cli->command, "criu has no moment '%s'%s", moment,
			      did_you_mean(moment, known));
}

/* A moment that criu itself names may be one of a newer criu. */
static enum status run(struct cli *cli)
{
	const char *moment = cli->operand_count ? cli->operands[0] :
						  getenv("CRTOOLS_SCRIPT_ACTION");
	unsigned seconds;

	if (take_limit(cli, &seconds) != STATUS_DONE)
		return STATUS_USAGE;
	if (!moment)
		return complain_usage(cli->command, "CRTOOLS_SCRIPT_ACTION is not set: this is for "
						    "criu to run, by --action-script");
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
		if (strcmp(moment, moments[i].moment) == 0)
			return act(cli, moment, moments[i].act);
	return cli->operand_count ? judge_moment(cli, moment) : STATUS_DONE;
}

const struct command command_action = {
	.name = "action",
	.arguments = "[MOMENT]",
	.summary = "Be the action script of a criu: preflight, checks, programs",
	.operands_max = 1,
	.options = {
		{ "limit", OPTION_LIMIT, "SECONDS", "how long a program or a judgement may take (default: 30)" },
	},
	.run = run,
};
