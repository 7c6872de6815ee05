/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "../proto/utf8.h"
#include "source.h"
#include "text.h"

static struct span without_mark(struct span text)
{
	if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		return span_of(text.data + 3, text.size - 3);
	return text;
}

struct diag_source *source_add(struct diag *diag, struct arena *arena, const char *name,
			       struct span text)
{
	struct diag_source *source = arena_alloc(arena, sizeof(*source));

	if (!source)
		return NULL;
	text = without_mark(text);
	if (text.size > RULES_TEXT_MAX) /* only to be complained about */
		text.size = RULES_TEXT_MAX + 1;
	source->name = arena_copy(arena, name, strlen(name));
	source->text = span_of(arena_copy(arena, text.data, text.size), text.size);
	if (!source->name || !source->text.data)
		return NULL;
	source->next = diag->sources;
	diag->sources = source;
	return source;
}

static struct extent place_of(const struct diag_source *source, size_t offset)
{
	struct extent at = { .place = { source->name, 1, 1 }, .width = 1 };

	for (size_t i = 0; i < offset; i++) {
		at.place.column++;
		if (source->text.data[i] == '\n') {
			at.place.line++;
			at.place.column = 1;
		}
	}
	return at;
}

bool source_judge(struct diag *diag, const struct diag_source *source)
{
	struct span rest = source->text;

	if (rest.size > RULES_TEXT_MAX) {
		diag_report(diag, place_of(source, 0), "this text is longer than %u bytes",
			    RULES_TEXT_MAX);
		return false;
	}
	while (rest.size) {
		uint32_t code;
		size_t size = utf8_decode(rest, &code);
		struct extent at;

		if (size && code) {
			rest = span_of(rest.data + size, rest.size - size);
			continue;
		}
		at = place_of(source, source->text.size - rest.size);
		if (size)
			diag_report(diag, at, "a NUL byte; rules are text (in quotes: \\x00)");
		else
			diag_report(diag, at, "the byte 0x%02x is not UTF-8 (in quotes: \\x%02x)",
				    rest.data[0], rest.data[0]);
		return false;
	}
	return true;
}
