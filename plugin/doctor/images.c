/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../field.h"
#include "../reader.h"
#include "place.h"

/* ---- fields ----------------------------------------------------------------- */

bool doctor_get(struct doctor *d, const struct crw_message *message, const char *path,
		struct crw_value *value)
{
	*value = (struct crw_value){ .number = 0 };
	return crw_get(d->crw, message, path, value) > 0;
}

uint64_t doctor_number(struct doctor *d, const struct crw_message *message, const char *path,
		       uint64_t otherwise)
{
	struct crw_value value;

	return doctor_get(d, message, path, &value) ? value.number : otherwise;
}

const char *doctor_text(struct doctor *d, const struct crw_message *message, const char *path)
{
	struct crw_value value;
	const char *text = NULL;

	if (doctor_get(d, message, path, &value))
		text = arena_copy(&d->arena, value.data, value.size);
	return text ? text : "";
}

/* ---- images ----------------------------------------------------------------- */

/* Without an error, since a rule may have left it so and CRIU will say it, too. */
static void complain_image(struct doctor *d, const char *file)
{
	doctor_find(d, CAUSE_IMAGE, CRW_LEVEL_FAILURE, file, NULL, "%s", d->crw->err.text);
}

void doctor_each_entry(struct doctor *d, const char *file, doctor_entry_taker take, void *arg)
{
	struct crw_reader *reader;
	struct crw_message entry;
	int more = reader_open_current(d->crw, file, &reader);

	while (more > 0 && (more = crw_reader_next(reader, &entry)) > 0)
		take(d, &entry, arg);
	if (more < 0)
		complain_image(d, file);
	crw_reader_close(reader);
}

bool doctor_has_file(struct doctor *d, const char *name)
{
	struct stat st;

	if (fstatat(d->crw->checkpoint.dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	if (errno != ENOENT)
		doctor_unseen(d, CAUSE_IMAGE, name);
	return false;
}

struct each_image {
	struct doctor *d;
	const char *kind;
	doctor_entry_taker take;
	void *arg;
};

static int take_file(void *arg, const struct dirent *file, struct error *err)
{
	const struct each_image *each = arg;
	const char *kind;
	bool is_raw;

	kind = crw_image_kind(file->d_name, &is_raw);
	if (kind && !is_raw && strcmp(kind, each->kind) == 0)
		doctor_each_entry(each->d, file->d_name, each->take, each->arg);
	return 0;
}

void doctor_each_image(struct doctor *d, const char *kind, doctor_entry_taker take, void *arg)
{
	struct each_image each = { d, kind, take, arg };
	struct error err;

	if (checkpoint_each_file(d->crw->checkpoint.dir, take_file, &each, &err) < 0)
		doctor_find(d, CAUSE_IMAGE, CRW_LEVEL_UNKNOWN, kind, NULL, "%s", err.text);
}

struct each_file {
	const char *member;
	doctor_entry_taker take;
	void *arg;
};

static void take_member(struct doctor *d, const struct crw_message *entry, void *arg)
{
	const struct each_file *each = arg;
	struct crw_value value;

	if (doctor_get(d, entry, each->member, &value))
		each->take(d, &value.message, each->arg);
}

void doctor_each_file(struct doctor *d, const char *member, const char *old,
		      doctor_entry_taker take, void *arg)
{
	struct each_file each = { member, take, arg };

	doctor_each_entry(d, "files.img", take_member, &each);
	if (old)
		doctor_each_entry(d, old, take, arg);
}

/* ---- namespaces ------------------------------------------------------------- */

static const char *const namespaces[] = {
	[DOCTOR_PID] = "pid_ns_id", [DOCTOR_NET] = "net_ns_id", [DOCTOR_MNT] = "mnt_ns_id",
	[DOCTOR_UTS] = "uts_ns_id", [DOCTOR_IPC] = "ipc_ns_id",
};

static void take_ids(struct doctor *d, const struct crw_message *ids, void *arg)
{
	uint32_t *numbers = arg;

	for (size_t i = 0; i < DOCTOR_NS; i++)
		numbers[i] = (uint32_t)doctor_number(d, ids, namespaces[i], 0);
}

static void take_inventory(struct doctor *d, const struct crw_message *entry, void *arg)
{
	struct crw_value ids;

	if (doctor_get(d, entry, "root_ids", &ids))
		take_ids(d, &ids.message, arg);
}

static void take_first_pid(struct doctor *d, const struct crw_message *entry, void *arg)
{
	uint64_t *pid = arg;

	if (!*pid)
		*pid = doctor_number(d, entry, "pid", 0);
}

bool doctor_has_own(const struct doctor *d, enum doctor_namespace ns)
{
	return d->ids[ns] && d->dumper[ns] && d->ids[ns] != d->dumper[ns];
}

void doctor_images(struct doctor *d)
{
	uint64_t pid = 0;
	char file[32];

	doctor_each_entry(d, "inventory.img", take_inventory, d->dumper);
	doctor_each_entry(d, "pstree.img", take_first_pid, &pid);
	snprintf(file, sizeof(file), "ids-%llu.img", (unsigned long long)pid);
	doctor_each_entry(d, file, take_ids, d->ids);
	place_read_mounts(d);
}
