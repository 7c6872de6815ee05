/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The numbers that tasks come back with, where they have no pid namespace of their own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "../hostfile.h"
#include "doctor.h"

#define STAT_MAX 4096 /* bytes of /proc/PID/stat */

/* ---- numbers that are taken here -------------------------------------------- */

/* A process group or session keeps its number as long as somebody is in it. */
static bool add_groups(int list, const char *pid, struct buffer *taken)
{
	cleanup_buffer struct buffer text = { 0 };
	char path[300], *behind;
	struct error ignored;
	unsigned group, session;
	int found;

	snprintf(path, sizeof(path), "%s/stat", pid);
	found = hostfile_read(list, path, STAT_MAX, &text, &ignored);
	if (found <= 0)
		return found == 0;
	behind = strrchr((char *)text.data, ')');
	if (behind && sscanf(behind, ") %*c %*d %u %u", &group, &session) == 2) {
		numbers_add(taken, group);
		numbers_add(taken, session);
	}
	return true;
}

static bool add_threads(int list, const char *pid, struct buffer *taken)
{
	char path[300];
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/task", pid);
	cleanup_dir DIR *threads = file_list(list, path);
	while (threads && (entry = file_next(threads)))
		numbers_add(taken, strtoull(entry->d_name, NULL, 10));
	return threads && !errno;
}

/* Once for all that there are. What has ended meanwhile is no more. */
static void say_unseen(struct doctor *d, size_t unseen)
{
	char thing[32];

	snprintf(thing, sizeof(thing), "%zu", unseen);
	if (unseen)
		doctor_find(d, CAUSE_PID, CRW_LEVEL_UNKNOWN, thing, "ask as root",
			    "processes cannot be looked at, so that not all numbers are known");
}

/* False: there is no /proc to see them. */
static bool read_taken(struct doctor *d, struct buffer *taken)
{
	cleanup_dir DIR *list = file_list(d->root, "proc");
	struct dirent *entry;
	size_t unseen = 0;

	while (list && (entry = file_next(list))) {
		unsigned long pid = strtoul(entry->d_name, NULL, 10);

		if (!pid || pid == (unsigned long)getpid())
			continue;
		if (!add_groups(dirfd(list), entry->d_name, taken) ||
		    !add_threads(dirfd(list), entry->d_name, taken))
			unseen += errno != ESRCH && errno != ENOENT;
	}
	if (!list || errno)
		doctor_unseen(d, CAUSE_PID, "/proc");
	say_unseen(d, unseen);
	numbers_sort(taken);
	return taken->size;
}

/* ---- numbers of the checkpoint ---------------------------------------------- */

struct pids {
	struct buffer taken;
	uint64_t limit; /* the largest plus one; 0: not known */
};

static void take_number(struct doctor *d, const struct pids *pids, uint64_t number)
{
	char thing[32];

	snprintf(thing, sizeof(thing), "%llu", (unsigned long long)number);
	if (!number || !doctor_look(d))
		return;
	if (numbers_have(&pids->taken, number))
		doctor_find(d, CAUSE_PID, CRW_LEVEL_FAILURE, thing,
			    "wait until that process has ended, or restore in a pid namespace: "
			    "unshare --pid --fork --mount-proc criu restore ...",
			    "is the number of a process, thread, group or session that is here");
	else if (pids->limit && number >= pids->limit)
		doctor_find(d, CAUSE_PID, CRW_LEVEL_FAILURE, thing,
			    "raise /proc/sys/kernel/pid_max", "is beyond this host's limit of %llu",
			    (unsigned long long)pids->limit);
}

static void take_task(struct doctor *d, const struct crw_message *task, void *arg)
{
	const struct pids *pids = arg;
	struct crw_value thread = { .number = 0 };
	uint64_t pid = doctor_number(d, task, "pid", 0);

	take_number(d, pids, pid);
	while (crw_get_next(d->crw, task, "threads", &thread) > 0)
		if (thread.number != pid)
			take_number(d, pids, thread.number);
}

static uint64_t read_limit(struct doctor *d)
{
	struct error err;
	struct value value;
	int found = facts_get(&d->crw->facts, "host.pid.max", &value, &err);

	if (found < 0)
		doctor_find(d, CAUSE_PID, CRW_LEVEL_UNKNOWN, "host.pid.max", NULL, "%s", err.text);
	return found > 0 ? (uint64_t)value.number : 0;
}

void doctor_pids(struct doctor *d)
{
	struct pids pids = { .taken = { .size = 0 } };

	if (doctor_has_own(d, DOCTOR_PID))
		return;
	pids.limit = read_limit(d);
	if (read_taken(d, &pids.taken))
		doctor_each_entry(d, "pstree.img", take_task, &pids);
	else
		doctor_find(d, CAUSE_PID, CRW_LEVEL_UNKNOWN, "/proc", NULL,
			    "is not mounted, so that processes cannot be seen");
	buffer_free(&pids.taken);
}
