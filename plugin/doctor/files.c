/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that tasks have open, map, run or stand in: CRIU opens each by its name, and
 * compares size, mode and build-id with those of the dump (criu/files-reg.c). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../../proto/file.h"
#include "elf.h"
#include "place.h"

#define REMAP_LINKED 0 /* of enum remap_type */
#define VMA_FILE 0xc0  /* criu/include/image.h: VMA_FILE_PRIVATE and _SHARED */

struct files {
	struct buffer mapped;   /* ids of files that tasks map or run */
	struct buffer restored; /* ids of those that CRIU makes itself */
	size_t unknown;
};

struct file {
	const struct crw_message *entry;
	const char *name;
	bool is_mapped;
	int fd; /* where it is now, for looking */
	struct stat now;
};

/* ---- which files ------------------------------------------------------------ */

static void take_vmas(struct doctor *d, const struct crw_message *mm, void *arg)
{
	struct files *files = arg;
	struct crw_value vma = { .number = 0 };

	numbers_add(&files->mapped, doctor_number(d, mm, "exe_file_id", 0));
	while (crw_get_next(d->crw, mm, "vmas", &vma) > 0) {
		if (doctor_number(d, &vma.message, "status", 0) & VMA_FILE)
			numbers_add(&files->mapped, doctor_number(d, &vma.message, "shmid", 0));
	}
}

/* A deleted file is in the checkpoint, or has another name, which is an entry of its own. */
static void take_remap(struct doctor *d, const struct crw_message *remap, void *arg)
{
	struct files *files = arg;

	numbers_add(&files->restored, doctor_number(d, remap, "orig_id", 0));
}

/* The name of a terminal appears when CRIU has made it. */
static void take_tty(struct doctor *d, const struct crw_message *tty, void *arg)
{
	struct files *files = arg;
	struct crw_value id;

	if (doctor_get(d, tty, "regf_id", &id))
		numbers_add(&files->restored, id.number);
}

static void read_ids(struct doctor *d, struct files *files)
{
	doctor_each_image(d, "mm", take_vmas, files);
	doctor_each_entry(d, "remap-fpath.img", take_remap, files);
	doctor_each_file(d, "tty", "tty.img", take_tty, files);
	numbers_sort(&files->mapped);
	numbers_sort(&files->restored);
}

/* ---- one file ---------------------------------------------------------------- */

/* A rule has CRIU not look, unless tasks would run on with another content. */
static const char *unless(struct doctor *d, const struct file *file, const char *otherwise)
{
	const char *text = arena_printf(
		&d->arena, "put back what was there at the dump%s%s%s%s", otherwise,
		file->is_mapped ? "" : ", or have a rule: relax file \"",
		file->is_mapped ? "" : file->name, file->is_mapped ? "" : "\"");

	return text ? text : "";
}

static const char *use(const struct file *file)
{
	return file->is_mapped ? ", and it is mapped: tasks would run on with another content" : "";
}

/* Is it the same? -1 stands for what the checkpoint does not say. */
static bool compare_size(struct doctor *d, const struct file *file)
{
	int64_t size = (int64_t)doctor_number(d, file->entry, "size", UINT64_MAX);

	if (size < 0 || size == file->now.st_size)
		return true;
	doctor_find(d, CAUSE_FILE_SIZE, CRW_LEVEL_FAILURE, file->name, unless(d, file, ""),
		    "has %lld bytes, and %lld at the dump%s", (long long)file->now.st_size,
		    (long long)size, use(file));
	return false;
}

static void compare_mode(struct doctor *d, const struct file *file)
{
	mode_t rwx = S_IRWXU | S_IRWXG | S_IRWXO, now = file->now.st_mode, then;
	struct crw_value mode;

	if (!doctor_get(d, file->entry, "mode", &mode))
		return;
	then = (mode_t)mode.number;
	if (options_get(&d->options, "skip-file-rwx-check", 0)) {
		now &= ~rwx;
		then &= ~rwx;
	}
	if (now == then)
		return;
	doctor_find(d, CAUSE_FILE_MODE, CRW_LEVEL_FAILURE, file->name,
		    (now ^ then) & S_IFMT ?
			    unless(d, file, "") :
			    unless(d, file, " (chmod), give criu --skip-file-rwx-check"),
		    "has mode 0%o, and 0%o at the dump", (unsigned)now, (unsigned)then);
}

static size_t build_id_then(struct doctor *d, const struct file *file, uint8_t *id)
{
	struct crw_value word = { .number = 0 };
	size_t size = 0;

	while (size < BUILD_ID_MAX && crw_get_next(d->crw, file->entry, "build_id", &word) > 0) {
		uint32_t bytes = (uint32_t)word.number;

		memcpy(id + size, &bytes, sizeof(bytes));
		size += sizeof(bytes);
	}
	return size;
}

/* CRIU takes a file without one as it is. */
static void compare_build_id(struct doctor *d, const struct file *file)
{
	const char *method = options_get(&d->options, "file-validation", 0);
	uint8_t then[BUILD_ID_MAX], now[BUILD_ID_MAX];
	size_t size = build_id_then(d, file, then), here;
	cleanup_close int fd = -1;

	if (!size || !S_ISREG(file->now.st_mode) || (method && strcmp(method, "filesize") == 0))
		return;
	fd = place_reopen(file->fd);
	here = fd < 0 ? 0 : elf_build_id(fd, now);
	if (fd < 0 || (!here && errno))
		doctor_unseen(d, CAUSE_FILE_BUILD_ID, file->name);
	if (!here || (((here + 3) & ~(size_t)3) == size && memcmp(then, now, here) == 0))
		return;
	doctor_find(d, CAUSE_FILE_BUILD_ID, CRW_LEVEL_FAILURE, file->name,
		    file->is_mapped ? "put back what was there at the dump" :
				      unless(d, file, ", give criu --file-validation filesize"),
		    "is another build of the program or library%s", use(file));
}

static void say_absent(struct doctor *d, const struct file *file)
{
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		doctor_find(d, CAUSE_FILE_ABSENT, CRW_LEVEL_FAILURE, file->name, NULL,
			    "is not here%s", file->is_mapped ? ", and it is mapped" : "");
	else
		doctor_unseen(d, CAUSE_FILE_ABSENT, file->name);
}

static void compare(struct doctor *d, struct file *file)
{
	if (file->fd < 0 || fstat(file->fd, &file->now) < 0) {
		say_absent(d, file);
		return;
	}
	compare_mode(d, file);
	if (compare_size(d, file))
		compare_build_id(d, file);
}

/* ---- all files --------------------------------------------------------------- */

static void say_external(struct doctor *d, const char *name)
{
	bool is_known = d->options.words || !d->crw->spec.name;

	doctor_find(d, CAUSE_INHERIT_FD, is_known ? CRW_LEVEL_FAILURE : CRW_LEVEL_UNKNOWN, name,
		    NULL, "was dumped as an external file, and no descriptor is named for it");
}

/* Names in /proc/PID are those of tasks that are not here yet. */
static bool is_of_a_task(struct doctor *d, const char *name)
{
	return !doctor_has_own(d, DOCTOR_MNT) && strncmp(name, "/proc/", 6) == 0 &&
	       name[6] >= '0' && name[6] <= '9';
}

static void take_file(struct doctor *d, const struct crw_message *entry, void *arg)
{
	struct files *files = arg;
	uint64_t id = doctor_number(d, entry, "id", 0);
	struct file file = {
		.entry = entry,
		.name = doctor_text(d, entry, "name"),
		.is_mapped = numbers_have(&files->mapped, id),
	};
	enum place place;

	if (numbers_have(&files->restored, id) ||
	    options_inherit(&d->options, file.name + strspn(file.name, "/")) ||
	    is_of_a_task(d, file.name) || !doctor_look(d))
		return;
	if (doctor_number(d, entry, "ext", 0)) {
		say_external(d, file.name);
		return;
	}
	place = place_open(d, file.name, (int64_t)doctor_number(d, entry, "mnt_id", UINT64_MAX),
			   &file.fd);
	files->unknown += place == PLACE_UNKNOWN;
	if (place == PLACE_HERE)
		compare(d, &file);
	file_close(&file.fd);
}

/* Without --root CRIU does not restore a mount namespace. */
static void say_root(struct doctor *d, size_t unknown)
{
	bool none = !options_get(&d->options, "root", 0) && !d->spec.top;
	char count[32];

	snprintf(count, sizeof(count), "%zu files", unknown);
	if (unknown && none)
		doctor_find(d, CAUSE_ROOT, CRW_LEVEL_FAILURE, "--root",
			    "give criu --root DIRECTORY, and tell doctor: -- --root DIRECTORY",
			    "is needed: the tasks have a mount namespace of their own");
	else if (unknown)
		doctor_find(d, CAUSE_ROOT, CRW_LEVEL_UNKNOWN, count, NULL,
			    "are on mounts of which is not known where they are on this host");
}

void doctor_files(struct doctor *d)
{
	struct files files = { .unknown = 0 };

	read_ids(d, &files);
	doctor_each_file(d, "reg", "reg-files.img", take_file, &files);
	say_root(d, files.unknown);
	buffer_free(&files.mapped);
	buffer_free(&files.restored);
}
