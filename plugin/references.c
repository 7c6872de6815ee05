/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "references.h"

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
_Static_assert(REFERENCES <= REFERENCES_MAX, "room for each row");

static const struct image_kind *kind_called(const char *name)
{
	return kind_named(name, strlen(name));
}

/* ---- the numbers of a field ------------------------------------------------ */

#define IDS_KEPT_MAX (1u << 19)
#define PARTS_MAX 1000 /* only ids that were chosen for it need as many */

/* What is done with each: they are summed up, or kept. Not more than a share of
 * them is kept at a time, those with id % parts == part. */
struct ids {
	uint64_t sum;	    /* FNV-1a over them, in order */
	struct buffer list; /* of uint64_t */
	uint64_t parts, part; /* parts 0: none is kept */
	bool too_many;
	const struct reference *reference; /* whose conditions count; NULL: none */
};

static size_t id_count(const struct ids *ids)
{
	return ids->list.size / sizeof(uint64_t);
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Puts them in order, each once. */
static void sort_ids(struct ids *ids)
{
	uint64_t *id = (uint64_t *)(void *)ids->list.data;
	size_t kept = 0;

	if (!id)
		return;
	qsort(id, id_count(ids), sizeof(*id), compare_ids);
	for (size_t i = 0; i < id_count(ids); i++)
		if (!kept || id[kept - 1] != id[i])
			id[kept++] = id[i];
	ids->list.size = kept * sizeof(*id);
}

static void keep_id(struct ids *ids, uint64_t id)
{
	if (id_count(ids) == IDS_KEPT_MAX) {
		sort_ids(ids);
		ids->too_many |= id_count(ids) > IDS_KEPT_MAX / 2;
	}
	if (!ids->too_many)
		buffer_append(&ids->list, span_of(&id, sizeof(id)));
}

static void take_id(struct ids *ids, uint64_t id)
{
	if (ids->reference && id == ids->reference->none)
		return;
	for (unsigned i = 0; i < 64; i += 8)
		ids->sum = (ids->sum ^ (id >> i & 0xff)) * 0x100000001b3;
	if (ids->parts && !ids->too_many && id % ids->parts == ids->part)
		keep_id(ids, id);
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
		       struct content *content)
{
	struct image_entry entry;
	struct image image;
	struct error ignored;

	if (image_open(&image, kind, content->bytes, &ignored) < 0)
		return;
	image.content = content;
	while (!ids->too_many && image_next(&image, &entry, &ignored) > 0)
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

void references_change(struct references *c, const struct rules_change *change)
{
	c->last = change->place;
	c->structure |= is_structure(change);
}

static int blame(struct references *c, struct reference_blame *b, struct arena *arena,
		 struct error *err)
{
	const char *file = c->last.file ? c->last.file : "rules";

	b->file = arena_copy(arena, file, strlen(file));
	b->line = c->last.line;
	b->touched = true;
	return b->file ? 0 : fail_memory(err);
}

static bool is_changed(const struct image_kind *kind, const char *path,
		       const struct reference *reference, struct content *old,
		       struct content *fresh)
{
	struct ids before = { .reference = reference }, after = before;

	take_image(&before, kind, path, old);
	take_image(&after, kind, path, fresh);
	return before.sum != after.sum;
}

static bool is_touched(const struct reference *r, struct checkpoint_image *image,
		       struct content *fresh)
{
	struct content *old = &image->content;

	if (strcmp(image->kind->name, r->kind) == 0 &&
	    is_changed(image->kind, r->from, r, old, fresh))
		return true;
	return r->to && strcmp(image->kind->name, r->to_kind) == 0 &&
	       is_changed(image->kind, r->to, NULL, old, fresh);
}

int references_update(struct references *c, struct checkpoint_image *image,
		       struct content *fresh, struct arena *arena, struct error *err)
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
		take_image(ids, k, path, &image->content);
	}
	return more < 0 ? -1 : ids->list.failed ? fail_memory(err) : 0;
}

static bool has_id(const struct ids *sorted, uint64_t id)
{
	return id_count(sorted) && bsearch(&id, sorted->list.data, id_count(sorted), sizeof(id),
					   compare_ids);
}

/* Both ends of a reference in one checkpoint, sorted. */
struct ends {
	struct ids from, to;
	bool taken;
};

static void free_ends(struct ends *ends)
{
	buffer_free(&ends->from.list);
	buffer_free(&ends->to.list);
}

static int take_ends(struct ends *ends, const struct reference *r, uint64_t parts, uint64_t part,
		     struct checkpoint *checkpoint, struct error *err)
{
	if (ends->taken)
		return 0;
	ends->from = (struct ids){ .parts = parts, .part = part, .reference = r };
	ends->to = (struct ids){ .parts = parts, .part = part };
	if (take_kind(&ends->from, checkpoint, r->kind, r->from, err) < 0 ||
	    take_kind(&ends->to, checkpoint, r->to_kind, r->to, err) < 0)
		return -1;
	sort_ids(&ends->from);
	sort_ids(&ends->to);
	ends->taken = true;
	return 0;
}

static bool are_too_many(const struct ends *ends)
{
	return ends->from.too_many || ends->to.too_many;
}

static bool dangles(const struct ends *ends, uint64_t id)
{
	return has_id(&ends->from, id) && !has_id(&ends->to, id);
}

static int fail_dangling(const struct reference_blame *b, const struct reference *r, uint64_t id,
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

/* What dangles now and did not in the checkpoint as it was dumped; *more: take
 * smaller parts. */
struct check {
	const struct reference_blame *blame;
	const struct reference *reference;
	struct checkpoint *now, *original;
	uint64_t parts, part;
};

static int check_ends(const struct check *c, struct ends *now, struct ends *original, bool *more,
		      struct error *err)
{
	if (take_ends(now, c->reference, c->parts, c->part, c->now, err) < 0)
		return -1;
	*more = are_too_many(now);
	for (size_t i = 0; !*more && i < id_count(&now->from); i++) {
		uint64_t id = ((const uint64_t *)(const void *)now->from.list.data)[i];

		if (has_id(&now->to, id))
			continue;
		if (take_ends(original, c->reference, c->parts, c->part, c->original, err) < 0)
			return -1;
		*more = are_too_many(original);
		if (!*more && !dangles(original, id))
			return fail_dangling(c->blame, c->reference, id, err);
	}
	return 0;
}

static int check_part(const struct check *c, bool *more, struct error *err)
{
	struct ends now = { .taken = false }, original = { .taken = false };
	int status = check_ends(c, &now, &original, more, err);

	free_ends(&now);
	free_ends(&original);
	return status;
}

static int check_reference(struct check *c, struct error *err)
{
	bool more;

	for (c->parts = 1, c->part = 0; c->part < c->parts; c->part++) {
		if (check_part(c, &more, err) < 0)
			return -1;
		if (!more)
			continue;
		if (c->parts > PARTS_MAX)
			return fail(err, "%s:%u: after this change %s of %s cannot be checked: there are "
				    "too many of them", c->blame->file, c->blame->line,
				    c->reference->from, kind_called(c->reference->kind)->pattern);
		c->parts = 2 * c->parts + 1; /* odd: ids like to be multiples of 2 */
		c->part = UINT64_MAX;
	}
	return 0;
}

static int judge_cgroups(struct checkpoint *checkpoint, struct error *err)
{
	struct checkpoint_image *file;
	struct image_entry entry;
	struct image image;
	int more = checkpoint_find(checkpoint, kind_called("cgroup"), 0, &file, err), status = 0;

	if (more <= 0)
		return more;
	if (checkpoint_entries(checkpoint, file, &image, err) < 0)
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

static int check_cgroups(const struct reference_blame *b, struct checkpoint *now,
			 struct checkpoint *original, struct error *err)
{
	struct error ignored;

	if (judge_cgroups(now, err) == 0 || judge_cgroups(original, &ignored) < 0)
		return 0;
	return error_context(err, "%s:%u: cgroup.img: after this change CRIU could not restore "
			     "it", b->file, b->line);
}

int references_check(const struct references *c, struct checkpoint *checkpoint,
		      struct error *err)
{
	struct checkpoint original;
	int status = 0;

	checkpoint_init(&original, checkpoint->dir, checkpoint->limit_image,
			checkpoint->limit_memory);
	for (size_t i = 0; i < REFERENCES && status == 0; i++) {
		struct check check = {
			.blame = &c->references[i], .reference = &references[i],
			.now = checkpoint, .original = &original,
		};

		if (check.blame->touched)
			status = check_reference(&check, err);
	}
	if (status == 0 && c->cgroups.touched)
		status = check_cgroups(&c->cgroups, checkpoint, &original, err);
	checkpoint_free(&original);
	return status;
}
