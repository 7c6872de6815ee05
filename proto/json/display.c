/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of display.def. */
#include <string.h>

#include "display.h"
#include "../netlink.h"
#include "../schema_tables.h"

/* Texts stand in the rows, so that loading them needs no relocation. */
struct mark_row {
	uint16_t message; /* index */
	uint8_t mark;
	uint32_t number;
	char argument[DISPLAY_MAP_MAX];
};

struct word_row {
	char map[DISPLAY_MAP_MAX], field[12];
	int value;
	char word[12];
};

#define MESSAGE(message)
#define FLAG(map, bits, name)
#define WORD(map, field, value, word)
#define OLD_NAME(message, number, name)

#define DISPLAY(message, number, mark, argument)                                                   \
	{ MESSAGE_##message, DISPLAY_##mark, number, argument },
static const struct mark_row marks[] = {
#include "display.def"
};
#undef DISPLAY
#define DISPLAY(message, number, mark, argument)

#undef FLAG
#define FLAG(map, bits, name) { bits, map, name },
static const struct display_flag flags[] = {
#include "display.def"
};
#undef FLAG
#define FLAG(map, bits, name)

#undef WORD
#define WORD(map, field, value, word) { map, field, value, word },
static const struct word_row words[] = {
#include "display.def"
};
#undef WORD
#define WORD(map, field, value, word)

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The place of a row against (message, number): rows are sorted by both. */
static int compare_mark(const struct mark_row *row, const struct message_type *m, uint32_t number)
{
	ptrdiff_t index = m - schema_messages; /* sorted by name as they are */

	if (row->message != index)
		return row->message < index ? -1 : 1;
	return (row->number > number) - (row->number < number);
}

/* The first row of a field, or the place where it would be. */
static size_t first_mark(const struct message_type *m, uint32_t number)
{
	size_t low = 0, high = COUNT(marks);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_mark(&marks[middle], m, number) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool display_find(const struct message_type *m, const struct field_type *f,
		  const char *found[DISPLAY_MARKS])
{
	uint32_t number = field_number(f);
	bool any = netlink_is_address(m, number);

	memset(found, 0, DISPLAY_MARKS * sizeof(*found));
	if (any)
		found[DISPLAY_IPADD] = "";
	for (size_t i = first_mark(m, number); i < COUNT(marks); i++) {
		if (compare_mark(&marks[i], m, number) != 0)
			break;
		found[marks[i].mark] = marks[i].argument;
		any = true;
	}
	return any;
}

size_t display_flags(const char *map, const struct display_flag **rows, size_t most)
{
	char whole[DISPLAY_MAP_MAX] = ""; /* of one size, which is quick to compare */
	size_t count = 0;

	memcpy(whole, map, strnlen(map, sizeof(whole)));
	for (size_t i = 0; i < COUNT(flags) && count < most; i++)
		if (memcmp(flags[i].map, whole, sizeof(whole)) == 0)
			rows[count++] = &flags[i];
	return count;
}

static bool is_word_of(const struct word_row *row, const char *map, const char *field)
{
	return strcmp(row->map, map) == 0 && strcmp(row->field, field) == 0;
}

const char *display_word(const char *map, const char *field, number_t value)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		if (words[i].value == value && is_word_of(&words[i], map, field))
			return words[i].word;
	}
	return NULL;
}

bool display_word_number(const char *map, const char *field, struct span word, number_t *value)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		if (!is_word_of(&words[i], map, field) || !span_is(word, words[i].word))
			continue;
		*value = words[i].value;
		return true;
	}
	return false;
}
