/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite: finds the command and runs it. */
#include <stdio.h>
#include <string.h>

#include "archive.h"

const struct command *const commands[] = {
	&command_doctor,
	&command_check,
	&command_plan,
	&command_explain,
	&command_apply,
	&command_show,
	&command_get,
	&command_diff,
	&command_facts,
	/* what crit has, too */
	&command_decode,
	&command_encode,
	&command_info,
	&command_compress,
	&command_decompress,
	&command_x,
	/* what is around a restore */
	&command_oci,
	&command_prepare,
	&command_restore,
	&command_criu,
	&command_action,
	NULL,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]) - 1)

const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static enum status unknown_command(const char *name)
{
	const char *names[COMMANDS + 1] = { NULL };

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	if (name[0] == '-')
		return complain_usage(NULL, "the command comes first, then options such as '%s'",
				      name);
	return complain_usage(NULL, "unknown command '%s'%s", name, did_you_mean(name, names));
}

static enum status help(int count, char **names)
{
	const struct command *command = count ? find_command(names[0]) : NULL;

	if (count && !command)
		return unknown_command(names[0]);
	if (count > 1)
		return complain_usage(NULL, "help is for one command, not for '%s' too", names[1]);
	if (command)
		print_command_help(command);
	else
		print_help();
	return STATUS_DONE;
}

static enum status print_version(int count, char **rest)
{
	if (count)
		return complain_usage(NULL, "the version is asked for alone, without '%s'",
				      rest[0]);
	printf("criu-rewrite %s\n", crw_version());
	return STATUS_DONE;
}

static enum status run(const struct command *command, int argc, char **argv)
{
	struct cli cli = { .command = command };
	enum status status;

	if (options_parse(&cli, argc, argv, &status)) {
		/* A program that takes its place would get the timer; that of CRIU has no use
		 * for it. */
		if (!command->passes_on && command != &command_action && !cli.quiet)
			progress_begin();
		status = command->run(&cli);
	}
	crw_free(cli.crw);
	archive_forget(&cli);
	options_free(&cli);
	return status;
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

/* CRIU gives its action scripts no arguments. */
static bool is_action_script(const char *program)
{
	const char *slash = strrchr(program, '/');

	return strcmp(slash ? slash + 1 : program, command_action.name) == 0;
}

static enum status dispatch(int argc, char **argv)
{
	const struct command *command;

	if (argc > 0 && is_action_script(argv[0]))
		return run(&command_action, argc, argv);
	if (argc < 2)
		return complain_usage(NULL, "a command is missing");
	if (is_one_of(argv[1], "--help", "-h", "help"))
		return help(argc - 2, argv + 2);
	if (is_one_of(argv[1], "--version", "-V", "version"))
		return print_version(argc - 2, argv + 2);
	if (strcmp(argv[1], "--complete") == 0)
		return complete(argc - 2, argv + 2);
	command = find_command(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	return run(command, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	output_begin();
	return output_end(dispatch(argc, argv));
}
