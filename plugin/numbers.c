/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "numbers.h"

#include <stdlib.h>

static size_t count(const struct numbers *n)
{
	return n->list.size / sizeof(uint64_t);
}

static uint64_t *list(const struct numbers *n)
{
	return (uint64_t *)(void *)n->list.data;
}

int numbers_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int numbers_add(struct numbers *n, uint64_t number, size_t most, struct error *err)
{
	if (count(n) >= most)
		return fail(err, "more than %zu entries", most);
	buffer_append(&n->list, span_of(&number, sizeof(number)));
	return n->list.failed ? fail_memory(err) : 0;
}

void numbers_sort(struct numbers *n)
{
	if (count(n))
		qsort(list(n), count(n), sizeof(uint64_t), numbers_compare);
}

bool numbers_have(const struct numbers *n, uint64_t number)
{
	return count(n) &&
	       bsearch(&number, list(n), count(n), sizeof(number), numbers_compare) != NULL;
}

bool numbers_twice(const struct numbers *n, uint64_t *number)
{
	for (size_t i = 1; i < count(n); i++)
		if (list(n)[i] == list(n)[i - 1]) {
			*number = list(n)[i];
			return true;
		}
	return false;
}
