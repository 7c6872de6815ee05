/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a path of the language may go on with, wherever its last name stands, and where that begins. */
#include "../../plugin/criu-rewrite.h"
#include "../../proto/bytes.h"
#include "test.h"

static int take(void *arg, const char *name)
{
	struct buffer *names = arg;

	buffer_text(names, names->size ? " " : "");
	buffer_text(names, name);
	return 0;
}

/* "AT NAME NAME...". Good until the next. */
static const char *names_of(const char *path)
{
	static char text[4000];
	struct buffer names = { 0 };
	size_t at = crw_path_names(path, take, &names);

	snprintf(text, sizeof(text), "%zu %.*s", at, (int)names.size, (char *)names.data);
	buffer_free(&names);
	return text;
}

static const struct {
	const char *path, *names, *what;
} rows[] = {
	{ "inventory_e", "0 inventory_entry", "an entry" },
	{ "core_entry.tc.com", "14 comm", "a field of a field" },
	{ "core_entry.tc.comm", "14 comm", "one that is whole" },
	{ "core_entry.tc.nosuch", "14 ", "none that begins so" },
	{ "core_entry.nosuch.x", "19 ", "nothing behind a name that is none" },
	{ "core_entry.mtype.x", "18 ", "nor behind a field that is no message" },
	{ "nosuch.x", "8 ", "nor behind an entry that is none" },
	{ "cgroup_entry//val", "14 value", "a field at any depth" },
	{ "cgroup_entry//properties.na", "25 name", "and what it has" },
	{ "cgroup_entry.controllers[\"a]b\" in cn", "34 cnames",
	  "in a condition with a bracket in it" },
	{ "cgroup_entry.controllers[cnames[0] == \"x\"].dirs.dir_n", "48 dir_name",
	  "behind one in another" },
	{ "cgroup_entry.controllers[0][1].cn", "31 cnames", "behind two" },
	{ "core_entry[pid == 1 and tc.comm", "27 comm",
	  "a path in a condition is looked at by itself" },
	{ "core_entry]", "11 ", "a bracket too many" },
	{ "core_entry.tc/comm", "18 ", "a sign that parts nothing" },
};

static void test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_text(names_of(rows[i].path), rows[i].names, rows[i].what);
}

static void test_all(void)
{
	const char *entries = names_of("");

	ok(strstr(entries, " core_entry ") && strstr(entries, " mnt_entry "),
	   "all entries for nothing");
	ok(!strstr(entries, " cg_member_entry "), "and no messages that are in others only");
	ok(strstr(names_of("aa_namespace//"), "name"), "a message that is in itself ends");
}

int main(void)
{
	test_rows();
	test_all();
	return test_end();
}
