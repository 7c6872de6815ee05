/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Foreign text on one line, whatever is in it and however little room there is. */
#include <stdint.h>

#include "../../proto/line.h"
#include "test.h"

static const struct {
	const char *text, *line, *what;
} rows[] = {
	{ "", "", "nothing" },
	{ "/ct cpuset.cpus", "/ct cpuset.cpus", "plain text" },
	{ "a\nb\tc\x1b[31m\x7f", "a\\nb\\x09c\\x1b[31m\\x7f", "control characters" },
	{ "\xc2\x9b"
	  "0c\xc2\x85",
	  "\\xc2\\x9b0c\\xc2\\x85", "those of U+0080 to U+009F" },
	{ "\xc2\xa0\xc3\xa9\xe2\x80\x93", "\xc2\xa0\xc3\xa9\xe2\x80\x93", "other characters stay" },
	{ "\xc2", "\xc2", "a character that is cut" },
	{ "\x9b\x80\xe9\x9b", "\\x9b\\x80\xe9\\x9b", "controls of other sets of characters" },
	{ "\xe9\xff", "\xe9\xff", "bytes that are none" },
	{ "\xff\x9b\x9b\x9b\xc4\x9b", "\xff\\x9b\\x9b\\x9b\xc4\x9b",
	  "of which no character begins" },
};

static void test_rows(void)
{
	char line[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t size = line_put(line, sizeof(line), rows[i].text);

		is_text(line, rows[i].line, rows[i].what);
		is_number((long long)size, (long long)strlen(line), "  is as long as is said");
	}
}

/* Every room that there can be: never more, and always ended. */
static void test_room(void)
{
	static const char text[] = "ab\x1b\xc2\x9b\ncd";
	char line[40];
	size_t wrong = 0;

	for (size_t room = 1; room < sizeof(line); room++) {
		memset(line, 'A', sizeof(line));
		wrong += line_put(line, room, text) != strlen(line) || strlen(line) >= room ||
			 line[room] != 'A';
	}
	is_number((long long)wrong, 0, "any room is kept to");
}

int main(void)
{
	test_rows();
	test_room();
	return test_end();
}
