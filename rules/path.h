/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths of files as text: what lies below what. Nothing is looked up. */
#ifndef CRW_PATH_H
#define CRW_PATH_H

#include "../proto/bytes.h"

/* Is it the path `top`, or below it? *rest (may be NULL) is what follows. A slash at the
 * end of `top` means nothing. */
bool path_below(struct span path, struct span top, struct span *rest);

/* Appends the path with `fresh` in place of `old`; one that is not below `old` as it is. */
void path_rebase(struct buffer *out, struct span path, struct span old, struct span fresh);

#endif
