/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test.h"

#include "../../plugin/cgroup/tree.h"
#include "cgroup_text.h"

static struct arena arena;
static struct error err;

static const char container[] = "set 2 cpuset=/ct/in@3 cpu,cpuacct=/ct/in@3 unified=/\n"
				"set 3 cpuset=/ct/in/a@3 cpu,cpuacct=/ct/in@3 unified=/\n"
				"controller cpuset threaded\n"
				"\tct/in !755:0:0\n"
				"\t\tcpuset.cpus = 0-3 !644:0:0\n"
				"\t\tcpuset.mems = 0\n"
				"\t\ta\n"
				"\t\tb !700:5:6\n"
				"\t\t\tcpuset.cpus =\n"
				"controller cpu,cpuacct threaded\n"
				"\tct/in\n"
				"\tct/other\n"
				"\tx\n"
				"controller unified\n"
				"\t/\n"
				"\t\tct\n";

static void read_tree(struct cgroup_tree *t, const char *image_text, struct buffer *image)
{
	buffer_clear(image);
	text_to_image(span_text(image_text), image);
	if (cgroup_tree_read(t, &arena, buffer_span(image), &err) < 0)
		printf("# %s\n", err.text);
}

static struct buffer text; /* of text_of() */

static const char *text_of(const struct cgroup_tree *t)
{
	struct buffer image = { 0 };

	buffer_clear(&text);
	if (cgroup_tree_write(t, &image, &err) < 0)
		return err.text;
	image_to_text(buffer_span(&image), &text);
	buffer_byte(&text, 0);
	buffer_free(&image);
	return (const char *)text.data;
}

static void test_round_trip(void)
{
	struct buffer image = { 0 }, again = { 0 };
	struct cgroup_tree t;

	read_tree(&t, container, &image);
	ok(cgroup_tree_write(&t, &again, &err) == 0, "a tree is written");
	ok(span_equal(buffer_span(&image), buffer_span(&again)), "byte for byte as it was read");
	is_text(text_of(&t), container, "the notation of this test is right");
	ok(cgroup_tree_check(&t, &err) == 0, "and it is in order");
	buffer_free(&again);
	buffer_free(&image);
}

/* Groups and messages whose length takes more or less than the guess. */
static void test_lengths(void)
{
	static char big[70000] = "controller cpuset\n\ta\n\t\tcpuset.cpus = ";
	struct buffer image = { 0 }, again = { 0 };
	struct cgroup_tree t;
	size_t used = strlen(big);

	memset(big + used, 'x', 60000);
	strcpy(big + used + 60000, "\n\tb\n");
	read_tree(&t, big, &image);
	cgroup_tree_write(&t, &again, &err);
	ok(span_equal(buffer_span(&image), buffer_span(&again)), "lengths of one and three bytes");
	buffer_free(&again);
	buffer_free(&image);
}

static void test_unknown_fields(void)
{
	struct buffer image = { 0 }, again = { 0 }, set = { 0 };
	struct cgroup_tree t;

	wire_put_scalar(&set, CG_SET_ID, WIRE_VARINT, 7);
	wire_put_scalar(&set, 77, WIRE_FIXED32, 9);
	wire_put_bytes(&image, CGROUP_ENTRY_SETS, buffer_span(&set));
	wire_put_bytes(&image, 99, span_text("of a newer CRIU"));
	ok(cgroup_tree_read(&t, &arena, buffer_span(&image), &err) == 0, "unknown fields are read");
	cgroup_tree_write(&t, &again, &err);
	ok(span_equal(buffer_span(&image), buffer_span(&again)), "and written back");
	buffer_free(&set);
	buffer_free(&again);
	buffer_free(&image);
}

static void test_find(void)
{
	struct buffer image = { 0 };
	struct cgroup_controller *cpuset, *cpu;
	struct cgroup_tree t;
	struct cgroup_group *g;

	read_tree(&t, container, &image);
	cpuset = cgroup_tree_controller(&t, span_text("cpuset"));
	cpu = cgroup_tree_controller(&t, span_text("cpuacct"));
	is_text(cgroup_label(cpu->names, cpu->name_count, &arena), "cpu,cpuacct",
		"a controller by any name");
	ok(!cgroup_tree_controller(&t, span_text("cp")), "but not by a part of one");
	ok(cgroup_tree_controller(&t, span_text("")) == cpu->next, "v2 has the empty name");
	g = cgroup_group_find(cpuset, span_text("/ct"));
	ok(g && g->implied, "the group above ct/in is implied");
	g = cgroup_group_find(cpuset, span_text("/ct/in"));
	ok(g && !g->implied, "ct/in is described");
	ok(cgroup_group_find(cpuset, span_text("//ct//in//b/")) == g->children->next,
	   "slashes more than one do not matter");
	ok(!cgroup_group_find(cpuset, span_text("/ct/i")), "half a name finds nothing");
	ok(cgroup_group_find(cpuset, span_text("/")) == &cpuset->root, "/ is the root");
	ok(cgroup_group_property(g, "cpuset.mems") != NULL, "a property by name");
	ok(!cgroup_group_property(g, "cpuset.mem"), "and not by half of it");
	ok(cgroup_tree_controller_of(&t, t.sets->members) == cpuset, "the controller of a member");
	buffer_free(&image);
}

/* Many groups of one parent, and of another with the same names. */
static void test_index(void)
{
	struct buffer image = { 0 };
	struct cgroup_index index = { 0 };
	struct cgroup_controller *c;
	struct cgroup_group *g;
	struct cgroup_tree t;
	bool right = true;
	static char path[2000][16]; /* the names stay here */
	int count = 0;

	read_tree(&t, "controller cpu\n\ta\n\t\tg7\n\tb\n", &image);
	c = t.controllers;
	cgroup_index_add_below(&index, &c->root);
	for (int i = 0; i < 2000; i++) {
		snprintf(path[i], sizeof(path[i]), "/%c/g%d", i % 2 ? 'b' : 'a', i / 2);
		g = cgroup_group_make(&t, &index, c, span_text(path[i]));
		right &= g && g == cgroup_group_find(c, span_text(path[i])) &&
			 g == cgroup_group_make(&t, &index, c, span_text(path[i])) &&
			 g == cgroup_index_child(&index, g->parent, g->name);
	}
	ok(right, "a group that an index made is made once, and is where a walk finds it");
	g = cgroup_group_find(c, span_text("/a"));
	ok(!cgroup_index_child(&index, g, span_text("g1000")),
	   "what there is not, it does not find");
	ok(!cgroup_group_find(c, span_text("/a/g7"))->implied, "what was there stays as it was");
	cgroup_group_unite(g, cgroup_group_take(c, span_text("/b")));
	for (g = g->children; g; g = g->next)
		count++;
	is_number(count, 1000, "two with the same thousand, united");
	cgroup_index_free(&index);
	buffer_free(&image);
}

static void test_change(void)
{
	struct buffer image = { 0 };
	struct cgroup_controller *c;
	struct cgroup_tree t;
	struct cgroup_group *g;

	read_tree(&t, "controller cpuset\n\tct/in\n\t\tcpuset.cpus = 0\n\tct/out\n", &image);
	c = t.controllers;
	g = cgroup_group_take(c, span_text("/ct/in"));
	is_text(text_of(&t), "controller cpuset\n\tct/out\n", "a group is taken out");
	ok(!cgroup_group_take(c, span_text("/ct/in")), "once");
	cgroup_group_unite(cgroup_group_make(&t, NULL, c, span_text("/a/b")), g);
	is_text(text_of(&t), "controller cpuset\n\tct/out\n\ta/b\n\t\tcpuset.cpus = 0\n",
		"and put elsewhere");
	cgroup_group_take(c, span_text("/ct/out"));
	is_text(text_of(&t), "controller cpuset\n\ta/b\n\t\tcpuset.cpus = 0\n",
		"implied groups go with the last below them");
	cgroup_group_set(&t, cgroup_group_find(c, span_text("/a")), "cpuset.cpus", span_text("1"));
	is_text(text_of(&t),
		"controller cpuset\n\ta\n\t\tcpuset.cpus = 1\n\t\tb\n\t\t\tcpuset.cpus = 0\n",
		"a property makes a described group of an implied one");
	buffer_free(&image);
}

static void test_unite(void)
{
	struct buffer image = { 0 };
	struct cgroup_controller *c;
	struct cgroup_tree t;

	read_tree(&t,
		  "controller cpu\n\ta !755:1:1\n\t\tcpu.shares = 2\n\t\tx\n"
		  "\tb !700:2:2\n\t\tcpu.shares = 3\n\t\tcpu.stat = 4\n\t\tx\n\t\t\ty\n\t\tz\n",
		  &image);
	c = t.controllers;
	cgroup_group_unite(c->root.children, cgroup_group_take(c, span_text("/b")));
	is_text(text_of(&t),
		"controller cpu\n\ta !755:1:1\n\t\tcpu.shares = 2\n\t\tcpu.stat = 4\n\t\tx\n"
		"\t\t\ty\n\t\tz\n",
		"united: what was there wins, the rest is added");
	buffer_free(&image);
}

/* So many that they are found by an index. */
static void test_twice(void)
{
	static const char same[] = "\t\tsame\n\t\t\tcpu.shares = 2\n\t\tsame\n\t\t\tcpu.stat = 4\n",
			  united[] = "\t\tsame\n\t\t\tcpu.shares = 2\n\t\t\tcpu.stat = 4\n";
	struct buffer image = { 0 }, in = { 0 };
	struct cgroup_controller *c;
	struct cgroup_tree t;

	buffer_text(&in, "controller cpu\n\ta\n");
	for (int i = 0; i < 100; i++)
		buffer_printf(&in, "\t\tg%d\n", i);
	buffer_printf(&in, "\tb\n%s", same);
	buffer_byte(&in, 0);
	read_tree(&t, (const char *)in.data, &image);
	c = t.controllers;
	cgroup_group_unite(c->root.children, cgroup_group_take(c, span_text("/b")));
	is_text(strstr(text_of(&t), "\t\tsame"), united,
		"two groups of one name in one that is united with many: one, with what both have");
	buffer_free(&in);
	buffer_free(&image);
}

static void refuses(const char *image_text, const char *message)
{
	struct buffer image = { 0 };
	struct cgroup_tree t;

	text_to_image(span_text(image_text), &image);
	err.text[0] = 0;
	if (cgroup_tree_read(&t, &arena, buffer_span(&image), &err) == 0 &&
	    cgroup_tree_check(&t, &err) == 0)
		cgroup_tree_check_alike(&t, &err);
	is_text(err.text, message, "refused");
	buffer_free(&image);
}

static void test_refused(void)
{
	refuses("controller cpu\n\ta\n\tb\n\ta\n", "controller 'cpu': /a occurs twice");
	refuses("controller cpu\n\tx\n\t\ta\n\t\ta\n", "controller 'cpu': /x: /a occurs twice");
	refuses("controller cpu\n\tct/in\n\tct/in\n", "controller 'cpu': /ct: /in occurs twice");
	refuses("controller cpu\n\ta/b/c\n\ta/b\n\ta/b\n", "the cgroup a/b is in the image twice");
	refuses("controller cpu\n\ta/..\n",
		"controller 'cpu': /a: '..' cannot be the name of a group");
	refuses("controller cpu\ncontroller cpu\n",
		"the controller 'cpu' is in two entries; `regroup` merges them");
	refuses("set 2 cpu=/a\ncontroller cpuset\n",
		"set 2, controller 'cpu': the image has no such controller; `cgroup_entry drop "
		"controller \"cpu\"` takes it out of the sets too");
	refuses("set 2 cpu=/a cpuset=/\nset 3 cpu=/a\ncontroller cpu\ncontroller cpuset\n",
		"set 3 has 1 controllers, set 2 has 2; CRIU wants the same in all sets");
	refuses("set 2 cpu=/a\nset 3 cpuset=/a\ncontroller cpu\ncontroller cpuset\n",
		"set 3 has the controller 'cpuset', set 2 does not; CRIU wants the same in all sets");
	refuses("set 2 cpu=/a cpu=/b\ncontroller cpu\n", "set 2 names the controller 'cpu' twice");
	refuses("set 2 cpu=/abc@2\ncontroller cpu\n",
		"set 2, controller 'cpu': cgns_prefix 2 is not at the end of a part of /abc");
	refuses("set 2 cpu=/abc@5\ncontroller cpu\n", "cgns_prefix 5 goes beyond the path /abc");
	refuses("set 2 cpu=/a/../b\ncontroller cpu\n",
		"set 2, controller 'cpu': '/a/../b' is not a cgroup path: '..' cannot be part of it");
	refuses("set 2 cpu=a\ncontroller cpu\n",
		"set 2, controller 'cpu': 'a' is not a cgroup path: it must begin with '/'");
}

static void nested(unsigned depth, struct buffer *image)
{
	struct buffer group = { 0 }, outer = { 0 };

	for (unsigned i = 0; i < depth; i++) {
		buffer_clear(&outer);
		wire_put_bytes(&outer, CGROUP_DIR_NAME, span_text("g"));
		if (i == 0)
			wire_put_bytes(
				&outer, CGROUP_DIR_PROPERTIES,
				span_of("\n\001a\022\001b\032\006\b\000\020\000\030\000", 14));
		if (group.size)
			wire_put_bytes(&outer, CGROUP_DIR_CHILDREN, buffer_span(&group));
		buffer_clear(&group);
		buffer_append(&group, buffer_span(&outer));
	}
	buffer_clear(&outer);
	wire_put_bytes(&outer, CG_CONTROLLER_CNAMES, span_text("cpu"));
	wire_put_bytes(&outer, CG_CONTROLLER_DIRS, buffer_span(&group));
	wire_put_bytes(image, CGROUP_ENTRY_CONTROLLERS, buffer_span(&outer));
	buffer_free(&group);
	buffer_free(&outer);
}

static void test_limits(void)
{
	struct buffer image = { 0 };
	struct cgroup_tree t;

	nested(96, &image);
	ok(message_validate(message_find("cgroup_entry", 12), buffer_span(&image), &err) == 0,
	   "96 levels with a property are as deep as messages may be");
	ok(cgroup_tree_read(&t, &arena, buffer_span(&image), &err) == 0, "and are read");
	ok(cgroup_tree_check(&t, &err) == 0, "and pass the check");
	buffer_clear(&image);
	nested(97, &image);
	ok(message_validate(message_find("cgroup_entry", 12), buffer_span(&image), &err) < 0,
	   "no message is deeper");
	ok(cgroup_tree_read(&t, &arena, buffer_span(&image), &err) < 0, "nor is a group");
	is_text(err.text, "cgroups are nested more than 96 deep", "and it is said");
	buffer_clear(&image);
	nested(2000, &image);
	ok(cgroup_tree_read(&t, &arena, buffer_span(&image), &err) < 0, "2000 are not read");
	buffer_clear(&image);
	wire_put_bytes(&image, CGROUP_ENTRY_SETS, span_of("\x0a\x7f", 2));
	ok(cgroup_tree_read(&t, &arena, buffer_span(&image), &err) < 0,
	   "a cut off image is refused");
	buffer_free(&image);
}

int main(void)
{
	test_round_trip();
	test_lengths();
	test_unknown_fields();
	test_find();
	test_change();
	test_unite();
	test_twice();
	test_index();
	test_refused();
	test_limits();
	buffer_free(&text);
	arena_free(&arena);
	return test_end();
}
