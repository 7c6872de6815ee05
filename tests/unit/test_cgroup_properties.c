/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does what the rows of plugin/cgroup/properties.def say fit together? */
#include "test.h"

#include "../../plugin/cgroup/properties.h"
#include "../../rules/pattern.h"

/* The columns of the rows that the table keeps to those who use them. */
static const struct {
	const char *judge, *other, *convert, *why;
} columns[PROPERTIES] = {
#define SETTING(versions, name, fresh, judge, other, convert, why, use)                            \
	{ #judge, other, #convert, why },
#include "../../plugin/cgroup/properties.def"
};

static bool is_none(const char *column)
{
	return strcmp(column, "NULL") == 0;
}

static bool is_pattern(const struct property_row *p)
{
	return strchr(p->name, '*') != NULL;
}

/* Which rows are wrong, as text for a message. */
static char wrong[2000];

static void blame(const struct property_row *p)
{
	snprintf(wrong + strlen(wrong), sizeof(wrong) - strlen(wrong), "%s ", p->name);
}

static void none_wrong(const char *what)
{
	is_text(wrong, "", what);
	wrong[0] = 0;
}

static void test_names(void)
{
	bool patterns = false;

	for (const struct property_row *p = properties; p < properties + PROPERTIES; p++) {
		for (const struct property_row *q = properties; q < p; q++)
			if (strcmp(p->name, q->name) == 0 && p->versions & q->versions)
				blame(p);
		patterns |= is_pattern(p);
		if (patterns != is_pattern(p) || strlen(p->name) != p->size)
			blame(p);
	}
	none_wrong("each name is there once, and patterns come last");
	for (const struct property_row *p = properties; p < properties + PROPERTIES; p++)
		if (property_find((enum property_versions)p->versions, span_text(p->name)) != p)
			blame(p);
	none_wrong("each row is found by its name");
}

static void test_find(void)
{
	const struct property_row *p = property_find(PROPERTY_V2, span_text("hugetlb.2MB.max"));

	is_text(p ? p->name : NULL, "hugetlb.*.max", "a size of pages");
	p = property_find(PROPERTY_V1, span_text("hugetlb.1GB.rsvd.limit_in_bytes"));
	is_text(p ? p->name : NULL, "hugetlb.*.rsvd.limit_in_bytes", "the nearer pattern");
	ok(!property_find(PROPERTY_V1, span_text("memory.max")), "a name of v2 alone");
	ok(!property_find(PROPERTY_BOTH, span_text("cpuset.cpu")), "no name at all");
	ok(!property_find(PROPERTY_BOTH, span_of(NULL, 0)), "nothing");
}

/* Does a row for `name` on the other version lead back to `p`? */
static bool leads_back(const struct property_row *p, const char *name)
{
	char target[64] = "", back[64];
	unsigned other = p->versions == PROPERTY_BOTH ? PROPERTY_BOTH : p->versions ^ PROPERTY_BOTH;

	snprintf(target, sizeof(target), "%.*s", (int)strcspn(name, "="), name);
	for (size_t i = 0; i < PROPERTIES; i++) {
		if (!(properties[i].versions & other) || !columns[i].other ||
		    !glob_match(span_text(target), span_text(properties[i].name)))
			continue;
		snprintf(back, sizeof(back), "%.*s", (int)strcspn(columns[i].other, "="),
			 columns[i].other);
		if (glob_match(span_text(back), span_text(p->name)))
			return true;
	}
	return false;
}

static void test_conversions(void)
{
	for (size_t i = 0; i < PROPERTIES; i++)
		if (columns[i].other && !leads_back(&properties[i], columns[i].other))
			blame(&properties[i]);
	is_text(wrong, "cpu.idle ",
		"what is made of a property is made to it, but an idle group's "
		"shares");
	wrong[0] = 0;
	for (size_t i = 0; i < PROPERTIES; i++)
		if (is_none(columns[i].convert) != !columns[i].other &&
		    strcmp(columns[i].convert, "to_part") != 0 &&
		    strcmp(columns[i].convert, "v1_type") != 0)
			blame(&properties[i]);
	none_wrong("a name on the other version and a converter go together");
	for (size_t i = 0; i < PROPERTIES; i++)
		if (columns[i].other && properties[i].versions == PROPERTY_BOTH && columns[i].why)
			blame(&properties[i]);
	none_wrong("what both versions have is never lost");
}

static void test_uses(void)
{
	static const char *const controllers[] = { "cgroup", "cpu",  "cpuset", "hugetlb", "io",
						   "memory", "misc", "pids",   "rdma" };
	size_t anchors;

	for (const struct property_row *p = properties; p < properties + PROPERTIES; p++)
		if (p->use & PROPERTY_RECORDED && (!(p->versions & PROPERTY_V2) || !p->fresh))
			blame(p);
	none_wrong("capture is for v2, and what is recorded has a fresh value");
	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
		anchors = 0;
		for (const struct property_row *p = properties; p < properties + PROPERTIES; p++)
			anchors += p->use & PROPERTY_ANCHOR && !is_pattern(p) &&
				   span_is(property_controller(span_text(p->name)), controllers[i]);
		is_number(anchors, 1, controllers[i]);
	}
}

static bool fresh(const char *name, const char *value)
{
	return property_is_fresh(property_find(PROPERTY_BOTH, span_text(name)), span_text(value));
}

static void test_fresh(void)
{
	ok(fresh("cpu.uclamp.min", "0.00") && !fresh("cpu.uclamp.min", "0.01"), "as it stands");
	ok(fresh("memory.limit_in_bytes", "-1") &&
		   fresh("memory.limit_in_bytes", "9223372036854771712") &&
		   !fresh("memory.limit_in_bytes", "4096") && !fresh("memory.limit_in_bytes", ""),
	   "no limit on v1");
	ok(fresh("misc.max", "") && fresh("misc.max", "sev max\nsev_es max") &&
		   !fresh("misc.max", "sev max\nsev_es 5"),
	   "the same for each device");
	ok(fresh("rdma.max", "mlx0 hca_handle=max hca_object=max") &&
		   !fresh("rdma.max", "mlx0 hca_handle=max hca_object=2"),
	   "for each of its keys");
	ok(fresh("net_prio.ifpriomap", "lo 0\neth0 0\n") && !fresh("net_prio.ifpriomap", "lo 5"),
	   "for each interface");
	ok(!fresh("memory.current", "0") && !fresh("cgroup.procs", ""), "where none is known");
	for (const struct property_row *p = properties; p < properties + PROPERTIES; p++)
		if (p->fresh && p->fresh[0] != '*' && !property_is_fresh(p, span_text(p->fresh)))
			blame(p);
	none_wrong("each is what it is");
}

/* What a kernel could take passes. */
static void test_values(void)
{
	static const struct {
		const char *name, *value, *why;
	} rows[] = {
		{ "memory.max", "64M", "" },
		{ "memory.max", "max\n", "" },
		{ "memory.max", "0x10K", "" },
		{ "memory.max", "", "" },
		{ "memory.max", "64x",
		  "'64x' is no value of memory.max, which is a number like 64M, or max" },
		{ "memory.max", "0x1g4",
		  "'0x1g4' is no value of memory.max, which is a number like 64M, or max" },
		{ "memory.max", "M",
		  "'M' is no value of memory.max, which is a number like 64M, or max" },
		{ "hugetlb.2MB.max", "4G", "" },
		{ "memory.limit_in_bytes", "-1", "" },
		{ "memory.limit_in_bytes", "-",
		  "'-' is no value of memory.limit_in_bytes, which is a number like 64M, or -1" },
		{ "cpu.max", "50000 100000", "" },
		{ "cpu.max", "1 2 3", "'1 2 3' is no value of cpu.max, which is a number, or max" },
		{ "cpu.uclamp.max", "33.5", "" },
		{ "cpuset.cpus", "0-7:2/4,8", "" },
		{ "cpuset.cpus", "all", "" },
		{ "cpuset.mems", "one", "'one' is not a set of numbers like 0-3,8" },
		{ "cpuset.sched_relax_domain_level", "+5", "" },
		{ "cpuset.cpus.partition", "root", "" },
		{ "io.max", "8:0 rbps=max", "" },
		{ "cgroup.procs", "all", "" },
		{ "no.such", "all", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { .text = "" };

		property_value_check(span_text(rows[i].name), span_text(rows[i].value), &err);
		is_text(err.text, rows[i].why, rows[i].name);
	}
}

int main(void)
{
	test_names();
	test_find();
	test_conversions();
	test_uses();
	test_fresh();
	test_values();
	return test_end();
}
