/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Actions: when the world is asked and told, and what becomes of the bytes
 * that nobody asked to change.
 */
#include "rules_fixture.h"
#include "test.h"

static const char two_sets[] =
	"cgroup_entry { sets { id=1 ctls { name=\"a\" path=\"/x\" } } sets { id=2 } }";

static void test_updates(void)
{
	struct fixture f = { .file = NULL };
	struct error err = { "" };

	fixture_image(&f, "cgroup.img", two_sets);
	fixture_run(&f, "cgroup_entry.sets set id=id + 10", &err);
	is_number((long long)f.updates, 1, "one update for all changes of a statement");
	is_number((long long)f.changes, 2, "and a report for each");
	fixture_run(&f,
		    "cgroup_entry.sets set id=id\ncgroup_entry get\ncgroup_entry delete sets "
		    "\ncgroup_entry delete sets",
		    &err);
	is_number((long long)f.updates, 2, "none where nothing changed");
	fixture_free(&f);
}

static void test_refusals(void)
{
	struct fixture f = { .file = NULL };
	struct error err = { "" };

	fixture_image(&f, "cgroup.img", two_sets);
	f.refuse_update = true;
	ok(fixture_run(&f, "cgroup_entry.sets set id=5", &err) < 0, "an update that fails");
	is_text(err.text, "f:1:1: cgroup.img: no room", "ends the run");
	f.refuse_change = true;
	ok(fixture_run(&f, "\n cgroup_entry.sets set id=5", &err) < 0, "a report that fails");
	is_text(err.text, "f:2:2: cgroup.img: entry 0: no more changes", "ends it too");
	fixture_free(&f);
}

/* Changes that are taken back leave the very same bytes. */
static void test_there_and_back(void)
{
	struct fixture f = { .file = NULL };
	struct buffer before = { 0 };
	struct error err = { "" };

	fixture_image(&f, "cgroup.img", two_sets);
	buffer_append(&before, buffer_span(&f.image));
	fixture_run(&f,
		    "cgroup_entry.sets.ctls set path=path + path, cgns_prefix=300\n"
		    "cgroup_entry add controllers { cnames=\"x\" }, sets { id=3 }\n"
		    "cgroup_entry.sets[id=3] delete\ncgroup_entry delete controllers\n"
		    "cgroup_entry.sets.ctls delete cgns_prefix\n"
		    "cgroup_entry//path set .=\"/x\"",
		    &err);
	is_text(err.text, "", "the run is fine");
	is_number((long long)f.updates, 6, "each statement changed something");
	ok(span_equal(buffer_span(&before), buffer_span(&f.image)), "and the bytes are as before");
	buffer_free(&before);
	fixture_free(&f);
}

/* The length of a message grows over each size of its own encoding. */
static void test_lengths(void)
{
	struct fixture f = { .file = NULL };
	struct buffer rules = { 0 };
	struct error err = { "" };

	fixture_image(&f, "cgroup.img", two_sets);
	buffer_text(&rules, "cgroup_entry.sets.ctls set path=\"");
	for (int i = 0; i < 20000; i++)
		buffer_byte(&rules, 'p');
	buffer_text(&rules, "\"");
	buffer_byte(&rules, '\0');
	ok(fixture_run(&f, (const char *)rules.data, &err) == 0, "a long text");
	ok(fixture_run(&f, "require exists(cgroup_entry.sets.ctls[len(path) = 20000]) \"x\"",
		       &err) == 0,
	   "is all there");
	ok(fixture_run(&f, "cgroup_entry.sets.ctls set path=\"/x\"", &err) == 0, "and shrinks");
	is_text(fixture_log(&f, "cgroup_entry.sets get"),
		"sets[id=1] id=1 ctls { name=\"a\" path=\"/x\" };sets[id=2] id=2;",
		"to what it was");
	buffer_free(&rules);
	fixture_free(&f);
}

/* Reports show a bounded part of a large value. */
static void test_shown(void)
{
	struct fixture f = { .file = NULL };
	struct buffer text = { 0 };

	buffer_text(&text, "cgroup_entry {");
	for (int i = 0; i < 2000; i++)
		buffer_printf(&text, " sets { id=%d }", i);
	buffer_text(&text, " }");
	buffer_byte(&text, '\0');
	fixture_image(&f, "cgroup.img", (const char *)text.data);
	ok(strlen(fixture_log(&f, "cgroup_entry delete sets")) < RULES_SHOWN_MAX + 64,
	   "a report of a large value is cut");
	ok(strstr((const char *)f.log.data, "...>-;"), "and says so");
	buffer_free(&text);
	fixture_free(&f);
}

int main(void)
{
	test_updates();
	test_refusals();
	test_there_and_back();
	test_lengths();
	test_shown();
	return test_end();
}
