/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "../numbers.h"

/* ---- looking up -------------------------------------------------------------- */

/* Within `dir`, as in a chroot; before Linux 5.6 links may lead out of it. */
static int look_up(int dir, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
		path += strspn(path, "/");
		fd = openat(dir, *path ? path : ".", O_PATH | O_CLOEXEC);
	}
	return fd;
}

int place_open_host(const struct doctor *d, const char *path)
{
	return look_up(d->root, path);
}

int place_reopen(int fd)
{
	char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* ---- the spec ---------------------------------------------------------------- */

#define SPEC_MOUNTS_MAX 10000 /* more are not looked at */

/* NULL: it does not say. */
static const char *member_text(struct doctor *d, const struct spec_value *object, const char *name)
{
	const struct spec_value *member = object ? spec_member(object, name) : NULL;
	struct error ignored;
	struct span text;

	if (!member || spec_text(&d->spec, member, &text, &ignored) < 0)
		return NULL;
	return arena_copy(&d->arena, text.data, text.size);
}

/* A mount of the spec. */
struct bind {
	const char *destination, *source;
	size_t place;
};

/* The first one of a destination first. */
static int compare_binds(const void *a, const void *b)
{
	const struct bind *x = a, *y = b;
	int order = strcmp(x->destination, y->destination);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

static void read_binds(struct doctor *d)
{
	const struct spec_value *mounts = spec_member(d->spec.top, "mounts");
	const struct spec_value *m = mounts ? mounts->first : NULL;

	for (size_t i = 0; m && i < SPEC_MOUNTS_MAX; i++, m = m->next) {
		const struct bind bind = {
			.destination = member_text(d, m, "destination"),
			.source = member_text(d, m, "source"),
			.place = i,
		};

		if (bind.destination)
			buffer_append(&d->binds, span_of(&bind, sizeof(bind)));
	}
	if (d->binds.size)
		qsort(d->binds.data, d->binds.size / sizeof(struct bind), sizeof(struct bind),
		      compare_binds);
}

static void read_spec(struct doctor *d)
{
	struct error ignored;

	if (d->crw->spec.name && spec_read(&d->spec, buffer_span(&d->crw->spec.text), &ignored) < 0)
		d->spec.top = NULL;
	if (d->spec.top)
		read_binds(d);
}

/* Runtimes name external mounts by where they are in the container. */
static const char *source_in_spec(const struct doctor *d, const char *destination)
{
	const struct bind *binds = (const void *)d->binds.data;
	size_t low = 0, count = d->binds.size / sizeof(*binds), high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(binds[middle].destination, destination) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && strcmp(binds[low].destination, destination) == 0 ? binds[low].source :
										 NULL;
}

static const char *root_in_spec(struct doctor *d)
{
	if (!d->crw->spec.is_bundle || !d->spec.top)
		return NULL;
	return member_text(d, spec_member(d->spec.top, "root"), "path");
}

/* ---- mounts ------------------------------------------------------------------ */

static const char *source_of(struct doctor *d, const char *key)
{
	const char *path = options_of_key(&d->options, "external", "mnt", key);

	if (!path)
		path = options_of_key(&d->options, "ext-mount-map", "", key);
	return path ? path : source_in_spec(d, key);
}

static void take_mount(struct doctor *d, const struct crw_message *entry, void *arg)
{
	struct doctor_mount mount = {
		.id = doctor_number(d, entry, "mnt_id", 0),
		.device = doctor_number(d, entry, "root_dev", 0),
		.root = doctor_text(d, entry, "root"),
		.mountpoint = doctor_text(d, entry, "mountpoint"),
	};
	struct crw_value key;

	if (doctor_get(d, entry, "ext_key", &key)) {
		mount.key = doctor_text(d, entry, "ext_key");
		mount.source = source_of(d, mount.key);
	}
	if (doctor_look(d))
		buffer_append(&d->mounts, span_of(&mount, sizeof(mount)));
}

static void take_root(struct doctor *d, const struct crw_message *entry, void *arg)
{
	if (!d->root_mount && strcmp(doctor_text(d, entry, "mountpoint"), "/") == 0)
		d->root_mount = doctor_number(d, entry, "mnt_id", 0);
}

void place_read_mounts(struct doctor *d)
{
	char file[48];

	read_spec(d);
	snprintf(file, sizeof(file), "mountpoints-%u.img", d->ids[DOCTOR_MNT]);
	doctor_each_entry(d, file, take_root, NULL);
	doctor_each_image(d, "mnts", take_mount, NULL);
	if (d->mounts.size)
		qsort(d->mounts.data, d->mounts.size / sizeof(struct doctor_mount),
		      sizeof(struct doctor_mount), numbers_compare);
}

static const struct doctor_mount *find_mount(const struct doctor *d, uint64_t id)
{
	const struct doctor_mount wanted = { .id = id };

	return d->mounts.size ? bsearch(&wanted, d->mounts.data, d->mounts.size / sizeof(wanted),
					sizeof(wanted), numbers_compare) :
				NULL;
}

/* "/sub" of "/a/sub" below "/a"; NULL: it is not below it. */
static const char *below(const char *path, const char *top)
{
	size_t length = strcmp(top, "/") == 0 ? 0 : strlen(top);

	if (strncmp(path, top, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return path + length;
}

/* ---- places ------------------------------------------------------------------ */

/* The directory that becomes the root of the tasks; -1: nobody has said. */
static int open_root(struct doctor *d)
{
	const char *path = options_get(&d->options, "root", 0);

	if (path)
		return place_open_host(d, path);
	path = root_in_spec(d);
	if (path && *path != '/')
		return openat(d->crw->spec.dir, path, O_PATH | O_CLOEXEC);
	return path ? place_open_host(d, path) : -1;
}

static enum place open_in_root(struct doctor *d, const char *head, const char *path, int *fd)
{
	cleanup_close int root = open_root(d);
	const char *whole = arena_printf(&d->arena, "%s/%s", head, path);

	if (root < 0 || !whole)
		return PLACE_UNKNOWN;
	*fd = look_up(root, whole);
	return PLACE_HERE;
}

static enum place open_external(struct doctor *d, const struct doctor_mount *mount,
				const char *rest, int *fd)
{
	const char *whole = mount->source ? arena_printf(&d->arena, "%s%s", mount->source, rest) :
					    NULL;

	if (!whole)
		return PLACE_UNKNOWN;
	*fd = place_open_host(d, whole);
	return PLACE_HERE;
}

/* A directory of the root's own filesystem may be mounted elsewhere again. */
static enum place open_on_mount(struct doctor *d, const struct doctor_mount *mount,
				const char *path, int *fd)
{
	const struct doctor_mount *root = find_mount(d, d->root_mount);
	const char *rest = below(path, mount->mountpoint);
	const char *head = root ? below(mount->root, root->root) : NULL;

	if (!rest || !root)
		return PLACE_UNKNOWN;
	if (mount == root)
		return open_in_root(d, "", path, fd);
	if (mount->key)
		return open_external(d, mount, rest, fd);
	if (mount->device != root->device || !head)
		return PLACE_RESTORED;
	return open_in_root(d, head, rest, fd);
}

enum place place_open(struct doctor *d, const char *path, int64_t mnt_id, int *fd)
{
	const struct doctor_mount *mount = find_mount(d, (uint64_t)mnt_id);

	*fd = -1;
	if (!doctor_has_own(d, DOCTOR_MNT)) {
		*fd = place_open_host(d, path);
		return PLACE_HERE;
	}
	if (!mount)
		mount = find_mount(d, d->root_mount);
	return mount ? open_on_mount(d, mount, path, fd) : PLACE_UNKNOWN;
}
