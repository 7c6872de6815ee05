/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "line.h"

#include <stdio.h>
#include <string.h>

/* How many bytes a control character takes that begins here, U+0080 to U+009F included; 0:
 * there is none. */
static size_t control_size(const char *text)
{
	unsigned char c = (unsigned char)text[0], next = (unsigned char)text[1];

	if (c == 0xc2)
		return next >= 0x80 && next < 0xa0 ? 2 : 0;
	return c < 0x20 || c == 0x7f;
}

size_t line_put(char *dst, size_t room, const char *text)
{
	size_t used = 0;

	for (size_t hidden = 0; *text; text++, hidden -= hidden > 0) {
		unsigned char c = (unsigned char)*text;
		char escaped[5];
		size_t size;

		if (!hidden)
			hidden = control_size(text);
		if (!hidden)
			size = (size_t)snprintf(escaped, sizeof(escaped), "%c", c);
		else if (c == '\n')
			size = (size_t)snprintf(escaped, sizeof(escaped), "\\n");
		else
			size = (size_t)snprintf(escaped, sizeof(escaped), "\\x%02x", c);
		if (used + size >= room)
			break;
		memcpy(dst + used, escaped, size);
		used += size;
	}
	dst[used] = '\0';
	return used;
}
