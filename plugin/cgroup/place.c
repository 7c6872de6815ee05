/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "place.h"

#include <stdio.h>
#include <string.h>

#include "../context.h"
#include "controller.h"

#define PART_MAX 255 /* NAME_MAX of the kernel */

/* ---- paths ---- */

bool cgroup_path_part(struct span *path, struct span *part)
{
	const uint8_t *slash;

	while (path->size && *path->data == '/')
		*path = span_of(path->data + 1, path->size - 1);
	*part = *path;
	slash = path->size ? memchr(path->data, '/', path->size) : NULL;
	if (slash)
		part->size = (size_t)(slash - path->data);
	if (part->size)
		*path = span_of(path->data + part->size, path->size - part->size);
	return part->size > 0;
}

bool cgroup_path_is_part(struct span part)
{
	static const char dots[] = "..";

	return part.size > 0 && part.size <= PART_MAX && !memchr(part.data, '/', part.size) &&
	       !memchr(part.data, '\n', part.size) &&
	       (part.size > 2 || memcmp(part.data, dots, part.size) != 0);
}

int cgroup_path_check(struct span path, struct error *err)
{
	struct span rest = path, part;

	while (cgroup_path_part(&rest, &part))
		if (!cgroup_path_is_part(part))
			return fail(err, "'%.*s' is not a cgroup path: '%.*s' cannot be part of it",
				    (int)path.size, (const char *)path.data, (int)part.size,
				    (const char *)part.data);
	return 0;
}

bool cgroup_path_within(struct span path, struct span above)
{
	struct span want, have;

	while (cgroup_path_part(&above, &want))
		if (!cgroup_path_part(&path, &have) || !span_equal(want, have))
			return false;
	return true;
}

bool cgroup_path_leads_out(const char *path)
{
	struct span rest = span_text(path), part;

	return cgroup_path_part(&rest, &part) && span_is(part, "..");
}

char *cgroup_path_parent(struct arena *arena, const char *group)
{
	const char *slash = strrchr(group, '/');

	return arena_printf(arena, "%.*s", slash > group ? (int)(slash - group) : 1, group);
}

static void append_parts(struct buffer *path, struct span parts)
{
	struct span part;

	while (cgroup_path_part(&parts, &part)) {
		buffer_byte(path, '/');
		buffer_append(path, part);
	}
}

char *cgroup_path_join(struct arena *arena, const char *parent, struct span name, struct error *err)
{
	cleanup_buffer struct buffer path = { 0 };
	char *joined;

	append_parts(&path, span_text(parent));
	append_parts(&path, name);
	buffer_text(&path, path.size ? "" : "/");
	if (!path.failed && cgroup_path_check(buffer_span(&path), err) < 0)
		return NULL;
	joined = arena_take(arena, &path);
	if (!joined)
		fail_memory(err);
	return joined;
}

/* "/ct" of "/ct/in"; false: the path is empty. */
static bool drop_part(struct buffer *path)
{
	bool some = path->size > 0;

	while (path->size && path->data[--path->size] != '/')
		;
	return some;
}

char *cgroup_path_resolve(struct arena *arena, const char *path)
{
	cleanup_buffer struct buffer resolved = { 0 };
	struct span rest = span_text(path), part;

	while (cgroup_path_part(&rest, &part)) {
		if (span_is(part, "..")) {
			if (!drop_part(&resolved))
				return arena_printf(arena, "%s", path);
		} else if (!span_is(part, ".")) {
			buffer_byte(&resolved, '/');
			buffer_append(&resolved, part);
		}
	}
	buffer_text(&resolved, resolved.size ? "" : "/");
	return arena_take(arena, &resolved);
}

/* ---- where CRIU puts a group ---- */

static bool given_roots(const struct crw *crw, struct value *list)
{
	return facts_given(&crw->facts, "criu.cgroup.roots", list) && list->type == VALUE_LIST;
}

bool cgroup_root_given(const struct crw *crw)
{
	struct value list;

	return given_roots(crw, &list) && list.item_count;
}

/* "cpu+cpuacct:/ct" is for any of the names; "/ct", for all, is *is_general. */
static const char *root_for(const char *item, const struct span *names, size_t count,
			    bool *is_general)
{
	const char *path = strstr(item, ":/");
	struct span list = span_of(item, path ? (size_t)(path - item) : 0);

	*is_general = *item == '/';
	if (*is_general || !path)
		return *is_general ? item : NULL;
	for (size_t i = 0; i < count; i++)
		if (cgroup_list_has(list, "+", names[i].size ? names[i] : span_text("v2")))
			return path + 1;
	return NULL;
}

const char *cgroup_root_of(const struct crw *crw, const struct span *names, size_t count)
{
	const char *general = NULL, *root;
	struct value list;
	bool is_general;

	for (size_t i = 0; given_roots(crw, &list) && i < list.item_count; i++) {
		root = root_for((const char *)list.items[i].text.data, names, count, &is_general);
		if (root && !is_general)
			return root;
		if (root && !general)
			general = root;
	}
	return general;
}

static bool is_below(struct span path, struct span dir_name)
{
	return path.size > dir_name.size &&
	       (dir_name.size == 0 || memcmp(path.data + 1, dir_name.data, dir_name.size) == 0);
}

/* The first membership, of any set, that is in the group or below: 1, 0, -1. */
static int find_member(struct span entry, const struct raw_controller *c, struct span dir_name,
		       struct raw_member *m, struct error *err)
{
	struct raw_members members = { .entry = entry };
	int more;

	while ((more = raw_next_member(&members, m, err)) > 0)
		if (c->name_count &&
		    cgroup_names_in(c->names, c->name_count, m->name) == c->name_count &&
		    is_below(m->path, dir_name))
			break;
	return more;
}

int cgroup_place(const struct crw *crw, struct span entry, const struct raw_controller *controller,
		 struct span dir_name, struct arena *arena, const char **path, bool *moved,
		 struct error *err)
{
	const char *root = cgroup_root_of(crw, controller->names, controller->name_count);
	struct raw_member m;
	size_t hidden = dir_name.size; /* of dir_name, at its front */
	int found = root ? find_member(entry, controller, dir_name, &m, err) : 0;

	if (found < 0)
		return -1;
	*moved = found > 0;
	if (!*moved)
		hidden = 0;
	else if (m.prefix && m.prefix - 1 <= dir_name.size)
		hidden = (size_t)(m.prefix - 1);
	*path = cgroup_path_join(
		arena, *moved ? root : "/",
		hidden ? span_of(dir_name.data + hidden, dir_name.size - hidden) : dir_name, err);
	return *path ? 0 : -1;
}

int cgroup_namespace_root(const struct crw *crw, struct span entry, const struct raw_controller *v2,
			  const struct raw_member *member, struct arena *arena, const char **root,
			  struct error *err)
{
	bool moved;

	if (member->name.size || member->prefix < 2 || member->prefix > member->path.size)
		return 0;
	if (cgroup_place(crw, entry, v2, span_of(member->path.data + 1, (size_t)member->prefix - 1),
			 arena, root, &moved, err) < 0)
		return -1;
	return strcmp(*root, "/") != 0;
}

/* ---- where on this host it is ---- */

/* What the mount shows of a path, "" of the group that is mounted itself; NULL:
 * it is out of sight, nothing is mounted, or it is no path of a group. */
static const char *seen_of(const struct cgroup_hierarchy *h, const char *group)
{
	size_t above = !h->mount || strcmp(h->mount_root, "/") == 0 ? 0 : strlen(h->mount_root);
	struct span rest = span_text(group), part;

	if (!h->mount || strncmp(group, h->mount_root, above) != 0 ||
	    (group[above] && group[above] != '/') || rest.size > CGROUP_PATH_MAX)
		return NULL;
	while (cgroup_path_part(&rest, &part))
		if (!cgroup_path_is_part(part))
			return NULL;
	return group + above;
}

bool cgroup_host_path(const struct cgroup_hierarchy *h, const char *group, const char *file,
		      char path[CGROUP_HOST_PATH_MAX])
{
	const char *parts[] = { h->mount, seen_of(h, group), "/", file };
	size_t size = 0;

	if (!parts[1] || (*file && !cgroup_path_is_part(span_text(file))))
		return false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t part = strlen(parts[i]);

		if (size + part >= CGROUP_HOST_PATH_MAX)
			return false;
		memcpy(path + size, parts[i], part + 1);
		size += part;
	}
	return true;
}

int cgroup_host_place(const struct cgroup_hierarchy *h, const char *group, struct arena *arena,
		      const char **path, struct error *err)
{
	const char *seen = seen_of(h, group);

	if (!seen)
		return 0;
	*path = arena_printf(arena, "%s%s", h->mount, seen);
	return *path ? 1 : fail_memory(err);
}
