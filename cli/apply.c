/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite apply: writes the rewritten checkpoint, to restore it later,
 * elsewhere, or by a CRIU without the plugin. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"

static enum status check_new(const struct cli *cli, const char *path)
{
	struct stat st;

	if (!cli->unpacked && stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return complain("%s: is not a directory, and the images of a directory become one",
				path);
	return output_check_free(cli, path);
}

static bool is_same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Is the directory somewhere below the other one? */
static bool is_below(int dir, int top)
{
	int at = openat(dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC), before = -1;
	bool below = false;

	while (at >= 0 && !below && (before < 0 || !is_same(at, before))) {
		below = is_same(at, top);
		if (before >= 0)
			close(before);
		before = at;
		at = openat(before, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (at >= 0)
		close(at);
	if (before >= 0)
		close(before);
	return below;
}

/* Of what is in the directory, --force removes images, and what has the name of
 * a file of the checkpoint. */
static enum status clear(const struct cli *cli, const char *path, int dir, int from)
{
	bool force = option_value(cli, OPTION_FORCE), is_raw;
	struct dirent **entries;
	int count = scandirat(dir, ".", &entries, NULL, NULL);
	enum status status = STATUS_DONE;

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !force)
			status = STATUS_ERROR;
		else if (force && (is_image_name(name) || crw_image_kind(name, &is_raw) ||
				   faccessat(from, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0))
			unlinkat(dir, name, 0);
		free(entries[i]);
	}
	if (count < 0)
		return complain("%s: %s", path, strerror(errno));
	free(entries);
	return status == STATUS_DONE ?
		       status :
		       complain("%s: is not empty; name a new directory, or say --force to replace "
				"the images in it",
				path);
}

static enum status write_to(struct cli *cli, const char *path, int dir)
{
	int from = open(cli->operands[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status status;

	if (dir < 0 || from < 0)
		status = complain("%s: %s", dir < 0 ? path : cli->operands[0], strerror(errno));
	else if (is_same(dir, from))
		status = complain("%s: is the checkpoint itself; say --in-place to change it",
				  path);
	else if (is_below(dir, from))
		status = complain("%s: is inside of the checkpoint %s; name a directory elsewhere",
				  path, cli->operands[0]);
	else
		status = clear(cli, path, dir, from);
	if (status == STATUS_DONE && crw_write(cli->crw, dir) < 0)
		status = complain("%s: %s", path, crw_error(cli->crw));
	if (from >= 0)
		close(from);
	return status;
}

static enum status write_into(struct cli *cli, const char *path)
{
	bool made = mkdir(path, 0700) == 0;
	enum status status;
	int dir;

	if (!made && errno != EEXIST)
		return complain("cannot make the directory %s: %s", path, strerror(errno));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	status = write_to(cli, path, dir);
	if (dir >= 0)
		close(dir);
	if (status != STATUS_DONE && made)
		rmdir(path);
	return status;
}

static enum status apply(struct cli *cli)
{
	const char *path = option_value(cli, 'o');
	enum status status = STATUS_DONE;

	if (cli->unpacked && !path)
		return complain_usage(cli->command, "an archive is not changed in place; name a "
						    "new one with -o");
	if (path && !cli->unpacked && archive_is_name(path) && access(path, F_OK) < 0)
		return complain_usage(cli->command,
				      "-o %s: the images of a directory become a "
				      "directory, not an archive",
				      path);
	if (path && check_new(cli, path) != STATUS_DONE)
		return STATUS_ERROR;
	print_results(cli);
	if (cli->quiet && !cli->json)
		crw_keep_changes(cli->crw, 0);
	if (crw_set_stage(cli->crw, "offline") < 0 || crw_run(cli->crw) < 0)
		return complain_crw(cli->crw);
	if (path && cli->unpacked)
		status = archive_rewrite(cli, path);
	else if (path)
		status = write_into(cli, path);
	else if (crw_replace(cli->crw) < 0)
		status = complain_crw(cli->crw);
	return status == STATUS_DONE ? print_outcome(cli) : status;
}

static enum status run(struct cli *cli)
{
	if (option_value(cli, 'o') && option_value(cli, OPTION_IN_PLACE))
		return complain_usage(cli->command, "-o and --in-place cannot go together");
	if (option_value(cli, OPTION_FORCE) && option_value(cli, OPTION_IN_PLACE))
		return complain_usage(cli->command, "--force is for -o; --in-place replaces images "
						    "in any case");
	if (option_value(cli, 'o') && strcmp(option_value(cli, 'o'), "-") == 0)
		return complain_usage(cli->command, "-o -: a checkpoint cannot be written to "
						    "standard output; name a new one");
	if (!option_value(cli, 'o') && !option_value(cli, OPTION_IN_PLACE))
		return complain_usage(cli->command, "where to? Name a directory with -o, or say "
						    "--in-place");
	return setup_run(cli, apply);
}

const struct command command_apply = {
	.name = "apply",
	.arguments = "DIR",
	.summary = "Write the checkpoint of DIR as the rules change it",
	.groups = OPTIONS_HOST | OPTIONS_OUTPUT | OPTIONS_ARCHIVE,
	.operands_min = 1,
	.operands_max = 1,
	.options = {
		{ "output", 'o', "NEW", "write the whole checkpoint: a directory, or an archive" },
		{ "force", OPTION_FORCE, NULL, "replace what already exists" },
		{ "in-place", OPTION_IN_PLACE, NULL, "replace the changed images in DIR" },
	},
	.run = run,
};
