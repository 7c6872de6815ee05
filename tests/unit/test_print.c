/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages as text, and back.
 */
#include "../../rules/print.h"
#include "rules_fixture.h"
#include "test.h"

static struct buffer shown;

static int print_one(void *ctx, const struct message_type *type, struct span body,
		     struct error *err)
{
	buffer_clear(&shown);
	return print_message(&shown, type, body, ctx != NULL, 1000, err);
}

static const char *print(const char *text, bool pretty)
{
	struct rules_diagnostics d = { .count = 0 };

	buffer_clear(&shown);
	if (rules_read_messages("f", span_text(text), print_one, pretty ? &shown : NULL, &d) < 0)
		buffer_text(&shown, d.items[0].message);
	buffer_byte(&shown, '\0');
	rules_diagnostics_free(&d);
	return (const char *)shown.data;
}

static void test_compact(void)
{
	is_text(print("utsns_entry { nodename=\"a\\n\" domainname=\"\" }", false),
		"nodename=\"a\\n\" domainname=\"\"", "texts");
	is_text(print("core_entry { mtype=1 thread_core { futex_rla=5 futex_rla_len=6 "
		      "sched_nice=-1 } }",
		      false),
		"mtype=X86_64 thread_core { futex_rla=5 futex_rla_len=6 sched_nice=-1 }",
		"enums and messages");
	is_text(print("cgroup_entry { controllers { cnames=[\"a\", \"b\"] is_threaded=true } "
		      "controllers { } }",
		      false),
		"controllers { cnames=\"a\" cnames=\"b\" is_threaded=true } controllers { }",
		"lists, booleans and an empty message");
	is_text(print("cgroup_entry { }", false), "", "an empty message");
}

static void test_pretty(void)
{
	is_text(print("utsns_entry { nodename=\"a\" domainname=\"b\" }", true),
		"nodename=\"a\"\ndomainname=\"b\"\n", "a field on each line");
	is_text(print("cgroup_entry { sets { id=1 "
		      "ctls { name=\"cpu\" path=\"/a/rather/long/path\" } "
		      "ctls { name=\"memory\" path=\"/a/rather/long/path\" } } "
		      "sets { id=2 } }",
		      true),
		"sets {\n\tid=1\n\tctls { name=\"cpu\" path=\"/a/rather/long/path\" }\n"
		"\tctls { name=\"memory\" path=\"/a/rather/long/path\" }\n}\nsets { id=2 }\n",
		"short messages on a line");
}

static void test_wrong(void)
{
	struct buffer out = { 0 };
	struct error err;
	const struct message_type *uts = message_find("utsns_entry", 11);
	static const uint8_t number[] = { 0x08, 0x01 }, cut[] = { 0x0a, 0x05, 'a' };

	ok(print_message(&out, uts, span_of(number, 2), false, 1000, &err) < 0, "a wrong type");
	ok(print_message(&out, uts, span_of(cut, 3), false, 1000, &err) < 0, "a cut off message");
	buffer_free(&out);
}

static void test_cut(void)
{
	struct buffer out = { 0 };

	buffer_text(&out, "keep:a\xc3\xbc"
			  "b");
	print_cut(&out, 5, 2);
	buffer_byte(&out, '\0');
	is_text((const char *)out.data, "keep:a...", "no character is cut in two");
	buffer_free(&out);
}

static void test_refused(void)
{
	is_text(print("utsns_entri { }", false),
		"unknown message 'utsns_entri'; did you mean "
		"'utsns_entry'?",
		"an unknown message");
	is_text(print("utsns_entry { nodename=\"a\" }", false),
		"utsns_entry: the required field domainname is missing",
		"a message that is not whole");
	is_text(print("utsns_entry { nodename=env(\"x\") domainname=\"\" }", false),
		"the value for 'nodename' is missing; default(..., ...) gives another",
		"there is no environment");
	is_text(print("utsns_entry", false), "expected '{', found the end of the text", "no block");
}

static void test_values(void)
{
	is_text(fixture_value("0-3,8"), "0-3,8", "a set");
	is_text(fixture_value("[\"a\", \"b\"]"), "[\"a\", \"b\"]", "a list");
	is_text(fixture_value(" 512M\n"), "536870912", "blanks around");
	is_text(fixture_value(""), "expected a value, found the end of the text", "nothing");
	is_text(fixture_value("1 2"), "expected the end of the text, found '2'", "two values");
	is_text(fixture_value("host"), "unknown name 'host'; text is put in quotes", "a name");
	is_text(fixture_value("exists(core_entry)"), "a value must be written out", "a question");
}

int main(void)
{
	test_compact();
	test_pretty();
	test_wrong();
	test_cut();
	test_refused();
	test_values();
	buffer_free(&shown);
	return test_end();
}
