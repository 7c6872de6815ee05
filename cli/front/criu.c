/* SPDX-License-Identifier: GPL-2.0-only */
/* In front of criu: its option --libdir, which --lib is short for, takes a directory of
 * plugins. Here it may be one plugin, a file; `criu-rewrite criu` makes a directory of it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front.h"

/* Of criu's options with one letter those whose value may end the word. */
#define WITH_VALUE "fFtpDovxrJWLM"

struct option {
	const char *value; /* NULL: it has none */
	int words;
	size_t kept; /* letters of other options before it */
};

/* Behind "--lib", "--libd" ...; NULL: it is something else. */
static const char *behind_long(const char *word)
{
	size_t size = strcspn(word, "=");

	if (size < strlen("--lib") || strncmp(word, "--libdir", size) != 0)
		return NULL;
	return word + size;
}

/* Behind "-L", or "-dL". */
static const char *behind_short(const char *word)
{
	const char *letter = word[0] == '-' ? strpbrk(word, WITH_VALUE) : NULL;

	return letter && *letter == 'L' && word[1] != '-' ? letter + 1 : NULL;
}

static bool is_option(char **argv, struct option *option)
{
	const char *rest = behind_long(*argv);

	*option = (struct option){ 0 };
	if (rest)
		option->value = *rest ? rest + 1 : NULL;
	else if ((rest = behind_short(*argv)))
		option->value = *rest ? rest : NULL;
	else
		return false;
	if (argv[0][1] != '-' && rest - *argv > 2)
		option->kept = (size_t)(rest - *argv) - 1;
	option->words = option->value || !argv[1] ? 1 : 2;
	if (option->words == 2)
		option->value = argv[1];
	return true;
}

static bool is_end(const char *word)
{
	return !word || strcmp(word, "--") == 0;
}

/* The last one counts. */
static const char *find_value(char **argv)
{
	const char *value = NULL;
	struct option option;

	for (; !is_end(*argv); argv++) {
		if (!is_option(argv, &option))
			continue;
		value = option.value;
		argv += option.words - 1;
	}
	return value;
}

/* Copies all arguments but these options. */
static void copy_others(char **to, char **argv)
{
	struct option option;

	while (!is_end(*argv)) {
		if (!is_option(argv, &option)) {
			*to++ = *argv++;
			continue;
		}
		if (option.kept) {
			argv[0][option.kept] = 0;
			*to++ = *argv;
		}
		argv += option.words;
	}
	while (*argv)
		*to++ = *argv++;
	*to = NULL;
}

/* The value, if it is a file. */
static const char *find_file(char **argv)
{
	const char *value = find_value(argv);
	struct stat st;

	return value && stat(value, &st) == 0 && S_ISREG(st.st_mode) ? value : NULL;
}

void front_criu(int argc, char **argv)
{
	const char *file = find_file(argv + 1);
	char self[PATH_MAX] = "criu";
	const char *own[] = { "criu-rewrite", "criu", "--criu", self, "--lib", file, "--" };
	const size_t count = sizeof(own) / sizeof(own[0]);
	char **command = file ? calloc(count + (size_t)argc, sizeof(*command)) : NULL;

	if (!command || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return;
	memcpy(command, own, sizeof(own));
	copy_others(command + count, argv + 1);
	execv(CRW_COMMAND, command);
	fprintf(stderr, "criu-rewrite: --lib %s, a file, needs " CRW_COMMAND ": %s\n", file,
		strerror(errno));
	exit(127);
}
