/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading archives, and what is not accepted of them. */
#include <errno.h>
#include <fnmatch.h>
#include <locale.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"

/* ---- is it one? ----------------------------------------------------------- */

static const struct {
	size_t at, size;
	const char *bytes;
} beginnings[] = {
	{ 0, 2, "\x1f\x8b" },         /* gzip */
	{ 0, 4, "\x28\xb5\x2f\xfd" }, /* zstd */
	{ 257, 5, "ustar" },
};

bool archive_is(int fd)
{
	char head[512];
	ssize_t size;

	errno = 0;
	size = pread(fd, head, sizeof(head), 0);
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (size >= (ssize_t)(beginnings[i].at + beginnings[i].size) &&
		    memcmp(head + beginnings[i].at, beginnings[i].bytes, beginnings[i].size) == 0)
			return true;
	return false;
}

/* ---- members -------------------------------------------------------------- */

enum status archive_complain(const struct archive_reader *reader, struct archive_entry *entry,
			     struct archive *at_fault)
{
	const char *why = la.error_string(at_fault);
	const char *name = entry ? la.entry_pathname(entry) : NULL;

	return complain("%s%s%s: %s%s", reader->path, name ? ": " : "", name ? name : "",
			why ? why : "is not an archive that can be read",
			reader->source.exceeded ?
				"" :
				" (is all of it there? copy it once more, or make "
				"it anew)");
}

static enum status refuse(const struct archive_reader *reader, const char *name, const char *why)
{
	return complain("%s: %s: %s", reader->path, name, why);
}

/* "./a//b/" is "a/b". NULL when the name leads elsewhere: it is absolute, or
 * has ".." in it. Free it. */
static char *plain_name(const char *name)
{
	char *copy = malloc(strlen(name) + 1), *out = copy;

	if (*name == '/') {
		free(copy);
		return NULL;
	}
	while (copy && *name) {
		size_t size = strcspn(name, "/");

		if (size == 2 && strncmp(name, "..", 2) == 0) {
			free(copy);
			return NULL;
		}
		if (size && !(size == 1 && *name == '.')) {
			if (out > copy)
				*out++ = '/';
			memcpy(out, name, size);
			out += size;
		}
		name += size + (name[size] == '/');
	}
	if (copy)
		*out = 0;
	return copy;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What is there twice would be one thing to us and another to podman. Takes
 * the name. */
static enum status note_name(struct archive_reader *reader, char *name)
{
	char *const *known = *name ? tsearch(name, &reader->names, compare_names) : NULL;
	enum status status = STATUS_DONE;

	reader->names_size += strlen(name) + 1;
	if (*name && !known)
		status = complain("out of memory");
	else if (known && *known != name)
		status = refuse(reader, name, "is in the archive twice");
	else if (++reader->count > ARCHIVE_MEMBERS_MAX || reader->names_size > ARCHIVE_NAMES_MAX)
		status = complain("%s: has more than %u members, or their names are too long",
				  reader->path, ARCHIVE_MEMBERS_MAX);
	if (!known || *known != name)
		free(name);
	return status;
}

/* What CRIU calls images, at the end of the name; else NULL. */
static const char *image_name(const char *name)
{
	const char *slash = strrchr(name, '/'), *image = slash ? slash + 1 : name;

	return is_image_name(image) || fnmatch("stats-*", image, 0) == 0 ? image : NULL;
}

static bool is_usual(const char *name, size_t folder)
{
	return folder == strlen(ARCHIVE_PREFIX) && memcmp(name, ARCHIVE_PREFIX, folder) == 0;
}

/* Podman, CRI-O and whoever else is to read it look in one folder. What looks
 * like an image elsewhere is none, but that may not depend on the order.
 * (Podman has a copy of stats-dump at the top.) */
static enum status find_image(struct archive_reader *reader, const char *name, mode_t type)
{
	const char *image = image_name(name), *first = reader->images.name;
	size_t folder = image ? (size_t)(image - name) : 0;
	bool same = first && folder == reader->images.size && memcmp(name, first, folder) == 0;

	reader->image = NULL;
	if (!image)
		return STATUS_DONE;
	if (!same && !is_usual(name, folder) && (type != AE_IFREG || !is_image_name(image)))
		return STATUS_DONE;
	if (type != AE_IFREG)
		return refuse(reader, name, "is not a regular file");
	if (first && !same && is_usual(first, reader->images.size))
		return STATUS_DONE;
	if (first && !same)
		return refuse(reader, name, "images are in another folder, too");
	reader->image = image;
	reader->images.name = name;
	reader->images.size = folder;
	return STATUS_DONE;
}

static const char *spec_name(const char *name, mode_t type)
{
	bool is_one = strcmp(name, "spec.dump") == 0 || strcmp(name, "config.json") == 0;

	return is_one && type == AE_IFREG ? name : NULL;
}

bool archive_is_raw(const char *image)
{
	return fnmatch("pages-*.img", image, 0) == 0 || fnmatch("*.tar.gz.img", image, 0) == 0;
}

/* Symbolic links are left alone where no image is expected (CRIU's `parent` is
 * one): nothing but images is ever unpacked. */
static const char *what_is_wrong(struct archive_entry *entry, const char *name)
{
	mode_t type = la.entry_filetype(entry);

	if (la.entry_hardlink(entry))
		return "is a hard link";
	if (type == AE_IFCHR || type == AE_IFBLK || type == AE_IFIFO || type == AE_IFSOCK)
		return "is a device, a pipe or a socket";
	if (strcmp(name, "checkpoint") == 0 && type != AE_IFDIR)
		return "is not a directory";
	return NULL;
}

/* What is passed over has to be unpacked, too, headers as well: a small archive can keep us busy
 * for days. */
static enum status count_size(struct archive_reader *reader, struct archive_entry *entry)
{
	int64_t size = la.entry_size(entry), read = reader->source.read;

	if (read < reader->size)
		read = reader->size;
	if (size < 0 || size > reader->limit - read)
		return complain("%s: %s: with it there is more in the archive than %lld bytes; "
				"allow more with --limit-archive",
				reader->path, la.entry_pathname(entry), (long long)reader->limit);
	reader->size += size;
	return STATUS_DONE;
}

static enum status judge(struct archive_reader *reader, struct archive_entry *entry)
{
	const char *given = la.entry_pathname(entry), *wrong;
	char *name = given ? plain_name(given) : NULL;
	enum status status;

	if (!name)
		return refuse(reader, given ? given : "a member",
			      "the name leads out of the archive");
	wrong = what_is_wrong(entry, name);
	if (!wrong && count_size(reader, entry) != STATUS_DONE) {
		free(name);
		return STATUS_ERROR;
	}
	/* They are parts of the name, which lives as long as the reader. */
	status = wrong ? refuse(reader, name, wrong) :
			 find_image(reader, name, la.entry_filetype(entry));
	reader->spec = spec_name(name, la.entry_filetype(entry));
	if (status == STATUS_DONE)
		return note_name(reader, name);
	free(name);
	return status;
}

struct archive_entry *archive_next(struct archive_reader *reader, enum status *status)
{
	struct archive_entry *entry = NULL;
	int result = archive_source_header(&reader->source, reader->archive, &entry);

	*status = STATUS_DONE;
	if (result == ARCHIVE_EOF)
		return NULL;
	if (result != ARCHIVE_OK)
		*status = archive_complain(reader, result > ARCHIVE_FAILED ? entry : NULL,
					   reader->archive);
	else
		*status = judge(reader, entry);
	if (*status != STATUS_DONE) /* the name may be gone */
		return NULL;
	progress_at(reader->image ? reader->image : reader->path);
	return entry;
}

/* ---- beginning and end ---------------------------------------------------- */

enum status archive_begin(struct archive_reader *reader, const struct cli *cli, const char *path,
			  int fd)
{
	struct archive *a = libarchive_open() ? la.read_new() : NULL;

	*reader = (struct archive_reader){ .archive = a,
					   .path = path,
					   .limit = cli->limit_archive };
	if (reader->limit < ARCHIVE_PAGES_MAX)
		reader->limit = ARCHIVE_PAGES_MAX;
	if (!la.read_new)
		return STATUS_ERROR;
	if (!a)
		return complain("out of memory");
	/* Names are UTF-8 whatever the user's language. */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (la.read_support_format_tar(a) == ARCHIVE_OK &&
	    archive_source_open(&reader->source, a, fd) == ARCHIVE_OK)
		return STATUS_DONE;
	archive_complain(reader, NULL, a);
	archive_end(reader);
	return STATUS_ERROR;
}

void archive_end(struct archive_reader *reader)
{
	la.read_free(reader->archive);
	archive_source_close(&reader->source);
	tdestroy(reader->names, free);
	*reader = (struct archive_reader){ .names = NULL };
}
