/* SPDX-License-Identifier: GPL-2.0-only */
#include "outcome.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define PATH_SIZE 4096
#define LET_GO "let-go"
#define COMPLETE "complete"

/* When a process was started, in the kernel's ticks, which tells it from a later one with its
 * number; 0: there is none, or it is a zombie. */
static unsigned long long started(pid_t pid)
{
	char path[64], state;
	unsigned long long ticks = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file,
		   "%*d (%*[^)]) %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %*s %llu",
		   &state, &ticks) != 2 ||
	    state == 'Z' || state == 'X')
		ticks = 0;
	fclose(file);
	return ticks;
}

static int note(const char *dir, const char *name, pid_t pid)
{
	char path[PATH_SIZE], text[64];
	int size = snprintf(text, sizeof(text), "%d %llu\n", (int)pid, started(pid)), fd, status;

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
	if (fscanf(file, "%d %llu", &pid, &ticks) != 2 || !ticks || started(pid) != ticks)
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

static void end_tree(pid_t pid);

static void end_children(pid_t pid, const char *thread)
{
	char path[128];
	FILE *file;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%.32s/children", (int)pid, thread);
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &child) == 1)
		end_tree(child);
	if (file)
		fclose(file);
}

/* Stopped first, so that no child is made that is not seen. */
static void end_tree(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *tasks;

	kill(pid, SIGSTOP);
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			end_children(pid, entry->d_name);
	if (tasks)
		closedir(tasks);
	kill(pid, SIGKILL);
}

void outcome_undo(const char *dir)
{
	pid_t pid = noted(dir, LET_GO);

	if (pid)
		end_tree(pid);
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
