/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command line of a runtime is for: that of runc (Go's flags, with one
 * dash or two) and of crun (argp). */
#include <string.h>

#include "front.h"

/* Before the subcommand; of both runtimes. */
static const char *const with_value[] = {
	"root", "log", "log-format", "log-level", "criu", "rootless", "cgroup-manager", "l",
};

static bool takes_value(const char *option)
{
	for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++)
		if (strcmp(option, with_value[i]) == 0)
			return true;
	return false;
}

/* Behind the dashes; NULL: it is no option. */
static const char *option_name(const char *word)
{
	if (word[0] != '-' || word[1] == 0)
		return NULL;
	return word + (word[1] == '-' ? 2 : 1);
}

/* The first word that is no option and no option's value. */
static char **subcommand(char **argv)
{
	const char *option;

	for (; *argv && (option = option_name(*argv)); argv++) {
		if (!*option)
			return argv + 1; /* "--" */
		if (takes_value(option) && argv[1])
			argv++;
	}
	return argv;
}

/* "--bundle X", "--bundle=X", "-b X", "-b=X", "-bX": X, or NULL. */
static const char *bundle_of(char **argv)
{
	const char *option = option_name(*argv);

	if (!option || *option != 'b')
		return NULL;
	if (strcmp(option, "b") == 0 || strcmp(option, "bundle") == 0)
		return argv[1];
	if (strncmp(option, "bundle=", 7) == 0)
		return option + 7;
	if (strncmp(option, "b=", 2) == 0)
		return option + 2;
	return argv[0][1] == 'b' ? option + 1 : NULL;
}

const char *front_bundle(char **argv)
{
	const char *bundle = ".", *found;

	argv = subcommand(argv);
	if (!*argv || strcmp(*argv, "restore") != 0)
		return NULL;
	for (argv++; *argv && strcmp(*argv, "--") != 0; argv++) {
		found = bundle_of(argv);
		bundle = found ? found : bundle;
	}
	return bundle;
}
