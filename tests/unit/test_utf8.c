/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../proto/utf8.h"
#include "test.h"

static size_t character(const char *s)
{
	uint32_t code;

	return utf8_decode(span_text(s), &code);
}

static void test_characters(void)
{
	is_number((long long)character("a"), 1, "ASCII");
	is_number((long long)character("\xc3\xbc"), 2, "two bytes");
	is_number((long long)character("\xe2\x82\xac"), 3, "three bytes");
	is_number((long long)character("\xf0\x9f\x98\x80"), 4, "four bytes");
	is_number((long long)character("\xf4\x8f\xbf\xbf"), 4, "the last character");
	is_number((long long)character("\xf4\x90\x80\x80"), 0, "beyond the last character");
	is_number((long long)character("\xc0\xaf"), 0, "overlong, two bytes");
	is_number((long long)character("\xe0\x80\xaf"), 0, "overlong, three bytes");
	is_number((long long)character("\xf0\x80\x80\xaf"), 0, "overlong, four bytes");
	is_number((long long)character("\xed\xa0\x80"), 0, "a surrogate");
	is_number((long long)character("\x80"), 0, "a byte that only continues");
	is_number((long long)character("\xc3"), 0, "cut off");
	is_number((long long)character("\xe2\x82"), 0, "cut off after two");
	is_number((long long)character("\xc3("), 0, "not continued");
	is_number((long long)character(""), 0, "nothing");
}

static void test_codes(void)
{
	static const struct {
		const char *text;
		uint32_t code;
	} rows[] = {
		{ "a", 'a' },
		{ "\xc2\x80", 0x80 },
		{ "\xdf\xbf", 0x7ff },
		{ "\xe0\xa0\x80", 0x800 },
		{ "\xef\xbf\xbf", 0xffff },
		{ "\xf0\x90\x80\x80", 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 0x10ffff },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t code = 0;

		utf8_decode(span_text(rows[i].text), &code);
		is_number(code, rows[i].code, "the number of a character");
	}
}

static void test_valid(void)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "", true },
		{ "plain", true },
		{ "\xc3\xa9", true },
		{ "\xe2\x82\xac", true },
		{ "\xf0\x9f\x98\x80", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\xff", false },
		{ "\xc3", false },
		{ "\xc3(", false },
		{ "\xc0\x80", false },
		{ "\xe0\x80\x80", false },
		{ "\xf8\x88\x80\x80\x80", false },
		{ "\xed\xa0\x80", false },
		{ "\xf4\x90\x80\x80", false },
		{ "a\x80", false },
		{ "\xf0\x80\x80\x80", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(utf8_is_valid(span_text(rows[i].text)) == rows[i].good, "UTF-8 is told");
}

int main(void)
{
	test_characters();
	test_codes();
	test_valid();
	return test_end();
}
