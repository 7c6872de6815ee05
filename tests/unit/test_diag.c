/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../rules/diag.h"
#include "../../rules/source.h"
#include "test.h"

static struct rules_diagnostics list;
static struct buffer shown;

static const char *print(size_t i)
{
	buffer_clear(&shown);
	rules_diagnostic_print(&shown, &list.items[i]);
	buffer_byte(&shown, '\0');
	return (const char *)shown.data;
}

static struct extent at(const struct diag_source *s, unsigned line, unsigned column, unsigned width)
{
	return (struct extent){ { s->name, line, column }, width };
}

static void test_print(void)
{
	struct arena arena = { NULL };
	struct diag diag = { .list = &list };
	struct diag_source *s = source_add(&diag, &arena, "f",
					   span_text("one\n\ttwo words\r\n\xc3\xbc x\nlast"));

	diag_report(&diag, at(s, 2, 2, 3), "%s is wrong", "two");
	is_text(print(0), "f:2:2: two is wrong\n\ttwo words\n\t^~~\n", "a word behind a tab");
	diag_report(&diag, at(s, 2, 11, 1), "end");
	is_text(print(1), "f:2:11: end\n\ttwo words\n\t         ^\n", "behind the end of a line");
	diag_report(&diag, at(s, 3, 4, 1), "x");
	is_text(print(2), "f:3:4: x\n\xc3\xbc x\n  ^\n", "a character of two bytes is one column");
	diag_report(&diag, at(s, 4, 1, 100), "all");
	is_text(print(3), "f:4:1: all\nlast\n^~~~\n", "wider than the line");
	diag_report(&diag, at(s, 9, 1, 1), "no such line");
	is_text(print(4), "f:9:1: no such line\nlast\n^\n", "a line that is not there");
	diag_report(&diag, at(s, 1, 1, 1), "two\nlines");
	is_text(print(5), "f:1:1: two\\nlines\none\n^\n", "a message is one line");
	rules_diagnostics_free(&list);
	arena_free(&arena);
}

static void test_order(void)
{
	struct arena arena = { NULL };
	struct diag diag = { .list = &list };
	struct diag_source *first = source_add(&diag, &arena, "first", span_text("a\nb\n"));
	struct diag_source *second = source_add(&diag, &arena, "second", span_text("a\nb\n"));

	diag_report(&diag, at(second, 1, 1, 1), "5");
	diag_report(&diag, at(first, 2, 2, 1), "4");
	diag_report(&diag, at(first, 2, 1, 1), "2");
	diag_report(&diag, at(first, 1, 9, 1), "1");
	diag_report(&diag, at(first, 2, 1, 1), "3");
	diag_sort(&diag);
	for (int i = 0; i < 5; i++)
		is_number(list.items[i].message[0] - '0', i + 1, "in order of place");
	rules_diagnostics_free(&list);
	arena_free(&arena);
}

static void test_bounds(void)
{
	struct arena arena = { NULL };
	struct diag diag = { .list = &list };
	struct diag_source *s = source_add(&diag, &arena, "f", span_text("x"));

	diag.muted = true;
	diag_report(&diag, at(s, 1, 1, 1), "not kept");
	is_number((long long)list.count, 0, "a trial keeps nothing");
	is_number((long long)diag.count, 1, "but counts");
	diag.muted = false;
	for (int i = 0; i < RULES_DIAGNOSTICS_MAX + 5; i++)
		diag_report(&diag, at(s, 1, 1, 1), "again");
	is_number((long long)list.count, RULES_DIAGNOSTICS_MAX, "no more than the list holds");
	ok(diag_is_full(&diag), "and then it is full");
	rules_diagnostics_free(&list);
	is_number((long long)list.count, 0, "empty after free");
	arena_free(&arena);
}

static void test_sources(void)
{
	struct arena arena = { NULL };
	struct diag diag = { .list = &list };
	struct diag_source *s = source_add(&diag, &arena, "f",
					   span_text("\xef\xbb\xbf"
						     "a"));

	ok(span_is(s->text, "a"), "a byte order mark is no part of the text");
	ok(source_judge(&diag, s), "and not wrong");
	s = source_add(&diag, &arena, "g", span_of("ok\n a\0b", 7));
	ok(!source_judge(&diag, s), "a NUL is");
	is_text(print(0),
		"g:2:3: a NUL byte; rules are text (in quotes: \\x00)\n a\\x00b\n  ^~~~\n",
		"and shown");
	rules_diagnostics_free(&list);
	arena_free(&arena);
}

static void test_join(void)
{
	struct extent a = { { "f", 1, 3 }, 2 }, b = { { "f", 1, 8 }, 4 }, c = { { "f", 2, 1 }, 1 };

	is_number(extent_join(a, b).width, 9, "from the first to the end of the second");
	is_number(extent_join(a, c).width, 2, "not over lines");
	is_number(extent_join(b, a).width, 4, "not backwards");
}

int main(void)
{
	test_print();
	test_order();
	test_bounds();
	test_sources();
	test_join();
	buffer_free(&shown);
	return test_end();
}
