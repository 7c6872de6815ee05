/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "affinity.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../proto/file.h"

#define CPUS_MAX 8192 /* of the kernel's configurations */
#define STATUS_MAX 8192

struct mask {
	cpu_set_t bits[CPUS_MAX / CPU_SETSIZE];
};

unsigned affinity_thread(const char *status)
{
	const char *line = strstr(status, "\nNSpid:");
	const char *end = line ? strchr(line + 1, '\n') : NULL;

	/* "NSpid:\t300\t7": the innermost last */
	while (end && end > line && end[-1] >= '0' && end[-1] <= '9')
		end--;
	return end ? (unsigned)strtoul(end, NULL, 10) : 0;
}

static void parse(const char *cpus, struct mask *mask)
{
	memset(mask, 0, sizeof(*mask));
	while (*cpus >= '0' && *cpus <= '9') {
		char *end;
		unsigned long first = strtoul(cpus, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && first < CPUS_MAX; first++)
			CPU_SET_S(first, sizeof(*mask), mask->bits);
		cpus = end + (*end == ',');
	}
}

/* All CPUs first: what is left of them is what its group has. */
static void set_thread(int tid, const struct affinity *wanted,
		       void (*note)(void *ctx, const char *text), void *ctx)
{
	struct mask all, has, mask;
	char text[300];

	memset(&all, 0xff, sizeof(all));
	memset(&has, 0, sizeof(has));
	if (sched_setaffinity(tid, sizeof(all), all.bits) < 0 ||
	    sched_getaffinity(tid, sizeof(has), has.bits) < 0) {
		snprintf(text, sizeof(text), "thread %u: its CPUs cannot be set: %m",
			 wanted->thread);
		if (errno != ESRCH)
			note(ctx, text);
		return;
	}
	if (!*wanted->cpus)
		return;
	parse(wanted->cpus, &mask);
	CPU_AND_S(sizeof(mask), mask.bits, mask.bits, has.bits);
	if (CPU_COUNT_S(sizeof(mask), mask.bits) &&
	    sched_setaffinity(tid, sizeof(mask), mask.bits) == 0)
		return;
	snprintf(text, sizeof(text),
		 "thread %u: its group has none of the CPUs %.200s here, so it "
		 "may use all of the group's",
		 wanted->thread, wanted->cpus);
	note(ctx, text);
}

int affinity_compare(const void *x, const void *y)
{
	const struct affinity *a = x, *b = y;

	return a->thread < b->thread ? -1 : a->thread > b->thread;
}

/* The number that a thread has in the checkpoint; 0: it is gone, or a zombie. */
static unsigned number_of(int tasks, const char *tid)
{
	char path[300], status[STATUS_MAX];
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/status", tid);
	fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : file_read(fd, status, sizeof(status) - 1);
	status[n < 0 ? 0 : n] = 0;
	return strstr(status, "\nState:\tZ") ? 0 : affinity_thread(status);
}

size_t affinity_set(int pid, const struct affinity *wanted, size_t count,
		    void (*note)(void *ctx, const char *text), void *ctx)
{
	cleanup_dir DIR *tasks = NULL;
	struct dirent *entry;
	size_t set = 0;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = file_list(AT_FDCWD, path);
	if (!tasks && errno != ENOENT)
		note(ctx,
		     "affinity: the threads of a task cannot be listed; they have criu's CPUs");
	while (tasks && (entry = file_next(tasks))) {
		const struct affinity key = { .thread = number_of(dirfd(tasks), entry->d_name) };
		const struct affinity *found = bsearch(&key, wanted, count, sizeof(key),
						       affinity_compare);

		if (!found)
			continue;
		set_thread(atoi(entry->d_name), found, note, ctx);
		set++;
	}
	return set;
}
