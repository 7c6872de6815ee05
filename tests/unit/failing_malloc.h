/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An allocator that fails when it is told to: set `allowed` to the number of
 * allocations that may still work. Included by a program once; not for builds
 * with the sanitizers, which bring an allocator of their own.
 */
#ifndef CRW_FAILING_MALLOC_H
#define CRW_FAILING_MALLOC_H

#include <stdbool.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static long allowed = -1; /* allocations that work; -1: all */
static bool fails_once;   /* the next ones work again, and `allowed` is -1 */

static bool is_allowed(void)
{
	if (allowed == 0) {
		allowed = fails_once ? -1 : 0;
		return false;
	}
	allowed -= allowed > 0;
	return true;
}

void *malloc(size_t size)
{
	return is_allowed() ? __libc_malloc(size) : NULL;
}

void *calloc(size_t count, size_t size)
{
	return is_allowed() ? __libc_calloc(count, size) : NULL;
}

void *realloc(void *old, size_t size)
{
	return is_allowed() ? __libc_realloc(old, size) : NULL;
}

#endif
