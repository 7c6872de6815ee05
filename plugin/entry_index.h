/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the entries of an image are, by a number in them: a hash table of their
 * places, in a nameless file that is mapped.
 */
#ifndef CRW_ENTRY_INDEX_H
#define CRW_ENTRY_INDEX_H

#include "../proto/image.h"

/* All zero: there is none. */
struct entry_index {
	char *path;      /* of the number */
	uint32_t *slots; /* places in the file; 0: free. A file has IMAGE_SIZE_MAX at most */
	size_t size;     /* of them, a power of two; 0: no entries */
};

bool entry_index_is_of(const struct entry_index *index, const char *path);

/* Makes it anew, from the first entry on. On -1 what is in front of the damage is
 * in it, or there is none when it could not be made. 1 otherwise. */
int entry_index_build(struct entry_index *index, const struct image *image, const char *path,
		      struct error *err);

/* The first entry with the number: 1, 0 or -1. */
int entry_index_find(const struct entry_index *index, const struct image *image, uint64_t number,
		     struct image_entry *entry, struct error *err);

void entry_index_free(struct entry_index *index);

#endif
