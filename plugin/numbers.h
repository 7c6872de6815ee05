/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers that are collected in a buffer first and asked for then. */
#ifndef CRW_NUMBERS_H
#define CRW_NUMBERS_H

#include "../proto/bytes.h"

void numbers_add(struct buffer *numbers, uint64_t number);
size_t numbers_count(const struct buffer *numbers);
/* Before anything is asked. */
void numbers_sort(struct buffer *numbers);
bool numbers_have(const struct buffer *numbers, uint64_t number);
/* Is a number there twice, and which? */
bool numbers_twice(const struct buffer *numbers, uint64_t *number);

/* For qsort(3) and bsearch(3): of such numbers, and of structures that begin with one. */
int numbers_compare(const void *a, const void *b);

#endif
