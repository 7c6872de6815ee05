/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replaces images where they are: all of them or none, wherever it is interrupted.
 *
 * A record of the names comes first, then all new files beside the old ones, down to
 * the disk. That the record gets its final name is the decision: before it, what is
 * there is taken away again; after it, the rest is done, by whoever comes next. While
 * names change hands there is no inventory.img, so nobody takes a mixture of old and
 * new for a checkpoint.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../proto/file.h"
#include "context.h"
#include "write.h"

#define RECORD ".decided.criu-rewrite"
#define RECORD_SIZE_MAX (64u << 20) /* CHECKPOINT_FILES_MAX names */
#define ABOVE "../"                 /* before the name of a spec in a bundle */

/* ---- one lock for all who change names ----------------------------------------- */

/* Where directories cannot be locked (some network filesystems) nothing prevents two
 * at once. */
static int lock(int dir, struct error *err)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(err, "cannot open the image directory");
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return fd;
	close(fd);
	return fail(err, "another process is replacing images in this directory; "
			 "try again when it has ended");
}

/* ---- the record: names, each with its NUL --------------------------------------- */

typedef int (*name_taker)(int dir, const char *name, struct error *err);

static int each_name(int dir, struct span names, name_taker take, struct error *err)
{
	while (names.size) {
		const char *name = (const char *)names.data;
		size_t size = strlen(name) + 1;

		if (take(dir, name, err) < 0)
			return -1;
		names = span_of(names.data + size, names.size - size);
	}
	return 0;
}

/* In a directory such as /tmp only files of one's own change names: whoever has written a
 * record, in it or below it, shall not have ours change the names of others there. */
static int check_owner(int dir, const char *path, uid_t owner, struct error *err)
{
	struct stat st;

	if (fstatat(dir, path, &st, 0) < 0)
		return fail_errno(err, "%s: cannot look at", path);
	if (!(st.st_mode & S_ISVTX) || owner == 0 || owner == geteuid() || owner == st.st_uid)
		return 0;
	return fail(err,
		    RECORD ": belongs to uid %u, who may not rename the files of others there; "
			   "remove it",
		    owner);
}

/* A file of the directory, or one above it: not where a foreign record might lead. */
static int check_name(int dir, const char *name, struct error *err)
{
	bool above = strncmp(name, ABOVE, strlen(ABOVE)) == 0;
	const char *file = above ? name + strlen(ABOVE) : name;

	if (*file && *file != '.' && !strchr(file, '/'))
		return 0;
	return fail(err, RECORD ": is damaged, remove it: '%s' is no name of an image", name);
}

static bool leads_above(struct span names)
{
	return memmem(names.data, names.size, ABOVE, strlen(ABOVE));
}

static int read_record(int dir, int fd, struct buffer *names, struct error *err)
{
	struct stat st;
	uint8_t *room;

	if (fstat(fd, &st) < 0)
		return fail_errno(err, RECORD ": cannot look at");
	if (!S_ISREG(st.st_mode) || st.st_size > RECORD_SIZE_MAX)
		return fail(err, RECORD ": is no record of criu-rewrite; remove it");
	room = buffer_extend(names, (size_t)st.st_size + 1);
	if (!room)
		return fail_memory(err);
	if (file_read(fd, room, (size_t)st.st_size) != st.st_size)
		return fail_errno(err, RECORD ": cannot read");
	/* One that was cut off while it was written ends within a name. */
	room[st.st_size] = 0;
	names->size -= st.st_size == 0 || room[st.st_size - 1] == 0;
	if (check_owner(dir, ".", st.st_uid, err) < 0 ||
	    (leads_above(buffer_span(names)) && check_owner(dir, "..", st.st_uid, err) < 0))
		return -1;
	return each_name(dir, buffer_span(names), check_name, err);
}

static int write_record(int dir, struct span names, struct error *err)
{
	cleanup_close int fd = file_replace_begin(dir, RECORD);

	if (fd < 0)
		return fail_errno(err, RECORD ": cannot create");
	if (file_write(fd, names) < 0 || fsync(fd) < 0)
		return fail_errno(err, RECORD ": cannot write");
	return 0;
}

/* ---- before the decision, and after it ------------------------------------------ */

static int take_back(int dir, const char *name, struct error *err)
{
	file_replace_cancel(dir, name);
	return 0;
}

/* What cannot be removed does no harm. */
static void undo(int dir, struct span names)
{
	each_name(dir, names, take_back, NULL);
	file_replace_cancel(dir, RECORD);
}

/* ENOENT: that was done before it was interrupted. */
static int put_in_place(int dir, const char *name, struct error *err)
{
	if (file_replace_end(dir, name) == 0 || errno == ENOENT)
		return 0;
	return fail_errno(err, "%s: cannot replace", name);
}

static int put_image_in_place(int dir, const char *name, struct error *err)
{
	return strcmp(name, INVENTORY_FILE) == 0 ? 0 : put_in_place(dir, name, err);
}

/* Of the directory, and of that of a spec above it. */
static int write_directories(int dir, struct span names, struct error *err)
{
	cleanup_close int above = -1;

	if (leads_above(names)) {
		above = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (above < 0)
			return fail_errno(err, "..: cannot open");
		if (write_directory(above, err) < 0)
			return -1;
	}
	return write_directory(dir, err);
}

static int finish(int dir, struct span names, struct error *err)
{
	if (write_directories(dir, names, err) < 0)
		return -1;
	if (file_replace_aside(dir, INVENTORY_FILE) < 0 && errno != ENOENT)
		return fail_errno(err, INVENTORY_FILE ": cannot put aside");
	if (each_name(dir, names, put_image_in_place, err) < 0 ||
	    write_directories(dir, names, err) < 0 || put_in_place(dir, INVENTORY_FILE, err) < 0 ||
	    write_directory(dir, err) < 0)
		return -1;
	if (unlinkat(dir, RECORD, 0) < 0)
		return fail_errno(err, RECORD ": cannot remove");
	return write_directory(dir, err);
}

/* ---- what somebody left --------------------------------------------------------- */

static int recover_finish(int dir, int record, struct error *err)
{
	cleanup_buffer struct buffer names = { 0 };

	if (read_record(dir, record, &names, err) < 0 || finish(dir, buffer_span(&names), err) < 0)
		return error_context(err, "replacing images was interrupted here and cannot be "
					  "finished");
	return CRW_FINISHED;
}

static int recover_undo(int dir, int record, struct error *err)
{
	cleanup_buffer struct buffer names = { 0 };

	if (read_record(dir, record, &names, err) < 0)
		return -1;
	undo(dir, buffer_span(&names));
	return CRW_UNDONE;
}

static int recover(int dir, struct error *err)
{
	cleanup_close int decided = file_open(dir, RECORD);
	cleanup_close int begun = decided < 0 ? file_replace_begun(dir, RECORD) : -1;

	if (decided >= 0)
		return recover_finish(dir, decided, err);
	return begun >= 0 ? recover_undo(dir, begun, err) : CRW_WHOLE;
}

static bool is_interrupted(int dir)
{
	cleanup_close int begun = file_replace_begun(dir, RECORD);

	return begun >= 0 || faccessat(dir, RECORD, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	       errno != ENOENT;
}

int crw_recover(struct crw *crw, int image_dir_fd)
{
	cleanup_close int locked = -1;

	if (!is_interrupted(image_dir_fd))
		return CRW_WHOLE;
	if (crw->lock < 0)
		locked = lock(image_dir_fd, &crw->err);
	if (crw->lock < 0 && locked < 0)
		return -1;
	return recover(image_dir_fd, &crw->err);
}

int crw_lock(struct crw *crw, int image_dir_fd)
{
	file_close(&crw->lock);
	crw->lock = lock(image_dir_fd, &crw->err);
	return crw->lock < 0 ? -1 : 0;
}

int replace_check(int dir, struct error *err)
{
	int whole = file_exists(dir, INVENTORY_FILE, AT_SYMLINK_NOFOLLOW);
	int begun = whole == 0 ? file_exists(dir, RECORD, AT_SYMLINK_NOFOLLOW) : 0;

	if (whole < 0 || begun < 0)
		return fail_errno(err, "cannot look whether " INVENTORY_FILE " is there");
	if (!begun)
		return 0;
	return fail(err, "replacing images was interrupted in this directory, and some are old, "
			 "some new; `criu-rewrite plan` with it finishes that");
}

/* ---- replacing ------------------------------------------------------------------ */

struct replacing {
	struct crw *crw;
	int dir;
	struct buffer names;
};

/* A spec is beside the images or above them, where the record leads to; one that is
 * elsewhere is replaced by itself. */
static const char *way_to_spec(const struct replacing *r)
{
	cleanup_close int above = openat(r->dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (file_is_same(r->dir, r->crw->spec.dir))
		return "";
	return above >= 0 && file_is_same(above, r->crw->spec.dir) ? ABOVE : NULL;
}

static int write_beside(int dir, const char *name, struct checkpoint_image *image,
			struct error *err)
{
	const char *like = image->added ? INVENTORY_FILE : name;
	cleanup_close int from = file_open(dir, like), to = -1;

	if (from < 0)
		return fail_errno(err, "%s: cannot open", like);
	to = file_replace_begin(dir, name);
	return write_image(from, to, name, image, err);
}

/* All that changed, in the order of the record. */
static int each_changed(struct replacing *r, int (*step)(struct replacing *r, const char *way,
							 struct checkpoint_image *image))
{
	struct crw *crw = r->crw;
	const char *way = crw->spec.fresh.changed ? way_to_spec(r) : NULL;

	for (size_t i = 0; i < crw_image_count(crw); i++)
		if (step(r, "", crw_changed_image(crw, i)) < 0)
			return -1;
	return way ? step(r, way, &crw->spec.fresh) : 0;
}

static int note_name(struct replacing *r, const char *way, struct checkpoint_image *image)
{
	buffer_printf(&r->names, "%s%s", way, image->file);
	buffer_byte(&r->names, 0);
	return r->names.failed ? fail_memory(&r->crw->err) : 0;
}

static int write_new(struct replacing *r, const char *way, struct checkpoint_image *image)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%s%s", way, image->file);
	return write_beside(r->dir, name, image, &r->crw->err);
}

static int decide(struct replacing *r)
{
	struct error *err = &r->crw->err;

	if (write_record(r->dir, buffer_span(&r->names), err) < 0 ||
	    each_changed(r, write_new) < 0 ||
	    write_directories(r->dir, buffer_span(&r->names), err) < 0)
		return -1;
	if (file_replace_end(r->dir, RECORD) < 0)
		return fail_errno(err, RECORD ": cannot rename");
	return 0;
}

static int replace(struct replacing *r)
{
	if (each_changed(r, note_name) < 0)
		return -1;
	if (r->names.size == 0)
		return 0;
	if (decide(r) < 0) {
		undo(r->dir, buffer_span(&r->names));
		return -1;
	}
	if (finish(r->dir, buffer_span(&r->names), &r->crw->err) == 0)
		return 0;
	return error_context(&r->crw->err, "not all is replaced; the next criu-rewrite with this "
					   "directory finishes it");
}

int crw_replace_spec(struct crw *crw)
{
	struct crw_spec *spec = &crw->spec;

	if (!spec->fresh.changed)
		return 0;
	if (write_beside(spec->dir, spec->name, &spec->fresh, &crw->err) < 0 ||
	    put_in_place(spec->dir, spec->name, &crw->err) < 0)
		file_replace_cancel(spec->dir, spec->name);
	else if (write_directory(spec->dir, &crw->err) == 0)
		return 0;
	return -1;
}

int crw_replace(struct crw *crw)
{
	struct replacing r = { .crw = crw, .dir = crw->checkpoint.dir };
	cleanup_close int locked = crw->lock < 0 ? lock(r.dir, &crw->err) : -1;
	int status;

	if (crw->lock < 0 && locked < 0)
		return -1;
	status = recover(r.dir, &crw->err);
	if (status == CRW_FINISHED)
		status = fail(&crw->err, "these images have just become others, by finishing what "
					 "was interrupted; run the rules again");
	if (status >= 0)
		status = replace(&r);
	buffer_free(&r.names);
	if (status == 0 && crw->spec.fresh.changed && !way_to_spec(&r))
		return crw_replace_spec(crw);
	return status;
}
