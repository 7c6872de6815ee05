/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "root.h"

#include <string.h>

#include "fields.h"
#include "tree.h"

char *cgroup_join(struct arena *arena, const char *parent, struct span name)
{
	char *path = arena_alloc(arena, strlen(parent) + name.size + 3), *out = path;

	if (!path)
		return NULL;
	*out++ = '/';
	for (const char *c = parent; *c; c++)
		if (*c != '/' || out[-1] != '/')
			*out++ = *c;
	if (out[-1] != '/')
		*out++ = '/';
	for (size_t i = 0; i < name.size; i++)
		if (name.data[i] != '/' || out[-1] != '/')
			*out++ = (char)name.data[i];
	if (out > path + 1 && out[-1] == '/')
		out--;
	*out = 0;
	return path;
}

static bool list_has(struct span list, struct span wanted)
{
	struct span name;

	while (cgroup_name_next(&list, &name))
		if (span_equal(name, wanted))
			return true;
	return false;
}

/* How many of the entry's names are in a list like "cpu,cpuacct"; -1. */
static int shared(struct span controller, struct span list, bool *all, struct error *err)
{
	struct wire_field f;
	int more, count = 0;

	*all = true;
	while ((more = wire_next(&controller, &f, err)) > 0) {
		if (f.number != CG_CONTROLLER_CNAMES)
			continue;
		if (list_has(list, f.bytes))
			count++;
		else
			*all = false;
	}
	*all &= count > 0;
	return more < 0 ? -1 : count;
}

static int root_of(const struct crw *crw, struct span controller, const char **root,
		   struct error *err)
{
	bool all;
	int has;

	*root = NULL;
	for (const struct cgroup_root *r = crw->cgroup_roots; r; r = r->next) {
		has = r->controller ? shared(controller, span_text(r->controller), &all, err) : 0;
		if (has < 0)
			return -1;
		if (has || (!r->controller && !*root))
			*root = r->root;
		if (has)
			return 0;
	}
	return 0;
}

int cgroup_membership_read(struct span body, struct cgroup_membership *m, struct error *err)
{
	struct wire_field f;
	int more;

	*m = (struct cgroup_membership){ .prefix = 0 };
	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.number == CG_MEMBER_NAME)
			m->name = f.bytes;
		else if (f.number == CG_MEMBER_PATH)
			m->path = f.bytes;
		else if (f.number == CG_MEMBER_CGNS_PREFIX)
			m->prefix = f.scalar;
	}
	return more;
}

static bool is_below(struct span path, struct span dir_name)
{
	return path.size > dir_name.size &&
	       (dir_name.size == 0 ||
		memcmp(path.data + 1, dir_name.data, dir_name.size) == 0);
}

/* The first membership, of any set, that is in the group or below: 1, 0, -1. */
static int find_member(struct span entry, struct span controller, struct span dir_name,
		       struct cgroup_membership *m, struct error *err)
{
	struct wire_field set, ctl;
	struct span ctls;
	int more, inner;
	bool all;

	while ((more = wire_next(&entry, &set, err)) > 0) {
		if (set.number != CGROUP_ENTRY_SETS)
			continue;
		ctls = set.bytes;
		while ((inner = wire_next(&ctls, &ctl, err)) > 0) {
			if (ctl.number != CG_SET_CTLS)
				continue;
			if (cgroup_membership_read(ctl.bytes, m, err) < 0)
				return -1;
			if (shared(controller, m->name, &all, err) < 0)
				return -1;
			if (all && is_below(m->path, dir_name))
				return 1;
		}
		if (inner < 0)
			return -1;
	}
	return more;
}

int cgroup_place(const struct crw *crw, struct span entry, struct span controller,
		 struct span dir_name, struct arena *arena, const char **path, bool *moved,
		 struct error *err)
{
	const char *root;
	struct cgroup_membership m = { .prefix = 0 };
	size_t kept; /* of dir_name, at its end */
	int found = 0;

	if (root_of(crw, controller, &root, err) < 0)
		return -1;
	if (root)
		found = find_member(entry, controller, dir_name, &m, err);
	if (found < 0)
		return -1;
	*moved = found > 0;
	kept = *moved && m.prefix && m.prefix - 1 <= dir_name.size ?
		       dir_name.size - (size_t)(m.prefix - 1) :
		       0;
	*path = *moved ? cgroup_join(arena, root,
				     span_of(dir_name.data + dir_name.size - kept, kept)) :
			 cgroup_join(arena, "/", dir_name);
	return *path ? 0 : fail_memory(err);
}
