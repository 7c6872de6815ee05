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
	       (part.size > 2 || memcmp(part.data, dots, part.size) != 0);
}

int cgroup_path_check(struct span path, struct error *err)
{
	struct span rest = path, part;

	while (cgroup_path_part(&rest, &part))
		if (!cgroup_path_is_part(part))
			return fail(err,
				    "'%.*s' is no path of a cgroup: '%.*s' cannot be a part of it",
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

char *cgroup_path_join(struct arena *arena, const char *parent, struct span name,
		       struct error *err)
{
	struct buffer path = { 0 };
	char *joined = NULL;

	append_parts(&path, span_text(parent));
	append_parts(&path, name);
	buffer_text(&path, path.size ? "" : "/");
	if (path.failed)
		fail_memory(err);
	else if (cgroup_path_check(buffer_span(&path), err) == 0 &&
		 !(joined = arena_copy(arena, path.data, path.size)))
		fail_memory(err);
	buffer_free(&path);
	return joined;
}

/* ---- where CRIU puts a group ---- */

static const char *root_of(const struct crw *crw, const struct raw_controller *c)
{
	const char *root = NULL;

	for (const struct cgroup_root *r = crw->cgroup_roots; r; r = r->next) {
		if (r->controller &&
		    cgroup_names_in(c->names, c->name_count, span_text(r->controller)))
			return r->root;
		if (!r->controller && !root)
			root = r->root;
	}
	return root;
}

static bool is_below(struct span path, struct span dir_name)
{
	return path.size > dir_name.size &&
	       (dir_name.size == 0 ||
		memcmp(path.data + 1, dir_name.data, dir_name.size) == 0);
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
	const char *root = root_of(crw, controller);
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
	*path = cgroup_path_join(arena, *moved ? root : "/",
				 hidden ? span_of(dir_name.data + hidden, dir_name.size - hidden) :
					  dir_name,
				 err);
	return *path ? 0 : -1;
}

/* ---- where on this host it is ---- */

/* What the mount shows of a path, "" of the group that is mounted itself; NULL:
 * it is out of sight, or no path of a group. */
static const char *seen_of(const struct cgroup_hierarchy *h, const char *group)
{
	size_t above = strcmp(h->mount_root, "/") == 0 ? 0 : strlen(h->mount_root);
	struct span rest = span_text(group), part;

	if (strncmp(group, h->mount_root, above) != 0 || (group[above] && group[above] != '/') ||
	    rest.size > CGROUP_PATH_MAX)
		return NULL;
	while (cgroup_path_part(&rest, &part))
		if (!cgroup_path_is_part(part))
			return NULL;
	return group + above;
}

bool cgroup_host_path(const struct cgroup_hierarchy *h, const char *group, const char *file,
		      char path[CGROUP_HOST_PATH_MAX])
{
	const char *seen = seen_of(h, group);

	return seen && snprintf(path, CGROUP_HOST_PATH_MAX, "%s%s/%s", h->mount, seen, file) <
			       CGROUP_HOST_PATH_MAX;
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
