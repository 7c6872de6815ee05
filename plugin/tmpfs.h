/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	mnt_entry[mountpoint = "/fs"] content "/etc/criu/fs.tar.gz"
 *
 * What is in a tmpfs is an image of its own, an archive; the verb gives the host's in its
 * place, or as a new one.
 *
 * A tmpfs that a rule adds without has no image of what is in it, and CRIU fails without a word
 * about that. It mounts what it has no code for (AUTO) as it stands, so an empty tmpfs
 * is one of those: in every view, and on the disk, without a file more.
 */
#ifndef CRW_TMPFS_H
#define CRW_TMPFS_H

#include "context.h"

extern const struct rules_verb verb_content;

/* After the rules, and before the images are judged. */
int tmpfs_settle(struct crw *crw, const struct rules_world *world, struct error *err);

#endif
