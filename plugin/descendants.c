/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "descendants.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../proto/file.h"
#include "hostfile.h"
#include "numbers.h"

static void take(const char *text, struct buffer *pids)
{
	char *end;

	for (; numbers_count(pids) < DESCENDANTS_MAX; text = end) {
		unsigned long pid = strtoul(text, &end, 10);

		if (end == text)
			return;
		numbers_add(pids, pid);
	}
}

/* Those that one thread has started; none of one that has ended. */
static int read_children(int tasks, const char *tid, struct buffer *text, struct buffer *pids)
{
	struct error ignored;
	char path[300];
	int found;

	snprintf(path, sizeof(path), "%s/children", tid);
	buffer_clear(text);
	found = hostfile_read(tasks, path, HOSTFILE_MAX, text, &ignored);
	if (found > 0)
		take((const char *)text->data, pids);
	return found < 0 && errno != ESRCH ? -1 : 0;
}

static int add_children(uint64_t task, struct buffer *text, struct buffer *pids)
{
	cleanup_dir DIR *tasks = NULL;
	struct dirent *entry;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%llu/task", (unsigned long long)task);
	tasks = file_list(AT_FDCWD, path);
	if (!tasks)
		return -1;
	while ((entry = file_next(tasks)))
		if (read_children(dirfd(tasks), entry->d_name, text, pids) < 0)
			return -1;
	return errno && errno != ESRCH ? -1 : 0;
}

int descendants(pid_t task, struct buffer *pids)
{
	cleanup_buffer struct buffer text = { 0 };

	if (access("/proc/thread-self/children", F_OK) < 0) { /* CONFIG_PROC_CHILDREN */
		errno = ENOSYS;                               /* not that the task is gone */
		return -1;
	}
	numbers_add(pids, (uint64_t)task);
	for (size_t i = 0; i < numbers_count(pids); i++) {
		uint64_t next = ((const uint64_t *)(const void *)pids->data)[i];

		if (add_children(next, &text, pids) < 0 && (i == 0 || errno != ENOENT))
			return -1;
	}
	return pids->failed ? -1 : 0;
}
