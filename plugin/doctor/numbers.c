/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "doctor.h"

static int compare(const void *a, const void *b)
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
		qsort(numbers->data, numbers->size / sizeof(uint64_t), sizeof(uint64_t), compare);
}

bool numbers_have(const struct buffer *numbers, uint64_t number)
{
	return numbers->size && bsearch(&number, numbers->data, numbers->size / sizeof(number),
					sizeof(number), compare);
}
