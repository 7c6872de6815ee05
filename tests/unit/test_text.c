/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../rules/text.h"
#include "test.h"

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
	test_numbers();
	return test_end();
}
