/* SPDX-License-Identifier: GPL-2.0-only */
#include "outcome.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "settings.h"
#include "tree.h"

#define RESTORED "restored"
#define LET_GO "let-go"
#define COMPLETE "complete"
#define REFUSED "refused"

static const char *const names[] = { RESTORED, LET_GO, COMPLETE, REFUSED };
#define NAMES (sizeof(names) / sizeof(names[0]))

#define BOOT_SIZE 64
#define LOOK_AGAIN_MS 20

struct task {
	int pid;
	unsigned long long started;
	char boot[BOOT_SIZE]; /* of the machine: its numbers begin anew then */
};

static void read_boot(char boot[BOOT_SIZE])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file || fscanf(file, "%63s", boot) != 1)
		strcpy(boot, "-");
	if (file)
		fclose(file);
}

int outcome_note_restored(const char *dir, pid_t pid)
{
	char path[PATH_SIZE], text[BOOT_SIZE + 64], boot[BOOT_SIZE];
	int size, fd, status;

	read_boot(boot);
	size = snprintf(text, sizeof(text), "%d %llu %s\n", (int)pid, tree_started(pid), boot);
	snprintf(path, sizeof(path), "%s/" RESTORED, dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	status = fd >= 0 && write(fd, text, (size_t)size) == size && fsync(fd) == 0 ? 0 : -1;
	if (fd >= 0)
		close(fd);
	return status;
}

static int move(const char *dir, const char *from, const char *to)
{
	char before[PATH_SIZE], after[PATH_SIZE];

	snprintf(before, sizeof(before), "%s/%s", dir, from);
	snprintf(after, sizeof(after), "%s/%s", dir, to);
	return rename(before, after);
}

int outcome_note_let_go(const char *dir)
{
	return move(dir, RESTORED, LET_GO);
}

int outcome_note_complete(const char *dir)
{
	return move(dir, LET_GO, COMPLETE);
}

/* False: nothing of that name, or it is from before this machine was started. */
static bool read_task(const char *dir, const char *name, struct task *task)
{
	char path[PATH_SIZE], boot[BOOT_SIZE];
	FILE *file;
	bool whole;

	read_boot(boot);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	whole = fscanf(file, "%d %llu %63s", &task->pid, &task->started, task->boot) == 3;
	fclose(file);
	return whole && strcmp(task->boot, boot) == 0;
}

int outcome_lock(const char *dir, bool shared)
{
	char path[PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDWR | O_CREAT | (shared ? 0 : O_CLOEXEC), 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		fprintf(stderr, "migrate: %s: %s\n", path, strerror(errno));
		return -1;
	}
	return fd;
}

static bool lives(const char *dir, const char *name, struct task *task)
{
	return read_task(dir, name, task) && task->started &&
	       tree_started(task->pid) == task->started;
}

void outcome_undo(const char *dir)
{
	struct task task;

	for (size_t i = 0; i < NAMES; i++) {
		if (strcmp(names[i], COMPLETE) == 0)
			continue;
		if (lives(dir, names[i], &task))
			tree_end(task.pid);
		while (lives(dir, names[i], &task))
			usleep(1000);
	}
}

/* True: nobody holds the lock. */
static bool is_decided(const char *dir, int seconds)
{
	char path[PATH_SIZE];
	bool free = false;
	int fd;

	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (long ms = 0; fd >= 0 && ms <= seconds * 1000L; ms += LOOK_AGAIN_MS) {
		free = flock(fd, LOCK_EX | LOCK_NB) == 0;
		if (free)
			break;
		usleep(LOOK_AGAIN_MS * 1000);
	}
	if (fd >= 0)
		close(fd);
	return free;
}

static bool refuse(const char *dir)
{
	struct task task;

	return move(dir, RESTORED, REFUSED) == 0 || read_task(dir, REFUSED, &task);
}

/* Before any word to let go is said, it is. */
static bool is_noted(const char *dir)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < NAMES; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	fprintf(stderr, "migrate: %s: no tasks were restored by what is here\n", dir);
	return false;
}

int outcome_find(const char *dir, int seconds)
{
	struct task task;

	if (!is_decided(dir, seconds) && refuse(dir))
		return OUTCOME_NEVER;
	if (outcome_lock(dir, false) < 0 || !is_noted(dir))
		return OUTCOME_UNKNOWN;
	if (read_task(dir, COMPLETE, &task))
		return OUTCOME_RUNS;
	outcome_undo(dir);
	return OUTCOME_NEVER;
}
