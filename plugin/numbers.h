/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers that are collected first and asked for then. */
#ifndef CRW_NUMBERS_H
#define CRW_NUMBERS_H

#include "../proto/bytes.h"
#include "../proto/error.h"

struct numbers {
	struct buffer list; /* of uint64_t; buffer_free() frees it */
};

/* -1 when there would be more than `most`. */
int numbers_add(struct numbers *n, uint64_t number, size_t most, struct error *err);
/* Before anything is asked. */
void numbers_sort(struct numbers *n);
bool numbers_have(const struct numbers *n, uint64_t number);
/* Is a number there twice, and which? */
bool numbers_twice(const struct numbers *n, uint64_t *number);

/* For qsort(3). */
int numbers_compare(const void *a, const void *b);

#endif
