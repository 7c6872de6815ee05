/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "../hostfile.h"
#include "late.h"
#include "prepare_inner.h"

#define NAME "containerd-shim" /* of containerd-shim-runc-v2: the kernel keeps 15 bytes */
#define STATUS_MAX 8192
#define CONTROLLER_MAX 64

/* ---- is it there ---------------------------------------------------------------------------- */

/* What "\nPPid:\t7\n" of /proc/PID/status says of a process; -1. */
static long parent_of(long pid)
{
	char path[40], status[STATUS_MAX];
	const char *line;
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : file_read(fd, status, sizeof(status) - 1);
	status[n < 0 ? 0 : n] = 0;
	line = strstr(status, "\nPPid:");
	return line ? strtol(line + strlen("\nPPid:"), NULL, 10) : -1;
}

bool cgroup_shim_waits(void)
{
	char path[40], name[sizeof(NAME)] = "";
	cleanup_close int fd = -1;

	snprintf(path, sizeof(path), "/proc/%ld/comm", parent_of(getppid()));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && file_read(fd, name, sizeof(name) - 1) > 0 && strcmp(name, NAME) == 0;
}

/* ---- what it does --------------------------------------------------------------------------- */

/* What a file of the group has in its one line, with a blank before and behind each word. */
static bool read_words(const struct cgroup_created *made, const char *path, const char *file,
		       char words[STATUS_MAX])
{
	char full[CGROUP_HOST_PATH_MAX];
	cleanup_buffer struct buffer list = { 0 };
	struct error unreadable = { .text = "" };

	snprintf(full, sizeof(full), "%s/%s", path, file);
	if (hostfile_read(made->root, full, STATUS_MAX - 3, &list, &unreadable) <= 0)
		return false;
	list.data[strcspn((const char *)list.data, "\n")] = 0;
	snprintf(words, STATUS_MAX, " %s ", (const char *)list.data);
	return true;
}

static bool hands_on(const char *words, struct span controller)
{
	char word[CONTROLLER_MAX];

	return (size_t)snprintf(word, sizeof(word), " %.*s ", (int)controller.size,
				(const char *)controller.data) >= sizeof(word) ||
	       strstr(words, word);
}

/* This process ends in the group of the task, if it is in the other. */
static void leave(struct cgroup_created *made, const char *mount, const char *task_group,
		  const struct cgroup_step *step)
{
	char own[CGROUP_PATH_MAX], path[CGROUP_HOST_PATH_MAX];

	if (!cgroup_late_group(0, own) || strcmp(own, step->group) != 0)
		return;
	snprintf(path, sizeof(path), "%s%s", mount, task_group);
	if (cgroup_late_move(made->root, path, 0) == 0 && !made->left)
		made->left = step->path;
}

/* The step by which a group hands a controller on; NULL: no memory. */
static struct cgroup_step *step_for(struct cgroup_created *made, const char *mount,
				    const char *group, struct span controller)
{
	struct cgroup_step *s = arena_alloc(&made->arena, sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct cgroup_step){
		.type = CGROUP_WRITE,
		.when = CGROUP_LATE,
		.name = arena_printf(&made->arena, "v2:%s", group),
		.group = arena_printf(&made->arena, "%s", group),
		.path = arena_printf(&made->arena, "%s%s", mount, group),
		.file = "cgroup.subtree_control",
		.value = arena_printf(&made->arena, "+%.*s", (int)controller.size,
				      (const char *)controller.data),
	};
	return s->name && s->group && s->path && s->value ? s : NULL;
}

/* All controllers that the group has. */
static void switch_on(struct cgroup_created *made, const char *mount, const char *group,
		      const char *task_group, cgroup_note *note, void *ctx)
{
	char path[CGROUP_HOST_PATH_MAX], has[STATUS_MAX], on[STATUS_MAX];
	const char *rest = has;
	struct span word;

	snprintf(path, sizeof(path), "%s%s", mount, group);
	if (!read_words(made, path, "cgroup.controllers", has) ||
	    !read_words(made, path, "cgroup.subtree_control", on))
		return;
	while ((word = prepare_next_word(&rest)).size) {
		struct cgroup_step *step = hands_on(on, word) ? NULL :
								step_for(made, mount, group, word);

		if (!step)
			continue;
		leave(made, mount, task_group, step);
		cgroup_late_switch_on(made, step, note, ctx);
	}
}

void cgroup_shim_precede(struct cgroup_created *made, const char *mount, pid_t task,
			 cgroup_note *note, void *ctx)
{
	char group[CGROUP_PATH_MAX], above[CGROUP_PATH_MAX];

	if (!cgroup_late_group(task, group))
		return;
	for (const char *slash = strchr(group + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(above, sizeof(above), "%.*s", (int)(slash - group), group);
		switch_on(made, mount, above, group, note, ctx);
	}
}
