/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite show: an image as JSON, or what images a directory has. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"

#define NAME_WIDTH 24

/* Goes through stdio, so that output_end() hears of it when stdout is full. */
static int to_stdout(void *arg, const void *data, size_t size)
{
	(void)arg;
	return fwrite(data, 1, size, stdout) == size ? 0 : -1;
}

static enum status show_image(struct cli *cli, const char *path, int fd)
{
	unsigned flags = CRW_JSON_PRETTY |
			 (option_value(cli, OPTION_NOPL) ? CRW_JSON_NO_PAYLOAD : 0);

	if (crw_decode(cli->crw, fd, flags, to_stdout, NULL) == 0) {
		putchar('\n');
		return STATUS_DONE;
	}
	/* Of a full stdout output_end() tells. */
	return ferror(stdout) ? STATUS_ERROR : archive_complain_image(cli, path, fd);
}

/* ---- directories ---------------------------------------------------------- */

/* Pages are raw memory, not messages. */
static int is_image(const struct dirent *entry)
{
	return fnmatch("*.img", entry->d_name, 0) == 0 &&
	       fnmatch("pages-*.img", entry->d_name, 0) != 0;
}

static json_t *row_as_json(const char *name, const struct crw_image_info *info, off_t size)
{
	return json_pack("{s:s, s:s, s:I, s:I}", "name", name, "magic", info->magic, "entries",
			 (json_int_t)info->count, "bytes", (json_int_t)size);
}

static void print_row(const char *name, const struct crw_image_info *info, off_t size)
{
	int length = (int)strlen(name);

	print_text(name);
	printf("%*s %-18s %8zu %12lld\n", length < NAME_WIDTH ? NAME_WIDTH - length : 0, "",
	       info->magic, info->count, (long long)size);
}

static enum status describe(struct cli *cli, int dir, const char *name, json_t *list)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	enum status status = STATUS_DONE;
	struct crw_image_info info;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		status = complain("%s: %s", name, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		status = complain("%s: is no regular file", name);
	else if (crw_info(cli->crw, fd, &info) < 0)
		status = complain("%s: %s", name, crw_error(cli->crw));
	else if (!cli->json)
		print_row(name, &info, st.st_size);
	else if (json_array_append_new(list, row_as_json(name, &info, st.st_size)) < 0)
		status = complain("%s: the name is no UTF-8 text, which JSON must be", name);
	if (fd >= 0)
		close(fd);
	return status;
}

/* Every image is described, whatever is wrong with another. */
static enum status show_directory(struct cli *cli, const char *path, int fd)
{
	struct dirent **entries;
	int count = scandirat(fd, ".", &entries, is_image, alphasort);
	json_t *list = json_array();
	enum status status = STATUS_DONE;

	if (count < 0) {
		json_decref(list);
		return complain("%s: %s", path, strerror(errno));
	}
	if (!cli->json && !cli->quiet)
		printf("%-*s %-18s %8s %12s\n", NAME_WIDTH, "image", "magic", "entries", "bytes");
	for (int i = 0; i < count; i++) {
		if (describe(cli, fd, entries[i]->d_name, list) != STATUS_DONE)
			status = STATUS_ERROR;
		free(entries[i]);
	}
	free(entries);
	if (!cli->json)
		json_decref(list);
	else if (print_json(list) != STATUS_DONE)
		status = STATUS_ERROR;
	return status;
}

static enum status show_archive(struct cli *cli, const char *path, int fd)
{
	int dir = archive_unpack(cli, path, fd, NULL);
	enum status status = dir < 0 ? STATUS_ERROR : show_directory(cli, path, dir);

	if (dir >= 0)
		close(dir);
	return status;
}

static enum status run(struct cli *cli)
{
	const char *path = cli->operands[0];
	int fd = archive_open_image(path);
	enum status status;
	struct stat st;

	if (fd < 0)
		return STATUS_ERROR;
	status = fstat(fd, &st) < 0 ? complain("%s: %s", path, strerror(errno)) : setup_open(cli);
	if (status == STATUS_DONE && S_ISDIR(st.st_mode))
		status = show_directory(cli, path, fd);
	else if (status == STATUS_DONE && archive_is(fd))
		status = show_archive(cli, path, fd);
	else if (status == STATUS_DONE)
		status = show_image(cli, path, fd);
	close(fd);
	return status;
}

const struct command command_show = {
	.name = "show",
	.arguments = "IMAGE|CHECKPOINT",
	.summary = "Show an image, also ARCHIVE:IMAGE, as JSON, or list those of a checkpoint",
	.groups = OPTIONS_OUTPUT,
	.operands_min = 1,
	.operands_max = 1,
	.options = {
		{ "nopl", OPTION_NOPL, NULL, "sizes in place of the data behind entries" },
	},
	.run = run,
};
