/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8: what is a character and what is not. */
#ifndef CRW_UTF8_H
#define CRW_UTF8_H

#include "bytes.h"

size_t utf8_decode_long(struct span s, uint32_t *code);

/* The character at the front of s: how many bytes it takes; 0 when there is
 * none (too long a form, a surrogate or beyond U+10FFFF included). *code gets
 * its number. */
static inline size_t utf8_decode(struct span s, uint32_t *code)
{
	if (!s.size || s.data[0] >= 0x80)
		return utf8_decode_long(s, code);
	*code = s.data[0];
	return 1;
}

bool utf8_is_valid(struct span text);

#endif
