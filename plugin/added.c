/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "added.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../rules/path.h"
#include "numbers.h"

#define TMPFS 5 /* criu/images/mnt.proto: fstype */
#define MOUNTS_MAX 100000
#define IDS_MAX 1000000

/* Numbers that no two entries of an image have. */
static const struct {
	const char *kind, *message, *field;
	const char *what;
} unique[] = {
	{ "files", "file_entry", "id", "CRIU would make one file of both" },
	{ "reg_files", "reg_file_entry", "id", "CRIU would make one file of both" },
	{ "fdinfo", "fdinfo_entry", "fd", "a task has one file behind each" },
	{ "mnts", "mnt_entry", "mnt_id", "CRIU would make one mount of both" },
	{ "tty_info", "tty_info_entry", "id", "CRIU would make one terminal of both" },
};

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

	while (wire_next(&body, &w, &ignored) > 0)
		if (w.number == field_number(f)) {
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

struct mount {
	uint64_t id, parent, type, device;
	struct span path, key;
	bool external;
};

static uint64_t number(struct span body, const char *field)
{
	struct wire_field w;

	return find(body, "mnt_entry", field, &w) ? w.scalar : 0;
}

static struct span text(struct span body, const char *field)
{
	struct wire_field w;

	return find(body, "mnt_entry", field, &w) ? w.bytes : span_of(NULL, 0);
}

static int read_mounts(struct checkpoint *c, struct checkpoint_image *image, struct buffer *mounts,
		       struct error *err)
{
	struct image entries;
	struct image_entry e;
	int more;

	if (checkpoint_entries(c, image, &entries, err) < 0)
		return -1;
	while ((more = image_next(&entries, &e, err)) > 0) {
		const struct mount m = {
			.id = number(e.body, "mnt_id"),
			.parent = number(e.body, "parent_mnt_id"),
			.type = number(e.body, "fstype"),
			.device = number(e.body, "root_dev"),
			.path = text(e.body, "mountpoint"),
			.key = text(e.body, "ext_key"),
			.external = number(e.body, "ext_mount"),
		};

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

static int fail_mount(const struct checkpoint_image *image, const struct mount *m, const char *why,
		      struct error *err)
{
	return fail(err, "%s: mount %llu at %.*s: %s", image->file, (unsigned long long)m->id,
		    (int)(m->path.size < 200 ? m->path.size : 200), (const char *)m->path.data,
		    why);
}

/* What is in a tmpfs is an archive of its own. */
static int judge_content(struct checkpoint *c, const struct checkpoint_image *image,
			 const struct mount *m, struct error *err)
{
	char name[64], why[256];
	struct stat st;

	if (m->type != TMPFS || m->external || m->key.size)
		return 0;
	snprintf(name, sizeof(name), "tmpfs-dev-%llu.tar.gz.img", (unsigned long long)m->device);
	if (fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	snprintf(why, sizeof(why),
		 "CRIU wants what is in it in %s; an empty one is made by: tar -czf %s -T "
		 "/dev/null",
		 name, name);
	return fail_mount(image, m, why, err);
}

static int judge_mount(struct checkpoint *c, const struct checkpoint_image *image,
		       const struct buffer *mounts, const struct mount *m, struct error *err)
{
	const struct mount *parent = find_mount(mounts, m->parent);

	if (m->external && m->key.size)
		return fail_mount(image, m, "with ext_key there is no ext_mount (CRIU crashes)",
				  err);
	if (!parent)
		return fail_mount(image, m, "its parent_mnt_id is no mount of the image", err);
	if (!path_below(m->path, parent->path, NULL))
		return fail_mount(image, m, "its parent is not mounted above it", err);
	return judge_content(c, image, m, err);
}

/* Those that the checkpoint had are as they were. */
static int judge_mounts(struct checkpoint *c, struct checkpoint_image *image,
			struct checkpoint *original, size_t index, struct error *err)
{
	cleanup_buffer struct buffer mounts = { 0 }, before = { 0 };
	struct checkpoint_image *old;
	const struct mount *m;

	if (read_mounts(c, image, &mounts, err) < 0 ||
	    checkpoint_find(original, image->kind, index, &old, err) <= 0 ||
	    read_mounts(original, old, &before, err) < 0)
		return -1;
	m = (const struct mount *)(const void *)mounts.data;
	for (size_t i = 0; i < mounts.size / sizeof(*m); i++)
		if (!find_mount(&before, m[i].id) && judge_mount(c, image, &mounts, &m[i], err) < 0)
			return -1;
	return 0;
}

/* ---- all of it ----------------------------------------------------------------------------- */

static int judge_kind(struct checkpoint *c, struct checkpoint *original, size_t row,
		      struct error *err)
{
	const struct image_kind *kind = kind_named(unique[row].kind, strlen(unique[row].kind));
	bool mounts = strcmp(unique[row].kind, "mnts") == 0;
	struct checkpoint_image *image;
	int more;

	for (size_t i = 0; (more = checkpoint_find(c, kind, i, &image, err)) > 0; i++)
		if (image->changed && (judge_ids(c, image, row, err) < 0 ||
				       (mounts && judge_mounts(c, image, original, i, err) < 0)))
			return -1;
	return more;
}

int added_check(const struct blame *by, struct checkpoint *c, struct checkpoint *original,
		struct error *err)
{
	for (size_t row = 0; row < sizeof(unique) / sizeof(unique[0]); row++)
		if (judge_kind(c, original, row, err) < 0)
			return error_context(err, "%s:%u", by->file, by->line);
	return 0;
}
