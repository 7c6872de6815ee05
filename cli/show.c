/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite show: an image as JSON, or what images a directory has. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"
#include "show.h"

#define NAME_WIDTH 24

static enum status show_image(struct cli *cli, const char *path, int fd)
{
	unsigned flags = CRW_JSON_PRETTY |
			 (option_value(cli, OPTION_NOPL) ? CRW_JSON_NO_PAYLOAD : 0);

	crw_image_named(cli->crw, archive_image_name(path));
	if (crw_decode(cli->crw, fd, flags, write_out, stdout) == 0) {
		putchar('\n');
		return STATUS_DONE;
	}
	/* Of a full stdout output_end() tells. */
	return ferror(stdout) ? STATUS_ERROR : archive_complain_image(cli, path, fd);
}

/* ---- directories ---------------------------------------------------------- */

static int is_image(const struct dirent *entry)
{
	return is_image_name(entry->d_name);
}

struct row {
	const char *name, *kind;
	const char *magic; /* NULL: it is raw */
	size_t count;
	off_t size;
};

static json_t *row_as_json(const struct row *row)
{
	return json_pack("{s:s, s:s?, s:s?, s:o, s:I}", "name", row->name, "kind", row->kind,
			 "magic", row->magic, "entries",
			 row->magic ? json_integer((json_int_t)row->count) : json_null(), "bytes",
			 (json_int_t)row->size);
}

static void print_row(const struct row *row)
{
	int length = (int)strlen(row->name);
	char count[24] = "raw";

	progress_make_way();
	if (row->magic)
		snprintf(count, sizeof(count), "%zu", row->count);
	print_text(row->name);
	printf("%*s %-18s %8s %12lld\n", length < NAME_WIDTH ? NAME_WIDTH - length : 0, "",
	       row->magic ? row->magic : row->kind, count, (long long)row->size);
}

static enum status describe_file(struct cli *cli, int fd, struct row *row)
{
	struct crw_image_info info;
	struct stat st;
	bool is_raw;

	if (fd < 0 || fstat(fd, &st) < 0)
		return complain("%s: %s", row->name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return complain("%s: is not a regular file", row->name);
	row->size = st.st_size;
	row->kind = crw_image_kind(row->name, &is_raw);
	if (is_raw)
		return STATUS_DONE;
	crw_image_named(cli->crw, row->name);
	if (crw_info(cli->crw, fd, &info) < 0)
		return complain("%s: %s", row->name, crw_error(cli->crw));
	row->magic = info.magic;
	row->count = info.count;
	return STATUS_DONE;
}

static enum status describe(struct cli *cli, int dir, const char *name, json_t *list)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct row row = { .name = name };
	enum status status = describe_file(cli, fd, &row);

	if (fd >= 0)
		close(fd);
	if (status != STATUS_DONE)
		return status;
	if (!cli->json)
		print_row(&row);
	else if (json_array_append_new(list, row_as_json(&row)) < 0)
		status = complain("%s: the name is not UTF-8, which JSON requires", name);
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
	if (!cli->json && !cli->quiet) {
		progress_make_way();
		printf("%-*s %-18s %8s %12s\n", NAME_WIDTH, "image", "magic", "entries", "bytes");
	}
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
	enum status status;
	struct stat st;
	int fd;

	if (option_value(cli, OPTION_NOPL) && option_value(cli, OPTION_CGROUPS))
		return complain_usage(cli->command, "--nopl is for one image, not for --cgroups");
	if (option_value(cli, OPTION_CGROUPS))
		return show_cgroups(cli);
	if (option_value(cli, OPTION_ROOT))
		return complain_usage(cli->command, "--root goes with --cgroups");
	status = setup_open(cli);
	fd = status == STATUS_DONE ? archive_open_image(cli, path) : -1;
	if (fd < 0)
		return STATUS_ERROR;
	if (fstat(fd, &st) < 0)
		status = complain("%s: %s", path, strerror(errno));
	else if (option_value(cli, OPTION_NOPL) && (S_ISDIR(st.st_mode) || archive_is(fd)))
		status = complain_usage(cli->command, "--nopl is for one image, not for all of %s",
					path);
	if (status == STATUS_DONE && S_ISDIR(st.st_mode))
		status = setup_recover(cli, path, fd) && setup_find_images(path, fd) ?
				 show_directory(cli, path, fd) :
				 STATUS_ERROR;
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
	.groups = OPTIONS_OUTPUT | OPTIONS_ARCHIVE,
	.operands_min = 1,
	.operands_max = 1,
	.lists_pages = true,
	.options = {
		{ "nopl", OPTION_NOPL, NULL, "sizes in place of the data after entries" },
		{ "cgroups", OPTION_CGROUPS, NULL,
		  "groups with their limits and tasks, beside those of this host" },
		{ "root", OPTION_ROOT, "DIR", "with --cgroups: read those of the host below DIR" },
	},
	.run = run,
};
