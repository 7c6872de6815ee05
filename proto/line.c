/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "line.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How many bytes the character takes that begins here, 1 where there is none; whether it
 * controls a terminal, as 0x80 to 0x9f do beyond UTF-8, too. */
static size_t character(const char *text, bool *control)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t size = c[0] < 0xc2 || c[0] > 0xf4 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	unsigned char code;

	for (size_t i = 1; i < size; i++)
		if ((c[i] & 0xc0) != 0x80)
			size = 1;
	code = size == 2 && c[0] == 0xc2 ? c[1] : c[0];
	*control = code < 0x20 || (code >= 0x7f && code < 0xa0);
	return size;
}

size_t line_put(char *dst, size_t room, const char *text)
{
	size_t used = 0;
	bool hidden = false;

	for (size_t left = 0; *text; text++, left--) {
		unsigned char c = (unsigned char)*text;
		char escaped[5];
		size_t size;

		if (!left)
			left = character(text, &hidden);
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
