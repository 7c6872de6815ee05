/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "numbers.h"

#include <stdlib.h>

static uint64_t *list(const struct buffer *numbers)
{
	return (uint64_t *)(void *)numbers->data;
}

size_t numbers_count(const struct buffer *numbers)
{
	return numbers->size / sizeof(uint64_t);
}

int numbers_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void numbers_add(struct buffer *numbers, uint64_t number)
{
	buffer_append(numbers, span_of(&number, sizeof(number)));
}

void numbers_sort(struct buffer *numbers)
{
	if (numbers->size)
		qsort(numbers->data, numbers_count(numbers), sizeof(uint64_t), numbers_compare);
}

bool numbers_have(const struct buffer *numbers, uint64_t number)
{
	return numbers->size && bsearch(&number, numbers->data, numbers_count(numbers),
					sizeof(number), numbers_compare);
}

bool numbers_twice(const struct buffer *numbers, uint64_t *number)
{
	for (size_t i = 1; i < numbers_count(numbers); i++)
		if (list(numbers)[i] == list(numbers)[i - 1]) {
			*number = list(numbers)[i];
			return true;
		}
	return false;
}
