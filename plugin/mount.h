/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A mount of the checkpoint: what is asked of a mnt_entry. */
#ifndef CRW_MOUNT_H
#define CRW_MOUNT_H

#include "../proto/bytes.h"
#include "../proto/error.h"

/* criu/images/mnt.proto: fstype */
#define MOUNT_TMPFS 5
#define MOUNT_AUTO 16

#define MOUNT_SHOWN_MAX 200 /* bytes of a path in messages */

struct mount {
	uint64_t id, parent, type, device;
	struct span path, key, source, root; /* of the entry */
	bool external;
};

struct mount mount_of(struct span entry);

/* A tmpfs whose files CRIU takes from an archive in the image directory, which the root of a
 * namespace is not: its name goes to `file`. */
bool mount_has_content(const struct mount *m, char file[64]);

/* -1 with the mount and `why`. */
int mount_fail(const struct mount *m, const char *why, struct error *err);

#endif
