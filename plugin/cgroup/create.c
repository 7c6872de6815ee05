/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "create.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "former.h"
#include "late.h"
#include "place.h"

#define MARK "trusted.criu-rewrite" /* its value: the maker's pid and start time */
#define STAT_MAX 1024
#define STAT_START_TIME 20 /* fields behind the name of the program */

#define REMOVE_TRIES 100 /* of all groups together */
#define REMOVE_PAUSE_NS 10000000

/* ---- marks --------------------------------------------------------------------- */

/* When the process began, as the kernel counts it; 0: there is none (ENOENT, ESRCH), or it
 * cannot be told. */
static unsigned long long start_time(long pid)
{
	char path[40], text[STAT_MAX], *field;
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	errno = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : file_read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = 0;
	/* The name may hold anything, blanks and parentheses too. */
	field = strrchr(text, ')');
	for (int i = 0; field && i < STAT_START_TIME; i++)
		field = strchr(field + 1, ' ');
	return field ? strtoull(field, NULL, 10) : 0;
}

/* Before any group is made: what a kill leaves without a mark is never known
 * again, so no more is between a group and its mark than opening it. */
static void write_mark(char mark[CGROUP_MARK_MAX])
{
	snprintf(mark, CGROUP_MARK_MAX, "%ld %llu", (long)getpid(), start_time(getpid()));
}

bool cgroup_is_left_over(int root, const char *path)
{
	cleanup_close int group = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[CGROUP_MARK_MAX], *end;
	ssize_t n = group < 0 ? -1 : fgetxattr(group, MARK, text, sizeof(text) - 1);
	unsigned long long now, then;
	long pid;

	if (n <= 0)
		return false;
	text[n] = 0;
	pid = strtol(text, &end, 10);
	then = strtoull(end, NULL, 10);
	if (pid <= 0)
		return false;
	now = start_time(pid);
	return now ? then && now != then : errno == ENOENT || errno == ESRCH;
}

void cgroup_no_note(void *ctx, const char *text)
{
}

/* ---- steps ------------------------------------------------------------------------ */

bool cgroup_step_hands_on(const struct cgroup_step *step)
{
	return step->type == CGROUP_WRITE && strcmp(step->file, "cgroup.subtree_control") == 0;
}

bool cgroup_step_freezes(const struct cgroup_step *step)
{
	return step->type == CGROUP_WRITE && strcmp(step->file, "cgroup.freeze") == 0;
}

static int set_owner(int fd, const struct cgroup_owner *owner, const char *what, struct error *err)
{
	if (!owner->known)
		return 0;
	if (fchown(fd, owner->uid, owner->gid) < 0 || fchmod(fd, owner->mode & 07777) < 0)
		return fail_errno(err, "%s: cannot set owner and mode", what);
	return 0;
}

static int make_group(const struct cgroup_step *step, int root, struct cgroup_created *made,
		      struct error *err)
{
	int fd, status;

	if (mkdirat(root, step->path, 0755) < 0) {
		bool there = errno == EEXIST;

		fail_errno(err, "%s: cannot make the group", step->name);
		if (!there || !cgroup_is_left_over(root, step->path))
			return -1;
	}
	buffer_append(&made->paths, span_of(step->path, strlen(step->path) + 1));
	fd = openat(root, step->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "%s: cannot open the group", step->name);
	/* Without the right to (a user namespace), groups that a killed restore
	 * leaves behind are taken for somebody else's; nothing worse. */
	fsetxattr(fd, MARK, made->mark, strlen(made->mark), 0);
	status = set_owner(fd, &step->owner, step->name, err);
	close(fd);
	if (made->paths.failed) {
		/* What cannot be remembered must not be there. */
		unlinkat(root, step->path, AT_REMOVEDIR);
		return fail_memory(err);
	}
	return status;
}

/* The kernel takes one line for each write. */
int cgroup_write_lines(int fd, const char *value)
{
	do {
		size_t size = strcspn(value, "\n");

		if (size && write(fd, value, size) != (ssize_t)size)
			return -1;
		value += size + (value[size] != 0);
	} while (*value);
	return 0;
}

static int write_value(const struct cgroup_step *step, int fd, struct error *err)
{
	if (step->type == CGROUP_OWN || cgroup_write_lines(fd, step->value) == 0)
		return 0;
	if (cgroup_step_hands_on(step))
		return fail_errno(err, "%s: cannot enable '%s' for the groups below (%s)",
				  step->name, step->value,
				  errno == EBUSY ? "tasks are in it" : "cgroup.subtree_control");
	return fail_errno(err, "%s %s: cannot write '%s'", step->name, step->file, step->value);
}

/* 1, 0 when there is no such file, which is noted, -1. */
static int write_file(const struct cgroup_step *step, int root, cgroup_note *note, void *ctx,
		      struct error *err)
{
	char path[PATH_MAX], text[ERROR_TEXT_MAX];
	cleanup_close int fd = -1;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", step->path, step->file) >= sizeof(path))
		return fail(err, "%s: the path is too long", step->name);
	fd = openat(root, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		snprintf(text, sizeof(text), "%s has no %s on this kernel; '%s' is not set",
			 step->name, step->file, step->value ? step->value : "");
		note(ctx, text);
		return 0;
	}
	if (fd < 0)
		return fail_errno(err, "%s %s: cannot open", step->name, step->file);
	if (set_owner(fd, &step->owner, step->name, err) < 0 || write_value(step, fd, err) < 0)
		return -1;
	return 1;
}

bool cgroup_created_write(struct cgroup_created *made, const struct cgroup_step *step,
			  cgroup_note *note, void *ctx)
{
	struct error err = { .text = "" };
	int status;

	if (made->blocked && strcmp(step->group, made->blocked) != 0 &&
	    cgroup_path_within(span_text(step->group), span_text(made->blocked)))
		return false;
	status = write_file(step, made->root, note, ctx, &err);
	if (status < 0 && cgroup_step_hands_on(step)) {
		error_context(&err, "no limits below %s", step->name);
		made->blocked = step->group;
	}
	if (status < 0)
		note(ctx, err.text);
	return status > 0;
}

/* A kill leaves the group without what it had. By its mark it then counts as one that was
 * being made. */
static void clear_group(struct cgroup_created *made, const struct cgroup_step *step,
			cgroup_note *note, void *ctx)
{
	cleanup_close int group = openat(made->root, step->path,
					 O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	buffer_append(&made->cleared, span_of(step->path, strlen(step->path) + 1));
	if (group >= 0 && !made->cleared.failed)
		fsetxattr(group, MARK, made->mark, strlen(made->mark), 0);
	if (*step->value)
		cgroup_created_write(made, step, note, ctx);
}

static const char *keep_text(struct cgroup_created *made, const char *text)
{
	return arena_copy(&made->arena, text, strlen(text));
}

/* The step outlives the rules that asked for it. */
static int remember(const struct cgroup_step *step, struct cgroup_created *made, struct error *err)
{
	struct cgroup_step *s = arena_alloc(&made->arena, sizeof(*s));

	if (!s)
		return fail_memory(err);
	*s = (struct cgroup_step){
		.type = step->type,
		.when = step->when,
		.again = step->again,
		.name = keep_text(made, step->name),
		.group = keep_text(made, step->group),
		.path = keep_text(made, step->path),
		.file = keep_text(made, step->file),
		.value = keep_text(made, step->value ? step->value : ""),
		.owner = step->owner,
	};
	if (!s->name || !s->group || !s->path || !s->file || !s->value)
		return fail_memory(err);
	*made->later_end = s;
	made->later_end = &s->next;
	return 0;
}

static int do_step(const struct cgroup_step *step, struct cgroup_created *made, cgroup_note *note,
		   void *ctx, struct error *err)
{
	if (step->when != CGROUP_NOW)
		return remember(step, made, err);
	if (step->type == CGROUP_MAKE)
		return make_group(step, made->root, made, err);
	if (step->type == CGROUP_CLEAR)
		clear_group(made, step, note, ctx);
	else
		cgroup_created_write(made, step, note, ctx);
	return 0;
}

int cgroup_create(const struct cgroup_step *steps, int root, struct cgroup_created *made,
		  cgroup_note *note, void *ctx, struct error *err)
{
	int status = 0;

	*made = (struct cgroup_created){ .root = fcntl(root, F_DUPFD_CLOEXEC, 3) };
	if (made->root < 0)
		return fail_errno(err, "cannot keep the root directory");
	made->later_end = &made->later;
	write_mark(made->mark);
	for (const struct cgroup_step *s = steps; s && status == 0; s = s->next)
		status = do_step(s, made, note, ctx, err);
	made->blocked = NULL; /* it was the caller's text */
	if (status < 0) {
		struct error left = { .text = "" };

		if (cgroup_created_remove(made, &left) < 0)
			error_context(err, "%s", left.text);
	}
	return status;
}

/* ---- afterwards ---------------------------------------------------------------------- */

static void forget(struct cgroup_created *made)
{
	buffer_free(&made->paths);
	buffer_free(&made->cleared);
	arena_free(&made->arena);
	if (made->root > 0)
		close(made->root);
	*made = (struct cgroup_created){ .root = -1 };
}

/* From the groups of a list. */
static void remove_marks(const struct cgroup_created *made, const struct buffer *paths)
{
	for (size_t at = 0; at < paths->size;) {
		const char *path = (const char *)paths->data + at;
		cleanup_close int group = openat(made->root, path,
						 O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (group >= 0)
			fremovexattr(group, MARK);
		at += strlen(path) + 1;
	}
}

/* Of the path that ends before `end`, the start; for a walk from the back. */
static size_t path_before(const struct cgroup_created *made, size_t end)
{
	size_t at = end - 1;

	while (at > 0 && made->paths.data[at - 1])
		at--;
	return at;
}

static const char *path_at(const struct cgroup_created *made, size_t at)
{
	return (const char *)made->paths.data + at;
}

bool cgroup_created_is_busy(const struct cgroup_created *made)
{
	const struct cgroup_step *s = made->later;

	while (s && s->when == CGROUP_FAILED)
		s = s->next;
	return s || made->paths.size || made->cleared.size;
}

void cgroup_created_keep(struct cgroup_created *made)
{
	remove_marks(made, &made->paths);
	remove_marks(made, &made->cleared);
	forget(made);
}

/* 0 when it is gone, whoever did it. */
static int remove_group(int root, const char *path, int *tries)
{
	const struct timespec pause = { .tv_nsec = REMOVE_PAUSE_NS };

	while (unlinkat(root, path, AT_REMOVEDIR) < 0) {
		if (errno == ENOENT)
			return 0;
		if (errno != EBUSY || --*tries < 0)
			return -1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* What cleared groups had, and others. A group that tasks were killed in a moment ago hands nothing on
 * until they have left it. */
static int write_again(const struct cgroup_step *step, int root, int *tries, struct error *err)
{
	const struct timespec pause = { .tv_nsec = REMOVE_PAUSE_NS };

	while (write_file(step, root, cgroup_no_note, NULL, err) < 0) {
		if (!cgroup_step_hands_on(step) || --*tries < 0)
			return -1;
		err->text[0] = 0;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int give_back(struct cgroup_created *made, int *tries, struct error *err)
{
	int status = 0;

	for (const struct cgroup_step *s = made->later; s; s = s->next) {
		struct error why = { .text = "" };

		if ((s->again && write_again(s, made->root, tries, &why) < 0) ||
		    (s->when == CGROUP_FAILED && cgroup_former_restore(made->root, s, &why) < 0))
			status = fail(err, "%s", why.text);
	}
	return status;
}

int cgroup_created_remove(struct cgroup_created *made, struct error *err)
{
	size_t end = made->paths.size;
	int tries = REMOVE_TRIES, status = 0;

	cgroup_late_undo(made);
	while (end) {
		size_t at = path_before(made, end);

		if (remove_group(made->root, path_at(made, at), &tries) < 0)
			status = fail_errno(err, "/%s: cannot remove the group again",
					    path_at(made, at));
		end = at;
	}
	if (give_back(made, &tries, err) < 0)
		status = -1;
	remove_marks(made, &made->cleared);
	forget(made);
	return status;
}
