/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "consistency.h"

#include <stdlib.h>
#include <string.h>

#include "cgroup/tree.h"

/* Field `from` of images of one kind holds numbers that are in field `to` of
 * another; without `to`, that are in the names of its files. */
struct reference {
	const char *kind, *from;
	const char *to_kind, *to;
	uint64_t none;		/* points nowhere, and may */
	const char *if_field;	/* only of messages with one of these bits set in it; or NULL */
	uint64_t if_bits;
};

#define NO_VALUE UINT64_MAX
#define VMA_OF_FILE 0xc0 /* criu/include/image.h: VMA_FILE_PRIVATE | VMA_FILE_SHARED */

static const struct reference references[] = {
	{ "fdinfo", "id", "files", "id", NO_VALUE, NULL, 0 },
	{ "mm", "exe_file_id", "files", "id", NO_VALUE, NULL, 0 },
	{ "mm", "vmas.shmid", "files", "id", NO_VALUE, "status", VMA_OF_FILE },
	{ "fs", "cwd_id", "files", "id", NO_VALUE, NULL, 0 },
	{ "fs", "root_id", "files", "id", NO_VALUE, NULL, 0 },
	{ "remap_fpath", "orig_id", "files", "id", NO_VALUE, NULL, 0 },
	{ "core", "tc.cg_set", "cgroup", "sets.id", 0, NULL, 0 },
	{ "core", "thread_core.cg_set", "cgroup", "sets.id", 0, NULL, 0 },
	{ "pstree", "ppid", "pstree", "pid", 0, NULL, 0 },
	{ "pstree", "pid", "core", NULL, NO_VALUE, NULL, 0 },
	{ "pstree", "threads", "core", NULL, NO_VALUE, NULL, 0 },
	{ "ids", "files_id", "fdinfo", NULL, 0, NULL, 0 },
};

#define REFERENCES (sizeof(references) / sizeof(references[0]))
_Static_assert(REFERENCES <= CONSISTENCY_REFERENCES_MAX, "room for each row");

static const struct image_kind *kind_called(const char *name)
{
	return kind_named(name, strlen(name));
}

/* ---- the numbers of a field ------------------------------------------------ */

/* What is done with each: they are summed up, or kept. */
struct ids {
	uint64_t sum;	    /* FNV-1a over them, in order */
	struct buffer list; /* of uint64_t */
	bool keep;
	const struct reference *reference; /* whose conditions count; NULL: none */
};

static void take_id(struct ids *ids, uint64_t id)
{
	if (ids->reference && id == ids->reference->none)
		return;
	for (unsigned i = 0; i < 64; i += 8)
		ids->sum = (ids->sum ^ (id >> i & 0xff)) * 0x100000001b3;
	if (ids->keep)
		buffer_append(&ids->list, span_of(&id, sizeof(id)));
}

static bool is_meant(const struct ids *ids, const struct message_type *type, struct span body)
{
	const char *name = ids->reference ? ids->reference->if_field : NULL;
	const struct field_type *f = name ? message_field(type, name, strlen(name)) : NULL;
	struct wire_field wire;
	struct error ignored;
	uint64_t value = 0;

	while (f && wire_next(&body, &wire, &ignored) > 0)
		if (wire.number == field_number(f))
			value = wire.scalar;
	return !f || (value & ids->reference->if_bits);
}

static void take_field(struct ids *ids, const struct wire_field *wire)
{
	struct span run = wire->bytes;
	struct error ignored;
	uint64_t id;

	if (wire->type != WIRE_BYTES)
		take_id(ids, wire->scalar);
	else /* packed */
		while (run.size && wire_varint(&run, &id, &ignored) > 0)
			take_id(ids, id);
}

/* `path` is names of fields with '.' between. Messages that cannot be read end
 * the search: whoever reads them for good says so. */
static void take_path(struct ids *ids, const struct message_type *type, const char *path,
		      struct span body)
{
	size_t size = strcspn(path, ".");
	const struct field_type *f = message_field(type, path, size);
	struct wire_field wire;
	struct error ignored;

	if (!f || (!path[size] && !is_meant(ids, type, body)))
		return;
	while (wire_next(&body, &wire, &ignored) > 0) {
		if (wire.number != field_number(f))
			continue;
		if (!path[size])
			take_field(ids, &wire);
		else if (wire.type == WIRE_BYTES)
			take_path(ids, field_message(f), path + size + 1, wire.bytes);
	}
}

static void take_image(struct ids *ids, const struct image_kind *kind, const char *path,
		       struct span bytes)
{
	struct image_entry entry;
	struct image image;
	struct error ignored;

	if (image_open(&image, kind, bytes, &ignored) < 0)
		return;
	while (image_next(&image, &entry, &ignored) > 0)
		if (entry.type == kind->entry)
			take_path(ids, entry.type, path, entry.body);
}

/* ---- while rules run -------------------------------------------------------- */

/* Properties have no place in the structure of groups; verbs, whose places
 * look otherwise, judge what they do themselves. */
static bool is_structure(const struct rules_change *c)
{
	if (strcmp(c->file, "cgroup.img") != 0 || (c->field && strncmp(c->field, "prop", 4) == 0))
		return false;
	return !*c->where || strncmp(c->where, "sets", 4) == 0 ||
	       (strncmp(c->where, "controllers", 11) == 0 && !strstr(c->where, ".properties["));
}

void consistency_change(struct consistency *c, const struct rules_change *change)
{
	c->last = change->place;
	c->structure |= is_structure(change);
}

static int blame(struct consistency *c, struct consistency_blame *b, struct arena *arena,
		 struct error *err)
{
	const char *file = c->last.file ? c->last.file : "rules";

	b->file = arena_copy(arena, file, strlen(file));
	b->line = c->last.line;
	b->touched = true;
	return b->file ? 0 : fail_memory(err);
}

static bool is_changed(const struct image_kind *kind, const char *path,
		       const struct reference *reference, struct span old, struct span fresh)
{
	struct ids before = { .reference = reference }, after = before;

	take_image(&before, kind, path, old);
	take_image(&after, kind, path, fresh);
	return before.sum != after.sum;
}

static bool is_touched(const struct reference *r, const struct checkpoint_image *image,
		       struct span fresh)
{
	struct span old = buffer_span(&image->bytes);

	if (strcmp(image->kind->name, r->kind) == 0 &&
	    is_changed(image->kind, r->from, r, old, fresh))
		return true;
	return r->to && strcmp(image->kind->name, r->to_kind) == 0 &&
	       is_changed(image->kind, r->to, NULL, old, fresh);
}

int consistency_update(struct consistency *c, const struct checkpoint_image *image,
		       struct span fresh, struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < REFERENCES; i++)
		if (is_touched(&references[i], image, fresh) &&
		    blame(c, &c->references[i], arena, err) < 0)
			return -1;
	if (c->structure && blame(c, &c->cgroups, arena, err) < 0)
		return -1;
	c->structure = false;
	return 0;
}

/* ---- at the end -------------------------------------------------------------- */

static int take_kind(struct ids *ids, struct checkpoint *checkpoint, const char *kind,
		     const char *path, struct error *err)
{
	const struct image_kind *k = kind_called(kind);
	struct checkpoint_image *image;
	int more;

	for (size_t i = 0; (more = checkpoint_find(checkpoint, k, i, &image, err)) > 0; i++) {
		struct span id;

		if (!path && kind_of_file(image->file, &id) && id.size)
			take_id(ids, strtoull((const char *)id.data, NULL, 10));
		if (!path)
			continue;
		if (checkpoint_read(checkpoint, image, err) < 0)
			return -1;
		take_image(ids, k, path, buffer_span(&image->bytes));
	}
	return more < 0 ? -1 : ids->list.failed ? fail_memory(err) : 0;
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t id_count(const struct ids *ids)
{
	return ids->list.size / sizeof(uint64_t);
}

static bool has_id(const struct ids *sorted, uint64_t id)
{
	return id_count(sorted) && bsearch(&id, sorted->list.data, id_count(sorted), sizeof(id),
					   compare_ids);
}

/* Both ends of a reference, sorted. */
static int take_both(const struct reference *r, struct checkpoint *checkpoint, struct ids *from,
		     struct ids *to, struct error *err)
{
	*from = (struct ids){ .keep = true, .reference = r };
	*to = (struct ids){ .keep = true };
	if (take_kind(from, checkpoint, r->kind, r->from, err) < 0 ||
	    take_kind(to, checkpoint, r->to_kind, r->to, err) < 0)
		return -1;
	if (id_count(from))
		qsort(from->list.data, id_count(from), sizeof(uint64_t), compare_ids);
	if (id_count(to))
		qsort(to->list.data, id_count(to), sizeof(uint64_t), compare_ids);
	return 0;
}

static void free_both(struct ids *from, struct ids *to)
{
	buffer_free(&from->list);
	buffer_free(&to->list);
}

/* Was it so in the checkpoint as it was dumped? */
static int was_dangling(const struct reference *r, struct checkpoint *original, uint64_t id,
			struct error *err)
{
	struct ids from, to;
	int status = take_both(r, original, &from, &to, err);

	if (status == 0)
		status = has_id(&from, id) && !has_id(&to, id);
	free_both(&from, &to);
	return status;
}

static int fail_dangling(const struct consistency_blame *b, const struct reference *r, uint64_t id,
			 struct error *err)
{
	const char *from = kind_called(r->kind)->pattern, *to = kind_called(r->to_kind)->pattern;

	if (r->to)
		return fail(err, "%s:%u: after this change %s of %s is %llu, but %s has no %s %llu; "
			    "change both", b->file, b->line, r->from, from, (unsigned long long)id,
			    to, r->to, (unsigned long long)id);
	return fail(err, "%s:%u: after this change %s of %s is %llu, but there is no %.*s%llu.img; "
		    "rules do not rename images", b->file, b->line, r->from, from,
		    (unsigned long long)id, (int)strcspn(to, "*"), to, (unsigned long long)id);
}

static int check_reference(const struct consistency_blame *b, const struct reference *r,
			   struct checkpoint *now, struct checkpoint *original, struct error *err)
{
	struct ids from, to;
	int status = take_both(r, now, &from, &to, err);

	for (size_t i = 0; status == 0 && i < id_count(&from); i++) {
		uint64_t id = ((const uint64_t *)(const void *)from.list.data)[i];

		if (has_id(&to, id))
			continue;
		status = was_dangling(r, original, id, err);
		if (status == 0)
			status = fail_dangling(b, r, id, err);
		else if (status > 0)
			status = 0;
	}
	free_both(&from, &to);
	return status;
}

static int judge_cgroups(struct checkpoint *checkpoint, struct error *err)
{
	struct checkpoint_image *file;
	struct image_entry entry;
	struct image image;
	int more = checkpoint_find(checkpoint, kind_called("cgroup"), 0, &file, err), status = 0;

	if (more <= 0)
		return more;
	if (checkpoint_read(checkpoint, file, err) < 0 ||
	    image_open(&image, file->kind, buffer_span(&file->bytes), err) < 0)
		return -1;
	while (status == 0 && (more = image_next(&image, &entry, err)) > 0) {
		struct arena arena = { 0 };
		struct cgroup_tree tree;

		status = cgroup_tree_read(&tree, &arena, entry.body, err);
		if (status == 0)
			status = cgroup_tree_check(&tree, err);
		arena_free(&arena);
	}
	return status < 0 || more < 0 ? -1 : 0;
}

static int check_cgroups(const struct consistency_blame *b, struct checkpoint *now,
			 struct checkpoint *original, struct error *err)
{
	struct error ignored;

	if (judge_cgroups(now, err) == 0 || judge_cgroups(original, &ignored) < 0)
		return 0;
	return error_context(err, "%s:%u: cgroup.img: after this change CRIU could not restore "
			     "it", b->file, b->line);
}

int consistency_check(const struct consistency *c, struct checkpoint *checkpoint,
		      struct error *err)
{
	struct checkpoint original;
	int status = 0;

	checkpoint_init(&original, checkpoint->dir, checkpoint->limit_image,
			checkpoint->limit_memory);
	for (size_t i = 0; i < REFERENCES && status == 0; i++)
		if (c->references[i].touched)
			status = check_reference(&c->references[i], &references[i], checkpoint,
						 &original, err);
	if (status == 0 && c->cgroups.touched)
		status = check_cgroups(&c->cgroups, checkpoint, &original, err);
	checkpoint_free(&original);
	return status;
}
