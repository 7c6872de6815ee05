/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite info: what kind of image it is and how much is in it. */
#include <stdio.h>
#include <unistd.h>

#include "archive.h"

static enum status run(struct cli *cli)
{
	const char *path = cli->operands[0];
	struct crw_image_info info;
	enum status status = STATUS_DONE;
	int fd = archive_open_image(cli, path);

	if (fd < 0)
		return STATUS_ERROR;
	cli->crw = crw_new();
	if (!cli->crw)
		status = complain("out of memory");
	else
		crw_image_named(cli->crw, archive_image_name(path));
	if (status == STATUS_DONE && crw_info(cli->crw, fd, &info) < 0)
		status = archive_complain_image(cli, path, fd);
	else if (status == STATUS_DONE)
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
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
