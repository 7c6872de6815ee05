/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "utf8.h"

size_t utf8_decode_long(struct span s, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first = s.size ? s.data[0] : 0;
	size_t size = first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (size == 0 || first > 0xf4 || size > s.size)
		return 0;
	*code = first & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((s.data[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s.data[i] & 0x3f);
	}
	if (*code < least[size] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return size;
}

/* Eight characters at a time, of ASCII. */
static struct span behind_ascii(struct span text)
{
	uint64_t eight;

	while (text.size >= sizeof(eight)) {
		memcpy(&eight, text.data, sizeof(eight));
		if (eight & 0x8080808080808080)
			break;
		text = span_of(text.data + sizeof(eight), text.size - sizeof(eight));
	}
	return text;
}

bool utf8_is_valid(struct span text)
{
	uint32_t code;

	for (text = behind_ascii(text); text.size > 0;) {
		size_t size = utf8_decode(text, &code);

		if (size == 0)
			return false;
		text = span_of(text.data + size, text.size - size);
	}
	return true;
}
