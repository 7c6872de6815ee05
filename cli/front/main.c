/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "front.h"

const char *front_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? front_base(argv[0]) : "";
	bool is_criu = strcmp(name, "criu") == 0;
	const char *bundle = argc > 0 && !is_criu ? front_bundle(argv + 1) : NULL;

	if (is_criu)
		front_criu(argc, argv);
	if (bundle)
		front_fit(bundle);
	if (*name)
		front_become(name, argv);
	fprintf(stderr,
		"criu-rewrite: there is no '%s' apart from this front for it, neither in PATH nor "
		"in the usual folders; install it, or take the front out of the configuration\n",
		name);
	return 127;
}
