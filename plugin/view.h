/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A private view of an image directory: the same files, some of them with
 * other content. Nothing is written to the directory, nobody else sees the
 * view, and it goes with the process, however that ends.
 *
 * The ways to make one:
 * - detached (Linux 6.15 and newer): a detached clone of the mount, with the
 *   new files mounted onto their names inside it. No process, no path.
 * - namespace: a short-lived process with a mount namespace of its own binds
 *   the new files over the old ones and opens the directory there.
 * In either way a tmpfs lies over the directory when there are new names (view_over.c).
 * Where neither can be, as the directory is on a mount outside of our mount namespace:
 * - the same in the namespace of a process that has the mount (a container's, say)
 * - a copy of all images in memory, for a mount that is in no namespace any more
 */
#ifndef CRW_VIEW_H
#define CRW_VIEW_H

#include "../proto/bytes.h"
#include "../proto/error.h"
#include "criu-rewrite.h"

struct view_file {
	const char *name; /* of a regular file that is in the directory, */
	struct span content;
	bool added; /* or of one that is not */
};

struct view {
	int dir;     /* the directory as it looks in the view */
	int keep;    /* the clone or the namespace; the view lives as long as this is open */
	bool copied; /* all images are in memory */
};

/* The new files get owner and mode of the old ones. CRW_VIEW_AUTO: the first of
 * these ways that does not fail, for whatever reason. On -1 nothing is left. */
int view_make(struct view *view, enum crw_view kind, int image_dir, const struct view_file *files,
	      size_t count, struct error *err);
void view_close(struct view *view);

#endif
