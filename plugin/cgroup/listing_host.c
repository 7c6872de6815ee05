/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../proto/file.h"
#include "../hostfile.h"
#include "place.h"
#include "properties.h"

#define ENTRIES_MAX 20000   /* of a group's directory */
#define SETTING_MAX 65536   /* bytes of one value */
#define PIDS_MAX (1u << 20) /* bytes of cgroup.procs */

static int compare_names(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Takes what was appended to a list of names, in order. */
static int take_names(struct buffer *names, struct arena *arena, const char ***out, size_t *count,
		      struct error *err)
{
	*count = names->size / sizeof(**out);
	if (*count)
		qsort(names->data, *count, sizeof(**out), compare_names);
	*out = names->failed ? NULL : arena_copy(arena, names->data, names->size);
	buffer_free(names);
	return *out ? 0 : fail_memory(err);
}

static bool is_setting(const struct cgroup_hierarchy *h, const char *name)
{
	const struct property_row *row = property_find(h->version == 2 ? PROPERTY_V2 : PROPERTY_V1,
						       span_text(name));

	return row && row->fresh;
}

static int list_entries(DIR *list, const struct cgroup_hierarchy *h, const char *path,
			struct arena *arena, struct listed_host *out, struct error *err)
{
	struct buffer groups = { 0 }, settings = { 0 };
	struct dirent *entry;
	int status = 0;

	for (size_t i = 0; status == 0 && (entry = file_next(list)); i++) {
		const char *name = arena_copy(arena, entry->d_name, strlen(entry->d_name));

		if (i == ENTRIES_MAX)
			status = fail(err, "/%s: more than %d files", path, ENTRIES_MAX);
		else if (!name)
			status = fail_memory(err);
		else if (entry->d_type == DT_DIR)
			buffer_append(&groups, span_of(&name, sizeof(name)));
		else if (is_setting(h, name))
			buffer_append(&settings, span_of(&name, sizeof(name)));
	}
	if (status == 0 && errno)
		status = fail_errno(err, "/%s: cannot list", path);
	if (status == 0)
		status = take_names(&groups, arena, &out->groups, &out->group_count, err);
	if (status == 0)
		status = take_names(&settings, arena, &out->settings, &out->setting_count, err);
	buffer_free(&groups);
	buffer_free(&settings);
	return status;
}

/* Files that are only written to, and those of threaded groups. */
static bool is_not_readable(int error)
{
	return error == EINVAL || error == EOPNOTSUPP;
}

const char *listing_host_value(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
			       const char *group, const char *file, struct arena *arena)
{
	cleanup_buffer struct buffer text = { 0 };
	char path[CGROUP_HOST_PATH_MAX];
	struct error unused;
	int found;

	if (!h->mount || !cgroup_host_path(h, group, file, path))
		return NULL;
	errno = 0;
	found = hostfile_read(host->root, path, SETTING_MAX, &text, &unused);
	if (found < 0 && !is_not_readable(errno))
		return arena_printf(arena, errno ? "(%m)" : "(too large)");
	if (found <= 0)
		return NULL;
	while (text.size && text.data[text.size - 1] == '\n')
		text.data[--text.size] = 0;
	return arena_take(arena, &text);
}

/* In a threaded group there are none: the kernel refuses to say. */
static int read_pids(const struct cgroup_host *host, const char *path, struct arena *arena,
		     struct listed_host *out, struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	const char *at = arena_printf(arena, "%s/cgroup.procs", path);
	size_t lines = 0;
	char *end;
	int found;

	if (!at)
		return fail_memory(err);
	found = hostfile_read(host->root, at, PIDS_MAX, &text, err);
	if (found <= 0)
		return found < 0 && !is_not_readable(errno) ? -1 : 0;
	for (size_t i = 0; i < text.size; i++)
		lines += text.data[i] == '\n';
	out->pids = arena_array(arena, lines + 1, sizeof(*out->pids));
	if (!out->pids)
		return fail_memory(err);
	for (at = (const char *)text.data; out->pid_count < lines; at = end) {
		out->pids[out->pid_count++] = (unsigned)strtoul(at, &end, 10);
		if (end == at)
			break;
	}
	return 0;
}

int listing_read_host(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		      const char *group, struct arena *arena, struct listed_host *out,
		      struct error *err)
{
	cleanup_dir DIR *list = NULL;
	const char *path;
	int status;

	*out = (struct listed_host){ .exists = false };
	if (!h || !h->mount)
		return 0;
	status = cgroup_host_place(h, group, arena, &path, err);
	if (status <= 0)
		return status;
	list = file_list(host->root, path);
	if (!list)
		return errno == ENOENT || errno == ENOTDIR ?
			       0 :
			       fail_errno(err, "%s: cannot open", path);
	out->exists = true;
	if (list_entries(list, h, path, arena, out, err) < 0)
		return -1;
	return read_pids(host, path, arena, out, err);
}
