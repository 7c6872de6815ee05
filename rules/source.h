/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The texts that are read: copied, so that names in the tree may point into
 * them, and judged as a whole before the first token.
 */
#ifndef CRW_SOURCE_H
#define CRW_SOURCE_H

#include "diag.h"

/* Copies name and text (without a byte order mark) into the arena and tells
 * diag about them. NULL when there is no memory. */
struct diag_source *source_add(struct diag *diag, struct arena *arena, const char *name,
			       struct span text);

/* False, and reported, when it is too long, not UTF-8 or holds a NUL. */
bool source_judge(struct diag *diag, const struct diag_source *source);

#endif
