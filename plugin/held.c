/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "held.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../proto/file.h"
#include "affinity.h"
#include "context.h"
#include "hostfile.h"

/* One of them: the number in the checkpoint, "proc/300/task/301". */
struct held_thread {
	unsigned thread;
	const char *path;
};

static bool is_number(const char *name)
{
	return *name && strspn(name, "0123456789") == strlen(name);
}

static int add_thread(struct crw *crw, const char *path, const char *status, struct error *err)
{
	struct held_thread t = {
		.thread = affinity_thread(status),
		.path = arena_copy(&crw->outcome, path, strlen(path)),
	};

	if (!t.path)
		return fail_memory(err);
	buffer_append(&crw->held_threads, span_of(&t, sizeof(t)));
	return crw->held_threads.failed ? fail_memory(err) : 0;
}

/* What is traced by this process, is held by it. */
static bool is_held(const char *status)
{
	const char *tracer = strstr(status, "\nTracerPid:");

	return tracer && atoi(tracer + strlen("\nTracerPid:")) == getpid();
}

/* The status of one that is: 1, 0, -1. What ended meanwhile (ESRCH) was not held. */
static int read_held(struct crw *crw, const char *path, struct buffer *status, struct error *err)
{
	int found;

	buffer_clear(status);
	errno = 0;
	found = hostfile_read(crw->facts.root, path, HOSTFILE_MAX, status, err);
	if (found <= 0)
		return found < 0 && errno == ESRCH ? 0 : found;
	return is_held((const char *)status->data);
}

/* Those below `dir`: processes in "proc", and then the threads in "proc/300/task". */
static int find_held(struct crw *crw, const char *dir, bool threads, struct error *err)
{
	cleanup_dir DIR *list = file_list(crw->facts.root, dir);
	cleanup_buffer struct buffer status = { 0 };
	struct dirent *entry;
	int result = 0;

	if (!list)
		return fail_errno(err, "/%s: cannot open", dir);
	while (result >= 0 && (entry = file_next(list))) {
		char path[700];

		if (!is_number(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s/status", dir, entry->d_name);
		result = read_held(crw, path, &status, err);
		if (result <= 0)
			continue;
		snprintf(path, sizeof(path), threads ? "%s/%s" : "%s/%s/task", dir, entry->d_name);
		result = threads ? add_thread(crw, path, (const char *)status.data, err) :
				   find_held(crw, path, true, err);
	}
	if (result >= 0 && errno)
		return fail_errno(err, "/%s: cannot list", dir);
	return result < 0 ? -1 : 0;
}

static int compare_held(const void *a, const void *b)
{
	const struct held_thread *x = a, *y = b;

	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

static int find_all(struct crw *crw, struct error *err)
{
	if (crw->held_threads.size)
		return 0;
	if (find_held(crw, "proc", false, err) < 0)
		return -1;
	if (crw->held_threads.size)
		qsort(crw->held_threads.data, crw->held_threads.size / sizeof(struct held_thread),
		      sizeof(struct held_thread), compare_held);
	return 0;
}

int held_path(struct crw *crw, unsigned thread, const char **path, struct error *err)
{
	const struct held_thread key = { .thread = thread }, *t = NULL;

	if (find_all(crw, err) < 0)
		return -1;
	if (crw->held_threads.size)
		t = bsearch(&key, crw->held_threads.data, crw->held_threads.size / sizeof(*t),
			    sizeof(*t), compare_held);
	*path = t ? t->path : NULL;
	return 0;
}
