/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../rules/pattern.h"
#include "test.h"

static bool fits(const char *pattern, const char *text)
{
	return glob_match(span_text(pattern), span_text(text));
}

static void test_glob(void)
{
	ok(fits("", ""), "nothing fits nothing");
	ok(!fits("", "a"), "nothing fits no text");
	ok(fits("*", "") && fits("**", "abc"), "a star fits all");
	ok(fits("a*c", "ac") && fits("a*c", "abbbc") && !fits("a*c", "acb"), "a star in between");
	ok(fits("*ab", "aab") && fits("*ab*ab", "abxabab"), "a star goes back");
	ok(fits("?", "a") && !fits("?", "") && !fits("?", "ab"), "one byte");
	ok(fits("[abc]", "b") && !fits("[abc]", "d"), "a class");
	ok(fits("[a-c0-9]x", "5x") && !fits("[a-c0-9]x", "dx"), "ranges");
	ok(fits("[!a-c]", "d") && !fits("[^a-c]", "b"), "classes that are not");
	ok(fits("[]]", "]") && fits("[]a]", "a"), "a bracket that comes first");
	ok(fits("[a-]", "-") && fits("[a-]", "a"), "a dash that comes last");
	ok(fits("\\*", "*") && !fits("\\*", "a"), "a star that is one");
	ok(fits("a/b*", "a/b/c"), "slashes are nothing special");
	ok(!fits("[", "["), "a class without an end fits nothing");
}

/* Stars by the dozen must not take for ever. */
static void test_stars(void)
{
	char pattern[101], text[10001];

	for (int i = 0; i < 100; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[99] = 'b';
	pattern[100] = '\0';
	memset(text, 'a', 10000);
	text[10000] = '\0';
	ok(!fits(pattern, text), "many stars that fit in many ways");
}

static const char *judge(const char *pattern)
{
	static struct error err;

	return glob_judge(span_text(pattern), &err) == 0 ? "" : err.text;
}

static void test_judge(void)
{
	is_text(judge("a*[b-c]\\\\?"), "", "a good pattern");
	is_text(judge("a[b"), "a '[' without ']' in a pattern", "no end");
	is_text(judge("a\\"), "a '\\' at the end of a pattern", "nothing behind");
}

static const char *judge_fits(const char *pattern)
{
	static struct error err;

	return glob_judge_fits(span_text(pattern), &err) == 0 ? "" : err.text;
}

static void test_judge_fits(void)
{
	is_text(judge_fits("*?[a-a]\\[z-a[!z-a]]"), "", "each element fits something");
	is_text(judge_fits("a*[z-a]"), "no character is in '[z-a]'; a range runs upwards, [a-z]",
		"one does not");
	is_text(judge_fits("[!\x01-\xff]"), "", "NUL is a character");
}

static const char *compile(const char *pattern)
{
	static struct error err;
	regex_t regex;

	if (regex_compile(&regex, span_text(pattern), &err) < 0)
		return err.text;
	regfree(&regex);
	return "";
}

static void test_regex(void)
{
	struct arena arena = { NULL };
	struct error err;
	regex_t regex;

	is_text(compile("^(a|b)+[[:digit:]]{1,3}$"), "", "a good expression");
	is_text(compile("a{255}"), "", "as many repetitions as allowed");
	is_text(compile("a{256}"), "a regular expression repeats more than 255 times", "one more");
	is_text(compile("(a{16}){16}"), "a regular expression repeats more than 255 times",
		"they multiply");
	is_text(compile("(a)\\1"), "regular expressions have no '\\1' here", "back-references");
	is_text(compile("a\\{2"), "", "a brace that is one");
	is_text(compile("*"), "invalid regular expression: a repetition of nothing",
		"a star alone");
	is_text(compile("[[:digits:]]"), "invalid regular expression: unknown class in '[[:...:]]'",
		"no class");
	is_text(compile("a{2"), "invalid regular expression: '{' and '}' do not match", "no brace");
	regex_compile(&regex, span_text("^b$"), &err);
	is_number(regex_match(&regex, span_of(&"abc"[1], 1), &arena, NULL, 0, &err), 1,
		  "the text ends where it ends");
	is_number(regex_match(&regex, span_of("", 0), &arena, NULL, 0, &err), 0, "an empty text");
	regfree(&regex);
	arena_free(&arena);
}

int main(void)
{
	test_glob();
	test_stars();
	test_judge();
	test_judge_fits();
	test_regex();
	return test_end();
}
