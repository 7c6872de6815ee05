/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite apply: writes the rewritten checkpoint, to restore it later,
 * elsewhere, or by a CRIU without the plugin. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"

static enum status write_into(struct cli *cli, const char *path)
{
	bool made = mkdir(path, 0700) == 0;
	enum status status = STATUS_DONE;
	int fd;

	if (!made && errno != EEXIST)
		return complain("cannot make the directory %s: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		status = complain("%s: %s", path, strerror(errno));
	else if (crw_write(cli->crw, fd) < 0)
		status = complain("%s: %s", path, crw_error(cli->crw));
	if (fd >= 0)
		close(fd);
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
	if (crw_set_stage(cli->crw, "offline") < 0 || crw_run(cli->crw) < 0)
		return complain_crw(cli->crw);
	if (path && cli->unpacked)
		status = archive_rewrite(cli, path);
	else if (path)
		status = write_into(cli, path);
	else if (crw_replace(cli->crw) < 0)
		status = complain_crw(cli->crw);
	if (status != STATUS_DONE)
		return status;
	if (!cli->quiet)
		print_warnings(cli);
	if (cli->json)
		return print_report(cli);
	if (!cli->quiet)
		print_changes(cli);
	return STATUS_DONE;
}

static enum status run(struct cli *cli)
{
	if (!option_value(cli, 'o') == !option_value(cli, OPTION_IN_PLACE))
		return complain_usage(cli->command, "where to? Name a directory with -o, or say "
				      "--in-place");
	return setup_run(cli, apply);
}

const struct command command_apply = {
	.name = "apply",
	.arguments = "DIR",
	.summary = "Write the checkpoint of DIR as the rules change it",
	.groups = OPTIONS_HOST | OPTIONS_OUTPUT,
	.operands_min = 1,
	.operands_max = 1,
	.options = {
		{ "output", 'o', "NEW", "write the whole checkpoint: a directory, or an archive" },
		{ "in-place", OPTION_IN_PLACE, NULL, "replace the changed images in DIR" },
	},
	.run = run,
};
