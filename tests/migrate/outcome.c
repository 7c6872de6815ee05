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

#define LET_GO "let-go"
#define COMPLETE "complete"

static int note(const char *dir, const char *name, pid_t pid)
{
	char path[PATH_SIZE], text[64];
	int size = snprintf(text, sizeof(text), "%d %llu\n", (int)pid, tree_started(pid)), fd,
	    status;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	status = fd >= 0 && write(fd, text, (size_t)size) == size && fsync(fd) == 0 ? 0 : -1;
	if (fd >= 0)
		close(fd);
	return status;
}

int outcome_note_let_go(const char *dir, pid_t pid)
{
	return note(dir, LET_GO, pid);
}

/* The first task that was noted, if it lives; else 0. */
static pid_t noted(const char *dir, const char *name)
{
	char path[PATH_SIZE];
	unsigned long long ticks;
	int pid;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%d %llu", &pid, &ticks) != 2 || !ticks || tree_started(pid) != ticks)
		pid = 0;
	fclose(file);
	return pid;
}

int outcome_note_complete(const char *dir)
{
	pid_t pid = noted(dir, LET_GO);

	return pid ? note(dir, COMPLETE, pid) : -1;
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

void outcome_undo(const char *dir)
{
	pid_t pid = noted(dir, LET_GO);

	if (pid)
		tree_end(pid);
	while (noted(dir, LET_GO))
		usleep(1000);
}

int outcome_find(const char *dir)
{
	if (outcome_lock(dir, false) < 0)
		return 2;
	if (noted(dir, COMPLETE))
		return 0;
	outcome_undo(dir);
	return 1;
}
