/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every payload rule with a good image, the same image cut at every byte,
 * and with numbers that lie.
 */
#include <stdlib.h>

#include "../../proto/image.h"
#include "test.h"

/* --- making images --- */

static const struct image_kind *kind(const char *name)
{
	return kind_named(name, strlen(name));
}

static void begin(struct buffer *b, const char *name)
{
	image_begin(b, kind(name));
}

/* Up to three numbers, in fields a, a+1, a+2; end with -1. */
static void put_entry(struct buffer *b, uint32_t first, const uint64_t *numbers, size_t count)
{
	struct buffer body = { 0 };

	for (size_t i = 0; i < count; i++)
		wire_put_scalar(&body, first + (uint32_t)i, WIRE_VARINT, numbers[i]);
	image_put(b, buffer_span(&body));
	buffer_free(&body);
}

#define ENTRY(b, first, ...)                                                                       \
	put_entry(b, first, (const uint64_t[]){ __VA_ARGS__ },                                     \
		  sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

/* --- reading them --- */

/* What an image holds, as "payload,payload,..." sizes; NULL when refused.
 * The bytes lie at the end of their memory, so that reading on is seen. */
static const char *read_all(struct span bytes, const struct image_kind *k, struct error *err)
{
	static char text[256];
	uint8_t *copy = malloc(bytes.size + !bytes.size);
	struct image image;
	struct image_entry e;
	size_t used = 0, done;
	int more = -1;

	if (bytes.size)
		memcpy(copy, bytes.data, bytes.size);
	text[0] = '\0';
	err->text[0] = '\0';
	if (image_open(&image, k, span_of(copy, bytes.size), err) == 0) {
		done = bytes.size - image.rest.size;
		while ((more = image_next(&image, &e, err)) > 0) {
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%zu",
						 used ? "," : "", e.payload.size);
			done += 4 + e.body.size + e.payload.size;
		}
		if (more == 0 && done != bytes.size)
			more = fail(err, "%zu of %zu bytes given out", done, bytes.size);
	}
	free(copy);
	return more == 0 ? text : NULL;
}

static void holds(const struct buffer *b, const char *want, const char *what)
{
	struct error err;
	const char *got = read_all(buffer_span(b), NULL, &err);

	is_text(got ? got : err.text, want, what);
}

/* Every cut inside an entry is refused; cuts between entries just end. */
static void test_cuts(const struct buffer *b, size_t entries, const char *what)
{
	size_t whole = 0;
	struct error err;

	for (size_t size = 0; size < b->size; size++)
		whole += read_all(span_of(b->data, size), NULL, &err) != NULL;
	is_number((long long)whole, (long long)entries, what);
}

/* --- the container --- */

static void test_open(void)
{
	struct buffer b = { 0 };
	struct image image;
	struct error err;

	begin(&b, "cgroup");
	ok(image_open(&image, NULL, buffer_span(&b), &err) == 0, "v1.1");
	ok(image.kind == kind("cgroup") && image.rest.size == 0, "kind from the magic");
	ok(image_open(&image, kind("cgroup"), buffer_span(&b), &err) == 0, "kind given");
	ok(image_open(&image, NULL, span_of(b.data + 4, 4), &err) == 0, "v1.0");
	ok(image_open(&image, kind("files"), buffer_span(&b), &err) == -1, "another kind");
	is_text(err.text, "its magic 0x59383330 belongs to cgroup.img, not to files.img",
		"says so");
	ok(image_open(&image, kind("pages"), buffer_span(&b), &err) == -1, "a raw kind");
	is_text(err.text, "pages-*.img holds raw data, not messages", "says so");
	begin(&b, "pagemap");
	ok(image_open(&image, kind("shmem_pagemap"), buffer_span(&b), &err) == 0, "a shared magic");
	ok(image.kind == kind("shmem_pagemap"), "keeps the kind given");
	buffer_free(&b);
}

static void test_service(void)
{
	struct buffer b = { 0 };
	struct image image;
	struct error err;

	buffer_u32(&b, MAGIC_SERVICE);
	buffer_u32(&b, kind("stats")->magic);
	ok(image_open(&image, NULL, buffer_span(&b), &err) == 0, "a service file");
	buffer_clear(&b);
	buffer_u32(&b, MAGIC_COMMON);
	buffer_u32(&b, kind("stats")->magic);
	ok(image_open(&image, NULL, buffer_span(&b), &err) == -1, "with the common magic");
	buffer_clear(&b);
	buffer_u32(&b, MAGIC_SERVICE);
	buffer_u32(&b, kind("core")->magic);
	ok(image_open(&image, NULL, buffer_span(&b), &err) == -1, "the service magic elsewhere");
	is_text(err.text, "the first magic 0x55105940 is not the one of core-*.img", "says so");
	buffer_free(&b);
}

static void test_no_image(void)
{
	struct image image;
	struct error err;

	ok(image_open(&image, NULL, span_of(NULL, 0), &err) == -1, "an empty file");
	is_text(err.text, "cut off: the magic takes 4 bytes but only 0 are left", "says so");
	ok(image_open(&image, NULL, span_text("abc"), &err) == -1, "three bytes");
	ok(image_open(&image, NULL, span_of("\x19\x43\x56\x54", 4), &err) == -1, "half a head");
	ok(image_open(&image, NULL, span_text("#!/bin/sh"), &err) == -1, "something else");
	is_text(err.text, "not a CRIU image: unknown magic 0x622f2123", "says so");
	ok(image_open(&image, NULL, span_of("\0\0\0\0", 4), &err) == -1, "zeros");
	ok(image_open(&image, NULL, span_of("", IMAGE_SIZE_MAX + 1u), &err) == -1, "too big");
}

static void test_entries(void)
{
	struct buffer b = { 0 };
	struct image image;
	struct image_entry e;
	struct error err;

	begin(&b, "pagemap");
	ENTRY(&b, 1, 5);
	ENTRY(&b, 1, 0x1000, 2);
	buffer_u32(&b, 0);
	image_open(&image, NULL, buffer_span(&b), &err);
	ok(image_next(&image, &e, &err) == 1 && e.index == 0, "the first entry");
	is_text(message_name(e.type), "pagemap_head", "is the head");
	ok(e.size.data == b.data + 8 && e.size.size == 4 && e.body.data == b.data + 12 &&
		   e.body.size == 2 && e.payload.data == b.data + 14 && e.payload.size == 0,
	   "its bytes");
	ok(image_next(&image, &e, &err) == 1 && e.index == 1, "the second entry");
	is_text(message_name(e.type), "pagemap_entry", "is another message");
	ok(image_next(&image, &e, &err) == 1 && e.body.size == 0, "an empty message");
	ok(image_next(&image, &e, &err) == 0 && image_next(&image, &e, &err) == 0, "the end");
	test_cuts(&b, 3, "cut at every byte");
	buffer_free(&b);
}

static void test_sizes(void)
{
	static const struct {
		uint32_t size;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 1, "entry 0: cut off: the message takes 1 bytes but only 0 are left" },
		{ IMAGE_ENTRY_MAX,
		  "entry 0: cut off: the message takes 268435456 bytes but only 0 are left" },
		{ IMAGE_ENTRY_MAX + 1,
		  "entry 0: a message of 268435457 bytes is bigger than the limit of 268435456" },
		{ 0x7fffffff,
		  "entry 0: a message of 2147483647 bytes is bigger than the limit of 268435456" },
		{ 0xffffffff,
		  "entry 0: a message of 4294967295 bytes is bigger than the limit of 268435456" },
	};
	struct buffer b = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&b, "files");
		buffer_u32(&b, rows[i].size);
		holds(&b, rows[i].text, "a size");
	}
	buffer_free(&b);
}

static void test_entry_limit(void)
{
	size_t size = 4 + 4 * ((size_t)IMAGE_ENTRIES_MAX + 1);
	uint8_t *bytes = calloc(1, size);
	struct image image;
	struct image_entry e;
	struct error err;
	int more = 0;

	if (!bytes) {
		skip("the limit of entries", "no memory");
		return;
	}
	memcpy(bytes, "\x38\x31\x30\x56", 4);
	if (image_open(&image, kind("files"), span_of(bytes, size), &err) == 0) {
		while ((more = image_next(&image, &e, &err)) > 0)
			;
	}
	is_number(more, -1, "more entries than the limit");
	is_text(err.text, "entry 16000000: more than 16000000 entries", "say so");
	free(bytes);
}

/* --- payloads --- */

static void put_payload(struct buffer *b, size_t size)
{
	uint8_t *fresh = buffer_extend(b, size);

	if (fresh)
		memset(fresh, 'p', size);
}

static void test_sum(void)
{
	struct buffer b = { 0 };

	begin(&b, "pipes_data");
	ENTRY(&b, 1, 7, 5);
	put_payload(&b, 5);
	ENTRY(&b, 1, 7, 0);
	holds(&b, "5,0", "pipe data");
	test_cuts(&b, 2, "pipe data cut");
	begin(&b, "sk_queues");
	ENTRY(&b, 1, 7, 3);
	put_payload(&b, 3);
	holds(&b, "3", "socket queues");
	begin(&b, "bpfmap_data");
	ENTRY(&b, 1, 7, 3, 4, 1);
	put_payload(&b, 7);
	holds(&b, "7", "BPF maps");
	test_cuts(&b, 1, "BPF maps cut");
	begin(&b, "fifo_data");
	ENTRY(&b, 1, 7, UINT32_MAX);
	holds(&b, "entry 0: cut off: the payload takes 4294967295 bytes but only 0 are left",
	      "a length that lies");
	buffer_free(&b);
}

static void test_tcp(void)
{
	struct buffer b = { 0 };

	begin(&b, "tcp_stream");
	ENTRY(&b, 1, 3, 1, 4, 1, 0, 0, 0);
	put_payload(&b, 7);
	holds(&b, "7", "both queues");
	test_cuts(&b, 1, "both queues cut");
	begin(&b, "tcp_stream");
	ENTRY(&b, 1, UINT32_MAX, 1, UINT32_MAX, 1, 0, 0, 0);
	holds(&b, "entry 0: cut off: the payload takes 8589934590 bytes but only 0 are left",
	      "two lengths that lie");
	begin(&b, "tcp_stream");
	ENTRY(&b, 4, 1);
	holds(&b, "0", "no lengths at all");
	buffer_free(&b);
}

static void test_shm(void)
{
	struct buffer b = { 0 };

	begin(&b, "ipcns_shm");
	ENTRY(&b, 2, 5);
	put_payload(&b, 8);
	ENTRY(&b, 2, 8, 0);
	put_payload(&b, 8);
	ENTRY(&b, 2, 5, 1);
	ENTRY(&b, 2, 1 << 20, 1);
	holds(&b, "8,8,0,0", "rounded to 4; none when the pages are elsewhere");
	test_cuts(&b, 4, "segments cut");
	begin(&b, "ipcns_shm");
	ENTRY(&b, 2, UINT64_MAX);
	holds(&b, "entry 0: a payload of more than 2^64 bytes", "a size that overflows");
	begin(&b, "ipcns_shm");
	ENTRY(&b, 2, UINT64_MAX - 3);
	holds(&b,
	      "entry 0: cut off: the payload takes 18446744073709551612 bytes but only 0 are "
	      "left",
	      "a size that nearly overflows");
	buffer_free(&b);
}

static void test_sem(void)
{
	struct buffer b = { 0 };

	begin(&b, "ipcns_sem");
	ENTRY(&b, 2, 1);
	put_payload(&b, 8);
	ENTRY(&b, 2, 4);
	put_payload(&b, 8);
	ENTRY(&b, 2, 5);
	put_payload(&b, 16);
	ENTRY(&b, 2, 0);
	holds(&b, "8,8,16,0", "two bytes each, rounded to 8");
	test_cuts(&b, 4, "semaphores cut");
	begin(&b, "ipcns_sem");
	ENTRY(&b, 2, UINT32_MAX);
	holds(&b, "entry 0: cut off: the payload takes 8589934592 bytes but only 0 are left",
	      "a count that lies");
	buffer_free(&b);
}

static void test_msg(void)
{
	struct buffer b = { 0 };

	begin(&b, "ipcns_msg");
	ENTRY(&b, 2, 100, 2);
	ENTRY(&b, 1, 1, 3);
	put_payload(&b, 8);
	ENTRY(&b, 1, 1, 0);
	ENTRY(&b, 2, 100, 0);
	holds(&b, "24,0", "a queue of two messages and an empty one");
	test_cuts(&b, 2, "queues cut");
	begin(&b, "ipcns_msg");
	ENTRY(&b, 2, 100, UINT32_MAX);
	ENTRY(&b, 1, 1, 0);
	holds(&b,
	      "entry 0: message 1: cut off: the size of a message takes 4 bytes but only 0 are "
	      "left",
	      "a count that lies");
	begin(&b, "ipcns_msg");
	ENTRY(&b, 2, 100, 1);
	buffer_u32(&b, UINT32_MAX);
	holds(&b,
	      "entry 0: message 0: a message of 4294967295 bytes is bigger than the limit of "
	      "268435456",
	      "a head that lies");
	begin(&b, "ipcns_msg");
	ENTRY(&b, 2, 100, 1);
	ENTRY(&b, 1, 1, UINT32_MAX);
	holds(&b,
	      "entry 0: message 0: cut off: the payload takes 4294967296 bytes but only 0 are "
	      "left",
	      "a text that lies");
	buffer_free(&b);
}

static void test_ghost(void)
{
	struct buffer b = { 0 };
	struct buffer body = { 0 };

	begin(&b, "ghost_file");
	ENTRY(&b, 1, 0, 0, 0100644);
	put_payload(&b, 100);
	holds(&b, "100", "the rest is the content");
	begin(&b, "ghost_file");
	wire_put_scalar(&body, 9, WIRE_VARINT, 1);
	buffer_u32(&b, (uint32_t)body.size);
	buffer_append(&b, buffer_span(&body));
	ENTRY(&b, 1, 5, 4096);
	put_payload(&b, 5);
	ENTRY(&b, 1, 3, 8192);
	put_payload(&b, 3);
	holds(&b, "0,5,3", "chunks");
	test_cuts(&b, 3, "chunks cut");
	ENTRY(&b, 1, UINT64_MAX, 0);
	holds(&b,
	      "entry 3: cut off: the payload takes 18446744073709551615 bytes but only 0 are "
	      "left",
	      "a chunk that lies");
	buffer_free(&b);
	buffer_free(&body);
}

/* The last of several values counts, as in every reader of protobuf; values
 * of another wire type do not. */
static void test_odd_numbers(void)
{
	struct buffer b = { 0 }, body = { 0 };

	begin(&b, "pipes_data");
	wire_put_scalar(&body, 2, WIRE_VARINT, 9);
	wire_put_scalar(&body, 2, WIRE_VARINT, 2);
	wire_put_bytes(&body, 2, span_text("xyz"));
	buffer_u32(&b, (uint32_t)body.size);
	buffer_append(&b, buffer_span(&body));
	put_payload(&b, 2);
	holds(&b, "2", "the last number counts");
	begin(&b, "pipes_data");
	buffer_u32(&b, 1);
	buffer_byte(&b, 0x80);
	holds(&b, "entry 0: the message ends inside a varint", "no message at all");
	buffer_free(&b);
	buffer_free(&body);
}

/* Whatever the bytes behind the magic are: an answer. */
static void test_random(void)
{
	uint32_t seed = 7;
	size_t answers = 0;

	for (size_t k = 0; k < kind_count(); k++) {
		for (int round = 0; kind_at(k)->magic && round < 300; round++) {
			struct buffer b = { 0 };
			struct error err;

			buffer_u32(&b, kind_at(k)->magic);
			for (size_t i = 0; i < 40; i++) {
				seed = seed * 1664525 + 1013904223;
				buffer_byte(&b, (uint8_t)((seed >> 24) & (i % 4 ? 0x1f : 0xff)));
			}
			if (round & 1)
				memcpy(b.data + 4, "\x04\0\0\0\x08\x05\x10\x03", 8);
			answers += read_all(buffer_span(&b), kind_at(k), &err) || err.text[0];
			buffer_free(&b);
		}
	}
	ok(answers % 300 == 0 && answers > 300 * 50, "random bytes");
}

int main(void)
{
	test_open();
	test_service();
	test_no_image();
	test_entries();
	test_sizes();
	test_entry_limit();
	test_sum();
	test_tcp();
	test_shm();
	test_sem();
	test_msg();
	test_ghost();
	test_odd_numbers();
	test_random();
	return test_end();
}
