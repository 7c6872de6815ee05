/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of a checkpoint, down to the disk. */
#ifndef CRW_WRITE_H
#define CRW_WRITE_H

#include "checkpoint.h"

/* Without it CRIU takes no directory for a checkpoint. */
#define INVENTORY_FILE "inventory.img"

/* Fills `to` with the image (NULL: with what `from` is open on), and gives it owner
 * and mode of `from`. `to` below 0: it could not be made, errno says why. */
int write_image(int from, int to, const char *name, struct checkpoint_image *image,
		struct error *err);

/* What was created, renamed and removed in it. */
int write_directory(int dir, struct error *err);

#endif
