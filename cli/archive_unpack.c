/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The images of an archive as a directory, which is all that the library
 * knows. They may hold secrets, so the directory is the caller's alone, and a
 * process that outlives us removes it, even if we are killed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive.h"

struct unpacked {
	struct unpacked *next;
	pid_t keeper;
	int alive; /* the keeper waits for the end of this pipe */
	int from;  /* the archive, whatever has its name meanwhile; -1: errno was `failed` */
	int failed;
};

/* ---- the directory -------------------------------------------------------- */

static void remove_directory(const char *path, int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (list && (entry = readdir(list)))
		unlinkat(dir, entry->d_name, 0);
	rmdir(path);
}

/* In a session of its own, so that ^C does not reach it, and with nothing open
 * that somebody waits for the end of. */
__attribute__((noreturn)) static void keep(const char *path, int dir, int alive)
{
	char byte;

	setsid();
	signal(SIGHUP, SIG_IGN);
	for (int fd = 0; fd <= 2; fd++)
		close(fd);
	while (read(alive, &byte, 1) < 0 && errno == EINTR)
		;
	remove_directory(path, dir);
	_exit(0);
}

static bool start_keeper(struct unpacked *u, const char *path, int dir)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	u->alive = ends[1];
	u->keeper = fork();
	if (u->keeper == 0) {
		close(ends[1]);
		keep(path, dir, ends[0]);
	}
	close(ends[0]);
	return u->keeper > 0;
}

static void end_keeper(struct unpacked *u)
{
	close(u->alive);
	if (u->from >= 0)
		close(u->from);
	if (u->keeper > 0)
		waitpid(u->keeper, NULL, 0);
	free(u);
}

/* A keeper has the ends of the pipes of those before it, so the newest is ended
 * first. */
void archive_forget(struct cli *cli)
{
	while (cli->unpacked) {
		struct unpacked *u = cli->unpacked;

		cli->unpacked = u->next;
		end_keeper(u);
	}
}

/* Descriptor, or -1 with errno set. */
static int make_directory(struct cli *cli)
{
	const char *tmp = secure_getenv("TMPDIR");
	struct unpacked *u = calloc(1, sizeof(*u));
	char *path = NULL;
	int dir = -1, why;

	if (!u || asprintf(&path, "%s/criu-rewrite.XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0) {
		free(u);
		errno = ENOMEM;
		return -1;
	}
	u->alive = u->from = -1;
	u->next = cli->unpacked;
	if (mkdtemp(path)) {
		dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0 || !start_keeper(u, path, dir)) {
			why = errno;
			rmdir(path);
			if (dir >= 0)
				close(dir);
			dir = -1;
			errno = why;
		}
	}
	free(path);
	if (dir < 0)
		free(u);
	else
		cli->unpacked = u;
	return dir;
}

/* ---- how much ------------------------------------------------------------- */

int64_t archive_limit(const struct cli *cli, int fd, int64_t most)
{
	struct statvfs fs;
	int64_t half;

	/* Memory, and a tmpfs of any size, have no blocks to count. */
	if (cli->limit_archive || fstatvfs(fd, &fs) < 0 || !fs.f_blocks)
		return cli->limit_archive ? cli->limit_archive : most;
	half = (int64_t)(fs.f_bavail * fs.f_frsize / 2);
	return half < most ? half : most;
}

/* ---- its files ------------------------------------------------------------ */

struct unpacking {
	struct archive_reader reader;
	bool pages;                  /* raw images, too, or */
	bool sizes;                  /* as holes of their size */
	const char *const *patterns; /* NULL: all */
	int dir;
	int64_t size;  /* of all images */
	int64_t limit; /* of it */
	size_t count;  /* wanted or not */
};

static bool is_zero(const char *data, size_t size)
{
	return size == 0 || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

static bool write_block(int fd, const char *data, size_t size, int64_t at)
{
	while (size) {
		ssize_t n = pwrite(fd, data, size, at);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
			at += n;
		}
	}
	return true;
}

/* Zeros become holes: what is small in the archive stays small on the disk. */
enum status archive_save(struct archive_reader *reader, struct archive_entry *entry, int fd,
			 int64_t *sum, int64_t limit)
{
	const char *name = reader->image ? reader->image : reader->spec;
	const void *data;
	size_t size;
	int64_t at;
	int result;

	while ((result = la.read_data_block(reader->archive, &data, &size, &at)) == ARCHIVE_OK) {
		if (at < 0 || at > limit - *sum || (int64_t)size > limit - *sum - at)
			break;
		if (!is_zero(data, size) && !write_block(fd, data, size, at))
			return complain("cannot unpack %s: %s", name, strerror(errno));
	}
	if (result != ARCHIVE_EOF && result != ARCHIVE_OK)
		return archive_complain(reader, entry, reader->archive);
	at = la.entry_size(entry);
	if (result == ARCHIVE_OK || at < 0 || at > limit - *sum)
		return complain("%s: %s: with it the images are bigger than %lld bytes; "
				"allow more with --limit-archive (TMPDIR says where), or unpack "
				"the archive and name the directory",
				reader->path, la.entry_pathname(entry), (long long)limit);
	*sum += at;
	if (ftruncate(fd, at) < 0)
		return complain("cannot unpack %s: %s", name, strerror(errno));
	return STATUS_DONE;
}

static int create(const struct unpacking *u, const char *name)
{
	int fd = openat(u->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		complain("cannot unpack %s: %s", name, strerror(errno));
	return fd;
}

static enum status unpack_file(struct unpacking *u, struct archive_entry *entry, const char *name,
			       int64_t *sum, int64_t limit)
{
	int fd = create(u, name);
	enum status status;

	if (fd < 0)
		return STATUS_ERROR;
	status = archive_save(&u->reader, entry, fd, sum, limit);
	close(fd);
	return status;
}

static enum status make_hole(const struct unpacking *u, struct archive_entry *entry)
{
	int fd = create(u, u->reader.image), failed;

	if (fd < 0)
		return STATUS_ERROR;
	failed = ftruncate(fd, la.entry_size(entry));
	close(fd);
	return failed ? complain("%s: %s: %s", u->reader.path, u->reader.image, strerror(errno)) :
			STATUS_DONE;
}

static enum status unpack_image(struct unpacking *u, struct archive_entry *entry)
{
	return unpack_file(u, entry, u->reader.image, &u->size, u->limit);
}

static enum status unpack_spec(struct unpacking *u, struct archive_entry *entry)
{
	int64_t size = 0;

	return unpack_file(u, entry, u->reader.spec, &size, ARCHIVE_SPEC_MAX);
}

static bool is_wanted(const struct unpacking *u)
{
	size_t i = 0;

	if (!u->pages && archive_is_raw(u->reader.image))
		return false;
	while (u->patterns && u->patterns[i] && fnmatch(u->patterns[i], u->reader.image, 0) != 0)
		i++;
	return !u->patterns || u->patterns[i];
}

static enum status unpack_all(struct unpacking *u)
{
	struct archive_entry *entry;
	enum status status;

	while ((entry = archive_next(&u->reader, &status))) {
		if (u->reader.spec)
			status = unpack_spec(u, entry);
		u->count += u->reader.image != NULL;
		if (u->reader.image && is_wanted(u))
			status = unpack_image(u, entry);
		else if (u->reader.image && u->sizes)
			status = make_hole(u, entry);
		if (status != STATUS_DONE)
			return status;
	}
	if (status == STATUS_DONE && u->count == 0)
		status = complain("%s: there are no images in it", u->reader.path);
	return status;
}

static void keep_open(struct unpacked *u, int fd)
{
	u->from = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	u->failed = errno;
}

int archive_from(const struct cli *cli)
{
	const struct unpacked *u = cli->unpacked;

	if (u->from < 0)
		errno = u->failed;
	return u->from < 0 || lseek(u->from, 0, SEEK_SET) < 0 ? -1 : u->from;
}

int archive_unpack(struct cli *cli, const char *path, int fd, const char *const *patterns)
{
	struct unpacking u = {
		.pages = cli->command->reads_pages,
		.sizes = cli->command->lists_pages,
		.patterns = patterns,
	};
	enum status status = archive_begin(&u.reader, cli, path, fd);

	if (status != STATUS_DONE)
		return -1;
	u.dir = make_directory(cli);
	if (u.dir < 0)
		complain("cannot make a temporary directory: %s", strerror(errno));
	else
		u.limit = archive_limit(cli, u.dir,
					u.pages ? ARCHIVE_PAGES_MAX : ARCHIVE_IMAGES_MAX);
	if (u.dir >= 0)
		keep_open(cli->unpacked, fd);
	if (u.dir >= 0 && unpack_all(&u) != STATUS_DONE) {
		close(u.dir);
		u.dir = -1;
	}
	archive_end(&u.reader);
	return u.dir;
}
