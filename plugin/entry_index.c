/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "../proto/file.h"
#include "entry_index.h"
#include "field.h"

/* ---- entries -------------------------------------------------------------- */

static int read_at(const struct image *image, size_t place, struct image_entry *entry,
		   struct error *err)
{
	struct image at = *image;

	at.rest = span_of(image->bytes.data + place, image->bytes.size - place);
	at.index = image->rest.data != at.rest.data; /* is it the first? */
	return image_next(&at, entry, err);
}

/* 1 with the number, 0 when the entry has none, -1. */
static int read_number(const struct entry_index *index, const struct image_entry *entry,
		       uint64_t *number, struct error *err)
{
	struct crw_message message;
	struct crw_value value;
	int found;

	field_message_init(&message, entry->type, entry->body);
	found = field_get(&message, index->path, &value, err);
	*number = value.number;
	return found < 0 ? error_context(err, "entry %zu", entry->index) : found;
}

/* ---- the table ------------------------------------------------------------ */

bool entry_index_is_of(const struct entry_index *index, const char *path)
{
	return index->path && strcmp(index->path, path) == 0;
}

void entry_index_free(struct entry_index *index)
{
	if (index->size)
		munmap(index->slots, index->size * sizeof(*index->slots));
	free(index->path);
	*index = (struct entry_index){ .size = 0 };
}

/* What is allocated cannot be missing when it is written to. */
static int map_slots(struct entry_index *index, size_t size, struct error *err)
{
	size_t bytes = size * sizeof(*index->slots);
	cleanup_close int fd = file_temporary();
	void *slots = MAP_FAILED;

	if (fd >= 0 && (errno = posix_fallocate(fd, 0, (off_t)bytes)) == 0)
		slots = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (slots == MAP_FAILED)
		return fail_errno(err, "cannot make a temporary file (TMPDIR says where)");
	index->slots = slots;
	index->size = size;
	return 0;
}

/* At most half of the slots are ever taken. */
static int make_slots(struct entry_index *index, const struct image *image, struct error *err)
{
	struct image counted = *image;
	struct image_entry entry;
	struct error ignored; /* building meets it again */
	size_t size = 2;

	while (image_next(&counted, &entry, &ignored) > 0)
		;
	while (size < 2 * counted.index)
		size *= 2;
	return counted.index ? map_slots(index, size, err) : 0;
}

/* Where a number belongs. What it is multiplied with nobody knows beforehand, so
 * that no image can have all its numbers in one place. */
static size_t home_of(const struct entry_index *index, uint64_t number)
{
	const uint8_t *random = (const void *)getauxval(AT_RANDOM);
	uint64_t factor;

	memcpy(&factor, random, sizeof(factor));
	return (size_t)(number * (factor | 1) >> (64 - __builtin_ctzll(index->size)));
}

/* The slot of the number, or the free one for it; *entry is what is there. */
static int find_slot(const struct entry_index *index, const struct image *image, uint64_t number,
		     size_t *slot, struct image_entry *entry, struct error *err)
{
	uint64_t there;

	for (*slot = home_of(index, number); index->slots[*slot];
	     *slot = (*slot + 1) & (index->size - 1)) {
		if (read_at(image, index->slots[*slot], entry, err) < 0 ||
		    read_number(index, entry, &there, err) < 0)
			return -1;
		if (there == number)
			return 1;
	}
	return 0;
}

static int add(struct entry_index *index, const struct image *image,
	       const struct image_entry *entry, struct error *err)
{
	struct image_entry other;
	uint64_t number;
	size_t slot;
	int found = read_number(index, entry, &number, err);

	if (found <= 0)
		return found;
	found = find_slot(index, image, number, &slot, &other, err);
	if (found == 0)
		index->slots[slot] = (uint32_t)(entry->size.data - image->bytes.data);
	return found;
}

int entry_index_build(struct entry_index *index, const struct image *image, const char *path,
		      struct error *err)
{
	struct image walk = *image;
	struct image_entry entry;
	int more;

	entry_index_free(index);
	if (make_slots(index, image, err) < 0)
		return -1;
	index->path = strdup(path);
	if (!index->path)
		return fail_memory(err);
	while ((more = image_next(&walk, &entry, err)) > 0) {
		if (add(index, image, &entry, err) < 0)
			return -1;
	}
	return more < 0 ? -1 : 1;
}

int entry_index_find(const struct entry_index *index, const struct image *image, uint64_t number,
		     struct image_entry *entry, struct error *err)
{
	size_t slot;

	return index->size ? find_slot(index, image, number, &slot, entry, err) : 0;
}
