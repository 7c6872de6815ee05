/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mode.h"

#include <stddef.h>
#include <string.h>

/* name, what CRIU calls it */
#define MODES(MODE)                                                                                \
	MODE("ignore", "ignore")                                                                   \
	MODE("none", "none")                                                                       \
	MODE("props", "props")                                                                     \
	MODE("soft", "soft")                                                                       \
	MODE("full", "full")                                                                       \
	MODE("strict", "strict")                                                                   \
	MODE("opport", "soft")                                                                     \
	MODE("bind", "full")

#define NAME(name, criu) name,
static const char *const names[] = { MODES(NAME) NULL };

#define CRIU(name, criu) criu,
static const char *const criu_names[] = { MODES(CRIU) NULL };

const char *const *mode_names(void)
{
	return names;
}

const char *mode_of_criu(const char *name)
{
	for (size_t i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return criu_names[i];
	return NULL;
}
