/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One image file: magic, then entries of a 32-bit little-endian
 * size, a message of that size, and for some kinds a payload behind it.
 * Images of v1.0 have one magic word, of v1.1 two.
 */
#ifndef CRW_IMAGE_H
#define CRW_IMAGE_H

#include "content.h"
#include "kind.h"

#define IMAGE_SIZE_MAX (1u << 30)    /* bytes of a file; bigger ones are refused */
#define IMAGE_ENTRY_MAX (256u << 20) /* bytes of one message */
#define IMAGE_ENTRIES_MAX 16000000u

struct image {
	const struct image_kind *kind;
	struct span bytes;       /* the whole file, borrowed */
	struct span rest;        /* what image_next has not read yet */
	size_t index;            /* of the entry that image_next gives next */
	bool chunked;            /* a ghost file whose content comes in chunks */
	struct content *content; /* that lets go of what image_next has passed, or NULL */
};

struct image_entry {
	const struct message_type *type;
	struct span size;    /* the four bytes of the size */
	struct span body;    /* the message */
	struct span payload; /* what follows it, often empty */
	size_t index;
};

/* Checks the magic against the kind (kind may be NULL: taken from the magic).
 * -1 when it is not an image or the magic belongs to another kind. */
int image_open(struct image *image, const struct image_kind *kind, struct span bytes,
	       struct error *err);

/* 1, 0 at the end, -1 when the image is cut off or breaks a limit. */
int image_next(struct image *image, struct image_entry *entry, struct error *err);

/* Makes an image: its magics, in an empty buffer, and then entries without a payload. */
void image_begin(struct buffer *image, const struct image_kind *kind);
void image_put(struct buffer *image, struct span message);

#endif
