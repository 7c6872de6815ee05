/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "../hostfile.h"
#include "controller.h"
#include "place.h"

#define HIERARCHIES_MAX 64

/* Mountinfo writes blank, tab, newline and backslash as \ooo. */
static void unescape(char *text)
{
	char *out = text;

	while (*text) {
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*out++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + text[3] - '0');
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = 0;
}

/* "4:cpu,cpuacct:/group" or "0::/group". */
static int add_membership(struct cgroup_host *host, char *line, struct error *err)
{
	struct cgroup_hierarchy *h;
	char *controllers, *own;

	strsep(&line, ":");
	controllers = strsep(&line, ":");
	own = line;
	if (!controllers || !own)
		return fail(err, "/proc/self/cgroup has a line of an unknown form");
	if (host->count == HIERARCHIES_MAX)
		return fail(err, "more than %d cgroup hierarchies", HIERARCHIES_MAX);
	h = &host->items[host->count++];
	h->version = *controllers ? 1 : 2;
	h->controllers = controllers;
	h->own = own;
	return 0;
}

struct mount_line {
	const char *id, *root, *point, *type, *options;
};

/* "36 35 0:31 /root /point opts optional... - type source options" */
static bool parse_mount(char *line, struct mount_line *m)
{
	char *tail = strstr(line, " - ");

	if (!tail)
		return false;
	*tail = 0;
	tail += 3;
	m->id = strsep(&line, " ");
	for (int i = 0; i < 2; i++)
		strsep(&line, " ");
	m->root = strsep(&line, " ");
	m->point = strsep(&line, " ");
	m->type = strsep(&tail, " ");
	strsep(&tail, " ");
	m->options = tail;
	return m->root && m->point && *m->point == '/' && m->type && m->options;
}

static bool mount_holds(const struct mount_line *m, const struct cgroup_hierarchy *h)
{
	const char *list = h->controllers;

	if (strcmp(m->type, h->version == 2 ? "cgroup2" : "cgroup") != 0)
		return false;
	while (*list) {
		size_t size = strcspn(list, ",");

		if (!cgroup_list_has(span_text(m->options), ",", span_of(list, size)))
			return false;
		list += size + (list[size] != 0);
	}
	return true;
}

/* Where the system keeps its hierarchies. */
static bool is_usual(const char *point)
{
	return strncmp(point, "sys/fs/cgroup", strlen("sys/fs/cgroup")) == 0;
}

/* Of several mounts of a hierarchy the one in the usual place, of those the one
 * that shows most of it. */
static void note_mount(struct cgroup_host *host, struct mount_line *m)
{
	for (size_t i = 0; i < host->count; i++) {
		struct cgroup_hierarchy *h = &host->items[i];
		bool usual = is_usual(m->point + 1);

		if (!mount_holds(m, h))
			continue;
		if (h->mount && is_usual(h->mount) > usual)
			continue;
		if (h->mount && is_usual(h->mount) == usual &&
		    strlen(h->mount_root) <= strlen(m->root))
			continue;
		h->mount = m->point + 1;
		h->mount_root = m->root;
	}
}

/* The text of a file as one string in the arena. */
static int read_all(struct cgroup_host *host, const char *path, char **text, struct error *err)
{
	cleanup_buffer struct buffer b = { 0 };
	int found = hostfile_read(host->root, path, HOSTFILE_MAX, &b, err);

	*text = NULL;
	if (found <= 0)
		return found;
	*text = arena_take(&host->arena, &b);
	return *text ? 1 : fail_memory(err);
}

static int read_memberships(struct cgroup_host *host, struct error *err)
{
	char *text, *line;
	int found = read_all(host, "proc/self/cgroup", &text, err);

	if (found <= 0)
		return found;
	while ((line = strsep(&text, "\n")))
		if (*line && add_membership(host, line, err) < 0)
			return -1;
	return 0;
}

/* What stands behind the n-th blank of the line, or its end. */
static const char *behind(const char *line, int blanks)
{
	while (blanks && *line && *line != '\n')
		blanks -= *line++ == ' ';
	return line;
}

static bool field_is(const char *line, int n, const char *text)
{
	const char *field = behind(line, n);
	size_t size = strlen(text);

	return strncmp(field, text, size) == 0 && field[size] == ' ';
}

/*
 * Is another mount on top of this one? So it is where a runtime has bound a
 * container's group over the whole hierarchy, /sys/fs/cgroup/cpuset/ct over
 * /sys/fs/cgroup/cpuset: what is below cannot be reached by its path any more.
 */
static bool is_covered(const char *mounts, const struct mount_line *m)
{
	for (const char *line = mounts; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (field_is(line, 1, m->id) && field_is(line, 4, m->point))
			return true;
	}
	return false;
}

static int read_mounts(struct cgroup_host *host, struct error *err)
{
	struct mount_line m;
	char *text, *line;
	const char *mounts;
	int found = read_all(host, "proc/self/mountinfo", &text, err);

	if (found <= 0)
		return found;
	mounts = arena_copy(&host->arena, text, strlen(text));
	if (!mounts)
		return fail_memory(err);
	while ((line = strsep(&text, "\n"))) {
		if (!strstr(line, " - cgroup") || !parse_mount(line, &m) || is_covered(mounts, &m))
			continue;
		unescape((char *)(uintptr_t)m.root);
		unescape((char *)(uintptr_t)m.point);
		note_mount(host, &m);
	}
	return 0;
}

/* What v2 offers stands in a file at its root. */
static int read_v2_controllers(struct cgroup_host *host, struct error *err)
{
	for (size_t i = 0; i < host->count; i++) {
		struct cgroup_hierarchy *h = &host->items[i];
		char path[CGROUP_HOST_PATH_MAX];

		if (h->version != 2 || !h->mount)
			continue;
		snprintf(path, sizeof(path), "%s/cgroup.controllers", h->mount);
		if (hostfile_line(host->root, path, &host->arena, &h->controllers, err) < 0)
			return -1;
	}
	return 0;
}

int cgroup_host_read(struct cgroup_host *host, int root, struct error *err)
{
	*host = (struct cgroup_host){ .root = root };
	host->items = arena_array(&host->arena, HIERARCHIES_MAX, sizeof(*host->items));
	if (!host->items)
		return fail_memory(err);
	if (read_memberships(host, err) < 0 || read_mounts(host, err) < 0 ||
	    read_v2_controllers(host, err) < 0) {
		cgroup_host_free(host);
		return -1;
	}
	return 0;
}

void cgroup_host_free(struct cgroup_host *host)
{
	arena_free(&host->arena);
	*host = (struct cgroup_host){ .root = -1 };
}

/* A named hierarchy (systemd's) carries no controller, so it does not decide. */
enum cgroup_layout cgroup_host_layout(const struct cgroup_host *host)
{
	bool v1 = false, v2 = false;

	for (size_t i = 0; i < host->count; i++) {
		const struct cgroup_hierarchy *h = &host->items[i];

		if (!h->mount)
			continue;
		v2 |= h->version == 2;
		v1 |= h->version == 1 && strncmp(h->controllers, "name=", 5) != 0;
	}
	return v1 ? (v2 ? CGROUP_HYBRID : CGROUP_LEGACY) : (v2 ? CGROUP_UNIFIED : CGROUP_NONE);
}

const struct cgroup_hierarchy *cgroup_host_find(const struct cgroup_host *host,
						struct span controller)
{
	for (size_t i = 0; i < host->count; i++) {
		const struct cgroup_hierarchy *h = &host->items[i];

		if (controller.size == 0 ?
			    h->version == 2 :
			    h->version == 1 &&
				    cgroup_list_has(span_text(h->controllers), ",", controller))
			return h;
	}
	return NULL;
}

/* ---- the process that has started this one ---- */

/* Its number, of "PPid:\t7"; 0: it is out of sight. */
static unsigned long parent_pid(const char *status)
{
	const char *at = strstr(status, "\nPPid:");

	return at ? strtoul(at + strlen("\nPPid:"), NULL, 10) : 0;
}

/* The path in the line of that hierarchy, in the text of /proc/PID/cgroup; NULL. */
static const char *path_in(char *text, const struct cgroup_hierarchy *h)
{
	const char *wanted = h->version == 2 ? "" : h->controllers, *controllers;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		strsep(&line, ":");
		controllers = strsep(&line, ":");
		if (line && strcmp(controllers, wanted) == 0)
			return line;
	}
	return NULL;
}

int cgroup_host_group_of(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
			 const char *file, struct arena *arena, const char **group,
			 struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	int found = hostfile_read(host->root, file, HOSTFILE_MAX, &text, err);

	*group = found > 0 ? path_in((char *)text.data, h) : NULL;
	if (!*group)
		return found < 0 ? -1 : 0;
	*group = arena_copy(arena, *group, strlen(*group));
	return *group ? 1 : fail_memory(err);
}

int cgroup_host_caller(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		       struct arena *arena, const char **group, struct error *err)
{
	cleanup_buffer struct buffer status = { 0 };
	unsigned long pid;
	char path[64];
	int found;

	*group = h->caller;
	if (h->caller || host->root < 0)
		return h->caller != NULL;
	found = hostfile_read(host->root, "proc/self/status", HOSTFILE_MAX, &status, err);
	pid = found > 0 ? parent_pid((const char *)status.data) : 0;
	if (!pid)
		return found < 0 ? -1 : 0;
	snprintf(path, sizeof(path), "proc/%lu/cgroup", pid);
	return cgroup_host_group_of(host, h, path, arena, group, err);
}

/* ---- groups of this host ---- */

int cgroup_host_has_file(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
			 const char *group, const char *file, struct error *err)
{
	char path[CGROUP_HOST_PATH_MAX];
	int found;

	if (!h->mount || !cgroup_host_path(h, group, file, path))
		return 0;
	found = file_exists(host->root, path, 0);
	return found < 0 ? fail_errno(err, "/%.*s: cannot be looked at", (int)strlen(path) - !*file,
				      path) :
			   found;
}

int cgroup_host_exists(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		       const char *group, struct error *err)
{
	if (!h->mount)
		return cgroup_path_within(span_text(h->own), span_text(group));
	return cgroup_host_has_file(host, h, group, "", err);
}

int cgroup_host_nearest(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
			struct arena *arena, const char **group, struct error *err)
{
	int found = 0;

	while (strcmp(*group, "/") != 0 &&
	       (found = h ? cgroup_host_exists(host, h, *group, err) : 0) == 0)
		if (!(*group = cgroup_path_parent(arena, *group)))
			return fail_memory(err);
	return found < 0 ? -1 : 0;
}

/* v1 has a file for the effective mask since Linux 3.17; before, the mask
 * itself was always effective. */
static const struct {
	const char *resource;
	const char *v1[2], *v2[2];
} mask_files[] = {
	{ "cpus", { "cpuset.effective_cpus", "cpuset.cpus" }, { "cpuset.cpus.effective", NULL } },
	{ "mems", { "cpuset.effective_mems", "cpuset.mems" }, { "cpuset.mems.effective", NULL } },
};

static const char *const *files_of(const char *resource, int version)
{
	for (size_t i = 0; i < sizeof(mask_files) / sizeof(mask_files[0]); i++)
		if (strcmp(mask_files[i].resource, resource) == 0)
			return version == 2 ? mask_files[i].v2 : mask_files[i].v1;
	return NULL;
}

static int read_mask(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		     const char *group, const char *resource, struct arena *arena,
		     struct value *mask, struct error *err)
{
	const char *const *files = files_of(resource, h->version);
	char path[CGROUP_HOST_PATH_MAX];
	const char *line = "";
	int found = 0;

	for (int i = 0; files && i < 2 && files[i] && found == 0; i++) {
		if (!cgroup_host_path(h, group, files[i], path))
			return 0;
		found = hostfile_line(host->root, path, arena, &line, err);
	}
	if (found <= 0 || !*line)
		return found < 0 ? -1 : 0;
	return value_set_parse(arena, span_text(line), mask, err) < 0 ? -1 : 1;
}

int cgroup_host_mask(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		     const char *group, const char *resource, struct arena *arena,
		     struct value *mask, const char **existing, struct error *err)
{
	char *at = arena_copy(arena, group, strlen(group));
	int found;

	if (!at)
		return fail_memory(err);
	if (!h->mount)
		return 0;
	for (;;) {
		char *slash = strrchr(at, '/');

		found = read_mask(host, h, *at ? at : "/", resource, arena, mask, err);
		if (found || !slash)
			break;
		*slash = 0;
	}
	if (existing)
		*existing = *at ? at : "/";
	return found;
}
