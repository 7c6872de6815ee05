/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of groups on memory, and what the tasks in and below them have of it: a limit is
 * written when the pages are there, and must not be less. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cgroup/image.h"
#include "doctor.h"

#define SETS_MAX 1000 /* of groups that tasks are in, that are looked at */

struct set {
	uint64_t id;
	const char *path; /* of the group that limits memory */
	uint64_t pages;
};

struct limits {
	struct buffer sets; /* of struct set */
	bool swaps;         /* what is too much may leave memory */
	size_t paths;       /* of groups so far (raw_count_path()) */
};

/* ---- which tasks are where ---------------------------------------------------- */

static bool limits_memory(struct span controllers)
{
	return !controllers.size || span_is(controllers, "memory");
}

static void read_set(struct doctor *d, struct span body, struct limits *limits)
{
	struct set set = { .id = 0 };
	struct wire_field field;
	struct raw_member member;
	struct error ignored;
	int what;

	while ((what = raw_next(RAW_SET, &body, &field, &ignored)) > 0) {
		if (what == RAW_ID)
			set.id = field.scalar;
		else if (what == RAW_MEMBER && raw_read_member(&field, &member, &ignored) == 0 &&
			 limits_memory(member.name))
			set.path = arena_copy(&d->arena, member.path.data, member.path.size);
	}
	if (set.path && limits->sets.size < SETS_MAX * sizeof(set))
		buffer_append(&limits->sets, span_of(&set, sizeof(set)));
}

static void take_sets(struct doctor *d, const struct crw_message *entry, void *arg)
{
	struct span rest = span_of(entry->data, entry->size);
	struct wire_field field;
	struct error ignored;

	while (raw_next_of(RAW_ENTRY, RAW_SET, &rest, &field, &ignored) > 0)
		read_set(d, field.bytes, arg);
}

static struct set *find_set(const struct limits *limits, uint64_t id)
{
	struct set *sets = (void *)limits->sets.data;

	for (size_t i = 0; i < limits->sets.size / sizeof(*sets); i++)
		if (sets[i].id == id)
			return &sets[i];
	return NULL;
}

static void take_core(struct doctor *d, const struct crw_message *core, void *arg)
{
	uint64_t *set = arg;

	*set = doctor_number(d, core, "tc.cg_set", doctor_number(d, core, "thread_core.cg_set", 0));
}

static void take_task(struct doctor *d, const struct crw_message *task, void *arg)
{
	unsigned long long pid = doctor_number(d, task, "pid", 0);
	uint64_t id = 0;
	struct set *set;
	char file[48];

	if (!doctor_look(d))
		return;
	snprintf(file, sizeof(file), "core-%llu.img", pid);
	doctor_each_entry(d, file, take_core, &id);
	set = find_set(arg, id);
	snprintf(file, sizeof(file), "pagemap-%llu.img", pid);
	if (set)
		set->pages += doctor_count_pages(d, file);
}

/* ---- limits ------------------------------------------------------------------ */

static bool is_in(const char *path, const char *group)
{
	size_t length = strlen(group);

	return strncmp(path, group, length) == 0 && (!path[length] || path[length] == '/');
}

static uint64_t bytes_in(const struct limits *limits, const char *group)
{
	const struct set *sets = (const void *)limits->sets.data;
	uint64_t pages = 0;

	for (size_t i = 0; i < limits->sets.size / sizeof(*sets); i++)
		pages += is_in(sets[i].path, group) ? sets[i].pages : 0;
	return pages * DOCTOR_PAGE;
}

static void check_limit(struct doctor *d, const struct limits *limits, const char *group,
			const struct raw_property *p)
{
	char text[32] = "", thing[256];
	uint64_t limit, wanted;

	if (!span_is(p->name, "memory.max") && !span_is(p->name, "memory.limit_in_bytes"))
		return;
	snprintf(text, sizeof(text), "%.*s", (int)p->value.bytes.size,
		 (const char *)p->value.bytes.data);
	limit = strtoull(text, NULL, 10);
	wanted = bytes_in(limits, group);
	snprintf(thing, sizeof(thing), "%s %.*s", group, (int)p->name.size,
		 (const char *)p->name.data);
	if (text[0] >= '0' && text[0] <= '9' && limit < wanted)
		doctor_find(d, CAUSE_LIMIT, limits->swaps ? CRW_LEVEL_WARNING : CRW_LEVEL_FAILURE,
			    thing, NULL, "is %llu bytes, and its tasks have %llu",
			    (unsigned long long)limit, (unsigned long long)wanted);
}

static void check_groups(struct doctor *d, struct limits *limits, const char *path,
			 const struct raw_group *parent, struct span rest)
{
	struct raw_property p;
	struct raw_group g;
	struct error ignored;

	while (raw_next_group(&rest, parent, &g, &ignored) > 0 && doctor_look(d) &&
	       raw_count_path(&g, &limits->paths, &ignored) == 0) {
		struct span properties = g.field.bytes;
		const char *group = arena_printf(&d->arena, "%s/%.*s", path, (int)g.name.size,
						 (const char *)g.name.data);

		while (group && raw_next_property(&properties, &p, &ignored) > 0)
			check_limit(d, limits, group, &p);
		if (group)
			check_groups(d, limits, group, &g, g.field.bytes);
	}
}

static void take_groups(struct doctor *d, const struct crw_message *entry, void *arg)
{
	struct span rest = span_of(entry->data, entry->size);
	struct raw_controller c;
	struct error ignored;

	while (raw_next_controller(&rest, &c, &ignored) > 0)
		if (c.v2 || (c.name_count == 1 && span_is(c.names[0], "memory")))
			check_groups(d, arg, "", NULL, c.field.bytes);
}

void doctor_limits(struct doctor *d)
{
	struct limits limits = { .sets = { .size = 0 } };

	if (doctor_ignores_groups(d))
		return;
	limits.swaps = doctor_swaps(d);
	doctor_each_entry(d, "cgroup.img", take_sets, &limits);
	doctor_each_entry(d, "pstree.img", take_task, &limits);
	d->looked = 0;
	doctor_each_entry(d, "cgroup.img", take_groups, &limits);
	if (limits.paths > CGROUP_PATHS_MAX)
		doctor_find(d, CAUSE_LIMIT, CRW_LEVEL_UNKNOWN, "cgroup.img", NULL,
			    "has too many groups to look at");
	buffer_free(&limits.sets);
}
