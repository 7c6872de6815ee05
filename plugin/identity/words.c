/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "words.h"

#include <string.h>

#include "fields.h"

static bool is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("_.:/-", c));
}

static int map(struct span line, words_judge judge, void *ctx, struct buffer *out,
	       struct error *err)
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

int words_change(const struct rules_object *o, words_judge judge, void *ctx, struct value *fresh,
		 struct error *err)
{
	cleanup_buffer struct buffer line = { 0 };

	if (o->now.type != VALUE_TEXT)
		return 0;
	if (map(o->now.text, judge, ctx, &line, err) < 0)
		return -1;
	return fields_give(o, &line, fresh, err);
}
