/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader of cgroup.img: its field numbers, and what all verbs refuse alike. */
#include "../../plugin/cgroup/image.h"

#include "../../plugin/cgroup/fields.h"
#include "../../plugin/cgroup/place.h"
#include "cgroupimage.h"
#include "fakehost.h"
#include "test.h"

/* ---- field numbers -------------------------------------------------------------- */

static void is_field(const char *message, const char *field, uint32_t number)
{
	const struct message_type *m = message_find(message, strlen(message));
	const struct field_type *f = m ? message_field(m, field, strlen(field)) : NULL;

	is_number(f ? field_number(f) : 0, number, field);
}

static void test_numbers(void)
{
	is_field("cgroup_entry", "sets", CGROUP_ENTRY_SETS);
	is_field("cgroup_entry", "controllers", CGROUP_ENTRY_CONTROLLERS);
	is_field("cg_set_entry", "id", CG_SET_ID);
	is_field("cg_set_entry", "ctls", CG_SET_CTLS);
	is_field("cg_member_entry", "name", CG_MEMBER_NAME);
	is_field("cg_member_entry", "path", CG_MEMBER_PATH);
	is_field("cg_member_entry", "cgns_prefix", CG_MEMBER_CGNS_PREFIX);
	is_field("cg_controller_entry", "cnames", CG_CONTROLLER_CNAMES);
	is_field("cg_controller_entry", "dirs", CG_CONTROLLER_DIRS);
	is_field("cgroup_dir_entry", "dir_name", CGROUP_DIR_NAME);
	is_field("cgroup_dir_entry", "children", CGROUP_DIR_CHILDREN);
	is_field("cgroup_dir_entry", "properties", CGROUP_DIR_PROPERTIES);
	is_field("cgroup_dir_entry", "dir_perms", CGROUP_DIR_PERMS);
	is_field("cgroup_prop_entry", "name", CGROUP_PROP_NAME);
	is_field("cgroup_prop_entry", "value", CGROUP_PROP_VALUE);
	is_field("cgroup_prop_entry", "perms", CGROUP_PROP_PERMS);
	is_field("cgroup_perms", "mode", CGROUP_PERMS_MODE);
	is_field("cgroup_perms", "uid", CGROUP_PERMS_UID);
	is_field("cgroup_perms", "gid", CGROUP_PERMS_GID);
}

/* ---- paths that lead out ---------------------------------------------------------- */

static const struct {
	const char *rule, *stage;
} verbs[] = {
	{ "cgroup_entry fit", "restore" },
	{ "cgroup_entry prepare", "restore" },
	{ "cgroup_entry move \"/other\" to \"/new\"", "restore" },
	{ "when stage == \"dump\" { cgroup_entry capture }", "dump" },
	{ "manage-cgroups full", "restore" },
};

static void refused(struct crw *crw, const char *want, const char *what)
{
	ok(strstr(crw_error(crw), want) != NULL, what);
	if (!strstr(crw_error(crw), want))
		printf("# %s\n", fakehost_lines(crw));
	crw_free(crw);
}

static void all_refuse(const char *want)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		refused(fakehost_run(verbs[i].rule, verbs[i].stage), want, verbs[i].rule);
}

static void image(const char *groups, const char *member)
{
	cgroupimage_begin();
	cgroupimage_controller("", groups);
	cgroupimage_set("", member);
	cgroupimage_write(images);
}

static void with_root(const char *rule, const char *cgroup_root)
{
	struct crw *crw = crw_new();

	if (!crw || crw_set_root(crw, root) < 0 || crw_set_stage(crw, "restore") < 0 ||
	    crw_set_cgroup_root(crw, NULL, cgroup_root) < 0 ||
	    crw_add_rules_text(crw, "x.rules", rule, strlen(rule)) < 0 || crw_open(crw, images) < 0)
		exit(1);
	crw_run(crw);
	refused(crw, "'..' cannot be part of it", rule);
}

static void test_dots(void)
{
	image("a/../../b a/../../b.pids.max=20", "/");
	with_root("cgroup_entry fit", "/ct");
	image("other other.pids.max=20 ct/.. ct/...pids.max=20", "/other");
	all_refuse("'..' cannot be");
	image("other ct ct/in ct/in/.. ct/in/...pids.max=20", "/other");
	all_refuse("'..' cannot be");
	image("ct ct.pids.max=20", "/ct");
	for (int i = 0; i < 2; i++)
		with_root(verbs[i].rule, "/pod/../../x");
	refused(fakehost_run("cgroup_entry move \"/ct\" to \"/new\"", "restore"), "",
		"a right one");
	image("ct ct.pids.max=20", "/ct/../../in");
	refused(fakehost_run("cgroup_entry move \"/ct\" to \"/new\"", "restore"),
		"'..' cannot be part of it", "the path of a member");
}

static void test_resolve(void)
{
	static const char *const paths[][2] = {
		{ "ct/", "/ct" },
		{ "//ct/./in", "/ct/in" },
		{ "/pods/../ct", "/ct" },
		{ "/ct/..", "/" },
		{ "/ct/..in/...", "/ct/..in/..." },
		{ "/ct/../../x", "/ct/../../x" },
	};
	struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		is_text(cgroup_path_resolve(&arena, paths[i][0]), paths[i][1], paths[i][0]);
	arena_free(&arena);
}

/* The root of a cgroup namespace, as the image says it. */
static void test_namespace(void)
{
	cgroupimage_begin();
	cgroupimage_controller("", "ct ct.pids.max=20");
	cgroupimage_set_in("", "/ct/../in", strlen("/ct/.."));
	cgroupimage_write(images);
	refused(fakehost_run("cgroup_entry prepare", "restore"), "'..' cannot be part of it",
		"the root of a namespace");
}

/* ---- depth and names -------------------------------------------------------------- */

static void nested(size_t depth)
{
	struct buffer inner = { 0 }, outer = { 0 };

	for (size_t i = 0; i < depth; i++) {
		wire_put_bytes(&outer, CGROUP_DIR_NAME, span_text("d"));
		if (i)
			wire_put_bytes(&outer, CGROUP_DIR_CHILDREN, buffer_span(&inner));
		buffer_free(&inner);
		inner = outer;
		outer = (struct buffer){ 0 };
	}
	cgroupimage_begin();
	wire_put_bytes(&outer, CG_CONTROLLER_CNAMES, span_text(""));
	wire_put_bytes(&outer, CG_CONTROLLER_DIRS, buffer_span(&inner));
	wire_put_bytes(&cgroupimage_controllers, CGROUP_ENTRY_CONTROLLERS, buffer_span(&outer));
	cgroupimage_set("", "/other");
	cgroupimage_write(images);
	buffer_free(&inner);
	buffer_free(&outer);
}

static void test_depth(void)
{
	nested(CGROUP_DEPTH_MAX);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		refused(fakehost_run(verbs[i].rule, verbs[i].stage), "", "as deep as may be");
	refused(fakehost_run("cgroup_entry move \"/d\" to \"/e\"", "restore"), "", "and moved");
	nested(CGROUP_DEPTH_MAX + 1);
	all_refuse("cgroups are nested more than 96 deep");
}

/* Short names below a path of 3764 bytes: 128 KB of image, 64 MB of paths. */
static void test_paths(void)
{
	static const char too_long[] =
		"the paths of all cgroups together are longer than 67108864 bytes";
	struct buffer top = { 0 }, name = { 0 }, child = { 0 }, controller = { 0 };
	size_t sum = 0;

	for (int part = 0; part < 15; part++)
		buffer_printf(&name, "/%0250d", part);
	wire_put_bytes(&top, CGROUP_DIR_NAME, span_of(name.data + 1, name.size - 1));
	for (int i = 0; sum <= CGROUP_PATHS_MAX; i++) {
		char text[12];

		snprintf(text, sizeof(text), "%d", i);
		buffer_clear(&child);
		wire_put_bytes(&child, CGROUP_DIR_NAME, span_text(text));
		wire_put_bytes(&top, CGROUP_DIR_CHILDREN, buffer_span(&child));
		sum += name.size + 1 + strlen(text);
	}
	wire_put_bytes(&controller, CG_CONTROLLER_CNAMES, span_text(""));
	wire_put_bytes(&controller, CG_CONTROLLER_DIRS, buffer_span(&top));
	cgroupimage_begin();
	wire_put_bytes(&cgroupimage_controllers, CGROUP_ENTRY_CONTROLLERS,
		       buffer_span(&controller));
	cgroupimage_set("", "/other");
	cgroupimage_write(images);
	refused(fakehost_run("cgroup_entry move \"/other\" to \"/new\"", "restore"), too_long,
		"what is made a tree");
	refused(fakehost_run("manage-cgroups full", "restore"), too_long, "what is walked over");
	refused(fakehost_run("cgroup_entry fit", "restore"), too_long, "and fitted");
	buffer_free(&top);
	buffer_free(&name);
	buffer_free(&child);
	buffer_free(&controller);
}

static void test_names(void)
{
	struct buffer group = { 0 }, controller = { 0 };

	/* Names that are empty or absent: spans without data. */
	wire_put_bytes(&group, CGROUP_DIR_NAME, span_text(""));
	wire_put_bytes(&group, CGROUP_DIR_CHILDREN, span_of(NULL, 0));
	wire_put_bytes(&controller, CG_CONTROLLER_CNAMES, span_text(""));
	wire_put_bytes(&controller, CG_CONTROLLER_DIRS, buffer_span(&group));
	cgroupimage_begin();
	wire_put_bytes(&cgroupimage_controllers, CGROUP_ENTRY_CONTROLLERS,
		       buffer_span(&controller));
	cgroupimage_set("", "/other");
	cgroupimage_write(images);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		crw_free(fakehost_run(verbs[i].rule, verbs[i].stage));
	refused(fakehost_run(verbs[2].rule, verbs[2].stage), "is in the image twice",
		"a group without a name in another");
	buffer_clear(&group);
	buffer_clear(&controller);
	wire_put_bytes(&group, CGROUP_DIR_NAME, span_text("a"));
	wire_put_bytes(&group, CGROUP_DIR_NAME, span_text("b"));
	wire_put_bytes(&controller, CG_CONTROLLER_CNAMES, span_text(""));
	wire_put_bytes(&controller, CG_CONTROLLER_DIRS, buffer_span(&group));
	cgroupimage_begin();
	wire_put_bytes(&cgroupimage_controllers, CGROUP_ENTRY_CONTROLLERS,
		       buffer_span(&controller));
	cgroupimage_set("", "/other");
	cgroupimage_write(images);
	all_refuse("the cgroup a has two names");
	buffer_free(&group);
	buffer_free(&controller);
}

int main(void)
{
	fakehost_begin();
	fakehost_unified("/", "pids\n");
	fakeroot_put(root, "sys/fs/cgroup/cgroup.subtree_control", "pids\n");
	test_numbers();
	test_dots();
	test_resolve();
	test_namespace();
	test_depth();
	test_paths();
	test_names();
	fakehost_end();
	return test_end();
}
