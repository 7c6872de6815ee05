/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A patch: changes to bytes that carry nested lengths. The walker says which
 * messages it is inside (enter, leave) and what it replaces; the patch keeps
 * every length around a change right. Nothing else is touched, so all other
 * bytes stay as they are.
 *
 *	patch_begin(&p, file);
 *	patch_enter_entry(&p, entry.size, entry.body);    u32 length
 *	patch_enter(&p, field);                           varint length
 *	patch_replace(&p, old.raw, new);
 *	patch_leave(&p, err);
 *	patch_leave(&p, err);
 *	patch_finish(&p, &out, err);
 *
 * Who goes front to back through much may ask for the result so far (patch_flush)
 * between two entries, so that the patch does not grow with their number.
 */
#ifndef CRW_PATCH_H
#define CRW_PATCH_H

#include "wire.h"

#define PATCH_DEPTH_MAX 128
#define PATCH_SIZE_MAX UINT32_MAX /* of the original, and of all new bytes together */

/* Small, because an image of a million changes has a million of them. */
struct patch_edit {
	uint32_t offset; /* in the original */
	uint32_t removed;
	uint32_t inserted;
	uint32_t text;  /* offset of the new bytes in patch.text */
	uint32_t depth; /* of the message that it is in */
};

struct patch_frame {
	struct span length; /* the bytes that hold the length */
	size_t body;        /* the length as it was */
	ptrdiff_t delta;    /* what the edits inside add to it */
	ptrdiff_t counted;  /* what the frame outside knows of already */
	size_t slot;        /* the edit kept free for the length, or PATCH_NO_SLOT */
	bool fixed;         /* u32 instead of varint */
};

#define PATCH_NO_SLOT SIZE_MAX

struct patch {
	struct span original;
	size_t flushed;      /* so much of the original is behind us */
	struct buffer edits; /* of struct patch_edit, mostly by offset */
	struct buffer text;
	struct buffer frames; /* of struct patch_frame */
	size_t depth;
	size_t reached; /* the end of the furthest edit */
	bool unordered; /* an edit belongs before an earlier one */
};

void patch_begin(struct patch *p, struct span original);
void patch_free(struct patch *p);

int patch_enter_entry(struct patch *p, struct span size, struct span body, struct error *err);
int patch_enter(struct patch *p, const struct wire_field *message, struct error *err);
int patch_leave(struct patch *p, struct error *err);

/* Puts the new bytes (copied) in place of the old; an empty `old` inserts at
 * its place, an empty `fresh` removes. `old` must lie in the original, inside
 * the message entered last, and must not overlap another edit. Edits and
 * messages may come in any order, and a message may be entered again; front
 * to back is the fast way. What is inserted at one place keeps its order. */
int patch_replace(struct patch *p, struct span old, struct span fresh, struct error *err);

/* Nothing was changed, flushed parts included. */
bool patch_is_empty(const struct patch *p);

/* Gives the patched bytes from where the last flush ended up to the place `upto`
 * of the original, piece by piece, and forgets their edits. No message may be
 * entered, and nothing before that place may be edited any more. */
typedef int (*patch_taker)(void *arg, struct span piece, struct error *err);
int patch_flush(struct patch *p, size_t upto, patch_taker take, void *arg, struct error *err);

/* Writes the patched bytes (the rest, after a flush) behind what `out` holds.
 * -1 when a message is still entered, when two edits overlap, or when memory
 * ran out. */
int patch_finish(struct patch *p, struct buffer *out, struct error *err);

#endif
