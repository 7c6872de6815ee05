/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pagemaps, and what of a checkpoint says how its pages are stored: read and rewritten
 * without touching what is not named here. For compress.c. */
#ifndef CRW_PAGEMAP_H
#define CRW_PAGEMAP_H

#include "checkpoint.h"

/* criu/include/pagemap.h, 4.3 */
#define PAGEMAP_PARENT (1u << 0)
#define PAGEMAP_PRESENT (1u << 2)
#define PAGEMAP_ALIGNED (1u << 3)

struct pagemap_entry {
	struct span body;
	uint64_t address, pages, flags;
	bool has_blocks;
	uint64_t block_pages;
	struct span block_sizes; /* a run of varints */
};

/* -1 when it is none, or has more pages than there are addresses. */
int pagemap_read(struct span body, struct pagemap_entry *e, struct error *err);

/* The number of the file with the pages, from the head of a pagemap. */
int pagemap_id(struct span head, uint64_t *id, struct error *err);

struct pagemap_edit {
	bool set_flags, has_blocks;
	uint64_t flags, block_pages, payload;
	struct span block_sizes;
};

/* Appends the entry with these flags, if they are set, and these blocks or none. */
int pagemap_rewrite(struct buffer *out, struct span body, const struct pagemap_edit *edit,
		    struct error *err);

/* Addresses whose pages CRIU takes only as they are: huge pages, and mappings of plugins. */
struct pagemap_ranges {
	struct buffer ranges; /* of first and last byte, in order */
};

int pagemap_find_plain(struct checkpoint *c, const char *pagemap, struct pagemap_ranges *plain,
		       struct error *err);
bool pagemap_is_in(const struct pagemap_ranges *plain, uint64_t address);
void pagemap_forget(struct pagemap_ranges *plain);

struct pagemap_inventory {
	uint64_t version, compress, block_size;
};

int pagemap_read_inventory(struct checkpoint *c, struct pagemap_inventory *inventory,
			   struct error *err);
int pagemap_write_inventory(struct checkpoint *c, const struct pagemap_inventory *inventory,
			    struct error *err);

#endif
