/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite info: what kind of image it is and how much is in it. */
#include <stdio.h>
#include <unistd.h>

#include "archive.h"

static enum status run(struct cli *cli)
{
	const char *path = cli->operands[0];
	struct crw_image_info info;
	enum status status = setup_open(cli);
	int fd = status == STATUS_DONE ? archive_open_image(cli, path) : -1;

	if (fd < 0)
		return STATUS_ERROR;
	crw_image_named(cli->crw, archive_image_name(path));
	if (crw_info(cli->crw, fd, &info) < 0)
		status = archive_complain_image(cli, path, fd);
	progress_make_way();
	if (status == STATUS_DONE)
		printf("{\n    \"magic\": \"%s\",\n    \"count\": %zu\n}\n", info.magic,
		       info.count);
	close(fd);
	return status;
}

const struct command command_info = {
	.name = "info",
	.arguments = "FILE|ARCHIVE:IMAGE",
	.summary = "Show the kind of an image and its number of entries, like crit info",
	.groups = OPTIONS_ARCHIVE,
	.options = { { "json", 'j', NULL, "print JSON, which it does in any case" } },
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
