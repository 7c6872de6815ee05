/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Spans, growing buffers and arenas: the only places that allocate in this
 * folder, so that failing memory is handled once and tested once.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* --- spans --- */

int span_compare(struct span a, struct span b)
{
	size_t size = a.size < b.size ? a.size : b.size;
	int order = size ? memcmp(a.data, b.data, size) : 0;

	if (order)
		return order;
	return (a.size > b.size) - (a.size < b.size);
}

bool span_is_zero(struct span s)
{
	return s.size == 0 || (s.data[0] == 0 && memcmp(s.data, s.data + 1, s.size - 1) == 0);
}

/* --- buffers --- */

/* Doubling wastes half of a big buffer; by half it is a third at most. */
static size_t grown_capacity(size_t capacity, size_t needed)
{
	size_t grown = capacity + capacity / 2 + 32;

	return grown > needed && grown > capacity && capacity ? grown : needed;
}

bool buffer_grow(struct buffer *b, size_t size)
{
	uint8_t *data;
	size_t needed, capacity;

	if (b->failed)
		return false;
	if (b->data && size <= b->capacity - b->size)
		return true;
	if (__builtin_add_overflow(b->size, size, &needed) || needed > PTRDIFF_MAX) {
		b->failed = true;
		return false;
	}
	capacity = grown_capacity(b->capacity, needed < 64 ? 64 : needed);
	data = realloc(b->data, capacity);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->capacity = capacity;
	return true;
}

void buffer_append(struct buffer *b, struct span s)
{
	uint8_t *fresh = s.size ? buffer_extend(b, s.size) : NULL;

	if (fresh)
		memcpy(fresh, s.data, s.size);
}

void buffer_byte(struct buffer *b, uint8_t byte)
{
	uint8_t *fresh = buffer_extend(b, 1);

	if (fresh)
		*fresh = byte;
}

void buffer_u32(struct buffer *b, uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		buffer_byte(b, (uint8_t)(number >> (8 * i)));
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list args, again;
	int size;

	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	/* vsnprintf ends with a NUL, which stays outside of the content. */
	if (size < 0)
		b->failed = true;
	else if (buffer_grow(b, (size_t)size + 1))
		b->size += (size_t)vsnprintf((char *)b->data + b->size, (size_t)size + 1, format,
					     again);
	va_end(again);
	va_end(args);
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){ 0 };
}

/* --- arenas --- */

#define ARENA_BLOCK_MIN 1024u
#ifndef ARENA_BLOCK_MAX /* 0: a block for each, of which any can fail in a test */
#define ARENA_BLOCK_MAX 65536u
#endif
#define ARENA_ALIGN _Alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t size, used; /* of data */
	max_align_t data[];
};

/* Blocks double, so that a small arena is one small allocation. What is big
 * gets a block of its own behind the first, which goes on being filled. */
static struct arena_block *new_block(struct arena *a, size_t size)
{
	size_t room = a->blocks ? a->blocks->size * 2 : ARENA_BLOCK_MIN;
	struct arena_block *block, **place = &a->blocks;

	if (room > ARENA_BLOCK_MAX)
		room = ARENA_BLOCK_MAX;
	if (room / 2 < size) {
		room = size;
		place = a->blocks ? &a->blocks->next : place;
	}
	block = calloc(1, sizeof(*block) + room);
	if (!block)
		return NULL;
	block->size = room;
	block->next = *place;
	*place = block;
	return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *block = a->blocks;
	uint8_t *memory;

	if (size > PTRDIFF_MAX / 2)
		return NULL;
	size = (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	if (!block || size > block->size - block->used) {
		block = new_block(a, size);
		if (!block)
			return NULL;
	}
	memory = (uint8_t *)block->data + block->used;
	block->used += size;
	return memory;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return arena_alloc(a, total);
}

void *arena_copy(struct arena *a, const void *data, size_t size)
{
	char *copy = size < SIZE_MAX ? arena_alloc(a, size + 1) : NULL;

	if (copy && size)
		memcpy(copy, data, size);
	return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	char *text = NULL;
	va_list args, again;
	int size;

	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	if (size >= 0)
		text = arena_alloc(a, (size_t)size + 1);
	if (text)
		vsnprintf(text, (size_t)size + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

char *arena_take(struct arena *a, struct buffer *b)
{
	char *copy = b->failed ? NULL : arena_copy(a, b->data, b->size);

	buffer_free(b);
	return copy;
}

/* Does no more than it has to: it is called for each match of a rule. */
void arena_clear(struct arena *a)
{
	struct arena_block *block = a->blocks;

	if (!block || block->used == 0)
		return;
	if (block->next || block->size > ARENA_BLOCK_MIN) {
		arena_free(a);
		return;
	}
	memset(block->data, 0, block->used);
	block->used = 0;
}

void arena_free(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
}
