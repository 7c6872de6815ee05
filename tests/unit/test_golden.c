/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the golden tests: one TAP line for each case of each *.test file.
 * The format of the files is in tests/golden/README.md.
 *
 *	test_golden [FILE ...]		default: those of tests/golden
 *	test_golden --write FILE	the file with what really happens
 */
#include "golden.h"

static void show_difference(const struct golden_result *r)
{
	char *copy = case_copy(buffer_span(&r->difference)), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		printf("# %s\n", line);
	free(copy);
}

static void run_case(const struct test_case *c, const char *file)
{
	static const char *const sections[] = {
		"input", "bytes", "facts", "env",    "file",  "output",
		"error", "found", "modes", "report", "trace", NULL,
	};
	struct golden_result r = { 0 };
	char what[512];

	case_check_sections(c, sections, file);
	golden_run(c, &r);
	snprintf(what, sizeof(what), "%s: %.*s", file, (int)c->title.size,
		 (const char *)c->title.data);
	if (!test_result(r.difference.size == 0, what, file, (int)c->line))
		show_difference(&r);
	golden_result_free(&r);
}

static void write_case(const struct test_case *c, const char *file)
{
	struct golden_result r = { 0 };

	(void)file;
	golden_run(c, &r);
	fwrite(c->before.data, 1, c->before.size, stdout);
	fwrite(r.written.data, 1, r.written.size, stdout);
	golden_result_free(&r);
}

int main(int argc, char **argv)
{
	if (argc != 3 || strcmp(argv[1], "--write") != 0)
		return cases_run_all(argc, argv, "tests/golden", run_case);
	cases_run(argv[2], write_case);
	return 0;
}
