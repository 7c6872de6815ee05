/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads that `convert` takes out of groups of their own. Which set a thread
 * has is not in cgroup.img but in its core image, whose task it is of in
 * pstree.img.
 */
#include <stdlib.h>
#include <string.h>

#include "../../proto/image.h"
#include "convert.h"

enum {
	CORE_TC = 3,
	CORE_THREAD_CORE = 5,
	TASK_CORE_CG_SET = 9,
	THREAD_CORE_CG_SET = 16,
	PSTREE_PID = 1,
	PSTREE_THREADS = 5,
};

struct thread {
	uint64_t id, set; /* set 0: the image says none */
};

struct threads {
	struct convert *c;
	struct buffer all; /* of struct thread, sorted by id */
	size_t moved;
};

/* ---- core images ---- */

static int find_number(struct span body, uint32_t number, uint64_t *value, struct error *err)
{
	struct wire_field f;
	int more;

	while ((more = wire_next(&body, &f, err)) > 0)
		if (f.number == number && f.type == WIRE_VARINT)
			*value = f.scalar;
	return more;
}

/* A task has a set in both messages; CRIU takes the thread's. */
static int read_set(struct span body, uint64_t *set, struct error *err)
{
	uint64_t of_task = 0;
	struct wire_field f;
	int more;

	*set = 0;
	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.type != WIRE_BYTES)
			continue;
		if (f.number == CORE_THREAD_CORE)
			more = find_number(f.bytes, THREAD_CORE_CG_SET, set, err);
		else if (f.number == CORE_TC)
			more = find_number(f.bytes, TASK_CORE_CG_SET, &of_task, err);
		if (more < 0)
			return -1;
	}
	*set = *set ? *set : of_task;
	return more;
}

static int take_core(struct threads *t, const struct rules_image *file,
		     const struct image_entry *entry, struct error *err)
{
	struct thread thread;
	struct span id;

	if (!kind_of_file(file->file, &id))
		return 0;
	thread.id = strtoull((const char *)id.data, NULL, 10);
	if (read_set(entry->body, &thread.set, err) < 0)
		return -1;
	buffer_append(&t->all, span_of(&thread, sizeof(thread)));
	return t->all.failed ? fail_memory(err) : 0;
}

/* ---- pstree.img ---- */

static int by_id(const void *a, const void *b)
{
	const struct thread *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Where a task or thread is after the conversion; NULL: unknown. */
static const struct span *group_of(const struct threads *t, uint64_t id)
{
	const struct thread key = { id, 0 }, *found = NULL;

	if (t->all.size)
		found = bsearch(&key, t->all.data, t->all.size / sizeof(key), sizeof(key), by_id);
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

static int take_task(struct threads *t, const struct rules_image *file,
		     const struct image_entry *entry, struct error *err)
{
	struct span body = entry->body;
	const struct span *task;
	struct wire_field f;
	uint64_t id = 0;
	int more;

	(void)file;
	if (find_number(body, PSTREE_PID, &id, err) < 0)
		return -1;
	task = group_of(t, id);
	while ((more = wire_next(&body, &f, err)) > 0) {
		if (f.number != PSTREE_THREADS)
			continue;
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

typedef int taker(struct threads *t, const struct rules_image *file,
		  const struct image_entry *entry, struct error *err);

static int each_entry(struct threads *t, const char *name, taker *take, struct error *err)
{
	const struct rules_world *world = t->c->call->world;
	const struct image_kind *kind = kind_named(name, strlen(name));
	struct rules_image file;
	struct image_entry entry;
	struct image image;
	int found, more;

	for (size_t i = 0; (found = world->image(world->ctx, kind, i, &file, err)) > 0; i++) {
		more = rules_image_open(&file, &image, err);
		while (more >= 0 && (more = image_next(&image, &entry, err)) > 0)
			more = take(t, &file, &entry, err);
		if (more < 0)
			return error_context(err, "%s", file.file);
	}
	return found;
}

int cgroup_convert_report_threads(struct convert *c, struct error *err)
{
	struct threads t = { .c = c };
	const char *count;
	int status;

	if (!c->call->world->image || !c->tree.sets || !c->tree.sets->next)
		return 0;
	status = each_entry(&t, "core", take_core, err);
	if (status == 0 && t.all.size)
		qsort(t.all.data, t.all.size / sizeof(struct thread), sizeof(struct thread), by_id);
	if (status == 0)
		status = each_entry(&t, "pstree", take_task, err);
	buffer_free(&t.all);
	if (status < 0 || !t.moved)
		return status;
	count = arena_printf(c->tree.arena, "%zu in another group than the task", t.moved);
	if (!count)
		return fail_memory(err);
	return change_by(c->call, (struct change){
		.type = CHANGE_MEMBERSHIP, .hierarchy = "v2", .before = span_text(count),
		.after = span_text("in their task's"), .note = "threaded groups are not made",
	}, err);
}
