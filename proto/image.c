/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Image files. What stands behind an entry's message is not in the container
 * but follows from the message: a length in a field, a count of further
 * messages, or "the rest of the file". Each rule is one function below. All
 * numbers come from the file and are taken for hostile: they are checked
 * against the bytes that are there before anything is done with them.
 */
#include <stdlib.h>

#include "image.h"

/* --- bytes of the file --- */

/* Takes `size` bytes off the front. */
static inline int take(struct span *rest, uint64_t size, const char *what, struct span *taken,
		       struct error *err)
{
	if (size > rest->size) {
		fail(err, "cut off: %s takes %llu bytes but only %zu are left", what,
		     (unsigned long long)size, rest->size);
		return -1;
	}
	*taken = span_of(rest->data, (size_t)size);
	*rest = span_of(rest->data + size, rest->size - (size_t)size);
	return 0;
}

/* Takes a size of four bytes and a message of that size. */
static inline int take_message(struct span *rest, struct span *size, struct span *body,
			       struct error *err)
{
	uint32_t bytes;

	if (take(rest, 4, "the size of a message", size, err) < 0)
		return -1;
	bytes = span_u32(*size);
	if (bytes > IMAGE_ENTRY_MAX)
		return fail(err, "a message of %u bytes is bigger than the limit of %u", bytes,
			    IMAGE_ENTRY_MAX);
	return take(rest, bytes, "the message", body, err);
}

/* --- opening --- */

static int check_magic(const struct image_kind *kind, uint32_t magic, struct error *err)
{
	const struct image_kind *other = kind_of_magic(magic);

	if (kind->magic == 0)
		return fail(err, "%s holds raw data, not messages", kind->pattern);
	if (kind->magic == magic)
		return 0;
	if (other)
		return fail(err, "its magic 0x%08x belongs to %s, not to %s", magic, other->pattern,
			    kind->pattern);
	return fail(err, "not a CRIU image: unknown magic 0x%08x", magic);
}

int image_open(struct image *image, const struct image_kind *kind, struct span bytes,
	       struct error *err)
{
	struct span rest = bytes, word;
	uint32_t first, magic;

	if (bytes.size > IMAGE_SIZE_MAX)
		return fail(err, "bigger than the limit of %u bytes", IMAGE_SIZE_MAX);
	if (take(&rest, 4, "the magic", &word, err) < 0)
		return -1;
	first = magic = span_u32(word);
	if (first == MAGIC_COMMON || first == MAGIC_SERVICE) {
		if (take(&rest, 4, "the second magic", &word, err) < 0)
			return -1;
		magic = span_u32(word);
	}
	if (!kind)
		kind = kind_of_magic(magic);
	if (!kind)
		return fail(err, "not a CRIU image: unknown magic 0x%08x", magic);
	if (check_magic(kind, magic, err) < 0)
		return -1;
	if (first != magic && kind->service != (first == MAGIC_SERVICE))
		return fail(err, "the first magic 0x%08x is not the one of %s", first,
			    kind->pattern);
	*image = (struct image){ .kind = kind, .bytes = bytes, .rest = rest };
	return 0;
}

/* --- payloads --- */

static const struct message_type *type_of_next(const struct image *image)
{
	if (image->index == 0 && image->kind->head)
		return image->kind->head;
	return image->kind->entry;
}

/* The number in a field of a message: the last one counts, 0 when there is
 * none. Written as something other than a number it is as good as none. */
static int read_number(const struct message_type *type, struct span body, const char *name,
		       uint64_t *number, struct error *err)
{
	struct span text = span_text(name);
	const struct field_type *f = message_field(type, name, text.size);
	struct wire_field field;
	int more;

	*number = 0;
	if (!f)
		return fail(err, "internal error: no field %s in %s", name, message_name(type));
	while ((more = wire_next_of(&body, field_number(f), &field, err)) > 0) {
		if (field.type == field_wire(f))
			*number = (uint64_t)field_decode(f, field.scalar);
	}
	return more;
}

/* A payload as long as the sum of one or two fields. */
static int take_sum(struct image *image, struct image_entry *entry, const char *first,
		    const char *second, struct error *err)
{
	uint64_t a, b = 0, sum;

	if (read_number(entry->type, entry->body, first, &a, err) < 0)
		return -1;
	if (second && read_number(entry->type, entry->body, second, &b, err) < 0)
		return -1;
	if (__builtin_add_overflow(a, b, &sum))
		return fail(err, "a payload of more than 2^64 bytes");
	return take(&image->rest, sum, "the payload", &entry->payload, err);
}

/* `count` elements of `element` bytes, filled up to a multiple of `unit`. */
static int take_rounded(struct span *rest, uint64_t count, uint64_t element, uint64_t unit,
			struct span *taken, struct error *err)
{
	uint64_t size;

	if (__builtin_mul_overflow(count, element, &size) ||
	    __builtin_add_overflow(size, unit - 1, &size))
		return fail(err, "a payload of more than 2^64 bytes");
	return take(rest, size / unit * unit, "the payload", taken, err);
}

static int take_shm(struct image *image, struct image_entry *entry, struct error *err)
{
	uint64_t in_pagemaps, size;

	if (read_number(entry->type, entry->body, "in_pagemaps", &in_pagemaps, err) < 0 ||
	    read_number(entry->type, entry->body, "size", &size, err) < 0)
		return -1;
	/* Its pages are in pages-*.img like those of all other memory. */
	if (in_pagemaps)
		return 0;
	return take_rounded(&image->rest, size, 1, 4, &entry->payload, err);
}

static int take_sem(struct image *image, struct image_entry *entry, struct error *err)
{
	uint64_t nsems;

	if (read_number(entry->type, entry->body, "nsems", &nsems, err) < 0)
		return -1;
	return take_rounded(&image->rest, nsems, 2, 8, &entry->payload, err);
}

/* One message of a queue: a head of its own, then the text. */
static int take_ipc_msg(const struct message_type *head, struct span *rest, struct error *err)
{
	struct span size, body, text;
	uint64_t msize;

	if (take_message(rest, &size, &body, err) < 0 ||
	    read_number(head, body, "msize", &msize, err) < 0)
		return -1;
	return take_rounded(rest, msize, 1, 8, &text, err);
}

static int take_msg(struct image *image, struct image_entry *entry, struct error *err)
{
	const struct message_type *head = message_find("ipc_msg", sizeof("ipc_msg") - 1);
	struct span start = image->rest;
	uint64_t qnum;

	if (read_number(entry->type, entry->body, "qnum", &qnum, err) < 0)
		return -1;
	/* Every message takes some bytes, so the file bounds the count. */
	for (uint64_t i = 0; i < qnum; i++) {
		if (take_ipc_msg(head, &image->rest, err) < 0)
			return error_context(err, "message %llu", (unsigned long long)i);
	}
	entry->payload = span_of(start.data, start.size - image->rest.size);
	return 0;
}

/* The first entry says whether chunks with a length follow, or all the rest
 * is the content. */
static int take_ghost(struct image *image, struct image_entry *entry, struct error *err)
{
	uint64_t chunks;

	if (entry->index > 0)
		return take_sum(image, entry, "len", NULL, err);
	if (read_number(entry->type, entry->body, "chunks", &chunks, err) < 0)
		return -1;
	image->chunked = chunks != 0;
	if (image->chunked)
		return 0;
	return take(&image->rest, image->rest.size, "the content", &entry->payload, err);
}

/* Most kinds have none. */
static __attribute__((noinline)) int take_payload(struct image *image, struct image_entry *entry,
						  struct error *err)
{
	switch (image->kind->payload) {
	case PAYLOAD_NONE:
		return 0;
	case PAYLOAD_PIPE:
		return take_sum(image, entry, "bytes", NULL, err);
	case PAYLOAD_SOCKET:
		return take_sum(image, entry, "length", NULL, err);
	case PAYLOAD_TCP:
		return take_sum(image, entry, "inq_len", "outq_len", err);
	case PAYLOAD_BPFMAP:
		return take_sum(image, entry, "keys_bytes", "values_bytes", err);
	case PAYLOAD_SHM:
		return take_shm(image, entry, err);
	case PAYLOAD_SEM:
		return take_sem(image, entry, err);
	case PAYLOAD_MSG:
		return take_msg(image, entry, err);
	case PAYLOAD_GHOST:
		return take_ghost(image, entry, err);
	}
	return fail(err, "internal error: payload %d", (int)image->kind->payload);
}

/* --- entries --- */

static int next_entry(struct image *image, struct image_entry *entry, struct error *err)
{
	if (image->index == IMAGE_ENTRIES_MAX)
		return fail(err, "more than %u entries", IMAGE_ENTRIES_MAX);
	if (take_message(&image->rest, &entry->size, &entry->body, err) < 0)
		return -1;
	entry->payload = span_of(image->rest.data, 0);
	return image->kind->payload == PAYLOAD_NONE ? 0 : take_payload(image, entry, err);
}

int image_next(struct image *image, struct image_entry *entry, struct error *err)
{
	if (image->rest.size == 0)
		return 0;
	entry->type = type_of_next(image);
	entry->index = image->index;
	if (next_entry(image, entry, err) < 0)
		return error_context(err, "entry %zu", image->index);
	content_passed(image->content, 4 + entry->body.size + entry->payload.size);
	image->index++;
	return 1;
}

/* --- making one --- */

void image_begin(struct buffer *image, const struct image_kind *kind)
{
	buffer_clear(image);
	buffer_u32(image, kind->service ? MAGIC_SERVICE : MAGIC_COMMON);
	buffer_u32(image, kind->magic);
}

void image_put(struct buffer *image, struct span message)
{
	buffer_u32(image, (uint32_t)message.size);
	buffer_append(image, message);
}
