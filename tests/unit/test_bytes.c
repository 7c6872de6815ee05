/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>

#include "../../proto/bytes.h"
#include "test.h"

/* Sanitizers stop at an allocation that cannot succeed; here it is the test. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void test_span(void)
{
	struct span nothing = { NULL, 0 };

	ok(span_equal(span_text("abc"), span_of("abcd", 3)), "equal spans");
	ok(!span_equal(span_text("abc"), span_text("abd")), "other bytes");
	ok(!span_equal(span_text("abc"), span_text("ab")), "other size");
	ok(span_equal(nothing, span_text("")), "NULL is empty");
	ok(span_is(span_of("a\0b", 3), "a") == false, "a NUL inside counts");
	ok(span_is(span_text("x"), "x"), "span_is");
	ok(span_compare(span_text("a"), span_text("b")) < 0, "order by byte");
	ok(span_compare(span_text("\xff"), span_text("a")) > 0, "bytes are unsigned");
	ok(span_compare(span_text("ab"), span_text("abc")) < 0, "the shorter is the smaller");
	ok(span_compare(nothing, span_text("")) == 0, "empty spans are the same");
	ok(span_compare(span_text("a"), nothing) > 0, "anything is more than nothing");
}

static void test_buffer(void)
{
	struct buffer b = { 0 };
	uint8_t *fresh;

	buffer_append(&b, span_of(NULL, 0));
	ok(b.size == 0 && !b.failed, "appending nothing");
	buffer_text(&b, "one ");
	buffer_printf(&b, "%d %s ", 2, "two");
	buffer_printf(&b, "%s", "");
	buffer_byte(&b, '!');
	ok(span_is(buffer_span(&b), "one 2 two !"), "append, print, byte");
	fresh = buffer_extend(&b, 3);
	if (ok(fresh, "extend gives room"))
		memcpy(fresh, "end", 3);
	ok(span_is(buffer_span(&b), "one 2 two !end"), "extend is part of it");
	buffer_clear(&b);
	ok(b.size == 0 && b.capacity > 0, "clear keeps the memory");
	buffer_free(&b);
	ok(!b.data && !b.size && !b.capacity && !b.failed, "free leaves an empty buffer");
	ok(buffer_extend(&b, 0), "extend by nothing does not fail");
	buffer_free(&b);
}

static void test_buffer_growth(void)
{
	struct buffer b = { 0 };
	size_t moves = 0, capacity = 0, wrong = 0;

	for (size_t i = 0; i < 1000000; i++) {
		buffer_byte(&b, (uint8_t)(i * 7));
		moves += b.capacity != capacity;
		capacity = b.capacity;
	}
	for (size_t i = 0; i < b.size; i++)
		wrong += b.data[i] != (uint8_t)(i * 7);
	is_number((long long)b.size, 1000000, "a million bytes");
	is_number((long long)wrong, 0, "all of them right");
	ok(moves < 64, "few reallocations");
	ok(b.capacity < 2 * b.size, "little waste");
	buffer_free(&b);
	buffer_extend(&b, 1000);
	is_number((long long)b.capacity, 1000, "one big piece is taken as it is");
	buffer_free(&b);
}

static void test_buffer_failure(void)
{
	struct buffer b = { 0 };

	buffer_text(&b, "kept");
	ok(!buffer_extend(&b, SIZE_MAX - 2), "a size that overflows");
	ok(b.failed && span_is(buffer_span(&b), "kept"), "fails and keeps the content");
	buffer_text(&b, " more");
	ok(span_is(buffer_span(&b), "kept"), "stays failed");
	buffer_clear(&b);
	buffer_text(&b, "again");
	ok(!b.failed && span_is(buffer_span(&b), "again"), "clear starts anew");
	ok(!buffer_extend(&b, (size_t)PTRDIFF_MAX - 100), "a size that nobody has");
	ok(b.failed && b.size == 5, "fails too");
	buffer_free(&b);
}

static bool is_zero(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i])
			return false;
	}
	return true;
}

static void test_arena(void)
{
	struct arena a = { 0 };
	size_t unaligned = 0, dirty = 0;

	for (size_t size = 0; size < 3000; size++) {
		uint8_t *memory = arena_alloc(&a, size);

		if (!memory)
			break;
		unaligned += (uintptr_t)memory % _Alignof(max_align_t) != 0;
		dirty += !is_zero(memory, size);
		memset(memory, 0xaa, size);
	}
	is_number((long long)unaligned, 0, "aligned");
	is_number((long long)dirty, 0, "zeroed, and nothing given out twice");
	ok(is_zero(arena_alloc(&a, 1 << 20), 1 << 20), "a big one");
	ok(arena_alloc(&a, 0), "nothing is something too");
	is_text(arena_copy(&a, "abcdef", 3), "abc", "a copy ends with a NUL");
	is_text(arena_copy(&a, NULL, 0), "", "a copy of nothing");
	is_text(arena_printf(&a, "%d-%s", 5, "x"), "5-x", "printf");
	arena_free(&a);
	ok(!a.blocks, "free leaves an empty arena");
	arena_free(&a);
}

static void test_arena_failure(void)
{
	struct arena a = { 0 };

	ok(!arena_array(&a, SIZE_MAX / 2, 3), "a product that overflows");
	ok(!arena_array(&a, 1, SIZE_MAX), "a size that rounds over");
	ok(!arena_alloc(&a, (size_t)PTRDIFF_MAX), "more than there is");
	ok(!arena_copy(&a, NULL, SIZE_MAX), "a copy of everything");
	ok(arena_array(&a, 3, 5), "and it still works");
	arena_free(&a);
}

int main(void)
{
	test_span();
	test_buffer();
	test_buffer_growth();
	test_buffer_failure();
	test_arena();
	test_arena_failure();
	return test_end();
}
