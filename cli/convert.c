/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite decode and encode: images to JSON and back, as crit does it.
 * A file that is written appears whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"

static int open_source(struct cli *cli, const char *path, bool is_image)
{
	int fd;

	if (path && is_image)
		return archive_open_image(cli, path);
	fd = path ? input_open(path) : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		complain("%s: %s", path ? path : "standard input", strerror(errno));
	return fd;
}

static int decode(struct cli *cli, int from, FILE *to)
{
	unsigned flags = (option_value(cli, OPTION_PRETTY) ? CRW_JSON_PRETTY : 0) |
			 (option_value(cli, OPTION_NOPL) ? CRW_JSON_NO_PAYLOAD : 0) |
			 (option_value(cli, OPTION_QUOTE_BIG) ? CRW_JSON_QUOTE_BIG : 0);

	if (crw_decode(cli->crw, from, flags, write_out, to) < 0)
		return -1;
	/* Like crit, ends the line on standard output only. */
	if (to == stdout)
		putc('\n', to);
	return 0;
}

static int encode(struct cli *cli, int from, FILE *to)
{
	return crw_encode(cli->crw, from, write_out, to);
}

/* What is read is not what is written. */
static enum status refuse_source(const struct cli *cli, int from)
{
	const char *path = option_value(cli, 'o');
	struct stat in, out;

	if (!path || fstat(from, &in) < 0 || !S_ISREG(in.st_mode) || stat(path, &out) < 0 ||
	    in.st_dev != out.st_dev || in.st_ino != out.st_ino)
		return STATUS_DONE;
	return complain("-o %s: is the file that is read; name another", path);
}

static enum status convert(struct cli *cli, int (*run)(struct cli *, int, FILE *))
{
	const char *path = option_value(cli, 'i');
	enum status status = setup_open(cli);
	int from = status == STATUS_DONE ? open_source(cli, path, run == decode) : -1;
	struct output out;

	if (from < 0)
		return STATUS_ERROR;
	status = refuse_source(cli, from);
	if (status == STATUS_DONE && run == encode && option_value(cli, 'o') &&
	    !setup_recover_beside(cli, option_value(cli, 'o')))
		status = STATUS_ERROR;
	if (status == STATUS_DONE)
		status = output_open(&out, option_value(cli, 'o'));
	if (status == STATUS_DONE) {
		/* JSON can be made again, an image that is gone cannot. */
		out.durable = run == encode;
		if (path)
			crw_image_named(cli->crw, archive_image_name(path));
		if (run(cli, from, out.file) < 0)
			status = ferror(out.file) && out.file == stdout ?
					 STATUS_ERROR :
					 archive_complain_image(cli, path ? path : "standard input",
								from);
		status = output_close(&out, status);
	}
	close(from);
	return status;
}

static enum status run_decode(struct cli *cli)
{
	return convert(cli, decode);
}

static enum status run_encode(struct cli *cli)
{
	if (!option_value(cli, 'o') && isatty(STDOUT_FILENO))
		return complain_usage(cli->command, "an image is not written to a terminal; "
						    "name a file with -o");
	return convert(cli, encode);
}

const struct command command_decode = {
	.name = "decode",
	.arguments = "",
	.summary = "Turn an image into JSON, as crit decode does",
	.groups = OPTIONS_ARCHIVE,
	.options = {
		{ "in", 'i', "IMAGE", "the image, or ARCHIVE:IMAGE (default: standard input)" },
		{ "out", 'o', "FILE", "where to write (default: standard output)" },
		{ "pretty", OPTION_PRETTY, NULL, "indent, and show numbers as people read them" },
		{ "nopl", OPTION_NOPL, NULL, "sizes in place of the data after entries" },
		{ "quote-big", OPTION_QUOTE_BIG, NULL, "quote numbers beyond 2^53" },
	},
	.run = run_decode,
};

const struct command command_encode = {
	.name = "encode",
	.arguments = "",
	.summary = "Turn JSON into an image, as crit encode does",
	.options = {
		{ "in", 'i', "FILE", "the JSON (default: standard input)" },
		{ "out", 'o', "IMAGE", "where to write (default: standard output)" },
	},
	.run = run_encode,
};
