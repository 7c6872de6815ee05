/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "../../rules/args.h"
#include "../../proto/image.h"
#include "place.h"
#include "properties.h"
#include "target.h"
#include "../hostfile.h"

#define FILES_MAX 4096    /* of a group's directory */
#define SETTING_MAX 65536 /* bytes of one value */

struct capture {
	struct crw *crw;
	struct arena *arena;
	const struct cgroup_host *host;
	const struct cgroup_hierarchy *hierarchy;
	struct buffer groups; /* fields of the hierarchy's entry */
	size_t recorded;
	struct done {
		struct done *next;
		const char *path;
	} * ancestors; /* recorded already */
};

/* ---- one group ------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* The row of a setting that is recorded; NULL: none. */
static const struct property_row *row_of(int version, const char *name)
{
	const struct property_row *row = property_find(version == 2 ? PROPERTY_V2 : PROPERTY_V1,
						       span_text(name));
	unsigned use = version == 2 ? PROPERTY_RECORDED : PROPERTY_ABOVE;

	return row && row->use & use ? row : NULL;
}

/* The settings of the directory in order of name. A group that is gone has none. */
static int list_settings(int root, int version, const char *path, struct arena *arena,
			 const char **names, size_t *count, struct error *err)
{
	cleanup_dir DIR *list = file_list(root, path);
	struct dirent *entry;

	*count = 0;
	if (!list)
		return errno == ENOENT ? 0 : fail_errno(err, "/%s: cannot open", path);
	while (*count < FILES_MAX && (entry = file_next(list))) {
		if (!row_of(version, entry->d_name))
			continue;
		names[*count] = arena_copy(arena, entry->d_name, strlen(entry->d_name));
		if (!names[(*count)++])
			return fail_memory(err);
	}
	if (*count < FILES_MAX && errno)
		return fail_errno(err, "/%s: cannot list", path);
	qsort(names, *count, sizeof(*names), compare_names);
	return 0;
}

/* The whole value without the end of its last line: 1, 0, -1. */
static int read_setting(int root, const char *group, const char *name, struct arena *arena,
			struct buffer *text, struct error *err)
{
	const char *path = arena_printf(arena, "%s/%s", group, name);
	int found;

	buffer_clear(text);
	if (!path)
		return fail_memory(err);
	found = hostfile_read(root, path, SETTING_MAX, text, err);
	while (found > 0 && text->size && text->data[text->size - 1] == '\n')
		text->size--;
	return found;
}

int capture_settings(int root, int version, const char *path, struct buffer *group,
		     struct error *err)
{
	struct arena arena = { 0 };
	const char **names = arena_array(&arena, FILES_MAX, sizeof(*names));
	cleanup_buffer struct buffer text = { 0 };
	size_t count = 0;
	int status = names ? list_settings(root, version, path, &arena, names, &count, err) :
			     fail_memory(err);

	for (size_t i = 0; status >= 0 && i < count; i++) {
		status = read_setting(root, path, names[i], &arena, &text, err);
		if (status <= 0 || property_is_fresh(row_of(version, names[i]), buffer_span(&text)))
			continue;
		raw_put_property(group, span_text(names[i]), buffer_span(&text), span_of(NULL, 0));
	}
	group->failed |= text.failed;
	arena_free(&arena);
	return status < 0 ? -1 : 0;
}

/*
 * Who may move tasks into the group, where that is not root: what delegation to
 * a container rests on. CRIU saves it on v1, and up to 3.17 on v2.
 */
static int record_owner(struct capture *c, const char *path, const char *name, struct buffer *group,
			struct error *err)
{
	const char *file = arena_printf(c->arena, "%s/%s", path, name);
	cleanup_buffer struct buffer owner = { 0 };
	struct stat st;
	size_t start;

	if (!file)
		return fail_memory(err);
	if (fstatat(c->host->root, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail_errno(err, "/%s: cannot be looked at", file);
	if (st.st_uid == 0 && st.st_gid == 0)
		return 0;
	start = raw_begin(&owner, RAW_PROPERTY, RAW_OWNER);
	raw_put_number(&owner, RAW_OWNER, RAW_MODE, st.st_mode);
	raw_put_number(&owner, RAW_OWNER, RAW_UID, st.st_uid);
	raw_put_number(&owner, RAW_OWNER, RAW_GID, st.st_gid);
	raw_end(&owner, start);
	raw_put_property(group, span_text(name), span_text(""), buffer_span(&owner));
	group->failed |= owner.failed;
	return 0;
}

/* Groups that have nothing of their own are left out. */
static int record_group(struct capture *c, const char *group, struct error *err)
{
	cleanup_buffer struct buffer dir = { 0 };
	const char *path;
	size_t empty;
	int status = cgroup_host_place(c->hierarchy, group, c->arena, &path, err);

	if (status <= 0 || strcmp(group, "/") == 0)
		return status < 0 ? -1 : 0;
	raw_put_text(&dir, RAW_GROUP, RAW_NAME, span_text(group + 1));
	empty = dir.size;
	if (c->hierarchy->version == 2 && (record_owner(c, path, "cgroup.procs", &dir, err) < 0 ||
					   record_owner(c, path, "cgroup.threads", &dir, err) < 0))
		return -1;
	if (capture_settings(c->host->root, c->hierarchy->version, path, &dir, err) < 0)
		return -1;
	if (dir.size > empty) {
		raw_put_text(&c->groups, RAW_CONTROLLER, RAW_GROUP, buffer_span(&dir));
		c->recorded++;
	}
	c->groups.failed |= dir.failed;
	return 0;
}

/* ---- all groups ---------------------------------------------------------------------- */

static bool is_done(const struct capture *c, const char *path)
{
	const struct done *d = c->ancestors;

	while (d && strcmp(d->path, path) != 0)
		d = d->next;
	return d != NULL;
}

/* CRIU saves the groups of the tasks and what is below them, but a container's
 * limits are often those of a group above: from the top down. */
static int record_ancestors(struct capture *c, const char *group, struct error *err)
{
	const char *slash = group;

	while ((slash = strchr(slash + 1, '/'))) {
		struct done *d = arena_alloc(c->arena, sizeof(*d));

		if (!d || !(d->path = arena_copy(c->arena, group, (size_t)(slash - group))))
			return fail_memory(err);
		if (is_done(c, d->path))
			continue;
		d->next = c->ancestors;
		c->ancestors = d;
		if (record_group(c, d->path, err) < 0)
			return -1;
	}
	return 0;
}

static int visit_group(void *ctx, const struct cgroup_target *target, struct error *err)
{
	struct capture *c = ctx;

	if (cgroup_target_hierarchy(target, c->host) != c->hierarchy)
		return 0;
	if (target->top && record_ancestors(c, target->group, err) < 0)
		return -1;
	/* Of v1 CRIU saves those of the checkpoint itself. */
	return c->hierarchy->version == 2 ? record_group(c, target->group, err) : 0;
}

static void put_names(struct buffer *entry, const char *controllers)
{
	do {
		size_t size = strcspn(controllers, ",");

		raw_put_text(entry, RAW_CONTROLLER, RAW_NAME, span_of(controllers, size));
		controllers += size + (controllers[size] != 0);
	} while (*controllers);
}

/* The groups of one hierarchy become an entry. */
static int put_entry(struct capture *c, struct error *err)
{
	cleanup_buffer struct buffer entry = { 0 };
	struct buffer *out = &c->crw->captured;

	put_names(&entry, c->hierarchy->version == 2 ? "" : c->hierarchy->controllers);
	buffer_append(&entry, buffer_span(&c->groups));
	if (!out->size)
		image_begin(out, kind_of_file(CAPTURE_FILE, NULL));
	image_put(out, buffer_span(&entry));
	out->failed |= entry.failed || c->groups.failed;
	return out->failed ? fail_memory(err) : 0;
}

static int capture_hierarchy(struct capture *c, const struct cgroup_hierarchy *h, struct span body,
			     struct error *err)
{
	const struct cgroup_walk walk = {
		.crw = c->crw,
		.arena = c->arena,
		.entry = body,
		.ctx = c,
		.group = visit_group,
	};

	/* A hierarchy with a name has no controllers. */
	if (!h->mount || (h->version == 1 && strchr(h->controllers, '=')))
		return 0;
	c->hierarchy = h;
	c->ancestors = NULL;
	buffer_clear(&c->groups);
	if (cgroup_walk(&walk, err) < 0)
		return -1;
	return c->groups.size || c->groups.failed ? put_entry(c, err) : 0;
}

static int tell(struct rules_call *call, const struct capture *c, struct error *err)
{
	const char *text = arena_printf(call->arena, "%zu", c->recorded);
	const struct change change = {
		.type = CHANGE_GROUP,
		.image = CAPTURE_FILE,
		.name = span_text("groups"),
		.after = span_text(text ? text : ""),
	};

	return text ? change_by(call, change, err) : fail_memory(err);
}

static int run(struct rules_call *call, struct error *err)
{
	struct capture c = { .crw = call->world->ctx, .arena = call->arena };
	int status = 0;

	if (strcmp(c.crw->facts.stage, "dump") != 0)
		return fail(err, "capture is for the dump: when stage == \"dump\" { "
				 "cgroup_entry capture }");
	if (facts_cgroups(&c.crw->facts, &c.host, err) < 0)
		return -1;
	buffer_clear(&c.crw->captured);
	for (size_t i = 0; status == 0 && i < c.host->count; i++)
		status = capture_hierarchy(&c, &c.host->items[i], call->body, err);
	if (status == 0 && c.recorded)
		status = tell(call, &c, err);
	buffer_free(&c.groups);
	return status;
}

const struct rules_verb verb_capture = {
	"cgroup_entry", "capture", "capture", args_none, 0, run,
};

/* ---- the file --------------------------------------------------------------------------- */

int capture_write(int dir, const char *file, struct span image, struct error *err)
{
	cleanup_close int fd = file_replace_begin(dir, file);

	if (fd < 0)
		return fail_errno(err, "%s: cannot create", file);
	if (file_write(fd, image) == 0 && fsync(fd) == 0 && file_replace_end(dir, file) == 0 &&
	    file_sync_directory(dir) == 0)
		return 0;
	file_replace_cancel(dir, file);
	return fail_errno(err, "%s: cannot write", file);
}

/* ---- what was recorded ------------------------------------------------------------------- */

static int open_recorded(struct crw *crw, struct image *image, struct error *err)
{
	const struct image_kind *kind = kind_of_file(CAPTURE_FILE, NULL);
	struct checkpoint_image *file;
	int found = checkpoint_find(&crw->checkpoint, kind, 0, &file, err);

	if (found > 0 && checkpoint_entries(&crw->checkpoint, file, image, err) < 0)
		return -1;
	return found;
}

int capture_each(struct crw *crw, capture_taker *take, void *ctx, struct error *err)
{
	struct raw_controller c;
	struct image_entry entry;
	struct image image;
	int more = open_recorded(crw, &image, err);

	if (more <= 0)
		return more;
	while ((more = image_next(&image, &entry, err)) > 0) {
		const struct wire_field field = { .type = WIRE_BYTES, .bytes = entry.body };

		if (raw_read_controller(&field, &c, err) < 0 || take(ctx, &c, err) < 0)
			break;
	}
	return more ? error_context(err, CAPTURE_FILE) : 0;
}
