/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Limits that CRIU does not save, those of cgroup v2, and on v1 those of groups
 * above the checkpoint's: the verb `capture` records
 * them at the dump, in an image of its own beside CRIU's; the verb `recall`
 * puts them into cgroup.img at the restore. CRIU knows nothing of the image and
 * restores as ever without it.
 *
 * The image has the form of all others. An entry is a cg_controller_entry
 * like those in cgroup.img, but flat: each group by its whole path.
 */
#ifndef CRW_CGROUP_CAPTURE_H
#define CRW_CGROUP_CAPTURE_H

#include "../../rules/rules.h"

struct buffer;
struct crw;
struct raw_controller;

#define CAPTURE_FILE "rewrite-cgroup.img"

extern const struct rules_verb verb_capture, verb_recall;

/* Appends the settings of the group at `path` below the descriptor `root`, of cgroups of that
 * version, that are not those of a fresh one, as properties of a group message. A group that is
 * gone has none. */
int capture_settings(int root, int version, const char *path, struct buffer *group,
		     struct error *err);

/* Calls for each controller entry that was recorded: 0, or -1 as soon as `take` returns it. */
typedef int capture_taker(void *ctx, const struct raw_controller *c, struct error *err);
int capture_each(struct crw *crw, capture_taker *take, void *ctx, struct error *err);

/* Writes the image into the directory: whole, on the disk, or not at all. */
int capture_write(int dir, const char *file, struct span image, struct error *err);

#endif
