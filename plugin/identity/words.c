/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "words.h"

#include <string.h>

static bool is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("_.:/-", c));
}

int words_map(struct span line, words_judge judge, void *ctx, struct buffer *out, struct error *err)
{
	struct span before = { NULL, 0 };

	for (size_t i = 0, size; i < line.size; i += size) {
		bool word = is_word(line.data[i]);
		struct span part;
		int status;

		for (size = 1; i + size < line.size && is_word(line.data[i + size]) == word; size++)
			;
		part = span_of(line.data + i, size);
		status = word ? judge(ctx, part, before, out, err) : 0;
		if (status < 0)
			return -1;
		if (status == 0)
			buffer_append(out, part);
		if (word)
			before = part;
	}
	return 0;
}
