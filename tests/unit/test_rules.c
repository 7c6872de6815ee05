/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The interface: rulesets of several texts, a world that lacks callbacks,
 * and memory that runs out.
 */
#include "rules_fixture.h"
#include "test.h"

static const struct rules_setting setting;

static int parse(struct ruleset **ruleset, const char *name, const char *text)
{
	struct rules_diagnostics d = { .count = 0 };
	int status = rules_parse(ruleset, &setting, name, span_text(text), &d);

	rules_diagnostics_free(&d);
	return status;
}

static void test_append(void)
{
	struct ruleset *ruleset = NULL;
	struct fixture f = { .file = NULL };
	struct rules_world world = fixture_world(&f);
	struct error err = { "" };
	char name[] = "first";

	fixture_image(&f, "utsns-11.img", "utsns_entry { nodename=\"a\" domainname=\"b\" }");
	ok(rules_is_empty(NULL), "no ruleset is empty");
	ok(parse(&ruleset, name, "# nothing\n") == 0 && rules_is_empty(ruleset),
	   "a comment is too");
	strcpy(name, "FIRST");
	ok(parse(&ruleset, "b", "let x = 1\nutsns_entry set nodename=nodename + text(x)") == 0,
	   "a text");
	ok(parse(&ruleset, "c", "utsns_entry set nodename=x") < 0, "a wrong text");
	ok(parse(&ruleset, "d", "let x = 2\nutsns_entry set nodename=nodename + text(x)") == 0,
	   "lets of one text are not seen by another");
	ok(!rules_is_empty(ruleset), "now there is something");
	ok(rules_run(ruleset, &world, &err) == 0, "it runs");
	ok(strstr((buffer_byte(&f.log, 0), (const char *)f.log.data), "a>a1; nodename a1>a12;"),
	   "in the order in which it was read, without what was wrong");
	ok(rules_run(ruleset, &world, &err) == 0, "and again");
	ok(rules_run(NULL, &world, &err) == 0, "no ruleset does nothing");
	rules_free(ruleset);
	rules_free(NULL);
	fixture_free(&f);
}

/* Everything but image and update may be missing. */
static void test_lacking_callbacks(void)
{
	struct fixture f = { .file = NULL };
	struct rules_world world = { .ctx = &f, .image = fixture_give, .update = fixture_update };
	static const struct rules_fact facts[] = { { "x", VALUE_NUMBER, "x" } };
	static const char *const modes[] = { "soft", NULL };
	const struct rules_setting full = { .facts = facts, .fact_count = 1, .modes = modes };
	struct rules_diagnostics d = { .count = 0 };
	struct ruleset *ruleset = NULL;
	struct error err = { "" };

	fixture_image(&f, "utsns-11.img", "utsns_entry { nodename=\"a\" domainname=\"b\" }");
	ok(rules_parse(&ruleset, &full, "f",
		       span_text("manage-cgroups soft\nutsns_entry get\nutsns_entry.nodename get\n"
				 "utsns_entry set nodename=default(env(\"A\"), "
				 "text(default(x, 5)))\n"
				 "utsns_entry[nodename=\"5\"] delete"),
		       &d) == 0,
	   "a text");
	ok(rules_run(ruleset, &world, &err) == 0, "nobody listens");
	is_number((long long)f.updates, 2, "and all is done");
	rules_free(ruleset);
	fixture_free(&f);
}

static void test_no_include(void)
{
	struct rules_diagnostics d = { .count = 0 };
	struct ruleset *ruleset = NULL;

	ok(rules_parse(&ruleset, &setting, "f", span_text("include \"x\""), &d) < 0, "no includes");
	is_text(d.items[0].message, "files cannot be included here", "are told");
	ok(!ruleset, "there is no ruleset after an error");
	rules_diagnostics_free(&d);
}

static void test_too_long(void)
{
	size_t size = RULES_TEXT_MAX + 1;
	char *text = malloc(size);
	struct rules_diagnostics d = { .count = 0 };
	struct ruleset *ruleset = NULL;

	memset(text, '\n', size);
	ok(rules_parse(&ruleset, &setting, "f", span_of(text, size), &d) < 0, "a text too long");
	is_text(d.items[0].message, "this text is longer than 1048576 bytes", "is told");
	rules_diagnostics_free(&d);
	ok(rules_parse(&ruleset, &setting, "f", span_of(text, size - 1), &d) == 0,
	   "the longest is not");
	rules_free(ruleset);
	free(text);
}

static void test_many_statements(void)
{
	struct buffer text = { 0 };
	struct rules_diagnostics d = { .count = 0 };
	struct ruleset *ruleset = NULL;

	for (int i = 0; i < RULES_STATEMENTS_MAX; i++)
		buffer_text(&text, "core_entry get\n");
	ok(rules_parse(&ruleset, &setting, "f", buffer_span(&text), &d) == 0, "many statements");
	buffer_text(&text, "core_entry get\n");
	ok(rules_parse(&ruleset, &setting, "f", buffer_span(&text), &d) < 0, "one too many");
	is_text(d.items[0].message, "more than 10000 statements", "is told");
	is_number(d.items[0].place.line, 10001, "where it stands");
	rules_diagnostics_free(&d);
	rules_free(ruleset);
	buffer_free(&text);
}

int main(void)
{
	test_append();
	test_lacking_callbacks();
	test_no_include();
	test_too_long();
	test_many_statements();
	return test_end();
}
