/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../rules/suggest_names.h"
#include "test.h"

static char text[256];

static const char *nearest(const char *wrong, const char *const *names)
{
	struct suggestion s = suggest_for(span_text(wrong));

	for (; *names; names++)
		suggest_offer(&s, *names);
	snprintf(text, sizeof(text), "%s", suggest_text(&s));
	return text;
}

static void test_nearest(void)
{
	static const char *const names[] = { "cpuset", "cpu", "memory", "host.cgroup.version",
					     NULL };

	is_text(nearest("cpusett", names), "; did you mean 'cpuset'?", "one letter too many");
	is_text(nearest("cpset", names), "; did you mean 'cpuset'?", "one too few");
	is_text(nearest("cpusat", names), "; did you mean 'cpuset'?", "one that is wrong");
	is_text(nearest("pcuset", names), "; did you mean 'cpuset'?", "two that changed places");
	is_text(nearest("CPUSET", names), "; did you mean 'cpuset'?", "capitals");
	is_text(nearest("cpi", names), "; did you mean 'cpu'?", "the nearest of two");
	is_text(nearest("host.cgroup", names), "; did you mean 'host.cgroup.version'?",
		"the beginning of a dotted name");
	is_text(nearest("blkio", names), "", "nothing near");
	is_text(nearest("x", names), "", "nothing for one letter");
	is_text(nearest("", names), "", "nothing for nothing");
}

static void test_long(void)
{
	char longest[SUGGEST_NAME_MAX + 1], longer[SUGGEST_NAME_MAX + 2];
	const char *const names[] = { longest, longer, NULL };
	char want[256];

	memset(longest, 'a', sizeof(longest) - 1);
	longest[SUGGEST_NAME_MAX] = '\0';
	memset(longer, 'a', sizeof(longer) - 1);
	longer[SUGGEST_NAME_MAX + 1] = '\0';
	snprintf(want, sizeof(want), "; did you mean '%s'?", longest);
	is_text(nearest(longest, names), want, "the longest name");
	is_text(nearest(longer, names), "", "one that is too long");
}

static void test_schema(void)
{
	const struct message_type *dir = message_find("cgroup_dir_entry", 16);
	char home[128], small[8];
	struct suggestion s = suggest_for(span_text("dir_nam"));

	names_offer_fields(&s, dir);
	is_text(suggest_text(&s), "; did you mean 'dir_name'?", "fields of a message");
	s = suggest_for(span_text("cgroup_entri"));
	names_offer_entries(&s);
	is_text(suggest_text(&s), "; did you mean 'cgroup_entry'?", "messages of images");
	ok(names_is_entry(message_find("cgroup_entry", 12)), "an entry");
	ok(!names_is_entry(dir), "no entry");
	ok(names_find_home(message_find("task_core_entry", 15), home, sizeof(home)), "has a home");
	is_text(home, "core_entry.tc", "the home of a message");
	ok(!names_find_home(message_find("task_core_entry", 15), small, sizeof(small)),
	   "no room for it");
}

int main(void)
{
	test_nearest();
	test_long();
	test_schema();
	return test_end();
}
