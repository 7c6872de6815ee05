/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * criu-rewrite restore, criu: run criu restore, or what else they are told of criu,
 * with one plugin, named as a file, in place of the installed one. CRIU itself can only
 * be told a directory (--libdir), so it gets a private one (plugins.h).
 *
 * criu runs as a child, because the directory has to go when it is done.
 * Otherwise this process is no more than a window: it passes signals on and
 * ends as criu ended.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugins.h"

#define LINK_NAME "/rewrite.so"

/* ---- the plugin ------------------------------------------------------------- */

/* The one of the build tree this program is in, or the installed one. */
static void default_plugin(char path[static PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof(LINK_NAME));
	char *slash;

	path[length > 0 ? length : 0] = 0;
	slash = strrchr(path, '/');
	if (slash)
		strcpy(slash, LINK_NAME);
	if (!slash || access(path, R_OK) < 0)
		strcpy(path, CRW_PLUGINDIR LINK_NAME);
}

static enum status find_plugin(const char *named, char path[static PATH_MAX])
{
	char guess[PATH_MAX];
	struct stat st;

	if (!named)
		default_plugin(guess);
	if (!realpath(named ? named : guess, path) || access(path, R_OK) < 0 || stat(path, &st) < 0)
		return complain("cannot use the plugin %s: %s (name it with --lib)",
				named ? named : guess, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return complain("--lib %s: not a file (for a directory of plugins call criu "
				"itself, with --libdir)",
				path);
	return STATUS_DONE;
}

/* ---- criu ----------------------------------------------------------------- */

static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH };

static void block_signals(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&set, passed_on[i]);
	sigprocmask(SIG_BLOCK, &set, before);
}

/* In the child. Whoever kills this program means criu. */
static void run_criu(char **argv, pid_t parent, const sigset_t *mask)
{
	int failed;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_ERROR);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	failed = errno;
	complain("cannot run %s: %s (install criu, or name it with --criu)", argv[0],
		 strerror(failed));
	_exit(failed == ENOENT ? 127 : 126);
}

/* Has it ended? One that cannot be waited for counts as ended with an error. */
static bool has_ended(pid_t child, int *status)
{
	pid_t ended = waitpid(child, status, WNOHANG);

	if (ended < 0) {
		complain("cannot wait for criu: %s", strerror(errno));
		*status = STATUS_ERROR << 8; /* as wait() has it */
	}
	return ended != 0;
}

/* Passes signals on until the child ends. What a terminal sends, it sends to
 * the child as well. */
static int wait_for(pid_t child)
{
	siginfo_t info;
	sigset_t set;
	int status;

	sigprocmask(SIG_BLOCK, NULL, &set);
	for (;;) {
		int got = sigwaitinfo(&set, &info);

		if (got == SIGCHLD && has_ended(child, &status))
			return status;
		if (got > 0 && got != SIGCHLD && info.si_code <= 0)
			kill(child, got);
	}
}

/* Ends as the child did, by the same signal if need be. */
static enum status end_like(int status, const sigset_t *mask)
{
	if (WIFEXITED(status))
		return (enum status)WEXITSTATUS(status);
	signal(WTERMSIG(status), SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	raise(WTERMSIG(status));
	return (enum status)(128 + WTERMSIG(status));
}

static enum status run_and_wait(char **argv, const struct plugins *plugins)
{
	pid_t self = getpid(), child;
	sigset_t mask;
	int status = 0;

	fflush(stdout);
	block_signals(&mask);
	child = fork();
	if (child == 0)
		run_criu(argv, self, &mask);
	if (child > 0)
		status = wait_for(child);
	else
		complain("cannot fork: %s", strerror(errno));
	plugins_remove(plugins);
	return child < 0 ? STATUS_ERROR : end_like(status, &mask);
}

/* ---- the command ---------------------------------------------------------- */

/* "criu restore --libdir DIRECTORY ...", "criu --libdir DIRECTORY dump ..." */
static char **make_arguments(const struct cli *cli, char *directory)
{
	static char program[] = "criu", verb[] = "restore", libdir[] = "--libdir";
	char **argv = calloc(cli->operand_count + 5, sizeof(*argv));
	const char *named = option_value(cli, OPTION_CRIU);
	size_t n = 0, first = 0;

	if (!argv)
		return NULL;
	argv[n] = named ? strdup(named) : strdup(program);
	if (!argv[n++]) {
		free(argv);
		return NULL;
	}
	if (cli->command == &command_restore)
		argv[n++] = verb;
	else if (cli->operand_count && strcmp(cli->operands[0], "--") == 0)
		first = 1;
	argv[n++] = libdir;
	argv[n++] = directory;
	memcpy(argv + n, cli->operands + first, (cli->operand_count - first) * sizeof(*argv));
	return argv;
}

/* What cannot be had, for instance with a directory that is gone when criu's first process
 * ends. */
static enum status refuse(const struct cli *cli)
{
	if (option_value(cli, OPTION_RULES) && option_value(cli, OPTION_CONF))
		return complain_usage(cli->command, "--conf and --rules cannot go together");
	for (size_t i = 0; i < cli->operand_count; i++) {
		const char *word = cli->operands[i];

		if (cli->command == &command_criu && strcmp(word, "service") == 0)
			return complain_usage(cli->command,
					      "criu service reads its plugins at each request; "
					      "name a directory, with criu's own --libdir");
		if (strncmp(word, "-L", 2) == 0 || strncmp(word, "--libd", 6) == 0)
			return complain_usage(cli->command,
					      "'%s' names a directory of plugins, "
					      "this command takes a plugin: --lib FILE",
					      word);
	}
	return STATUS_DONE;
}

/* --conf, or what --rules have been made into. */
static enum status use_configuration(const struct cli *cli, const struct plugins *plugins)
{
	const char *conf = option_value(cli, OPTION_CONF);
	char path[PATH_MAX];

	if (!conf && !*plugins->configuration)
		return STATUS_DONE;
	if (!realpath(conf ? conf : plugins->configuration, path) ||
	    setenv("CRIU_REWRITE_CONF", path, 1) < 0)
		return complain("--conf %s: %s", conf ? conf : path, strerror(errno));
	return STATUS_DONE;
}

/* The directory of the images, as criu is told: -D DIR, -dD DIR, -DDIR, --images-dir=DIR. */
static const char *images_of(const struct cli *cli)
{
	static const char name[] = "--images-dir", named[] = "--images-dir=";
	const char *dir = ".";

	for (size_t i = 0; i < cli->operand_count; i++) {
		const char *word = cli->operands[i];
		bool is_short = word[0] == '-' && word[1] && word[1] != '-';

		if (strncmp(word, named, strlen(named)) == 0)
			dir = word + strlen(named);
		else if (is_short && word[1] == 'D' && word[2])
			dir = word + 2;
		else if (i + 1 < cli->operand_count &&
			 (strcmp(word, name) == 0 || (is_short && word[strlen(word) - 1] == 'D')))
			dir = cli->operands[i + 1];
	}
	return dir;
}

/* Images that are half replaced the plugin can only refuse. */
static enum status recover(struct cli *cli)
{
	char *image = NULL;
	bool good;

	cli->crw = crw_new();
	if (!cli->crw)
		return complain("cannot begin: %s", strerror(errno));
	if (asprintf(&image, "%s/inventory.img", images_of(cli)) < 0)
		return complain("out of memory");
	good = setup_recover_beside(cli, image);
	free(image);
	return good ? STATUS_DONE : STATUS_ERROR;
}

static enum status run_with(struct cli *cli, struct plugins *plugins)
{
	enum status status = STATUS_DONE;
	char **argv;

	if (option_value(cli, OPTION_RULES))
		status = plugins_put_rules(plugins, cli);
	if (status == STATUS_DONE)
		status = use_configuration(cli, plugins);
	argv = status == STATUS_DONE ? make_arguments(cli, plugins->path) : NULL;
	if (!argv) {
		plugins_remove(plugins);
		return status == STATUS_DONE ? complain("out of memory") : status;
	}
	status = run_and_wait(argv, plugins);
	free(argv[0]);
	free(argv);
	return status;
}

static enum status run(struct cli *cli)
{
	char plugin[PATH_MAX];
	struct plugins plugins;
	enum status status = refuse(cli);

	if (status == STATUS_DONE)
		status = recover(cli);
	if (status == STATUS_DONE)
		status = find_plugin(option_value(cli, OPTION_LIB), plugin);
	if (status == STATUS_DONE)
		status = plugins_make(&plugins, cli, plugin);
	return status == STATUS_DONE ? run_with(cli, &plugins) : status;
}

#define OPTIONS                                                                                    \
	.options = {                                                                               \
		{ "lib", OPTION_LIB, "FILE",                                                       \
		  "the plugin (default: the one beside this program, "                             \
		  "or the installed one)" },                                                       \
		{ "criu", OPTION_CRIU, "PROGRAM", "the criu to run (default: criu)" },             \
		{ "conf", OPTION_CONF, "FILE", "configuration for the plugin" },                   \
		{ "rules", OPTION_RULES, "FILE",                                                   \
		  "rules for the plugin, in place of the host's (repeatable)" },                   \
		{ "help", OPTION_HELP, NULL, "print this help" },                                  \
	}

const struct command command_restore = {
	.name = "restore",
	.arguments = "[CRIU-OPTION]...",
	.summary = "Run criu restore with this rewrite plugin",
	.operands_max = -1,
	.passes_on = true,
	OPTIONS,
	.run = run,
};

const struct command command_criu = {
	.name = "criu",
	.arguments = "[CRIU-ARGUMENT]...",
	.summary = "Run another command of criu with this rewrite plugin",
	.operands_min = 1,
	.operands_max = -1,
	.passes_on = true,
	OPTIONS,
	.run = run,
};
