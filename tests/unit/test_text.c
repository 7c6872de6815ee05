/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../rules/text.h"
#include "test.h"

static size_t character(const char *s)
{
	return text_character(span_text(s));
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
	is_number((long long)character("\xc3(") , 0, "not continued");
	is_number((long long)character(""), 0, "nothing");
}

static bool is_read(const char *s, number_t want)
{
	number_t n;

	return text_number(span_text(s), &n) && n == want;
}

static bool is_refused(const char *s)
{
	number_t n;

	return !text_number(span_text(s), &n);
}

static void test_numbers(void)
{
	ok(is_read("0", 0), "zero");
	ok(is_read("-0", 0), "minus zero");
	ok(is_read("0x1F", 31), "hexadecimal");
	ok(is_read("-0x10", -16), "negative hexadecimal");
	ok(is_read("0o17", 15), "octal");
	ok(is_read("18446744073709551615", NUMBER_MAX), "the largest");
	ok(is_read("-9223372036854775808", NUMBER_MIN), "the smallest");
	ok(is_refused("18446744073709551616"), "too large");
	ok(is_refused("-9223372036854775809"), "too small");
	ok(is_refused("99999999999999999999999999999999999999999999"), "much too large");
	ok(is_refused(""), "nothing");
	ok(is_refused("-"), "a minus alone");
	ok(is_refused("0x"), "a prefix alone");
	ok(is_refused("0o8"), "no octal digit");
	ok(is_refused("1 "), "a blank behind");
	ok(is_refused("+1"), "a plus");
	ok(is_refused("1K"), "a unit");
}

int main(void)
{
	test_characters();
	test_numbers();
	return test_end();
}
