/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where on this host is what a checkpoint calls by a path and the id of a mount? */
#ifndef CRW_DOCTOR_PLACE_H
#define CRW_DOCTOR_PLACE_H

#include "doctor.h"

enum place {
	PLACE_HERE,     /* looked up: a descriptor, or -1 with errno */
	PLACE_RESTORED, /* on a mount whose content CRIU makes: tmpfs, proc, devpts */
	PLACE_UNKNOWN,  /* below a root, or on a mount, of which nobody has said where it is */
};

/* A mount of the checkpoint; its texts are in the arena. */
struct doctor_mount {
	uint64_t id, device; /* of the filesystem, as it was at the dump */
	const char *root;    /* the directory of the filesystem that is mounted */
	const char *mountpoint;
	const char *key;    /* of an external one; NULL: it is none */
	const char *source; /* what will be mounted for that key; NULL: nobody has said */
};

/* Reads the mounts of the checkpoint, which the rest asks for. */
void place_read_mounts(struct doctor *d);

/* Looks a path up as a task of the checkpoint would, links within its root: *fd is for
 * looking at it alone (O_PATH), so that a FIFO, a device or an automount does nothing. */
enum place place_open(struct doctor *d, const char *path, int64_t mnt_id, int *fd);

/* The same below this host's root. */
int place_open_host(const struct doctor *d, const char *path);

/* For reading, what O_PATH found to be a regular file; -1 with errno. */
int place_reopen(int fd);

#endif
