/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite info: what kind of image it is and how much is in it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static enum status run(struct cli *cli)
{
	const char *path = cli->operands[0];
	struct crw_image_info info;
	enum status status = STATUS_DONE;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return complain("%s: %s", path, strerror(errno));
	cli->crw = crw_new();
	if (!cli->crw)
		status = complain("out of memory");
	else if (crw_info(cli->crw, fd, &info) < 0)
		status = complain("%s: %s", path, crw_error(cli->crw));
	else
		printf("{\n    \"magic\": \"%s\",\n    \"count\": %zu\n}\n", info.magic,
		       info.count);
	close(fd);
	return status;
}

const struct command command_info = {
	.name = "info",
	.arguments = "FILE",
	.summary = "Show the kind of an image and its number of entries, like crit info",
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
