/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite compress and decompress: memory pages with LZ4, as crit 4.3 does it and says
 * it. The old images stay beside the new ones as *.bak, unless --in-place is said. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

#define ACCELERATION_MAX 65537 /* of LZ4 */
#define BACKUP ".bak"

struct transform {
	struct cli *cli;
	const char *path;
	int dir, acceleration; /* 0: decompress */
	char *told;            /* a line for each pagemap */
	size_t told_size;
	FILE *tell;
};

/* ---- LZ4, loaded when it is wanted ---------------------------------------------- */

static enum status load(struct crw_lz4 *lz4)
{
	void *library = dlopen("liblz4.so.1", RTLD_NOW);

	if (library) {
		*(void **)(void *)&lz4->compress = dlsym(library, "LZ4_compress_fast");
		*(void **)(void *)&lz4->decompress = dlsym(library, "LZ4_decompress_safe");
	}
	if (library && lz4->compress && lz4->decompress)
		return STATUS_DONE;
	return complain("pages are compressed by LZ4, which cannot be opened: %s; in Debian it is "
			"in the package liblz4-1",
			dlerror());
}

/* ---- backups --------------------------------------------------------------------- */

static void backup_name(const struct transform *t, size_t index, char name[static PATH_MAX])
{
	snprintf(name, PATH_MAX, "%s" BACKUP, crw_image_name(t->cli->crw, index));
}

/* Of images that are the old ones still. */
static void remove_backups(const struct transform *t)
{
	char name[PATH_MAX];
	struct stat image, backup;

	for (size_t i = 0; i < crw_image_count(t->cli->crw); i++) {
		backup_name(t, i, name);
		if (fstatat(t->dir, crw_image_name(t->cli->crw, i), &image, 0) == 0 &&
		    fstatat(t->dir, name, &backup, 0) == 0 && image.st_ino == backup.st_ino)
			unlinkat(t->dir, name, 0);
	}
}

static enum status make_backups(const struct transform *t)
{
	char name[PATH_MAX];
	int failed;

	for (size_t i = 0; i < crw_image_count(t->cli->crw); i++) {
		backup_name(t, i, name);
		if (linkat(t->dir, crw_image_name(t->cli->crw, i), t->dir, name, 0) == 0)
			continue;
		failed = errno;
		remove_backups(t);
		return complain("%s/%s: %s%s", t->path, name, strerror(failed),
				failed == EEXIST ? "; remove it, or say --in-place for no backups" :
						   "");
	}
	return STATUS_DONE;
}

static enum status replace(const struct transform *t)
{
	bool backups = !option_value(t->cli, OPTION_IN_PLACE);

	if (backups && make_backups(t) != STATUS_DONE)
		return STATUS_ERROR;
	if (crw_replace(t->cli->crw) == 0)
		return STATUS_DONE;
	complain_crw(t->cli->crw);
	/* What is decided on comes in any case, and so it may come now. */
	if (backups && crw_recover(t->cli->crw, t->dir) >= 0)
		remove_backups(t);
	return STATUS_ERROR;
}

/* ---- the commands ------------------------------------------------------------------ */

static void take_pagemap(void *arg, const char *pagemap, uint64_t pages, uint64_t before,
			 uint64_t after)
{
	const struct transform *t = arg;
	unsigned long long count = pages, was = before / 1024, is = after / 1024;

	if (!t->acceleration)
		fprintf(t->tell, "  %s: %llu pages (%lluK -> %lluK)\n", pagemap, count, was, is);
	else if (before)
		fprintf(t->tell, "  %s: %llu pages (%lluK -> %lluK, %.1f%% saved)\n", pagemap,
			count, was, is, (1 - (double)after / (double)before) * 100);
}

static enum status transform(struct transform *t, const struct crw_lz4 *lz4)
{
	int done;

	if (t->cli->unpacked)
		return complain_usage(t->cli->command, "an archive is not changed in place; unpack "
						       "it, and name the directory of its images");
	done = crw_compress(t->cli->crw, lz4, t->acceleration, take_pagemap, t);

	if (done < 0)
		return complain_crw(t->cli->crw);
	fclose(t->tell);
	t->tell = NULL;
	if (done == 0) {
		fputs("Checkpoint in ", stdout);
		print_text(t->path);
		printf(" is already %scompressed\n", t->acceleration ? "" : "de");
		return STATUS_DONE;
	}
	if (replace(t) != STATUS_DONE)
		return STATUS_ERROR;
	printf("%s checkpoint in ", t->acceleration ? "Compressing" : "Decompressing");
	print_text(t->path);
	printf("\n%sDone\n", t->told);
	return STATUS_DONE;
}

static enum status run(struct cli *cli, int acceleration)
{
	struct transform t = {
		.cli = cli,
		.path = cli->operands[0],
		.acceleration = acceleration,
		.dir = -1,
	};
	enum status status = setup_open(cli);
	struct crw_lz4 lz4 = { NULL, NULL };

	if (status == STATUS_DONE)
		status = load(&lz4);
	t.tell = status == STATUS_DONE ? open_memstream(&t.told, &t.told_size) : NULL;
	if (status == STATUS_DONE && !t.tell)
		status = complain("out of memory");
	if (status == STATUS_DONE)
		t.dir = setup_open_images(cli, t.path);
	if (status == STATUS_DONE)
		status = t.dir < 0 ? STATUS_ERROR : transform(&t, &lz4);
	if (t.dir >= 0)
		close(t.dir);
	if (t.tell)
		fclose(t.tell);
	free(t.told);
	return status;
}

static enum status run_compress(struct cli *cli)
{
	const char *given = option_value(cli, OPTION_ACCELERATION);
	char *end = NULL;
	long acceleration = given ? strtol(given, &end, 10) : 1;

	if ((given && (!*given || *end)) || acceleration < 1 || acceleration > ACCELERATION_MAX)
		return complain_usage(cli->command,
				      "--acceleration '%s' is not a number from 1 to "
				      "%d",
				      given, ACCELERATION_MAX);
	return run(cli, (int)acceleration);
}

static enum status run_decompress(struct cli *cli)
{
	return run(cli, 0);
}

const struct command command_compress = {
	.name = "compress",
	.arguments = "DIR",
	.summary = "Compress the memory pages of a checkpoint, like crit compress",
	.operands_min = 1,
	.operands_max = 1,
	.options = {
		{ "in-place", OPTION_IN_PLACE, NULL, "keep no copies of the old images (*.bak)" },
		{ "acceleration", OPTION_ACCELERATION, "N", "of LZ4: 1 (default) packs best, more is faster" },
	},
	.run = run_compress,
};

const struct command command_decompress = {
	.name = "decompress",
	.arguments = "DIR",
	.summary = "Unpack the memory pages of a checkpoint, like crit decompress",
	.operands_min = 1,
	.operands_max = 1,
	.options = {
		{ "in-place", OPTION_IN_PLACE, NULL, "keep no copies of the old images (*.bak)" },
	},
	.run = run_decompress,
};
