/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "suggest.h"

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* How many letters must be put in, left out, changed or swapped with their
 * neighbour to turn one into the other; capitals are no difference. */
static unsigned distance(struct span a, struct span b)
{
	unsigned rows[3][SUGGEST_NAME_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2], *swap;

	for (size_t j = 0; j <= b.size; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= a.size; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.size; j++) {
			uint8_t x = lower(a.data[i - 1]), y = lower(b.data[j - 1]);

			row[j] = smaller(above[j], row[j - 1]) + 1;
			row[j] = smaller(row[j], above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == lower(b.data[j - 2]) &&
			    y == lower(a.data[i - 2]))
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
		swap = before;
		before = above;
		above = row;
		row = swap;
	}
	return above[b.size];
}

/* "host.cgroup" of "host.cgroup.version" */
static bool is_beginning(struct span a, struct span b)
{
	return b.size > a.size && b.data[a.size] == '.' && span_equal(a, span_of(b.data, a.size));
}

struct suggestion suggest_for(struct span wrong)
{
	/* One letter in six may be wrong, and one in any case. */
	unsigned allowed = 1 + (unsigned)(wrong.size / 6);

	return (struct suggestion){ .wrong = wrong, .distance = allowed + 1 };
}

void suggest_offer(struct suggestion *s, const char *candidate)
{
	struct span name = span_text(candidate);
	unsigned d;

	if (name.size > SUGGEST_NAME_MAX || s->wrong.size > SUGGEST_NAME_MAX)
		return;
	if (s->wrong.size < 2)
		return;
	d = is_beginning(s->wrong, name) ? 1 : distance(s->wrong, name);
	if (d < s->distance) {
		s->distance = d;
		memcpy(s->best, candidate, name.size + 1);
	}
}

const char *suggest_text(struct suggestion *s)
{
	s->text[0] = '\0';
	if (s->best[0])
		snprintf(s->text, sizeof(s->text), "; did you mean '%s'?", s->best);
	return s->text;
}
