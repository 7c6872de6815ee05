/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One image of an archive, "ARCHIVE:IMAGE" as in `git show COMMIT:FILE`. What
 * is called like that in the file system comes first, so that nothing that
 * works with crit means something else here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"

struct search {
	const struct cli *cli;
	struct archive_reader reader;
	const char *image;   /* that is wanted */
	const char *member;  /* the name that it has in the archive, or the same as image */
	int fd;              /* it, or -1 */
	const char **others; /* NULL-terminated; the reader's */
	size_t count, room;
};

/* Its place is nobody's but ours, and goes with the descriptor. */
static int open_temporary(void)
{
	const char *tmp = secure_getenv("TMPDIR");
	int fd = open(tmp && *tmp ? tmp : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? memfd_create("criu-rewrite", MFD_CLOEXEC) : fd;
}

static enum status save(struct search *s, struct archive_entry *entry)
{
	int64_t size = 0;

	if (archive_is_raw(s->image))
		return complain("%s: %s: is raw data and has no entries", s->reader.path, s->image);
	s->fd = open_temporary();
	if (s->fd < 0)
		return complain("cannot make a temporary file: %s", strerror(errno));
	return archive_save(&s->reader, entry, s->fd, &size,
			    archive_limit(s->cli, s->fd, ARCHIVE_IMAGES_MAX));
}

static enum status note_other(struct search *s)
{
	size_t room = s->room ? s->room * 2 : 64;
	const char **grown = s->others;

	if (s->count + 1 >= s->room) {
		grown = reallocarray(grown, room, sizeof(*grown));
		if (!grown)
			return complain("out of memory");
		s->others = grown;
		s->room = room;
	}
	s->others[s->count++] = s->reader.image;
	s->others[s->count] = NULL;
	return STATUS_DONE;
}

static enum status complain_missing(const struct search *s)
{
	const char *path = s->reader.path, *meant;

	if (!s->count)
		return complain("%s: there are no images in it", path);
	meant = s->member == s->image ? did_you_mean(s->image, s->others) : "";
	if (*meant)
		return complain("%s: there is no image %s in it%s", path, s->member, meant);
	return complain("%s: there is no image %s in it; `criu-rewrite show %s` lists what is",
			path, s->member, path);
}

static bool is_wanted(const struct search *s, struct archive_entry *entry)
{
	const char *name = la.entry_pathname(entry);

	if (s->member == s->image)
		return strcmp(s->reader.image, s->image) == 0;
	return strcmp(strncmp(name, "./", 2) == 0 ? name + 2 : name, s->member) == 0;
}

/* To the end, since an archive that is refused by other commands shall be so
 * here as well. */
static enum status search(struct search *s)
{
	struct archive_entry *entry;
	enum status status;

	while ((entry = archive_next(&s->reader, &status))) {
		if (!s->reader.image)
			continue;
		status = is_wanted(s, entry) ? save(s, entry) : note_other(s);
		if (status != STATUS_DONE)
			return status;
	}
	if (status == STATUS_DONE && s->fd < 0)
		status = complain_missing(s);
	return status;
}

static int unpack(const struct cli *cli, const char *path, int fd, const char *image)
{
	struct search s = { .cli = cli, .fd = -1 };
	const char *slash = strrchr(image, '/');
	enum status status = archive_begin(&s.reader, cli, path, fd);

	if (status != STATUS_DONE)
		return -1;
	s.image = slash ? slash + 1 : image;
	s.member = slash ? image : s.image;
	status = search(&s);
	archive_end(&s.reader);
	free(s.others);
	if (status != STATUS_DONE && s.fd >= 0)
		close(s.fd);
	return status == STATUS_DONE ? s.fd : -1;
}

static int open_archived(const struct cli *cli, const char *archive, const char *image)
{
	int fd = open(archive, O_RDONLY | O_NONBLOCK | O_CLOEXEC), unpacked = -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		complain("%s: %s", archive, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		complain("%s: is a directory; name an image of it %s/%s", archive, archive, image);
	else if (S_ISREG(st.st_mode) && archive_is(fd))
		unpacked = unpack(cli, archive, fd, image);
	else if (S_ISREG(st.st_mode) && errno)
		complain("%s: %s", archive, strerror(errno));
	else
		complain("%s: is not an archive, so there is no image %s in it", archive, image);
	if (fd >= 0)
		close(fd);
	return unpacked;
}

int archive_open_image(struct cli *cli, const char *path)
{
	/* The last one: names of archives may have times in them, those of images not. */
	const char *colon = strrchr(path, ':');
	int fd = -1, error;
	char *archive;

	if (!setup_recover_beside(cli, path))
		return -1;
	fd = input_open(path);
	error = errno;
	if (fd >= 0)
		return fd;
	archive = error == ENOENT && colon ? strndup(path, (size_t)(colon - path)) : NULL;
	if (archive && !colon[1])
		complain("%s: there is no name of an image behind the ':'", path);
	else if (archive && access(archive, F_OK) == 0)
		fd = open_archived(cli, archive, colon + 1);
	else
		complain("%s: %s", path, strerror(error));
	free(archive);
	return fd;
}

const char *archive_image_name(const char *path)
{
	size_t at = strlen(path);

	while (at > 0 && path[at - 1] != '/' && path[at - 1] != ':')
		at--;
	return path + at;
}

enum status archive_complain_image(const struct cli *cli, const char *path, int fd)
{
	if (archive_is(fd))
		return complain("%s: is an archive; name one image of it, as in "
				"ARCHIVE:inventory.img",
				path);
	return complain("%s: %s", path, crw_error(cli->crw));
}
