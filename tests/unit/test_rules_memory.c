/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that runs out: the n-th allocation fails, for every n, until a run
 * gets through. Each failure must be told, and the image must be as it was.
 */
#include "rules_fixture.h"
#include "test.h"

#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
int main(void)
{
	skip("failing allocations", "this build has its own allocator");
	return test_end();
}
#else

#include "failing_malloc.h"

static const char cgroup[] =
	"cgroup_entry { sets { id=1 ctls { name=\"a\" path=\"/x\" } } sets { id=2 } "
	"controllers { cnames=\"cpuset\" dirs { dir_name=\"d\" properties { name=\"cpuset.cpus\" "
	"value=\"0-3\" } } } }";

static int run(struct fixture *f, const char *rules, struct error *err)
{
	static const struct rules_setting setting;
	struct rules_diagnostics d = { .count = 0 };
	struct rules_world world = fixture_world(f);
	struct ruleset *ruleset = NULL;
	int status;

	world.change = NULL; /* its log would fail too */
	world.found = NULL;
	status = rules_parse(&ruleset, &setting, "f", span_text(rules), &d);
	if (status < 0 && d.count == 0)
		fail(err, "nothing was told");
	else if (status < 0)
		fail(err, "%s", d.items[0].message);
	else
		status = rules_run(ruleset, &world, err);
	rules_diagnostics_free(&d);
	rules_free(ruleset);
	return status;
}

/* Out of memory, told in any of the ways that there are. */
static bool is_told(const struct error *err)
{
	return strstr(err->text, "memory") != NULL;
}

static void exhaust(const char *what, const char *rules)
{
	struct fixture f = { .file = NULL };
	struct buffer before = { 0 };
	bool told = true, unchanged = true;
	long n = 0;
	int status;

	do {
		struct error err = { "" };

		allowed = -1;
		fixture_image(&f, "cgroup.img", cgroup);
		buffer_clear(&before);
		buffer_append(&before, buffer_span(&f.image));
		f.updates = 0;
		allowed = n++;
		status = run(&f, rules, &err);
		allowed = -1;
		told = told && (status == 0 || is_told(&err));
		unchanged = unchanged && (status == 0 || f.updates > 0 ||
					  span_equal(buffer_span(&before), buffer_span(&f.image)));
	} while (status < 0 && n < 10000);
	ok(status == 0 && n > 5, what);
	ok(told, "every failure is told as one of memory");
	ok(unchanged, "no failure changed anything");
	buffer_free(&before);
	fixture_free(&f);
}

int main(void)
{
	exhaust("a change",
		"cgroup_entry.controllers[\"cpuset\" in cnames]//properties[name=\"cpuset.cpus\"] "
		"set value=intersect(value, 0-1)");
	exhaust("a question, and additions",
		"cgroup_entry//name[. =~ \"c|a\" and . in 0-3] get\n"
		"cgroup_entry add sets { id=9 ctls { name=\"a\" + \"b\" path=\"\" } }, "
		"controllers { cnames=[\"x\", \"y\"] }");
	exhaust("several statements",
		"let n = cgroup_entry.sets.id\nwhen count(n) > 1 { cgroup_entry.sets[-1] delete }\n"
		"rule \"r\" { cgroup_entry.controllers.dirs "
		"set dir_perms { mode=1 uid=2 gid=3 } }");
	return test_end();
}
#endif
