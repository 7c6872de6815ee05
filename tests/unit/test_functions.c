/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of functions, and each function on the edges of its arguments.
 */
#include "../../rules/functions.h"
#include "rules_fixture.h"
#include "test.h"

static void test_table(void)
{
	static const char *const names[] = {
#define FUNCTION(name, function, letters, result, pure, help) name,
#include "../../rules/functions.def"
#undef FUNCTION
	};
	size_t count = sizeof(names) / sizeof(names[0]);

	for (size_t i = 0; i < count; i++) {
		const struct function *f = function_find(span_text(names[i]));
		size_t least, most;

		if (!ok(f != NULL, names[i]))
			continue;
		function_arity(f, &least, &most);
		if (strspn(f->args, "ntsblamprvi?*") != strlen(f->args) || least > most ||
		    !strchr("ntsblai", f->result) || strlen(f->help) < 10 || !f->call ||
		    strcmp(f->name, names[i]) != 0)
			ok(false, f->name);
	}
	ok(count >= 20 && count <= 40, "a sane number of functions");
	ok(!function_find(span_text("mi")), "names are whole");
}

static void test_arity(void)
{
	size_t least, most;

	function_arity(function_find(span_text("match")), &least, &most);
	ok(least == 2 && most == 3, "an argument that may be left out");
	function_arity(function_find(span_text("min")), &least, &most);
	ok(least == 1 && most == SIZE_MAX, "one or more");
	function_arity(function_find(span_text("union")), &least, &most);
	ok(least == 2 && most == SIZE_MAX, "two or more");
	ok(function_letter(function_find(span_text("match")), 2) == 'n', "letters behind a '?'");
	ok(function_letter(function_find(span_text("intersect")), 9) == 's',
	   "letters before a '*'");
}

static void test_sets(void)
{
	is_text(fixture_value("intersect(0-9, 5, \"3-7\")"), "5", "sets, numbers and texts");
	is_text(fixture_value("union(\"\", \"\")"), "", "empty texts are empty sets");
	is_text(fixture_value("minus(5, 5)"), "", "nothing left");
	is_text(fixture_value("set(7)"), "7", "a number as a set");
	is_text(fixture_value("count(set(\"\"))"), "0", "no numbers");
	is_text(fixture_value("min(0x10, 3-9, [8, 2])"), "2", "numbers, sets and lists");
	is_text(fixture_value("max(-5, -3)"), "-3", "negative numbers");
	is_text(fixture_value("max(18446744073709551615, 1)"), "18446744073709551615",
		"large numbers");
}

static void test_bits(void)
{
	is_text(fixture_value("bits(-1, 0xff)"), "255", "bits of a negative number");
	is_text(fixture_value("clearbits(18446744073709551615, 1)"), "18446744073709551614",
		"large masks");
	is_text(fixture_value("setbits(0, 0)"), "0", "no bits");
}

static void test_texts(void)
{
	is_text(fixture_value("replace(\"abab\", \"ab\", \"\")"), "\"\"", "all of it");
	is_text(fixture_value("replace(\"abc\", \"abcd\", \"x\")"), "\"abc\"",
		"longer than the text");
	is_text(fixture_value("replace(\"\", \"a\", \"x\")"), "\"\"", "in an empty text");
	is_text(fixture_value("replace(\"a.b\", \".\", \"*\")"), "\"a*b\"", "no pattern");
	is_text(fixture_value("split(\"a,,b\", \",\")"), "[\"a\", \"\", \"b\"]", "empty pieces");
	is_text(fixture_value("split(\"abc\", \"\")"), "[\"abc\"]", "no separator");
	is_text(fixture_value("join([], \",\")"), "\"\"", "nothing to join");
	is_text(fixture_value("join([1, 2], \"-\")"), "\"1-2\"", "numbers to join");
	is_text(fixture_value("starts(\"ab\", \"\")"), "true", "everything starts with nothing");
	is_text(fixture_value("starts(\"a\", \"ab\")"), "false", "longer than the text");
	is_text(fixture_value("ends(\"\", \"\")"), "true", "nothing ends with nothing");
	is_text(fixture_value("match(\"aXbX\", \"[A-Z](.)\", 1)"), "\"b\"", "a group");
	is_text(fixture_value("basename(\"//\")"), "\"/\"", "nothing but slashes");
	is_text(fixture_value("dirname(\"a//b\")"), "\"a\"", "slashes in between");
	is_text(fixture_value("dirname(\"//a\")"), "\"/\"", "slashes before");
	is_text(fixture_value("hex(\"\")"), "\"\"", "no bytes");
	is_text(fixture_value("number(\"0x1f\") + 1"), "32", "hexadecimal text");
	is_text(fixture_value("newer(\"1.0\", \"1\")"), "true", "zeros behind count as nothing");
	is_text(fixture_value("newer(\"1\", \"1.0.1\")"), "false", "but other numbers do");
	is_text(fixture_value("newer(\"6.6.0-rc1\", \"6.6\")"), "true",
		"what follows a dash does not count");
	is_text(fixture_value("newer(\"\", \"\")"), "true", "nothing is as new as nothing");
	is_text(fixture_value("ip(\"::\")"), "::", "an address of four words");
	is_text(fixture_value("ip(\"\")"), "'' is not an IP address", "no address");
}

static void test_bounds(void)
{
	struct buffer text = { 0 };

	buffer_text(&text, "replace(replace(replace(\"");
	for (int i = 0; i < 1000; i++)
		buffer_byte(&text, 'a');
	buffer_text(&text, "\", \"a\", \"");
	for (int i = 0; i < 1000; i++)
		buffer_byte(&text, 'a');
	buffer_text(&text, "\"), \"a\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"), \"a\", \"aaaa\")");
	buffer_byte(&text, '\0');
	is_text(fixture_value((const char *)text.data), "the text that replace() makes is too long",
		"a text that grows and grows");
	buffer_free(&text);
}

int main(void)
{
	test_table();
	test_arity();
	test_sets();
	test_bits();
	test_texts();
	test_bounds();
	return test_end();
}
