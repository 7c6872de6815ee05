/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Raw images as entries. Images of netlink messages and of text are turned into the form
 * that all others have, when they are read, and back, when they were changed; what lies
 * between knows no difference. An image that nobody changed is never written.
 */
#ifndef CRW_RAW_H
#define CRW_RAW_H

#include "content.h"
#include "kind.h"

#define RAW_SIZE_MAX (128u << 20) /* bytes of such a file */

/* The magic of the form with entries. No file has it. */
#define RAW_ENTRIES_MAGIC 0x57415243u

/* By the magic of the file; NULL when it is none of these. Routes of both versions have the
 * same, and text and connections have none: for those the name of the file is needed. */
const struct image_kind *raw_kind_of_magic(struct span file);

/* Puts the entries in place of the file that is in *c, which is sealed. Does nothing to
 * images that are no such raw ones. */
int raw_expand(const struct image_kind *kind, struct content *c, struct error *err);

/* Makes the file of the entries of a raw kind; *file is to be freed in any case. */
int raw_collapse(const struct image_kind *kind, struct span entries, struct content *file,
		 struct error *err);

/* Why an entry stays when others are deleted, or NULL: CRIU deletes the rules of the network
 * namespace before it restores those of the image, and a host that does not look into the
 * table local reaches nothing, not even itself. */
const char *raw_is_kept(const struct image_kind *kind, struct span fields);

#endif
