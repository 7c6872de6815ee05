/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "blame.h"

#include <string.h>

int blame_note(struct blame *b, const struct rules_edit *by, struct arena *arena, struct error *err)
{
	b->file = arena_copy(arena, by->place.file, strlen(by->place.file));
	b->line = by->place.line;
	b->touched = true;
	return b->file ? 0 : fail_memory(err);
}
