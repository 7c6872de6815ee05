/* SPDX-License-Identifier: GPL-2.0-only */
#include "tree.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* Its letter, as in proc(5); 0: there is none, or it is a zombie. */
static char read_stat(pid_t pid, unsigned long long *ticks)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file,
		   "%*d (%*[^)]) %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %*s %llu",
		   &state, ticks) != 2 ||
	    state == 'Z' || state == 'X')
		state = 0;
	fclose(file);
	return state;
}

unsigned long long tree_started(pid_t pid)
{
	unsigned long long ticks;

	return read_stat(pid, &ticks) ? ticks : 0;
}

static void each_child(pid_t pid, const char *thread, pid_t except, void (*act)(pid_t child))
{
	char path[128];
	FILE *file;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%.32s/children", (int)pid, thread);
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &child) == 1)
		if (child != except)
			act(child);
	if (file)
		fclose(file);
}

static void each_below(pid_t pid, pid_t except, void (*act)(pid_t child))
{
	char path[64];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			each_child(pid, entry->d_name, except, act);
	if (tasks)
		closedir(tasks);
}

void tree_stop(pid_t pid)
{
	kill(pid, SIGSTOP);
	each_below(pid, 0, tree_stop);
}

static FILE *list; /* of those that were stopped before: number and start */

static void note_stopped(pid_t pid)
{
	unsigned long long ticks;

	if (read_stat(pid, &ticks) == 'T')
		fprintf(list, "%d %llu\n", (int)pid, ticks);
	each_below(pid, 0, note_stopped);
}

int tree_note_stopped(pid_t pid, const char *path)
{
	list = fopen(path, "we");
	if (!list)
		return -1;
	note_stopped(pid);
	return fclose(list) == 0 ? 0 : -1;
}

static bool was_stopped(pid_t pid)
{
	unsigned long long started = tree_started(pid), ticks;
	int noted;

	if (list)
		rewind(list);
	while (list && fscanf(list, "%d %llu", &noted, &ticks) == 2)
		if (noted == pid && ticks == started)
			return true;
	return false;
}

static void continue_all(pid_t pid)
{
	each_below(pid, 0, continue_all);
	if (!was_stopped(pid))
		kill(pid, SIGCONT);
}

void tree_continue(pid_t pid, const char *path)
{
	list = fopen(path, "re");
	continue_all(pid);
	if (list)
		fclose(list);
}

static void await_stop(pid_t pid)
{
	unsigned long long ticks;
	char state;

	while ((state = read_stat(pid, &ticks)) == 'R' || state == 'S')
		usleep(1000);
}

/* Stopped first, so that no child is made that is not seen. */
void tree_end(pid_t pid)
{
	kill(pid, SIGSTOP);
	await_stop(pid);
	each_below(pid, 0, tree_end);
	kill(pid, SIGKILL);
}

void tree_end_children(pid_t except)
{
	each_below(getpid(), except, tree_end);
}
