/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mount.h"

#include <stdio.h>
#include <string.h>

#include "../proto/schema.h"

/* The last one counts. */
static struct wire_field find(struct span entry, const char *name)
{
	static const char message[] = "mnt_entry";
	const struct field_type *f = message_field(message_find(message, strlen(message)), name,
						   strlen(name));
	struct wire_field w, found = { .number = 0 };
	struct error ignored;

	while (wire_next_of(&entry, field_number(f), &w, &ignored) > 0)
		found = w;
	return found;
}

struct mount mount_of(struct span entry)
{
	return (struct mount){
		.id = find(entry, "mnt_id").scalar,
		.parent = find(entry, "parent_mnt_id").scalar,
		.type = find(entry, "fstype").scalar,
		.device = find(entry, "root_dev").scalar,
		.path = find(entry, "mountpoint").bytes,
		.key = find(entry, "ext_key").bytes,
		.source = find(entry, "source").bytes,
		.root = find(entry, "root").bytes,
		.external = find(entry, "ext_mount").scalar,
	};
}

bool mount_has_content(const struct mount *m, char file[64])
{
	if (m->type != MOUNT_TMPFS || m->external || m->key.size || span_is(m->path, "/"))
		return false;
	snprintf(file, 64, "tmpfs-dev-%llu.tar.gz.img", (unsigned long long)m->device);
	return true;
}

int mount_fail(const struct mount *m, const char *why, struct error *err)
{
	size_t shown = m->path.size < MOUNT_SHOWN_MAX ? m->path.size : MOUNT_SHOWN_MAX;

	return fail(err, "mount %llu at %.*s: %s", (unsigned long long)m->id, (int)shown,
		    (const char *)m->path.data, why);
}
