/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "added.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../rules/path.h"
#include "mount.h"
#include "numbers.h"

#define MOUNTS_MAX 100000
#define IDS_MAX 1000000

/* What else is asked of the entries of an image. */
typedef int (*entries_judge)(struct checkpoint *c, struct checkpoint *original, size_t index,
			     struct checkpoint_image *image, struct error *err);

static int judge_mounts(struct checkpoint *c, struct checkpoint *original, size_t index,
			struct checkpoint_image *image, struct error *err);
static int judge_types(struct checkpoint *c, struct checkpoint *original, size_t index,
		       struct checkpoint_image *image, struct error *err);

/* Numbers that no two entries of an image have. */
static const struct {
	const char *kind, *message, *field;
	const char *what;
	entries_judge judge; /* or NULL */
} unique[] = {
	{ "files", "file_entry", "id", "CRIU would make one file of both", NULL },
	{ "reg_files", "reg_file_entry", "id", "CRIU would make one file of both", NULL },
	{ "fdinfo", "fdinfo_entry", "fd", "a task has one file behind each", judge_types },
	{ "mnts", "mnt_entry", "mnt_id", "CRIU would make one mount of both", judge_mounts },
	{ "tty_info", "tty_info_entry", "id", "CRIU would make one terminal of both", NULL },
};

/* Of these CRIU reads the first entry alone. */
static const char *const single[] = { "inventory", "core",   "ids",    "creds",  "fs",
				      "mm",        "utsns",  "timens", "userns", "netns",
				      "ipc_var",   "cgroup", "seccomp" };

static const struct field_type *field_of(const char *message, const char *name)
{
	return message_field(message_find(message, strlen(message)), name, strlen(name));
}

/* The last one counts. */
static bool find(struct span body, const char *message, const char *name, struct wire_field *out)
{
	const struct field_type *f = field_of(message, name);
	struct wire_field w;
	struct error ignored;
	bool found = false;

	while (wire_next_of(&body, field_number(f), &w, &ignored) > 0) {
		*out = w;
		found = true;
	}
	return found;
}

/* ---- ids ------------------------------------------------------------------------------- */

static int read_ids(struct checkpoint *c, struct checkpoint_image *image, size_t row,
		    struct buffer *ids, struct error *err)
{
	struct image entries;
	struct image_entry e;
	struct wire_field id;
	int more;

	if (checkpoint_entries(c, image, &entries, err) < 0)
		return -1;
	while ((more = image_next(&entries, &e, err)) > 0)
		if (find(e.body, unique[row].message, unique[row].field, &id))
			numbers_add(ids, id.scalar);
	if (more == 0 && numbers_count(ids) > IDS_MAX)
		return fail(err, "%s: more than %d entries, and one was added", image->file,
			    IDS_MAX);
	return more < 0 ? -1 : ids->failed ? fail_memory(err) : 0;
}

static int judge_ids(struct checkpoint *c, struct checkpoint_image *image, size_t row,
		     struct error *err)
{
	cleanup_buffer struct buffer ids = { 0 };
	int status = read_ids(c, image, row, &ids, err);
	uint64_t twice;

	numbers_sort(&ids);
	if (status == 0 && numbers_twice(&ids, &twice))
		status = fail(err, "%s: %s=%llu is taken: %s", image->file, unique[row].field,
			      (unsigned long long)twice, unique[row].what);
	return status;
}

/* ---- mounts ------------------------------------------------------------------------------ */

static int read_mounts(struct checkpoint *c, struct checkpoint_image *image, struct buffer *mounts,
		       struct error *err)
{
	struct image entries;
	struct image_entry e;
	int more;

	if (checkpoint_entries(c, image, &entries, err) < 0)
		return -1;
	while ((more = image_next(&entries, &e, err)) > 0) {
		const struct mount m = mount_of(e.body);

		if (mounts->size / sizeof(m) == MOUNTS_MAX)
			return fail(err, "%s: more than %d mounts", image->file, MOUNTS_MAX);
		buffer_append(mounts, span_of(&m, sizeof(m)));
	}
	return more < 0 ? -1 : mounts->failed ? fail_memory(err) : 0;
}

static const struct mount *find_mount(const struct buffer *mounts, uint64_t id)
{
	const struct mount *m = (const struct mount *)(const void *)mounts->data;

	for (size_t i = 0; i < mounts->size / sizeof(*m); i++)
		if (m[i].id == id)
			return &m[i];
	return NULL;
}

/* What is in a tmpfs is an archive of its own. */
static int lacks_content(const struct checkpoint *c, const struct mount *m, struct error *err)
{
	char file[64];
	int found = mount_has_content(m, file) ? checkpoint_has(c, file, err) : 1;

	return found < 0 ? -1 : !found;
}

/* A directory of a filesystem is taken from another mount of that. */
static bool lacks_origin(const struct buffer *mounts, const struct mount *bind)
{
	const struct mount *m = (const struct mount *)(const void *)mounts->data;

	if (bind->external || bind->key.size || span_is(bind->root, "/"))
		return false;
	for (size_t i = 0; i < mounts->size / sizeof(*m); i++)
		if (m[i].id != bind->id && m[i].device == bind->device && m[i].type == bind->type &&
		    span_equal(m[i].source, bind->source))
			return false;
	return true;
}

static int judge_mount(const struct buffer *mounts, const struct mount *m, struct error *err)
{
	const struct mount *parent = find_mount(mounts, m->parent);

	if (m->external && m->key.size)
		return mount_fail(m, "with ext_key there is no ext_mount (CRIU crashes)", err);
	if (!parent || parent->id == m->id)
		return mount_fail(m, "its parent_mnt_id is no other mount of the image", err);
	if (!path_below(m->path, parent->path, NULL))
		return mount_fail(m, "its parent is not mounted above it", err);
	if (lacks_origin(mounts, m))
		return mount_fail(m,
				  "another mount must have its root_dev, fstype and "
				  "source, since its root is below / (CRIU hangs)",
				  err);
	return 0;
}

struct mounts {
	struct buffer all, before, added; /* of struct mount; those before are as they were */
};

static void free_mounts(struct mounts *mounts)
{
	buffer_free(&mounts->all);
	buffer_free(&mounts->before);
	buffer_free(&mounts->added);
}

static int read_added(struct checkpoint *c, struct checkpoint *original, size_t index,
		      struct checkpoint_image *image, struct mounts *mounts, struct error *err)
{
	struct checkpoint_image *old;
	const struct mount *m;

	if (read_mounts(c, image, &mounts->all, err) < 0 ||
	    checkpoint_find(original, image->kind, index, &old, err) <= 0 ||
	    read_mounts(original, old, &mounts->before, err) < 0)
		return -1;
	m = (const struct mount *)(const void *)mounts->all.data;
	for (size_t i = 0; i < mounts->all.size / sizeof(*m); i++)
		if (!find_mount(&mounts->before, m[i].id))
			buffer_append(&mounts->added, span_of(&m[i], sizeof(*m)));
	return mounts->added.failed ? fail_memory(err) : 0;
}

static int judge_mounts(struct checkpoint *c, struct checkpoint *original, size_t index,
			struct checkpoint_image *image, struct error *err)
{
	struct mounts mounts = { .all = { 0 } };
	int status = read_added(c, original, index, image, &mounts, err);
	const struct mount *m = (const struct mount *)(const void *)mounts.added.data;

	for (size_t i = 0; i < mounts.added.size / sizeof(*m) && status == 0; i++)
		status = judge_mount(&mounts.all, &m[i], err) < 0 ?
				 error_context(err, "%s", image->file) :
				 0;
	free_mounts(&mounts);
	return status;
}

/* A second mount of what the checkpoint has is a bind of it. */
static bool has_device(const struct buffer *mounts, uint64_t device)
{
	const struct mount *m = (const struct mount *)(const void *)mounts->data;

	for (size_t i = 0; i < mounts->size / sizeof(*m); i++)
		if (m[i].device == device)
			return true;
	return false;
}

static int list_empty(struct checkpoint *c, struct checkpoint *original, size_t index,
		      struct checkpoint_image *image, struct buffer *ids, struct error *err)
{
	struct mounts mounts = { .all = { 0 } };
	int status = read_added(c, original, index, image, &mounts, err);
	const struct mount *m = (const struct mount *)(const void *)mounts.added.data;

	for (size_t i = 0; i < mounts.added.size / sizeof(*m) && status >= 0; i++) {
		status = lacks_content(c, &m[i], err);
		if (status > 0 && !has_device(&mounts.before, m[i].device))
			numbers_add(ids, m[i].id);
	}
	free_mounts(&mounts);
	return status < 0 ? -1 : ids->failed ? fail_memory(err) : 0;
}

int added_without_content(struct checkpoint *c, struct checkpoint *original, struct buffer *ids,
			  struct error *err)
{
	const struct image_kind *kind = kind_named("mnts", strlen("mnts"));
	struct checkpoint_image *image;
	int more;

	for (size_t i = 0; (more = checkpoint_find(c, kind, i, &image, err)) > 0; i++)
		if (image->changed && list_empty(c, original, i, image, ids, err) < 0)
			return -1;
	numbers_sort(ids);
	return more;
}

/* ---- descriptors --------------------------------------------------------------------------- */

struct file {
	uint64_t id, type;
};

/* Of files.img, which older CRIUs do not have: then there are none. */
static int read_files(struct checkpoint *c, struct buffer *files, struct error *err)
{
	struct checkpoint_image *image;
	struct wire_field id, type;
	struct image entries;
	struct image_entry e;
	int more = checkpoint_find(c, kind_named("files", strlen("files")), 0, &image, err);

	if (more <= 0 || checkpoint_entries(c, image, &entries, err) < 0)
		return more <= 0 ? more : -1;
	while ((more = image_next(&entries, &e, err)) > 0)
		if (find(e.body, "file_entry", "id", &id) &&
		    find(e.body, "file_entry", "type", &type)) {
			const struct file file = { id.scalar, type.scalar };

			buffer_append(files, span_of(&file, sizeof(file)));
		}
	if (files->size)
		qsort(files->data, files->size / sizeof(struct file), sizeof(struct file),
		      numbers_compare);
	return more < 0 ? -1 : files->failed ? fail_memory(err) : 0;
}

static const struct file *find_file(const struct buffer *files, uint64_t id)
{
	const struct file key = { .id = id };

	return files->size ? bsearch(&key, files->data, files->size / sizeof(key), sizeof(key),
				     numbers_compare) :
			     NULL;
}

/* Was it so in the checkpoint? */
static int was_there(struct checkpoint *original, const struct checkpoint_image *image,
		     size_t index, struct span body, struct error *err)
{
	struct checkpoint_image *old;
	struct image entries;
	struct image_entry e;
	int more = checkpoint_find(original, image->kind, index, &old, err);

	if (more <= 0 || checkpoint_entries(original, old, &entries, err) < 0)
		return more <= 0 ? more : -1;
	while ((more = image_next(&entries, &e, err)) > 0)
		if (span_equal(e.body, body))
			return 1;
	return more;
}

static int fail_type(const struct checkpoint_image *image, uint64_t fd, const struct file *is,
		     uint64_t type, struct error *err)
{
	const struct field_type *f = field_of("fdinfo_entry", "type");
	const char *said = field_enum_name(f, (int32_t)type);
	const char *real = field_enum_name(f, (int32_t)is->type);

	return fail(err,
		    "%s: fd=%llu has type=%s, but the file with id=%llu is %s: CRIU would "
		    "find none",
		    image->file, (unsigned long long)fd, said ? said : "(unknown)",
		    (unsigned long long)is->id, real ? real : "(unknown)");
}

/* Of the file that it is for. */
static int judge_type(struct checkpoint *original, const struct checkpoint_image *image,
		      size_t index, const struct buffer *files, struct span body, struct error *err)
{
	struct wire_field id, type, fd;
	const struct file *file;
	int was;

	if (!find(body, "fdinfo_entry", "id", &id) || !find(body, "fdinfo_entry", "type", &type) ||
	    !find(body, "fdinfo_entry", "fd", &fd))
		return 0;
	file = find_file(files, id.scalar);
	if (!file || file->type == type.scalar)
		return 0;
	was = was_there(original, image, index, body, err);
	return was ? (was < 0 ? -1 : 0) : fail_type(image, fd.scalar, file, type.scalar, err);
}

static int judge_types(struct checkpoint *c, struct checkpoint *original, size_t index,
		       struct checkpoint_image *image, struct error *err)
{
	cleanup_buffer struct buffer files = { 0 };
	struct image entries;
	struct image_entry e;
	int more;

	if (read_files(c, &files, err) < 0 || checkpoint_entries(c, image, &entries, err) < 0)
		return -1;
	while ((more = image_next(&entries, &e, err)) > 0)
		if (judge_type(original, image, index, &files, e.body, err) < 0)
			return -1;
	return more;
}

/* ---- all of it ----------------------------------------------------------------------------- */

static int judge_kind(struct checkpoint *c, struct checkpoint *original, size_t row,
		      struct error *err)
{
	const struct image_kind *kind = kind_named(unique[row].kind, strlen(unique[row].kind));
	const entries_judge judge = unique[row].judge;
	struct checkpoint_image *image;
	int more;

	for (size_t i = 0; (more = checkpoint_find(c, kind, i, &image, err)) > 0; i++)
		if (image->changed && (judge_ids(c, image, row, err) < 0 ||
				       (judge && judge(c, original, i, image, err) < 0)))
			return -1;
	return more;
}

/* CRIU writes one entry, so a second one is from a rule. */
static int judge_single(struct checkpoint *c, const struct image_kind *kind, struct error *err)
{
	struct checkpoint_image *image;
	int more;

	for (size_t i = 0; (more = checkpoint_find(c, kind, i, &image, err)) > 0; i++) {
		struct image entries;
		struct image_entry e;
		int count = 0;

		if (!image->changed)
			continue;
		if (checkpoint_entries(c, image, &entries, err) < 0)
			return -1;
		while (count < 2 && (more = image_next(&entries, &e, err)) > 0)
			count++;
		if (more < 0 || count == 2)
			return more < 0 ? -1 :
					  fail(err,
					       "%s: CRIU reads one entry of this image; set "
					       "the fields of the one that is there",
					       image->file);
	}
	return more;
}

static bool writes(const struct rules_edit *by, const char *message, const char *field)
{
	return rules_edit_writes(by, field_of(message, field));
}

bool added_numbers(const struct rules_edit *by, const struct image_kind *kind)
{
	for (size_t row = 0; !by->is_verb && row < sizeof(unique) / sizeof(unique[0]); row++) {
		if (strcmp(unique[row].kind, kind->name) != 0)
			continue;
		if (unique[row].judge == judge_types && writes(by, unique[row].message, "type"))
			return true;
		return unique[row].judge != judge_mounts &&
		       writes(by, unique[row].message, unique[row].field);
	}
	return false;
}

int added_check(const struct blame *by, struct checkpoint *c, struct checkpoint *original,
		struct error *err)
{
	for (size_t row = 0; row < sizeof(unique) / sizeof(unique[0]); row++)
		if (judge_kind(c, original, row, err) < 0)
			return error_context(err, "%s:%u", by->file, by->line);
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if (judge_single(c, kind_named(single[i], strlen(single[i])), err) < 0)
			return error_context(err, "%s:%u", by->file, by->line);
	return 0;
}
