/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite oci: fits the spec of an OCI bundle, where no archive and no
 * images are at hand: what the front for runtimes does before a restore. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static enum status write_as(struct cli *cli, const char *path)
{
	struct output out;
	enum status status = output_open(&out, path);

	if (status == STATUS_DONE && crw_spec_write(cli->crw, write_out, out.file) < 0)
		status = complain_crw(cli->crw);
	return output_close(&out, status);
}

static enum status fit(struct cli *cli)
{
	const char *path = option_value(cli, 'o');
	enum status status = STATUS_DONE;

	if (crw_run_spec(cli->crw) < 0)
		return complain_crw(cli->crw);
	if (path && output_check_free(cli, path) != STATUS_DONE)
		return STATUS_ERROR;
	if (path)
		status = write_as(cli, path);
	else if (crw_spec_changed(cli->crw) && crw_replace_spec(cli->crw) < 0)
		status = complain_crw(cli->crw);
	return status == STATUS_DONE ? print_outcome(cli) : status;
}

/* The library knows the name of the file alone. */
static enum status complain_spec(const struct cli *cli, const char *path)
{
	const char *slash = strrchr(path, '/');

	return complain("%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, crw_error(cli->crw));
}

/* dirname() and basename() write into what they get. */
static enum status open_spec(struct cli *cli, const char *path)
{
	char *folder = strdup(path), *file = strdup(path);
	int dir = folder ? open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int found = dir >= 0 && file ? crw_open_spec(cli->crw, dir, basename(file)) : 0;
	enum status status = STATUS_DONE;

	if (!folder || !file)
		status = complain("out of memory");
	else if (dir < 0)
		status = complain("%s: %s", path, strerror(errno));
	else if (found < 0)
		status = complain_spec(cli, path);
	else if (found == 0 && access(path, F_OK) == 0)
		status = complain("%s: is no OCI spec, which is an object with \"ociVersion\"",
				  path);
	else if (found == 0)
		status = complain("%s: there is no such OCI spec", path);
	if (dir >= 0)
		close(dir);
	free(folder);
	free(file);
	return status;
}

static enum status run(struct cli *cli)
{
	enum status status;

	if (strcmp(cli->operands[0], "fit") != 0)
		return complain_usage(cli->command, "oci has no '%s', only fit", cli->operands[0]);
	if (option_value(cli, OPTION_FORCE) && !option_value(cli, 'o'))
		return complain_usage(cli->command,
				      "--force is for -o; without it FILE is replaced in any case");
	status = setup_open(cli);
	if (status == STATUS_DONE)
		status = setup_load_rules(cli);
	if (status == STATUS_DONE)
		status = open_spec(cli, cli->operands[1]);
	return status == STATUS_DONE ? fit(cli) : status;
}

const struct command command_oci = {
	.name = "oci",
	.arguments = "fit FILE",
	.summary = "Make an OCI spec (config.json) fit this host",
	.groups = OPTIONS_HOST | OPTIONS_OUTPUT,
	.operands_min = 2,
	.operands_max = 2,
	.options = {
		{ "output", 'o', "NEW", "write it to this file instead of replacing FILE" },
		{ "force", OPTION_FORCE, NULL, "replace what already exists" },
	},
	.run = run,
};
