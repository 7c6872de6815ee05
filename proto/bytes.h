/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes: a span that somebody else owns, a buffer that grows, and an arena
 * that frees everything at once.
 */
#ifndef CRW_BYTES_H
#define CRW_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Freed at the end of the block. */
#define cleanup_buffer __attribute__((cleanup(buffer_free)))
#define cleanup_arena __attribute__((cleanup(arena_free)))

/* Borrowed bytes; data may be NULL when size is 0. */
struct span {
	const uint8_t *data;
	size_t size;
};

static inline struct span span_of(const void *data, size_t size)
{
	return (struct span){ (const uint8_t *)data, size };
}

static inline struct span span_text(const char *text)
{
	return span_of(text, strlen(text));
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool span_is(struct span s, const char *text)
{
	return span_equal(s, span_text(text));
}

int span_compare(struct span a, struct span b); /* as memcmp; the shorter is the smaller */
bool span_is_zero(struct span s);               /* all of its bytes */

/* Its first four bytes, little-endian. */
static inline uint32_t span_u32(struct span s)
{
	return (uint32_t)s.data[0] | (uint32_t)s.data[1] << 8 | (uint32_t)s.data[2] << 16 |
	       (uint32_t)s.data[3] << 24;
}

/* Owned bytes. A failed append leaves the content and sets failed, which is
 * looked at once, at the end: `if (b.failed) return fail_memory(err);` */
struct buffer {
	uint8_t *data;
	size_t size;
	size_t capacity;
	bool failed;
};

bool buffer_grow(struct buffer *b, size_t size); /* for buffer_extend: room for size more bytes */

/* Is there memory for size more bytes? */
static inline bool buffer_has_room(const struct buffer *b, size_t size)
{
	return __builtin_expect(b->data && size <= b->capacity - b->size && !b->failed, 1);
}

/* size fresh bytes, NULL when failed */
static inline uint8_t *buffer_extend(struct buffer *b, size_t size)
{
	if (!buffer_has_room(b, size) && !buffer_grow(b, size))
		return NULL;
	b->size += size;
	return b->data + b->size - size;
}

void buffer_append(struct buffer *b, struct span s);
void buffer_byte(struct buffer *b, uint8_t byte);

static inline void buffer_text(struct buffer *b, const char *text)
{
	buffer_append(b, span_text(text));
}

void buffer_u32(struct buffer *b, uint32_t number); /* little-endian */
void buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline struct span buffer_span(const struct buffer *b)
{
	return span_of(b->data, b->size);
}

/* Keeps the memory. */
static inline void buffer_clear(struct buffer *b)
{
	b->size = 0;
	b->failed = false;
}

void buffer_free(struct buffer *b); /* leaves an empty buffer */

/* A region: allocations live until arena_free. All of them return zeroed,
 * aligned memory, or NULL. Zero-initialise before use. */
struct arena {
	struct arena_block *blocks;
};

void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t count, size_t size);
void *arena_copy(struct arena *a, const void *data, size_t size); /* adds a NUL behind */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_take(struct arena *a, struct buffer *b); /* what is in b, which is freed; NUL behind */
void arena_clear(struct arena *a);                   /* as arena_free, but keeps a small block */
void arena_free(struct arena *a);

#endif
