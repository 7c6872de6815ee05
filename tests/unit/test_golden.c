/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cases of tests/golden: the language alone, in a world of the tests' own. */
#include "golden.h"

int main(int argc, char **argv)
{
	static const char *const directories[] = { "tests/golden", NULL };
	static const char *const sections[] = {
		"input", "bytes", "facts",  "env",   "file",  "output", "error",
		"found", "modes", "report", "trace", "notes", NULL,
	};

	return golden_main(argc, argv, directories, sections, golden_parse_and_run);
}
