/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walk: depth, indexes in long lists, and the plan that guides it.
 */
#include "../../rules/match_plan.h"
#include "rules_fixture.h"
#include "test.h"

/* cgroup_dir_entry in itself, `depth` deep. */
static void deep_image(struct fixture *f, unsigned depth)
{
	struct buffer body = { 0 }, outer = { 0 };

	wire_put_bytes(&body, 1, span_text("d"));
	for (unsigned i = 1; i < depth; i++) {
		buffer_clear(&outer);
		wire_put_bytes(&outer, 1, span_text("d"));
		wire_put_bytes(&outer, 2, buffer_span(&body));
		buffer_clear(&body);
		buffer_append(&body, buffer_span(&outer));
	}
	buffer_clear(&outer);
	wire_put_bytes(&outer, 2, buffer_span(&body)); /* dirs of a controller */
	buffer_clear(&body);
	wire_put_bytes(&body, 2, buffer_span(&outer)); /* controllers */
	f->file = "cgroup.img";
	image_begin(&f->image, kind_named("cgroup", 6));
	image_put(&f->image, buffer_span(&body));
	buffer_free(&body);
	buffer_free(&outer);
}

static void test_depth(void)
{
	struct fixture f = { .file = NULL };
	struct error err = { "" };

	deep_image(&f, 90);
	ok(fixture_run(&f, "cgroup_entry//children set dir_name=\"longer than before\"", &err) == 0,
	   "messages may be nested deep");
	is_number((long long)f.changes, 89, "and all of them change");
	deep_image(&f, 20000);
	ok(fixture_run(&f, "cgroup_entry//children get", &err) < 0, "but not without an end");
	is_text(err.text, "f:1:1: cgroup.img: entry 0: messages are nested more than 100 deep",
		"which is told");
	ok(fixture_run(&f, "cgroup_entry.sets get", &err) == 0,
	   "where no rule looks it does not matter");
	fixture_free(&f);
}

/* A list of `count` numbers; [-1] must not count it for each element. */
static void test_long_list(void)
{
	struct fixture f = { .file = NULL };
	struct buffer text = { 0 };

	buffer_text(&text, "pstree_entry { pid=1 ppid=0 pgid=1 sid=1");
	for (int i = 0; i < 5000; i++)
		buffer_printf(&text, " threads=%d", i);
	buffer_text(&text, " }");
	buffer_byte(&text, '\0');
	fixture_image(&f, "pstree.img", (const char *)text.data);
	is_text(fixture_log(&f, "pstree_entry.threads[-1] get"), "threads[4999] 4999;", "the last");
	is_text(fixture_log(&f, "pstree_entry.threads[. > 4997] set . = 1"),
		" threads[4998] 4998>1; threads[4999] 4999>1;", "places are counted");
	is_text(fixture_log(&f, "pstree_entry.threads[. = 1][1] get"), "threads[4998] 1;",
		"the second that passed");
	buffer_free(&text);
	fixture_free(&f);
}

static void test_nested_indexes(void)
{
	struct fixture f = { .file = NULL };

	fixture_image(&f, "cgroup.img",
		      "cgroup_entry { sets { id=1 ctls { name=\"a\" path=\"1\" } } "
		      "sets { id=2 ctls { name=\"b\" path=\"2\" } ctls { name=\"c\" path=\"3\" } } "
		      "sets { id=3 } }");
	is_text(fixture_log(&f, "cgroup_entry.sets[count(ctls) > 0][-1].ctls[-1] get path"),
		"sets[id=2].ctls[c] path=\"3\";", "the last of the last that has any");
	is_text(fixture_log(&f, "cgroup_entry.sets[ctls[-1].name = \"c\"] get id"),
		"sets[id=2] id=2;", "an index in a condition");
	is_text(fixture_log(&f, "cgroup_entry.sets[-1][0] get id"), "sets[id=3] id=3;",
		"an index of what an index left");
	is_text(fixture_log(&f, "cgroup_entry.sets[0][-1] get id"), "sets[id=1] id=1;",
		"and the other way round");
	is_text(fixture_log(&f, "cgroup_entry.sets[1][1] get id"), "", "one has no second");
	fixture_free(&f);
}

static void test_plan(void)
{
	struct arena arena = { NULL };
	const struct message_type *entry = message_find("cgroup_entry", 12);
	struct step steps[2] = {
		{ .axis = AXIS_CHILD, .name = span_text("controllers") },
		{ .axis = AXIS_DEEP, .name = span_text("properties") },
	};
	struct path path = { .step_count = 2, .table = { &steps[0], &steps[1] } };
	const struct match_plan *plan = match_plan_build(&arena, &path, 0, entry);
	const struct match_plan_field *controllers = match_plan_field(plan, 2), *dirs, *children,
				      *properties;

	ok(!match_plan_field(plan, 1), "sets can hold nothing that the path asks for");
	ok(!match_plan_field(plan, 99), "nor can a field that is not in the schema");
	ok(controllers && controllers->names == 1, "controllers is the first step");
	dirs = controllers ? match_plan_field(controllers->inner, 2) : NULL;
	ok(dirs && dirs->names == 0 && dirs->below == 2, "dirs can hold properties");
	if (!dirs)
		return;
	ok(!match_plan_field(controllers->inner, 1), "cnames cannot");
	children = match_plan_field(dirs->inner, 2);
	ok(children && children->inner == dirs->inner, "a message in itself has one plan");
	properties = match_plan_field(dirs->inner, 3);
	ok(properties && properties->names == 2, "properties is the second step");
	ok(!match_plan_field(dirs->inner, 4), "permissions are passed over");
	arena_free(&arena);
}

int main(void)
{
	test_depth();
	test_long_list();
	test_nested_indexes();
	test_plan();
	return test_end();
}
