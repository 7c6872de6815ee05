/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../rules/text.h"
#include "../../rules/value.h"
#include "test.h"

static struct arena arena;
static struct buffer shown;

static struct value set_of(const char *text)
{
	struct value v = { .type = VALUE_NONE };
	struct error err;

	value_set_parse(&arena, span_text(text), &v, &err);
	return v;
}

/* Good until the next call. */
static const char *show(struct value v)
{
	buffer_clear(&shown);
	value_print(&shown, v);
	buffer_byte(&shown, '\0');
	return (const char *)shown.data;
}

static const char *show_quoted(struct value v)
{
	buffer_clear(&shown);
	value_print_quoted(&shown, v);
	buffer_byte(&shown, '\0');
	return (const char *)shown.data;
}

static const char *parse(const char *text)
{
	struct value v;
	struct error err;

	return value_set_parse(&arena, span_text(text), &v, &err) < 0 ? "wrong" : show(v);
}

static void test_parse(void)
{
	is_text(parse(""), "", "the empty set");
	is_text(parse("5"), "5", "one number");
	is_text(parse("0-3,8"), "0-3,8", "ranges");
	is_text(parse("8,0-3"), "0-3,8", "out of order");
	is_text(parse("0-5,2-3,4-9"), "0-9", "overlapping");
	is_text(parse("0,1,2"), "0-2", "neighbours");
	is_text(parse("3-3"), "3", "range of one");
	is_text(parse("18446744073709551614-18446744073709551615,0"),
		"0,18446744073709551614-18446744073709551615", "the largest numbers");
	is_text(parse("18446744073709551616"), "wrong", "a number too large");
	is_text(parse("3-1"), "wrong", "backwards");
	is_text(parse("1,"), "wrong", "comma at the end");
	is_text(parse(",1"), "wrong", "comma at the start");
	is_text(parse("1-"), "wrong", "range without an end");
	is_text(parse("1--2"), "wrong", "two dashes");
	is_text(parse("1 2"), "wrong", "blanks");
	is_text(parse("0-3\n"), "wrong", "line end");
	is_text(parse("a"), "wrong", "letters");
	is_text(parse("0-9:2/4,20"), "0-1,4-5,8-9,20", "of each four the first two");
	is_text(parse("0-8:2/4"), "0-1,4-5,8", "the last of them is cut");
	is_text(parse("0-9:3/2"), "wrong", "more than all");
	is_text(parse("0-9:0/0"), "wrong", "of nothing");
	is_text(parse("0-9:2"), "wrong", "of how many?");
	is_text(parse("0-18446744073709551615:1/2"), "wrong", "too many ranges");
}

typedef int (*operation)(struct arena *, struct value, struct value, struct value *,
			 struct error *);

static const char *combine(operation op, struct value x, struct value y)
{
	struct value v;
	struct error err;

	return op(&arena, x, y, &v, &err) < 0 ? "wrong" : show(v);
}

static void test_operations(void)
{
	is_text(combine(value_set_union, set_of("0-3"), set_of("2-5,9")), "0-5,9", "union");
	is_text(combine(value_set_union, set_of(""), set_of("")), "", "union of nothing");
	is_text(combine(value_set_union, set_of("0-18446744073709551615"), set_of("1")),
		"0-18446744073709551615", "union with everything");
	is_text(combine(value_set_union, value_number(4), set_of("3,5")), "3-5",
		"a number is a set of one");
	is_text(combine(value_set_intersect, set_of("0-7,10-12"), set_of("3-11")), "3-7,10-11",
		"intersect");
	is_text(combine(value_set_intersect, set_of("0-3"), set_of("4-7")), "", "nothing common");
	is_text(combine(value_set_minus, set_of("0-9"), set_of("3-4,7")), "0-2,5-6,8-9", "minus");
	is_text(combine(value_set_minus, set_of("0-3,8"), set_of("0-9")), "", "minus all");
	is_text(combine(value_set_minus, set_of("0-18446744073709551615"),
			set_of("18446744073709551615")),
		"0-18446744073709551614", "minus the last");
	is_text(combine(value_set_minus, set_of("5-9"), set_of("0-5,9-20")), "6-8", "minus edges");
}

static void test_questions(void)
{
	is_number((long long)value_set_count(set_of("0-3,8")), 5, "count");
	is_number((long long)value_set_count(set_of("")), 0, "count of nothing");
	ok(value_set_count(set_of("0-18446744073709551615")) == UINT64_MAX, "count saturates");
	ok(value_set_within(value_number(8), set_of("0-3,8")), "contains");
	ok(!value_set_within(value_number(4), set_of("0-3,8")), "does not contain");
	ok(value_set_within(set_of("1-2,8"), set_of("0-3,8")), "within");
	ok(value_set_within(set_of(""), set_of("")), "nothing is within nothing");
	ok(!value_set_within(set_of("3-8"), set_of("0-3,8")), "a gap is not within");
	ok(!value_set_within(value_number(-1), set_of("0-3")), "a negative number is in no set");
}

static void test_equal(void)
{
	struct value items[2] = { value_number(1), value_number(2) }, list = { .type = VALUE_LIST };
	struct value shorter;

	list.items = items;
	list.item_count = 2;
	shorter = list;
	shorter.item_count = 1;
	ok(value_equal(list, list), "lists");
	ok(!value_equal(list, shorter), "lists of other lengths");
	ok(value_equal(set_of("5"), value_number(5)), "a set of one and its number");
	ok(!value_equal(set_of("5-6"), value_number(5)), "a set of two and a number");
	ok(!value_equal(value_number(1), value_bool(true)), "values of other types");
	ok(value_equal(value_text(span_text("")), value_text(span_of(NULL, 0))), "empty texts");
}

static void test_print(void)
{
	struct value items[2] = { value_text(span_text("a\"b")), value_text(span_text("\n")) };
	struct value list = { .type = VALUE_LIST };

	list.items = items;
	list.item_count = 2;
	is_text(show(value_number(NUMBER_MIN)), "-9223372036854775808", "the smallest number");
	is_text(show(value_number(NUMBER_MAX)), "18446744073709551615", "the largest number");
	is_text(show(value_bool(false)), "false", "a boolean");
	is_text(show(value_text(span_text("a\"b"))), "a\"b", "text as it is");
	is_text(show_quoted(list), "[\"a\\\"b\", \"\\n\"]", "a list as in a rule");
	is_text(show_quoted(set_of("0-3,8")), "0-3,8", "a set as in a rule");
	is_text(show_quoted(value_text(span_of("\xff\x00", 2))), "\"\\xff\\x00\"", "bytes");
	is_text(show_quoted(value_text(span_text("\xe2\x80\xae"))), "\"\\xe2\\x80\\xae\"",
		"what turns the writing around is escaped");
}

int main(void)
{
	test_parse();
	test_operations();
	test_questions();
	test_equal();
	test_print();
	arena_free(&arena);
	buffer_free(&shown);
	return test_end();
}
