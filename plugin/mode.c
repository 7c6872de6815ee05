/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mode.h"

#include <stddef.h>
#include <string.h>

/*
 * name, what CRIU calls it, what it demands.
 *
 * `strict` is CRIU's and the proposal's in one: both promise that nothing
 * which is there gets used. CRIU finds that out group by group while it
 * creates them; here it is known beforehand, and CRIU still watches over what
 * appears in between.
 */
#define MODES(MODE)                                                                                \
	MODE("ignore", "ignore", 0)                                                                \
	MODE("none", "none", MODE_CAN_MOUNT | MODE_ALL_THERE)                                      \
	MODE("props", "props", MODE_CAN_MOUNT | MODE_ALL_THERE)                                    \
	MODE("soft", "soft", MODE_CAN_MOUNT)                                                       \
	MODE("full", "full", MODE_CAN_MOUNT)                                                       \
	MODE("strict", "strict", MODE_CAN_MOUNT | MODE_NONE_THERE)                                 \
	MODE("opport", "soft", 0)                                                                  \
	MODE("bind", "full", MODE_CAN_MOUNT | MODE_MOUNTED | MODE_TOP_THERE)

#define NAME(name, criu, demands) name,
static const char *const names[] = { MODES(NAME) NULL };

#define REST(name, criu, demands) { criu, demands },
static const struct {
	const char *criu;
	unsigned demands;
} modes[] = { MODES(REST){ NULL, 0 } };

static size_t index_of(const char *name)
{
	size_t i = 0;

	while (names[i] && strcmp(names[i], name) != 0)
		i++;
	return i;
}

const char *const *mode_names(void)
{
	return names;
}

const char *mode_of_criu(const char *name)
{
	return modes[index_of(name)].criu;
}

unsigned mode_demands(const char *name)
{
	return modes[index_of(name)].demands;
}
