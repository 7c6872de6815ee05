/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pagemap.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"
#include "write.h"

#define HUGE_PAGES 0x40000u                          /* vma_entry.flags: MAP_HUGETLB */
#define OF_PLUGIN (1u << 27)                         /* vma_entry.status: VMA_EXT_PLUGIN */
#define SHARED_FLAG 1u                               /* flags: MAP_SHARED */
#define SHARED_STATUS (1u << 7 | 1u << 8 | 1u << 10) /* status: files, memory, System V */

/* ---- fields by their names ------------------------------------------------------ */

static uint32_t number_of(const char *message, const char *field)
{
	const struct message_type *m = message_find(message, strlen(message));

	return field_number(message_field(m, field, strlen(field)));
}

/* The last one counts: 1 with *out, 0: it is not there, -1. */
static int find(struct span body, const char *message, const char *field, struct wire_field *out,
		struct error *err)
{
	const uint32_t number = number_of(message, field);
	struct wire_field w;
	int more, found = 0;

	while ((more = wire_next_of(&body, number, &w, err)) > 0) {
		*out = w;
		found = 1;
	}
	return more < 0 ? -1 : found;
}

static int read_number(struct span body, const char *message, const char *field, uint64_t *out,
		       struct error *err)
{
	struct wire_field w;
	int found = find(body, message, field, &w, err);

	if (found > 0)
		*out = w.scalar;
	return found;
}

/* A field that a message is to have, or not to have. */
struct field_edit {
	uint32_t number;
	bool is_there;
	uint64_t scalar;
	struct span bytes; /* data NULL: it is a number */
};

static void put_edit(struct buffer *out, const struct field_edit *e)
{
	if (e->is_there && e->bytes.data)
		wire_put_bytes(out, e->number, e->bytes);
	else if (e->is_there)
		wire_put_scalar(out, e->number, WIRE_VARINT, e->scalar);
}

/* Edits are in order of their numbers, and go where that order wants them. */
static int rewrite(struct buffer *out, struct span body, const struct field_edit *edits,
		   size_t count, struct error *err)
{
	struct wire_field w;
	size_t at = 0;
	int more;

	while ((more = wire_next(&body, &w, err)) > 0) {
		bool edited = false;

		while (at < count && edits[at].number < w.number)
			put_edit(out, &edits[at++]);
		for (size_t i = 0; i < count; i++)
			edited |= edits[i].number == w.number;
		if (!edited)
			buffer_append(out, w.raw);
	}
	while (at < count)
		put_edit(out, &edits[at++]);
	if (more < 0)
		return -1;
	return out->failed ? fail_memory(err) : 0;
}

/* ---- entries ---------------------------------------------------------------------- */

static int read_blocks(struct pagemap_entry *e, struct error *err)
{
	static const char blocks[] = "pagemap_blocks";
	struct wire_field w, sizes;
	int found = find(e->body, "pagemap_entry", "blocks", &w, err);

	if (found <= 0)
		return found;
	e->has_blocks = true;
	if (w.type != WIRE_BYTES)
		return fail(err, "its blocks are damaged");
	if (read_number(w.bytes, blocks, "pages_per_block", &e->block_pages, err) <= 0 ||
	    find(w.bytes, blocks, "block_sizes", &sizes, err) <= 0 || sizes.type != WIRE_BYTES)
		return fail(err, "its blocks are not complete");
	e->block_sizes = sizes.bytes;
	return 0;
}

int pagemap_read(struct span body, struct pagemap_entry *e, struct error *err)
{
	static const char entry[] = "pagemap_entry";
	uint64_t in_parent = 0;
	int has_pages, has_flags;

	*e = (struct pagemap_entry){ .body = body };
	if (read_number(body, entry, "vaddr", &e->address, err) < 0 ||
	    read_number(body, entry, "in_parent", &in_parent, err) < 0)
		return -1;
	has_pages = read_number(body, entry, "nr_pages", &e->pages, err);
	if (has_pages == 0)
		has_pages = read_number(body, entry, "compat_nr_pages", &e->pages, err);
	has_flags = read_number(body, entry, "flags", &e->flags, err);
	if (has_pages < 0 || has_flags < 0)
		return -1;
	if (in_parent)
		e->flags |= PAGEMAP_PARENT;
	else if (!has_flags)
		e->flags = PAGEMAP_PRESENT;
	if (e->pages > UINT64_MAX >> 12)
		return fail(err, "an entry has more pages than there are");
	return read_blocks(e, err);
}

int pagemap_id(struct span head, uint64_t *id, struct error *err)
{
	int found = read_number(head, "pagemap_head", "pages_id", id, err);

	return found == 0 ? fail(err, "does not say where its pages are") : found;
}

int pagemap_rewrite(struct buffer *out, struct span body, const struct pagemap_edit *edit,
		    struct error *err)
{
	static const char blocks[] = "pagemap_blocks";
	struct field_edit edits[2], *last = edits;
	struct buffer inner = { 0 };
	int status;

	if (edit->set_flags)
		*last++ = (struct field_edit){
			number_of("pagemap_entry", "flags"), true, edit->flags, { NULL, 0 }
		};
	wire_put_bytes(&inner, number_of(blocks, "block_sizes"), edit->block_sizes);
	wire_put_scalar(&inner, number_of(blocks, "total_payload_size"), WIRE_VARINT,
			edit->payload);
	wire_put_scalar(&inner, number_of(blocks, "pages_per_block"), WIRE_VARINT,
			edit->block_pages);
	*last++ = (struct field_edit){ number_of("pagemap_entry", "blocks"), edit->has_blocks, 0,
				       buffer_span(&inner) };
	status = inner.failed ? fail_memory(err) :
				rewrite(out, body, edits, (size_t)(last - edits), err);
	buffer_free(&inner);
	return status;
}

/* ---- pages that stay as they are ---------------------------------------------------- */

struct pages_range {
	uint64_t first, end;
};

/* The pagemap that the pages of a mapping are in, "pagemap-7.img", and where in it. */
static int add_mapping(struct span vma, const char *task, const char *pagemap,
		       struct pagemap_ranges *plain, struct error *err)
{
	static const char *const names[] = { "start", "end", "flags", "status", "pgoff", "shmid" };
	enum { START, END, FLAGS, STATUS, OFFSET, SHARED };
	uint64_t n[sizeof(names) / sizeof(names[0])] = { 0 };
	char file[48];
	struct pages_range r;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (read_number(vma, "vma_entry", names[i], &n[i], err) < 0)
			return -1;
	if (!(n[FLAGS] & HUGE_PAGES) && !(n[STATUS] & OF_PLUGIN))
		return 0;
	r = (struct pages_range){ n[START], n[END] };
	snprintf(file, sizeof(file), "pagemap-%s", task);
	if (n[FLAGS] & SHARED_FLAG || n[STATUS] & SHARED_STATUS) {
		r = (struct pages_range){ n[OFFSET], n[OFFSET] + (n[END] - n[START]) };
		snprintf(file, sizeof(file), "pagemap-shmem-%llu.img",
			 (unsigned long long)n[SHARED]);
	}
	if (strcmp(file, pagemap) == 0 && r.first < r.end)
		buffer_append(&plain->ranges, span_of(&r, sizeof(r)));
	return plain->ranges.failed ? fail_memory(err) : 0;
}

static int add_task(struct checkpoint *c, struct checkpoint_image *mm, const char *pagemap,
		    struct pagemap_ranges *plain, struct error *err)
{
	const uint32_t vmas = number_of("mm_entry", "vmas");
	struct image_entry entry;
	struct wire_field w;
	struct image image;
	int more;

	if (checkpoint_entries(c, mm, &image, err) < 0)
		return -1;
	more = image_next(&image, &entry, err);
	while (more > 0 && (more = wire_next_of(&entry.body, vmas, &w, err)) > 0)
		if (w.type == WIRE_BYTES &&
		    add_mapping(w.bytes, mm->file + strlen("mm-"), pagemap, plain, err) < 0)
			return -1;
	return more;
}

/* Those that overlap become one. */
static void merge(struct pagemap_ranges *plain)
{
	struct pages_range *all = (struct pages_range *)(void *)plain->ranges.data;
	size_t count = plain->ranges.size / sizeof(*all), kept = 0;

	if (count)
		qsort(all, count, sizeof(*all), numbers_compare);
	for (size_t i = 0; i < count; i++) {
		if (kept && all[i].first <= all[kept - 1].end) {
			if (all[i].end > all[kept - 1].end)
				all[kept - 1].end = all[i].end;
		} else {
			all[kept++] = all[i];
		}
	}
	plain->ranges.size = kept * sizeof(*all);
}

int pagemap_find_plain(struct checkpoint *c, const char *pagemap, struct pagemap_ranges *plain,
		       struct error *err)
{
	const struct image_kind *kind = kind_named("mm", strlen("mm"));
	struct checkpoint_image *mm;
	int more;

	for (size_t i = 0; (more = checkpoint_find(c, kind, i, &mm, err)) > 0; i++)
		if (add_task(c, mm, pagemap, plain, err) < 0)
			return error_context(err, "%s", mm->file);
	merge(plain);
	return more;
}

bool pagemap_is_in(const struct pagemap_ranges *plain, uint64_t address)
{
	const struct pages_range *all = (const struct pages_range *)(const void *)
						plain->ranges.data;
	size_t low = 0, high = plain->ranges.size / sizeof(*all);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (address < all[middle].first)
			high = middle;
		else if (address >= all[middle].end)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

void pagemap_forget(struct pagemap_ranges *plain)
{
	buffer_free(&plain->ranges);
}

/* ---- the inventory ------------------------------------------------------------------ */

static int find_inventory(struct checkpoint *c, struct checkpoint_image **image,
			  struct image_entry *entry, struct error *err)
{
	struct image entries;
	int found = checkpoint_find(c, kind_named("inventory", strlen("inventory")), 0, image, err);

	if (found > 0 && checkpoint_entries(c, *image, &entries, err) < 0)
		return -1;
	if (found > 0)
		found = image_next(&entries, entry, err);
	return found == 0 ? fail(err, INVENTORY_FILE ": there is none, or nothing is in it") :
			    found;
}

int pagemap_read_inventory(struct checkpoint *c, struct pagemap_inventory *inventory,
			   struct error *err)
{
	static const char type[] = "inventory_entry";
	struct checkpoint_image *image;
	struct image_entry entry;

	*inventory = (struct pagemap_inventory){ .version = 0 };
	if (find_inventory(c, &image, &entry, err) < 0 ||
	    read_number(entry.body, type, "img_version", &inventory->version, err) < 0)
		return -1;
	return read_number(entry.body, type, "compress", &inventory->compress, err) < 0 ? -1 : 0;
}

static int update(struct checkpoint *c, struct checkpoint_image *image, const struct buffer *file,
		  struct error *err)
{
	struct content fresh = { .size = 0 };
	int status = content_append(&fresh, buffer_span(file), err);

	if (status == 0)
		status = content_seal(&fresh, err);
	if (status == 0)
		status = checkpoint_update(c, image, &fresh, err);
	content_free(&fresh);
	return status;
}

int pagemap_write_inventory(struct checkpoint *c, const struct pagemap_inventory *inventory,
			    struct error *err)
{
	static const char type[] = "inventory_entry";
	const struct field_edit edits[] = {
		{ number_of(type, "img_version"), true, inventory->version, { NULL, 0 } },
		{ number_of(type, "compress"),
		  inventory->compress,
		  inventory->compress,
		  { NULL, 0 } },
		{ number_of(type, "compress_block_size"),
		  inventory->compress,
		  inventory->block_size,
		  { NULL, 0 } },
	};
	cleanup_buffer struct buffer body = { 0 }, file = { 0 };
	struct checkpoint_image *image;
	struct image_entry entry;

	if (find_inventory(c, &image, &entry, err) < 0 ||
	    rewrite(&body, entry.body, edits, sizeof(edits) / sizeof(edits[0]), err) < 0)
		return -1;
	buffer_append(&file, span_of(image->content.bytes.data,
				     (size_t)(entry.size.data - image->content.bytes.data)));
	image_put(&file, buffer_span(&body));
	return file.failed ? fail_memory(err) : update(c, image, &file, err);
}
