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

#define NAME "containerd-shim" /* of containerd-shim-runc-v2: the kernel keeps 15 bytes */
#define STATUS_MAX 8192

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

static bool hands_on(const struct cgroup_created *made, const char *path)
{
	char file[CGROUP_HOST_PATH_MAX];
	cleanup_buffer struct buffer list = { 0 };
	struct error unreadable = { .text = "" };

	snprintf(file, sizeof(file), "%s/cgroup.subtree_control", path);
	return hostfile_read(made->root, file, STATUS_MAX, &list, &unreadable) <= 0 ||
	       strstr((const char *)list.data, "cpuset");
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

/* The step for a group; NULL: no memory. */
static struct cgroup_step *step_for(struct cgroup_created *made, const char *mount,
				    const char *group)
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
		.value = "+cpuset",
	};
	return s->name && s->group && s->path ? s : NULL;
}

void cgroup_shim_precede(struct cgroup_created *made, const char *mount, pid_t task,
			 cgroup_note *note, void *ctx)
{
	char group[CGROUP_PATH_MAX], above[CGROUP_PATH_MAX];
	struct cgroup_step *step;

	if (!cgroup_late_group(task, group))
		return;
	for (const char *slash = strchr(group + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(above, sizeof(above), "%.*s", (int)(slash - group), group);
		step = step_for(made, mount, above);
		if (!step || hands_on(made, step->path))
			continue;
		leave(made, mount, group, step);
		cgroup_late_switch_on(made, step, note, ctx);
	}
}
