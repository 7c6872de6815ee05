/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that `convert` takes out of groups of their own. */
#include <stdlib.h>
#include <string.h>

#include "../numbers.h"
#include "convert.h"
#include "tasks.h"

struct thread {
	uint64_t id, set; /* set 0: the image says none */
};

struct threads {
	struct convert *c;
	struct buffer all; /* of struct thread, sorted by id */
	size_t moved;
};

/* ---- core images ---- */

static int take_core(void *ctx, const struct rules_image *file, const struct image_entry *entry,
		     struct error *err)
{
	struct threads *t = ctx;
	struct thread thread;
	struct span id;

	if (!kind_of_file(file->file, &id))
		return 0;
	thread.id = strtoull((const char *)id.data, NULL, 10);
	if (tasks_set(entry->body, &thread.set, err) < 0)
		return -1;
	buffer_append(&t->all, span_of(&thread, sizeof(thread)));
	return t->all.failed ? fail_memory(err) : 0;
}

/* ---- pstree.img ---- */

/* Where a task or thread is after the conversion; NULL: unknown. */
static const struct span *group_of(const struct threads *t, uint64_t id)
{
	const struct thread key = { id, 0 }, *found = NULL;

	if (t->all.size)
		found = bsearch(&key, t->all.data, t->all.size / sizeof(key), sizeof(key),
				numbers_compare);
	for (const struct cgroup_set *s = t->c->tree.sets; s && found; s = s->next)
		if (s->id == found->set)
			return &s->members->path;
	return NULL;
}

static void compare(struct threads *t, const struct span *task, uint64_t id)
{
	const struct span *own = group_of(t, id);

	if (task && own && (own->size != task->size || memcmp(own->data, task->data, own->size)))
		t->moved++;
}

static int take_task(void *ctx, const struct rules_image *file, const struct image_entry *entry,
		     struct error *err)
{
	struct threads *t = ctx;
	struct span body = entry->body;
	const struct span *task;
	struct wire_field f;
	uint64_t id = 0;
	int more;

	if (tasks_number(body, PSTREE_PID, &id, err) < 0)
		return -1;
	task = group_of(t, id);
	while ((more = wire_next_of(&body, PSTREE_THREADS, &f, err)) > 0) {
		if (f.type == WIRE_VARINT)
			compare(t, task, f.scalar);
		while (f.type == WIRE_BYTES && f.bytes.size) {
			if (wire_varint(&f.bytes, &id, err) < 0)
				return -1;
			compare(t, task, id);
		}
	}
	return more;
}

/* ---- all of it ---- */

int cgroup_convert_report_threads(struct convert *c, struct error *err)
{
	struct threads t = { .c = c };
	const char *count;
	int status;

	if (!c->call->world->image || !c->tree.sets || !c->tree.sets->next)
		return 0;
	status = tasks_each_entry(c->call->world, "core", take_core, &t, err);
	if (status == 0 && t.all.size)
		qsort(t.all.data, t.all.size / sizeof(struct thread), sizeof(struct thread),
		      numbers_compare);
	if (status == 0)
		status = tasks_each_entry(c->call->world, "pstree", take_task, &t, err);
	buffer_free(&t.all);
	if (status < 0 || !t.moved)
		return status;
	count = arena_printf(c->tree.arena, "%zu in another group than the task", t.moved);
	if (!count)
		return fail_memory(err);
	return change_by(c->call,
			 (struct change){
				 .type = CHANGE_MEMBERSHIP,
				 .hierarchy = "v2",
				 .before = span_text(count),
				 .after = span_text("in their task's"),
				 .note = "threaded groups are not restored",
			 },
			 err);
}
