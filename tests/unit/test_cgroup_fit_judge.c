/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The judges of `fit`, one value at a time, without a checkpoint. */
#include "test.h"

#include "../../plugin/cgroup/fit.h"
#include "../../plugin/cgroup/properties.h"
#include "fakehost.h"

#define MOUNT(name) "26 25 0:23 / /sys/fs/cgroup/" name " rw - cgroup cgroup rw," name "\n"

static const char *const judges[PROPERTIES] = {
#define SETTING(versions, name, fresh, judge, other, convert, why, use) #judge,
#include "../../plugin/cgroup/properties.def"
};

static struct cgroup_host host;
static struct crw *crw;
static struct arena arena;
static struct buffer fresh;

static void host_of_v1(void)
{
	fakeroot_put(root, "proc/self/cgroup",
		     "5:misc:/\n4:cpu:/\n3:cpuset:/\n2:memory:/\n1:devices:/\n");
	fakeroot_put(root, "proc/self/mountinfo",
		     MOUNT("cpu") MOUNT("cpuset") MOUNT("memory") MOUNT("devices") MOUNT("misc"));
	fakeroot_put(root, "sys/fs/cgroup/misc/misc.capacity", "sev 5\n");
	fakeroot_put(root, "proc/sys/kernel/osrelease", "6.13.0\n");
	fakeroot_put(root, "sys/fs/cgroup/cpu/a/cpu.rt_runtime_us", "500\n");
	fakeroot_put(root, "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "30000\n");
	fakeroot_put(root, "sys/fs/cgroup/cpuset/a/cpuset.cpu_exclusive", "0\n");
	fakeroot_put(root, "sys/fs/cgroup/memory/a/memory.use_hierarchy", "1\n");
	fakeroot_put(root, "sys/fs/cgroup/devices/a/devices.list", "c 1:3 rwm\n");
}

/* What the judge of the name says; its new value is in `fresh`. */
static enum fit_verdict judge(const char *name, const char *value, struct error *err)
{
	const struct property_row *row = property_find(PROPERTY_BOTH, span_text(name));
	const struct fit_group none = { .here = false };
	struct fit fit = {
		.crw = crw,
		.arena = &arena,
		.host = &host,
		.nearest = "/a",
		.sample = "/a",
		.hierarchy = cgroup_host_find(&host, property_controller(span_text(name))),
	};
	struct fit_item item = {
		.group = &none,
		.name = span_text(name),
		.value = span_text(value),
		.fresh = &fresh,
	};

	buffer_clear(&fresh);
	err->text[0] = 0;
	return fit_judge(&fit, row, &item, err);
}

/* A value that each judge objects to on this host. */
static const struct {
	const char *judge, *name, *value, *after; /* NULL: dropped */
} objections[] = {
	{ "judge_rt", "cpu.rt_runtime_us", "900", "500" },
	{ "judge_quota", "cpu.cfs_quota_us", "40000", "30000" },
	{ "judge_weight", "cpu.weight", "0", NULL },
	{ "judge_exclusive", "cpuset.cpu_exclusive", "1", "0" },
	{ "judge_hierarchy", "memory.use_hierarchy", "0", "1" },
	{ "judge_kmem", "memory.kmem.limit_in_bytes", "4096", NULL },
	{ "judge_move_charge", "memory.move_charge_at_immigrate", "3", "0" },
	{ "judge_blkio_weight", "blkio.weight", "100", NULL },
	{ "judge_io", "io.max", "8:200 rbps=1", NULL },
	{ "judge_devices", "devices.list", "c 1:3 r\nb 8:0 r", "c 1:3 r" },
	{ "judge_rdma", "rdma.max", "mlx0 hca_handle=2", NULL },
	{ "judge_misc", "misc.max", "sev_es 1\nsev 2", "sev 2" },
	{ "judge_hugetlb", "hugetlb.3MB.max", "5", NULL },
};

static void test_objections(void)
{
	struct error err;

	for (size_t i = 0; i < sizeof(objections) / sizeof(objections[0]); i++) {
		const char *name = objections[i].name, *after = objections[i].after;
		const struct property_row *row = property_find(PROPERTY_BOTH, span_text(name));
		enum fit_verdict verdict = judge(name, objections[i].value, &err);

		is_text(row ? judges[property_index(row)] : NULL, objections[i].judge, name);
		is_number(verdict, after ? FIT_CHANGE : FIT_DROP, "  it objects");
		if (after)
			ok(span_is(buffer_span(&fresh), after), "  and says what instead");
	}
}

/* These are for another kernel, v2, or ask about more: tests/cgroup/fit.test. */
static void test_all_reached(void)
{
	char missing[1000] =
		"NULL judge_burst judge_memsw judge_swappiness judge_interfaces judge_subtree "
		"judge_io_weight judge_dmem judge_bfq ";
	size_t known = strlen(missing);

	for (size_t i = 0; i < sizeof(objections) / sizeof(objections[0]); i++)
		strcat(missing, objections[i].judge);
	for (size_t i = 0; i < PROPERTIES; i++)
		if (!strstr(missing, judges[i]))
			strcat(missing, judges[i]);
	for (size_t i = 0; i < sizeof(objections) / sizeof(objections[0]); i++)
		known += strlen(objections[i].judge);
	is_text(missing + known, "", "no judge is left out");
}

static void test_fresh(void)
{
	char wrong[1000] = "";
	struct error err;

	for (const struct property_row *p = properties; p < properties + PROPERTIES; p++)
		if (p->fresh && p->fresh[0] != '*' && strcmp(p->name, "devices.list") != 0 &&
		    strcmp(p->name, "blkio.weight") != 0 /* of no kernel like this one */ &&
		    judge(p->name, p->fresh, &err) != FIT_KEEP)
			strcat(strcat(wrong, p->name), " ");
	is_text(wrong, "", "what a new group has passes its own judge");
}

/* A file, none, and one that cannot be read, are three things. */
static void test_ancestor(void)
{
	static const char *const files[] = { "cpuset/a/cpuset.cpu_exclusive",
					     "memory/a/memory.use_hierarchy",
					     "cpu/a/cpu.rt_runtime_us", "devices/a/devices.list" };
	static const char *const names[] = { "cpuset.cpu_exclusive", "memory.use_hierarchy",
					     "cpu.rt_runtime_us", "devices.list" };
	static const char *const values[] = { "1", "0", "900", "b 8:0 r" };
	char path[100], directory[110], message[200];
	struct error err;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "sys/fs/cgroup/%s", files[i]);
		snprintf(directory, sizeof(directory), "%s/", path);
		snprintf(message, sizeof(message), "%s: cannot read: Is a directory", path);
		is_number(judge(names[i], values[i], &err), FIT_CHANGE, "what is there counts");
		unlinkat(root, path, 0);
		is_number(judge(names[i], values[i], &err),
			  i == 1 ? FIT_CHANGE /* by the kernel's version */ : FIT_KEEP,
			  "  without the file there is nothing to compare with");
		fakeroot_put(root, directory, "");
		is_number(judge(names[i], values[i], &err), FIT_FAILED,
			  "  one that cannot be read is an error");
		is_text(err.text, message, "  which says so");
	}
}

int main(void)
{
	struct error err;

	fakehost_begin();
	host_of_v1();
	crw = crw_new();
	if (!crw || crw_set_root(crw, root) < 0 || cgroup_host_read(&host, root, &err) < 0)
		return 1;
	test_objections();
	test_all_reached();
	test_fresh();
	test_ancestor();
	cgroup_host_free(&host);
	crw_free(crw);
	arena_free(&arena);
	buffer_free(&fresh);
	fakehost_end();
	return test_end();
}
