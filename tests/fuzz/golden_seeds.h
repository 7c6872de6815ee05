/* SPDX-License-Identifier: GPL-2.0-only */
/* The cases of the golden tests, as seeds. */
#ifndef CRW_GOLDEN_SEEDS_H
#define CRW_GOLDEN_SEEDS_H

#include <glob.h>

#include "../unit/golden.h"
#include "fuzz.h"

#define GOLDEN_CASES_MAX 4000

static struct test_case golden_cases[GOLDEN_CASES_MAX];
static size_t golden_count;

/* The text of a case points into the file, which is kept. */
static inline void golden_read_file(const char *path)
{
	struct case_reader reader = { .line = 1 };
	static struct buffer keep[64];
	static size_t kept;
	struct buffer *text = &keep[kept++ % 64];

	cases_read(path, text);
	reader.rest = buffer_span(text);
	while (golden_count < GOLDEN_CASES_MAX && case_next(&reader, &golden_cases[golden_count]))
		golden_count++;
}

static inline void golden_read_files(const char *pattern)
{
	glob_t found;

	if (golden_count || glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		golden_read_file(found.gl_pathv[i]);
	globfree(&found);
}

static inline void golden_read_all(void)
{
	golden_read_files("tests/golden/*.test");
}

#endif
