/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Evaluation: what it asks of the world, and its bounds. Values are in the
 * golden tests.
 */
#include <string.h>

#include "../../rules/eval.h"
#include "rules_fixture.h"
#include "test.h"

struct asked {
	size_t times;
	int answer; /* 1, 0 or -1 */
	enum value_type type;
};

static int answer_fact(void *ctx, const char *name, struct arena *arena, struct value *value,
		       struct error *err)
{
	struct asked *a = ctx;

	a->times++;
	*value = a->type == VALUE_NUMBER ? value_number(7) : value_text(span_text("seven"));
	return a->answer < 0 ? fail(err, "cannot be read") : a->answer;
}

static int no_image(void *ctx, const struct image_kind *kind, size_t index,
		    struct rules_image *image, struct error *err)
{
	return 0;
}

static int run(const char *text, struct asked *asked, struct error *err)
{
	static const struct rules_fact facts[] = { { "host.x", VALUE_NUMBER, "x" } };
	static const struct rules_setting setting = { .facts = facts, .fact_count = 1 };
	struct rules_world world = { .ctx = asked, .fact = answer_fact, .image = no_image };
	struct rules_diagnostics d = { .count = 0 };
	struct ruleset *ruleset = NULL;
	int status = rules_parse(&ruleset, &setting, "f", span_text(text), &d);

	if (status == 0)
		status = rules_run(ruleset, &world, err);
	rules_diagnostics_free(&d);
	rules_free(ruleset);
	return status;
}

static void test_facts(void)
{
	struct asked asked = { .answer = 1, .type = VALUE_NUMBER };
	struct error err = { "" };

	ok(run("require host.x = 7 \"a\"\nrequire host.x + host.x = 14 \"b\"", &asked, &err) == 0,
	   "a fact");
	is_number((long long)asked.times, 1, "is asked once in a run");
	asked = (struct asked){ .answer = 0, .type = VALUE_NUMBER };
	ok(run("require not exists(host.x) \"a\"\nrequire host.x != 7 \"b\"", &asked, &err) == 0,
	   "a fact that is missing");
	is_number((long long)asked.times, 1, "is asked once too");
	asked = (struct asked){ .answer = 1, .type = VALUE_TEXT };
	ok(run("require host.x = 7 \"a\"", &asked, &err) < 0, "a fact of another type");
	is_text(err.text, "f:1:1: internal error: host.x is a text", "is the host's mistake");
	asked = (struct asked){ .answer = -1, .type = VALUE_NUMBER };
	ok(run("require host.x = 7 \"a\"", &asked, &err) < 0, "a fact that fails");
	is_text(err.text, "f:1:1: host.x: cannot be read", "ends the run");
	asked = (struct asked){ .answer = 1, .type = VALUE_NUMBER };
	ok(run("require true or host.x = 7 \"a\"\nrequire not (false and host.x = 7) \"b\"", &asked,
	       &err) == 0,
	   "and, or");
	is_number((long long)asked.times, 0, "leave out what does not matter");
}

static void test_steps(void)
{
	struct eval ev = { .steps = 2 };
	struct error err;

	ok(eval_count_step(&ev, &err) == 0 && eval_count_step(&ev, &err) == 0, "two steps");
	ok(eval_count_step(&ev, &err) < 0, "and no more");
	ok(eval_count_step(&ev, &err) < 0, "also later");
}

static long long steps_of(enum operator op, struct value left, struct value right)
{
	struct arena scratch = { NULL };
	struct eval ev = { .scratch = &scratch, .steps = 100000 };
	struct expr e = { .op = op };
	struct value out;
	struct error err;

	ok(eval_operator(&ev, &e, &left, &right, &out, &err) == 0, "the operator");
	arena_free(&scratch);
	return (long long)(100000 - ev.steps);
}

/* What an image makes long costs steps. */
static void test_long_values(void)
{
	static char letters[6401];
	struct value items[80], list = { .type = VALUE_LIST }, text;

	memset(letters, 'a', sizeof(letters) - 1);
	for (size_t i = 0; i < 80; i++)
		items[i] = value_number((number_t)i);
	list.items = items;
	list.item_count = 80;
	text = value_text(span_text(letters));
	is_number(steps_of(OP_IN, value_number(-1), list), 10, "eight elements are a step");
	is_number(steps_of(OP_EQUAL, text, text), 200, "64 bytes of a text are one");
	items[0] = text;
	is_number(steps_of(OP_IN, value_number(-1), list), 110, "also in a list");
	is_number(steps_of(OP_GLOB, text, value_text(span_of(letters, 64))), 6400 + 100 + 1,
		  "a glob takes the product of both");
	is_number((long long)eval_regex_steps(span_of(letters, 800)), 10000,
		  "a regular expression the square of the text");
}

/* Runs a rule on a name of `size` digits. */
static void judge_long_name(const char *rule, size_t size, const char *wanted)
{
	struct fixture f = { .file = NULL };
	struct buffer text = { 0 };
	struct error err = { "" };

	buffer_text(&text, "utsns_entry { domainname=\"\" nodename=\"");
	for (size_t i = 0; i < size; i++)
		buffer_byte(&text, '1');
	buffer_text(&text, "\" }");
	buffer_byte(&text, '\0');
	fixture_image(&f, "utsns-7.img", (const char *)text.data);
	fixture_run(&f, rule, &err);
	is_text(err.text, wanted, rule);
	buffer_free(&text);
	fixture_free(&f);
}

static void test_long_names(void)
{
	static const char too_many[] = "f:1:1: utsns-7.img: entry 0: this takes too many steps; "
				       "make the conditions simpler";

	judge_long_name("utsns_entry[nodename =~ \"[0-9]+-[0-9]+\"] get", 4096, "");
	judge_long_name("utsns_entry[nodename =~ \"[0-9]+-[0-9]+\"] get", 40000, too_many);
	judge_long_name("utsns_entry[match(nodename, \"[0-9]+-[0-9]+\") = \"\"] get", 40000,
			too_many);
	judge_long_name("utsns_entry[nodename ~ nodename + \"*2\"] get", 40000, too_many);
}

/* Groups that are looked for in a list of all of them: as long as that takes few steps. */
static void judge_list(size_t groups, const char *wanted, const char *what)
{
	static char name[401];
	struct fixture f = { .file = NULL };
	struct buffer text = { 0 };
	struct error err = { "" };

	memset(name, 'a', sizeof(name) - 1);
	buffer_text(&text, "cgroup_entry { controllers { ");
	for (size_t i = 0; i < groups; i++) {
		buffer_text(&text, "dirs { dir_name=\"");
		buffer_text(&text, name);
		buffer_text(&text, "\" } ");
	}
	buffer_text(&text, "} }");
	buffer_byte(&text, '\0');
	fixture_image(&f, "cgroup.img", (const char *)text.data);
	fixture_run(&f,
		    "let names = cgroup_entry//dirs.dir_name\n"
		    "cgroup_entry//dirs[dir_name in names] get",
		    &err);
	is_text(err.text, wanted, what);
	buffer_free(&text);
	fixture_free(&f);
}

static void test_lists(void)
{
	judge_list(500, "", "a list that let keeps");
	judge_list(2400,
		   "f:2:1: cgroup.img: entry 0: this takes too many steps; make the conditions "
		   "simpler",
		   "one that each of many groups is looked for in is an error that names the rule");
}

/* Conditions in conditions over a deep tree: many more steps than bytes. */
static void test_explosion(void)
{
	struct fixture f = { .file = NULL };
	struct buffer text = { 0 };
	struct error err = { "" };

	buffer_text(&text, "cgroup_entry { controllers { ");
	for (int i = 0; i < 50; i++)
		buffer_text(&text, "dirs { dir_name=\"a\" children { dir_name=\"b\" children { "
				   "dir_name=\"c\" } } } ");
	buffer_text(&text, "} }");
	buffer_byte(&text, '\0');
	fixture_image(&f, "cgroup.img", (const char *)text.data);
	ok(fixture_run(&f, "cgroup_entry//dirs[count(//children[count(//children) < 9]) = 2] get",
		       &err) == 0,
	   "three deep is fine");
	buffer_free(&text);
	fixture_free(&f);
}

int main(void)
{
	test_facts();
	test_steps();
	test_long_values();
	test_long_names();
	test_lists();
	test_explosion();
	return test_end();
}
