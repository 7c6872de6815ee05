/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "former.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "../hostfile.h"
#include "prepare_inner.h"
#include "properties.h"

#define VALUE_MAX 65536

struct former {
	struct prepare walk;
	bool values;
};

/* ---- what is there ------------------------------------------------------------------------ */

/* The owner of a file of a group, of the group itself when it is "": known, if it is there. */
static int owner_of(const struct prepare *p, const struct prepare_node *n, const char *file,
		    struct cgroup_owner *owner, struct error *err)
{
	const char *path = arena_printf(p->arena, "%s/%s", n->host, file);
	struct stat st;

	*owner = (struct cgroup_owner){ .known = false };
	if (!path)
		return fail_memory(err);
	if (fstatat(p->host->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*owner = (struct cgroup_owner){ true, st.st_uid, st.st_gid, st.st_mode };
	return 0;
}

/* The value of a file, in the outcome: 1, 0 when it cannot be told, -1. */
static int value_of(const struct prepare *p, const struct prepare_node *n, const char *file,
		    const char **value, struct error *err)
{
	const char *path = arena_printf(p->arena, "%s/%s", n->host, file);
	cleanup_buffer struct buffer text = { 0 };
	struct error unreadable = { .text = "" };

	if (!path)
		return fail_memory(err);
	if (hostfile_read(p->host->root, path, VALUE_MAX, &text, &unreadable) <= 0)
		return 0;
	*value = arena_copy(&p->crw->outcome, text.data, text.size);
	return *value ? 1 : fail_memory(err);
}

static int note_owner(struct prepare *p, const struct prepare_node *n, const char *file,
		      struct error *err)
{
	struct cgroup_step step = { .type = CGROUP_OWN, .when = CGROUP_FAILED, .file = file };

	if (owner_of(p, n, file, &step.owner, err) < 0)
		return -1;
	return step.owner.known ? prepare_step(p, n, step, err) : 0;
}

static int note_value(struct prepare *p, const struct prepare_node *n, const char *file,
		      struct error *err)
{
	struct cgroup_step step = { .type = CGROUP_WRITE, .when = CGROUP_FAILED, .file = file };
	int found = value_of(p, n, file, &step.value, err);

	return found > 0 ? prepare_step(p, n, step, err) : found;
}

static int note_property(struct prepare *p, const struct prepare_node *n, struct span name,
			 struct error *err)
{
	const struct property_row *row = property_find(PROPERTY_BOTH, name);
	unsigned use = row ? row->use : 0;
	const char *file = arena_copy(&p->crw->outcome, name.data, name.size);

	if (!file)
		return fail_memory(err);
	if (use & (PROPERTY_HANDED_ON | PROPERTY_LEFT) || !cgroup_path_is_part(name))
		return 0;
	if (note_owner(p, n, file, err) < 0)
		return -1;
	return use & PROPERTY_OWNER ? 0 : note_value(p, n, file, err);
}

static int note_group(struct prepare *p, struct prepare_node *n, const struct raw_group *g,
		      bool after, struct error *err)
{
	const struct former *former = (const struct former *)p;
	struct span rest = g->field.bytes;
	struct raw_property property;
	int more = 0;

	if (after || !n->here || n->hidden || strcmp(n->path, "/") == 0)
		return 0;
	if (note_owner(p, n, "", err) < 0)
		return -1;
	while (former->values && (more = raw_next_property(&rest, &property, err)) > 0)
		if (note_property(p, n, property.name, err) < 0)
			return -1;
	return more;
}

int cgroup_former_run(struct rules_call *call, bool values, struct error *err)
{
	struct former f = {
		.walk = { .call = call,
			  .crw = call->world->ctx,
			  .arena = call->arena,
			  .all = true,
			  .visit = note_group },
		.values = values,
	};

	return prepare_walk(&f.walk, err);
}

/* ---- and comes back --------------------------------------------------------------------------- */

static int set_owner(int fd, const struct cgroup_owner *owner)
{
	struct stat st;

	if (!owner->known || fstat(fd, &st) < 0)
		return 0;
	if (st.st_uid == owner->uid && st.st_gid == owner->gid && st.st_mode == owner->mode)
		return 0;
	return fchown(fd, owner->uid, owner->gid) < 0 || fchmod(fd, owner->mode & 07777) < 0 ? -1 :
											       0;
}

static bool has_value(int root, const char *path, const char *value)
{
	cleanup_buffer struct buffer now = { 0 };
	struct error unreadable = { .text = "" };

	return hostfile_read(root, path, VALUE_MAX, &now, &unreadable) > 0 &&
	       strcmp((const char *)now.data, value) == 0;
}

static int set_value(int root, const char *path, const char *value)
{
	cleanup_close int fd = openat(root, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && cgroup_write_lines(fd, value) == 0 ? 0 : -1;
}

int cgroup_former_restore(int root, const struct cgroup_step *step, struct error *err)
{
	char path[CGROUP_HOST_PATH_MAX];
	cleanup_close int fd = -1;
	int status;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", step->path, step->file) >= sizeof(path))
		return fail(err, "%s: the path is too long", step->name);
	if (step->type == CGROUP_WRITE) {
		status = has_value(root, path, step->value) ? 0 :
							      set_value(root, path, step->value);
	} else {
		fd = openat(root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		status = fd < 0 ? 0 : set_owner(fd, &step->owner);
	}
	return status < 0 ? fail_errno(err, "%s %s: cannot give back what was there", step->name,
				       step->file) :
			    0;
}
