/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Foreign text as one line that cannot drive a terminal. */
#ifndef CRW_LINE_H
#define CRW_LINE_H

#include <stddef.h>

/* Copies the text: control characters, U+0080 to U+009F included, and these as single bytes,
 * become \n and \xNN. It is cut to fit, and always ended. Returns how much room it took, without the end. */
size_t line_put(char *dst, size_t room, const char *text);

#endif
