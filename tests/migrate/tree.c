/* SPDX-License-Identifier: GPL-2.0-only */
#include "tree.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

unsigned long long tree_started(pid_t pid)
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

void tree_continue(pid_t pid)
{
	each_below(pid, 0, tree_continue);
	kill(pid, SIGCONT);
}

/* Stopped first, so that no child is made that is not seen. */
void tree_end(pid_t pid)
{
	kill(pid, SIGSTOP);
	each_below(pid, 0, tree_end);
	kill(pid, SIGKILL);
}

void tree_end_children(pid_t except)
{
	each_below(getpid(), except, tree_end);
}
