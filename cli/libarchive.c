/* SPDX-License-Identifier: GPL-2.0-only */
#include <dlfcn.h>
#include <string.h>

#include "cli.h"
#include "libarchive.h"

struct libarchive la;

static const struct {
	const char *name;
	size_t at; /* in la */
} functions[] = {
#define LIBARCHIVE_ROW(name) { "archive_" #name, offsetof(struct libarchive, name) },
	LIBARCHIVE_FUNCTIONS(LIBARCHIVE_ROW)
#undef LIBARCHIVE_ROW
};

bool libarchive_open(void)
{
	void *library = dlopen(CRW_LIBARCHIVE, RTLD_NOW);

	for (size_t i = 0; library && i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *function = dlsym(library, functions[i].name);

		if (!function)
			break;
		memcpy((char *)&la + functions[i].at, &function, sizeof(function));
		if (i + 1 == sizeof(functions) / sizeof(functions[0]))
			return true;
	}
	complain("archives are read by libarchive, which cannot be opened: %s; in Debian it is in "
		 "the package libarchive13t64 or libarchive13",
		 dlerror());
	return false;
}
