/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What several of the cgroup verbs use: reports and texts. */
#include "verbs.h"

const char *cgroup_text(struct arena *arena, struct span s)
{
	return arena_copy(arena, s.data, s.size);
}

const char *cgroup_label(const struct cgroup_controller *c, struct arena *arena)
{
	const char *label = cgroup_controller_label(c, arena);

	return label && !*label ? "v2" : label;
}
