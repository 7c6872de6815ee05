/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "late.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../proto/file.h"

#define LIST_MAX (2 * CGROUP_PATH_MAX) /* of the lines of /proc/PID/cgroup, that of v2 last */
#define CONTROLLER_MAX 64              /* the kernel's are 32 bytes at most */

bool cgroup_late_has(const struct cgroup_created *made, enum cgroup_when when)
{
	const struct cgroup_step *s = made->later;

	while (s && s->when != when)
		s = s->next;
	return s != NULL;
}

/* ---- where processes are ------------------------------------------------------------- */

/* The line of v2, "0::/ct\n". */
static bool take_group(const char *list, char group[CGROUP_PATH_MAX])
{
	const char *line = strncmp(list, "0::", 3) == 0 ? list : strstr(list, "\n0::");
	size_t size;

	if (!line)
		return false;
	line += *line == '\n' ? 4 : 3;
	size = strcspn(line, "\n");
	if (size == 0 || size >= CGROUP_PATH_MAX)
		return false;
	memcpy(group, line, size);
	group[size] = 0;
	return true;
}

bool cgroup_late_group(pid_t pid, char group[CGROUP_PATH_MAX])
{
	char path[40], list[LIST_MAX];
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)(pid ? pid : getpid()));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : file_read(fd, list, sizeof(list) - 1);
	if (n <= 0)
		return false;
	list[n] = 0;
	return take_group(list, group);
}

int cgroup_late_move(int root, const char *path, pid_t pid)
{
	char file[CGROUP_HOST_PATH_MAX], text[20];
	cleanup_close int fd = -1;
	int size = snprintf(text, sizeof(text), "%d", (int)pid);

	if ((size_t)snprintf(file, sizeof(file), "%s/cgroup.procs", path) >= sizeof(file))
		return -1;
	fd = openat(root, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && write(fd, text, (size_t)size) == size ? 0 : -1;
}

/* ---- making room ------------------------------------------------------------------------ */

static bool will_hand_on(const struct cgroup_created *made, const char *group)
{
	const struct cgroup_step *s = made->later;

	while (s && !(cgroup_step_hands_on(s) && strcmp(s->group, group) == 0))
		s = s->next;
	return s != NULL;
}

/* Any group below takes this process for as long as it lives, one with limits too:
 * the kernel lets a move exceed them. */
static int make_room(struct cgroup_created *made, const struct cgroup_step *above)
{
	const struct cgroup_step *s = made->later;

	for (; s; s = s->next)
		if (strcmp(s->group, above->group) != 0 &&
		    cgroup_path_within(span_text(s->group), span_text(above->group)) &&
		    !will_hand_on(made, s->group) && cgroup_late_move(made->root, s->path, 0) == 0)
			break;
	if (!s)
		return -1;
	if (!made->left)
		made->left = above->path;
	return 0;
}

void cgroup_late_switch_on(struct cgroup_created *made, struct cgroup_step *s, cgroup_note *note,
			   void *ctx)
{
	char own[CGROUP_PATH_MAX];

	/* What it cannot leave, the kernel refuses; that is the line. */
	if (cgroup_late_group(0, own) && strcmp(own, s->group) == 0)
		(void)make_room(made, s);
	if (!cgroup_created_write(made, s, note, ctx) || s->again)
		return;
	s->on_before = made->on;
	made->on = s;
}

void cgroup_late_write(struct cgroup_created *made, enum cgroup_when when, cgroup_note *note,
		       void *ctx)
{
	for (struct cgroup_step *s = made->later; s; s = s->next) {
		if (s->when != when)
			continue;
		if (cgroup_step_hands_on(s))
			cgroup_late_switch_on(made, s, note, ctx);
		else
			cgroup_created_write(made, s, note, ctx);
	}
}

/* ---- taking back ------------------------------------------------------------------------- */

void cgroup_late_undo(struct cgroup_created *made)
{
	made->blocked = NULL;
	for (const struct cgroup_step *s = made->on; s; s = s->on_before) {
		struct cgroup_step off = *s;
		char value[CONTROLLER_MAX];

		/* "+memory" */
		snprintf(value, sizeof(value), "-%s", s->value + 1);
		off.value = value;
		cgroup_created_write(made, &off, cgroup_no_note, NULL);
	}
	made->on = NULL;
	if (made->left)
		cgroup_late_move(made->root, made->left, 0);
	made->left = NULL;
}
