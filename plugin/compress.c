/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory pages with and without LZ4, as CRIU 4.3 has them (Documentation of its
 * pagemap.proto; seen in checkpoints): pages-N.img has the pages of all entries of a
 * pagemap, one after the other. Of an entry with `blocks` each block has its size: 0 for
 * zeros, that of its pages for pages as they are, else it is one block of LZ4. An entry
 * with PE_PAYLOAD_ALIGNED begins at a page.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../proto/file.h"
#include "context.h"
#include "pagemap.h"

#define BLOCK_MAX (4u << 20) /* bytes of one block, unpacked */
#define VERSION_PLAIN 2      /* of images: CRTOOLS_IMAGES_V1_1 */
#define VERSION_PACKED 3     /* CRTOOLS_IMAGES_V1_2 */

struct transform {
	struct crw *crw;
	const struct crw_lz4 *lz4;
	int acceleration; /* 0: pages are unpacked */
	crw_pages_sink sink;
	void *arg;
	uint32_t page_size;
	uint64_t room;  /* for unpacked pages, that the filesystem has left */
	bool in_parent; /* some pages are in the checkpoint before */

	/* of one pagemap */
	struct pagemap_ranges plain; /* that CRIU wants as they are */
	struct content image, pages; /* what becomes of the two files */
	int fd;                      /* of the old pages */
	uint64_t at, count;          /* bytes that were read; pages */
	struct buffer in, out, body, sizes;
};

/* ---- the two files of pages ---------------------------------------------------- */

static int read_pages(struct transform *t, uint8_t *to, uint64_t size, struct error *err)
{
	ssize_t got = pread(t->fd, to, size, (off_t)t->at);

	if (got < 0)
		return fail_errno(err, "cannot read");
	if ((uint64_t)got != size)
		return fail(err, "ends in the middle of a page");
	t->at += size;
	return 0;
}

static int put_pages(struct transform *t, const uint8_t *data, size_t size, struct error *err)
{
	return content_append(&t->pages, span_of(data, size), err);
}

/* Up to the next whole page. */
static uint64_t padding(const struct transform *t, uint64_t at)
{
	return -at & (t->page_size - 1);
}

static int put_zeros(struct transform *t, uint64_t size, struct error *err)
{
	static const uint8_t zeros[4096];

	for (; size; size -= size < sizeof(zeros) ? size : sizeof(zeros))
		if (put_pages(t, zeros, size < sizeof(zeros) ? size : sizeof(zeros), err) < 0)
			return -1;
	return 0;
}

static int copy_pages(struct transform *t, uint64_t pages, struct error *err)
{
	for (; pages; pages--)
		if (read_pages(t, t->in.data, t->page_size, err) < 0 ||
		    put_pages(t, t->in.data, t->page_size, err) < 0)
			return -1;
	return 0;
}

/* ---- unpacking ----------------------------------------------------------------- */

static int unpack_block(struct transform *t, uint64_t stored, uint64_t size, struct error *err)
{
	int got;

	if (stored > size)
		return fail(err, "a block is larger than its pages");
	if (stored == 0)
		return put_zeros(t, size, err);
	if (read_pages(t, t->in.data, stored, err) < 0)
		return -1;
	if (stored == size)
		return put_pages(t, t->in.data, size, err);
	got = t->lz4->decompress((const char *)t->in.data, (char *)t->out.data, (int)stored,
				 (int)size);
	if (got < 0 || (uint64_t)got != size)
		return fail(err, "a block is damaged");
	return put_pages(t, t->out.data, size, err);
}

static int unpack_blocks(struct transform *t, const struct pagemap_entry *e, struct error *err)
{
	struct span sizes = e->block_sizes;
	uint64_t left = e->pages, stored;

	if (!e->block_pages || e->block_pages > BLOCK_MAX / t->page_size)
		return fail(err, "blocks of %llu pages", (unsigned long long)e->block_pages);
	while (sizes.size) {
		uint64_t pages = left < e->block_pages ? left : e->block_pages;

		if (wire_varint(&sizes, &stored, err) < 0)
			return -1;
		if (!pages)
			return fail(err, "more blocks than pages");
		if (unpack_block(t, stored, pages * t->page_size, err) < 0)
			return -1;
		left -= pages;
	}
	return left ? fail(err, "fewer blocks than pages") : 0;
}

static int unpack_entry(struct transform *t, const struct pagemap_entry *e, struct error *err)
{
	struct pagemap_edit edit = { .flags = e->flags & ~(uint64_t)PAGEMAP_ALIGNED };

	edit.set_flags = edit.flags != e->flags;
	if (e->flags & PAGEMAP_ALIGNED)
		t->at += padding(t, t->at);
	if ((e->has_blocks ? unpack_blocks(t, e, err) : copy_pages(t, e->pages, err)) < 0)
		return -1;
	return pagemap_rewrite(&t->body, e->body, &edit, err);
}

/* ---- packing ------------------------------------------------------------------- */

/* What is hardly smaller is kept as it is: 7/8 of a page, as CRIU has it. */
static uint32_t pack_page(struct transform *t, uint64_t address)
{
	int size = 0;

	if (span_is_zero(span_of(t->in.data, t->page_size)))
		return 0;
	if (!pagemap_is_in(&t->plain, address))
		size = t->lz4->compress((const char *)t->in.data, (char *)t->out.data,
					(int)t->page_size, (int)t->page_size, t->acceleration);
	if (size > 0 && (uint32_t)size < t->page_size / 8 * 7)
		return (uint32_t)size;
	memcpy(t->out.data, t->in.data, t->page_size);
	return t->page_size;
}

static int pack_entry(struct transform *t, const struct pagemap_entry *e, struct error *err)
{
	struct pagemap_edit edit = { .flags = e->flags, .block_pages = 1 };
	bool any = false;

	if (e->has_blocks || e->flags & PAGEMAP_ALIGNED)
		return fail(err, "is compressed, and inventory.img says it is not");
	buffer_clear(&t->sizes);
	for (uint64_t i = 0; i < e->pages; i++) {
		uint32_t size;

		if (read_pages(t, t->in.data, t->page_size, err) < 0)
			return -1;
		size = pack_page(t, e->address + i * t->page_size);
		if (size == t->page_size && !edit.payload) {
			edit.set_flags = true;
			edit.flags |= PAGEMAP_ALIGNED;
			if (put_zeros(t, padding(t, t->pages.size), err) < 0)
				return -1;
		}
		if (put_pages(t, t->out.data, size, err) < 0)
			return -1;
		any |= size != t->page_size;
		edit.payload += size;
		wire_put_varint(&t->sizes, size);
	}
	edit.has_blocks = any;
	edit.block_sizes = buffer_span(&t->sizes);
	return t->sizes.failed ? fail_memory(err) : pagemap_rewrite(&t->body, e->body, &edit, err);
}

/* ---- one pagemap ---------------------------------------------------------------- */

static int put_entry(struct transform *t, struct span body, struct error *err)
{
	const uint32_t size = htole32((uint32_t)body.size);

	return content_append(&t->image, span_of(&size, sizeof(size)), err) < 0 ?
		       -1 :
		       content_append(&t->image, body, err);
}

/* A few bytes can stand for any number of zeros. */
static int use_room(struct transform *t, uint64_t pages, struct error *err)
{
	if (t->acceleration)
		return 0;
	if (pages > t->room)
		return fail(err, "its pages have no room on this filesystem");
	t->room -= pages;
	return 0;
}

static int take_entry(struct transform *t, const struct image_entry *entry, struct error *err)
{
	struct pagemap_entry e;

	if (pagemap_read(entry->body, &e, err) < 0)
		return -1;
	t->in_parent |= (e.flags & PAGEMAP_PARENT) != 0;
	if (!(e.flags & PAGEMAP_PRESENT))
		return put_entry(t, entry->body, err);
	if (use_room(t, e.pages, err) < 0)
		return -1;
	t->count += e.pages;
	buffer_clear(&t->body);
	if ((t->acceleration ? pack_entry : unpack_entry)(t, &e, err) < 0)
		return -1;
	return put_entry(t, buffer_span(&t->body), err);
}

/* pages-N.img, which the head of the pagemap names. */
static struct checkpoint_image *find_pages(struct transform *t, struct span head, struct error *err)
{
	const struct image_kind *kind = kind_named("pages", strlen("pages"));
	struct checkpoint_image *image;
	char name[48];
	uint64_t id;

	if (pagemap_id(head, &id, err) < 0)
		return NULL;
	snprintf(name, sizeof(name), "pages-%llu.img", (unsigned long long)id);
	for (size_t i = 0;; i++) {
		int found = checkpoint_find(&t->crw->checkpoint, kind, i, &image, err);

		if (found > 0 && strcmp(image->file, name) == 0 && !image->changed)
			return image;
		if (found == 0)
			fail(err, "there is no %s, or another has it", name);
		if (found <= 0)
			return NULL;
	}
}

static int check_end(struct transform *t, struct error *err)
{
	struct stat st;

	if (fstat(t->fd, &st) < 0)
		return fail_errno(err, "cannot look at");
	return (uint64_t)st.st_size == t->at ? 0 :
					       fail(err, "has more bytes than its pagemap says");
}

static int take_entries(struct transform *t, struct image *entries, struct checkpoint_image *pages,
			struct error *err)
{
	struct image_entry entry;
	int more;

	while ((more = image_next(entries, &entry, err)) > 0)
		if (take_entry(t, &entry, err) < 0)
			return error_context(err, "%s", pages->file);
	if (more < 0)
		return -1;
	if (check_end(t, err) < 0)
		return error_context(err, "%s", pages->file);
	return content_seal(&t->image, err) < 0 ? -1 : content_seal(&t->pages, err);
}

static int transform_pagemap(struct transform *t, struct checkpoint_image *pagemap,
			     struct error *err)
{
	struct checkpoint_image *pages;
	struct image_entry head;
	struct image entries;
	uint64_t after;
	int more;

	if (checkpoint_entries(&t->crw->checkpoint, pagemap, &entries, err) < 0)
		return -1;
	more = image_next(&entries, &head, err);
	if (more <= 0)
		return more;
	pages = find_pages(t, head.body, err);
	if (!pages || pagemap_find_plain(&t->crw->checkpoint, pagemap->file, &t->plain, err) < 0)
		return -1;
	t->fd = checkpoint_open_file(t->crw->checkpoint.dir, pages->file, err);
	if (t->fd < 0)
		return error_context(err, "%s", pages->file);
	t->at = t->count = 0;
	if (content_append(
		    &t->image,
		    span_of(entries.bytes.data, (size_t)(head.size.data - entries.bytes.data)),
		    err) < 0 ||
	    put_entry(t, head.body, err) < 0 || take_entries(t, &entries, pages, err) < 0)
		return -1;
	after = t->pages.size;
	pages->content = t->pages;
	t->pages = (struct content){ .size = 0 };
	pages->changed = pages->read = true;
	if (checkpoint_update(&t->crw->checkpoint, pagemap, &t->image, err) < 0)
		return -1;
	t->sink(t->arg, pagemap->file, t->count, t->at, after);
	return 0;
}

static void end_pagemap(struct transform *t)
{
	content_free(&t->image);
	content_free(&t->pages);
	pagemap_forget(&t->plain);
	file_close(&t->fd);
}

static int transform_kind(struct transform *t, const char *name, struct error *err)
{
	const struct image_kind *kind = kind_named(name, strlen(name));
	struct checkpoint_image *image;
	int more;

	for (size_t i = 0;; i++) {
		more = checkpoint_find(&t->crw->checkpoint, kind, i, &image, err);
		if (more <= 0)
			return more;
		if (transform_pagemap(t, image, err) < 0)
			return error_context(err, "%s", image->file);
		end_pagemap(t);
	}
}

/* ---- all of it ------------------------------------------------------------------- */

/* 1, 0: it is what it is to become, -1. */
static int judge(struct transform *t, const struct pagemap_inventory *inventory, struct error *err)
{
	if (inventory->version != VERSION_PLAIN && inventory->version != VERSION_PACKED)
		return fail(err, "inventory.img: images of version %llu are not known here",
			    (unsigned long long)inventory->version);
	if (inventory->compress > 1)
		return fail(err, "inventory.img: pages are compressed in a way that is not known "
				 "here");
	return inventory->compress == (t->acceleration != 0) ? 0 : 1;
}

static int transform(struct transform *t, struct error *err)
{
	struct pagemap_inventory inventory;
	struct statvfs fs;
	int todo;

	if (pagemap_read_inventory(&t->crw->checkpoint, &inventory, err) < 0)
		return -1;
	todo = judge(t, &inventory, err);
	if (todo <= 0)
		return todo;
	if (fstatvfs(t->crw->checkpoint.dir, &fs) < 0)
		return fail_errno(err, "the directory");
	t->room = (uint64_t)fs.f_bavail * fs.f_frsize / t->page_size;
	if (!buffer_extend(&t->in, BLOCK_MAX) || !buffer_extend(&t->out, BLOCK_MAX))
		return fail_memory(err);
	if (transform_kind(t, "pagemap", err) < 0 || transform_kind(t, "shmem_pagemap", err) < 0)
		return -1;
	inventory.compress = t->acceleration != 0;
	inventory.block_size = t->acceleration ? t->page_size : 0;
	if (t->acceleration)
		inventory.version = VERSION_PACKED;
	else if (!t->in_parent &&
		 faccessat(t->crw->checkpoint.dir, "parent", F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
		 errno == ENOENT)
		inventory.version = VERSION_PLAIN;
	return pagemap_write_inventory(&t->crw->checkpoint, &inventory, err) < 0 ? -1 : 1;
}

int crw_compress(struct crw *crw, const struct crw_lz4 *lz4, int acceleration, crw_pages_sink sink,
		 void *arg)
{
	struct transform t = {
		.crw = crw,
		.lz4 = lz4,
		.acceleration = acceleration,
		.sink = sink,
		.arg = arg,
		.page_size = (uint32_t)sysconf(_SC_PAGESIZE),
		.fd = -1,
	};
	int status;

	run_begin(crw);
	status = transform(&t, &crw->err);
	end_pagemap(&t);
	buffer_free(&t.in);
	buffer_free(&t.out);
	buffer_free(&t.body);
	buffer_free(&t.sizes);
	return run_end(crw, status < 0 ? -1 : 0) < 0 ? -1 : status;
}
