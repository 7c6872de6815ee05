/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this host's kernel offers to groups. All groups of a v1 hierarchy have
 * the same files, so one that exists speaks for those to come; only the root
 * lacks some. On v2 a group has the files of the controllers that its parent
 * hands on, so a missing file means something only where others of the same
 * controller are there.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "fit.h"
#include "properties.h"
#include "../hostfile.h"

bool fit_may_look(const struct fit *fit)
{
	return fit->hierarchy && fit->hierarchy->mount && !fit->crw->facts.only_given;
}

int fit_host_has(const struct fit *fit, const char *path)
{
	if (fit->crw->facts.only_given)
		return -1;
	return file_exists(fit->crw->facts.root, path, 0);
}

bool fit_kernel_since(struct fit *fit, unsigned major, unsigned minor)
{
	char text[32];
	unsigned has_major, has_minor;
	struct error ignored;
	struct value v;

	if (facts_get(&fit->crw->facts, "host.kernel", &v, &ignored) <= 0 || v.type != VALUE_TEXT)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)(v.text.size < 31 ? v.text.size : 31),
		 (const char *)v.text.data);
	return sscanf(text, "%u.%u", &has_major, &has_minor) == 2 &&
	       (has_major > major || (has_major == major && has_minor >= minor));
}

/* ---- a group that shows what others will have ---- */

/* Asking for the status of each file would take longer than all the rest. */
static bool is_group(int dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_name[0] == '.')
		return false;
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dir, entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

int fit_open_group(const struct fit *fit, const char *group, DIR **list, struct error *err)
{
	char path[CGROUP_HOST_PATH_MAX];

	if (!cgroup_host_path(fit->hierarchy, group, "", path))
		return 0;
	*list = file_list(fit->host->root, path);
	if (*list)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : fail_errno(err, "/%s: cannot open", path);
}

const char *fit_next_group(DIR *list)
{
	struct dirent *entry;

	while ((entry = file_next(list)))
		if (is_group(dirfd(list), entry))
			return entry->d_name;
	return NULL;
}

/* The first group below the mount, or NULL. */
static const char *any_group(const struct fit *fit, const struct cgroup_hierarchy *h)
{
	cleanup_dir DIR *list = file_list(fit->host->root, h->mount);
	const char *name = list ? fit_next_group(list) : NULL;

	return name ? arena_printf(fit->arena, "%s/%s",
				   strcmp(h->mount_root, "/") == 0 ? "" : h->mount_root, name) :
		      NULL;
}

const char *fit_names_in(const struct fit *fit, const char *group)
{
	cleanup_buffer struct buffer names = { 0 };
	char path[CGROUP_HOST_PATH_MAX];

	buffer_byte(&names, '/');
	if (!fit_may_look(fit) || !cgroup_host_path(fit->hierarchy, group, "", path) ||
	    !hostfile_names(fit->host->root, path, &names))
		return NULL;
	return arena_take(fit->arena, &names);
}

bool fit_is_among(const char *names, struct span name)
{
	char whole[NAME_MAX + 2] = "/";

	if (name.size > NAME_MAX - 1 || memchr(name.data, '/', name.size))
		return false;
	memcpy(whole + 1, name.data, name.size);
	whole[1 + name.size] = '/';
	return memmem(names, strlen(names), whole, name.size + 2) != NULL;
}

static const char *pick_sample(struct fit *fit)
{
	const struct cgroup_hierarchy *h = fit->hierarchy;
	const char *own = h->own, *found;
	struct error ignored;

	fit->files = strcmp(own, "/") != 0 ? fit_names_in(fit, own) : NULL;
	if (fit->files || (strcmp(own, "/") != 0 && fit_exists(fit, own, &ignored) > 0))
		return own;
	found = any_group(fit, h);
	found = found ? found : "/";
	fit->files = fit_names_in(fit, found);
	return found;
}

/* 1, 0, -1 unknown. */
static int has(const struct fit *fit, struct span name)
{
	char file[NAME_MAX];
	struct error ignored;

	if (fit->files)
		return fit_is_among(fit->files, name);
	if (name.size >= sizeof(file) || memchr(name.data, '/', name.size))
		return 0;
	memcpy(file, name.data, name.size);
	file[name.size] = 0;
	return cgroup_host_has_file(fit->host, fit->hierarchy, fit->sample, file, &ignored);
}

/* ---- v2 ---- */

static bool has_controller(const struct fit *fit, struct span name)
{
	struct span controller = property_controller(name);

	return span_is(controller, "cgroup") ||
	       (controller.size &&
		cgroup_list_has(span_text(fit->hierarchy->controllers), " ", controller));
}

/* Has the sample the file that is there whenever the controller is? */
static bool has_anchor(const struct fit *fit, struct span controller)
{
	for (const struct property_row *p = properties; p < properties + PROPERTIES; p++)
		if (p->use & PROPERTY_ANCHOR &&
		    span_equal(property_controller(span_text(p->name)), controller))
			return has(fit, span_text(p->name)) > 0;
	return false;
}

static int offers_v2(const struct fit *fit, struct span name)
{
	int found;

	if (!has_controller(fit, name))
		return 0;
	found = has(fit, name);
	if (found)
		return found;
	return strcmp(fit->sample, "/") != 0 && has_anchor(fit, property_controller(name)) ? 0 : -1;
}

/* Of another host, by its facts, the controllers are known, their files not. */
static int offers_elsewhere(const struct fit *fit, struct span name)
{
	bool v2 = fit->hierarchy && fit->hierarchy->version == 2;

	return v2 && fit->crw->facts.only_given && name.size && !has_controller(fit, name) ? 0 : -1;
}

/* Of controllers that are mounted together in the checkpoint and apart here, the
 * hierarchy of the first says nothing about the files of the others. */
static bool is_elsewhere(const struct fit *fit, struct span name)
{
	struct span controller = property_controller(name);

	return fit->hierarchy->version == 1 && controller.size < name.size &&
	       !span_is(controller, "cgroup") &&
	       !cgroup_list_has(span_text(fit->hierarchy->controllers), ",", controller);
}

int fit_offers(struct fit *fit, struct span name)
{
	int found;

	if (!fit_may_look(fit) || name.size == 0 || is_elsewhere(fit, name))
		return offers_elsewhere(fit, name);
	if (!fit->sample)
		fit->sample = pick_sample(fit);
	if (fit->hierarchy->version == 2)
		return offers_v2(fit, name);
	found = has(fit, name);
	return found == 0 && strcmp(fit->sample, "/") == 0 ? -1 : found;
}

/* ---- the group that those of the checkpoint will be in ---- */

int fit_ancestor_text(struct fit *fit, const char *file, struct buffer *text, struct error *err)
{
	char path[CGROUP_HOST_PATH_MAX];

	if (!fit_may_look(fit) || !fit->nearest ||
	    !cgroup_host_path(fit->hierarchy, fit->nearest, file, path))
		return 0;
	return hostfile_read(fit->host->root, path, HOSTFILE_MAX, text, err);
}

int fit_ancestor_line(struct fit *fit, const char *file, const char **line, struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	int found = fit_ancestor_text(fit, file, &text, err);

	*line = "";
	if (found <= 0)
		return found;
	*line = arena_copy(fit->arena, text.data, strcspn((const char *)text.data, "\n"));
	return *line ? 1 : fail_memory(err);
}
