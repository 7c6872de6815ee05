/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each property of CRIU's images, and of our own, is on the other version.
 *
 * The kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ say what
 * there is; where several things of v2 could stand for one of v1, the choice is
 * that of opencontainers/cgroups (utils.go, fs2/) and crun (cgroup-resources.c):
 * a soft limit is memory.low, memory.swap.max is memory+swap without memory.
 *
 * A default is not written to the image, because the files of a controller
 * exist on v2 only where it is enabled, and a group has the default anyway.
 */
#include "convert_values.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../rules/pattern.h"
#include "../../rules/text.h"

#define V1_UNLIMITED ((number_t)9223372036854710272) /* PAGE_COUNTER_MAX with pages of 64K */

/* One property on its way. */
struct item {
	struct cgroup_values *values;
	const struct row *row;
	const struct cgroup_property *property; /* as it was */
	const struct cgroup_group *group;       /* with all properties as they were */
	struct cgroup_property ***end;          /* of the new ones */
	const char *path;
};

enum made { MADE_FAILED = -1, MADE_DEFAULT, MADE_DONE, MADE_LOST };

struct row {
	const char *name;   /* pattern */
	const char *target; /* NULL: none */
	enum made (*make)(struct item *it, struct error *err);
	const char *standard; /* pattern of values that need not be brought over */
	const char *why;      /* it cannot be brought over */
};

/* ---- building blocks ---- */

static bool number_of(struct span text, number_t *n)
{
	return text_number(text, n);
}

static struct span value_of(const struct item *it, const char *name)
{
	const struct cgroup_property *p = cgroup_group_property(it->group, name);

	return p ? p->value : span_text("");
}

static const char *where_of(const struct item *it)
{
	const struct span name = it->property->name;
	const uint8_t *dot = memchr(name.data, '.', name.size);

	return arena_printf(it->values->tree->arena, "%.*s:%s",
			    dot ? (int)(dot - name.data) : (int)name.size, (const char *)name.data,
			    it->path);
}

/* `after`, with the new name when that is another. */
static int report(const struct item *it, const char *target, struct span value, const char *note,
		  struct error *err)
{
	struct arena *arena = it->values->tree->arena;
	const struct cgroup_property *p = it->property;
	const char *where = where_of(it), *name = cgroup_text(arena, p->name);
	const char *before = cgroup_text(arena, p->value), *after = NULL;

	if (target)
		after = span_is(p->name, target) ?
				cgroup_text(arena, value) :
				arena_printf(arena, "%s %.*s", target, (int)value.size,
					     (const char *)value.data);
	if (!where || !name || !before || (target && !after))
		return fail_memory(err);
	if (after && strcmp(before, after) == 0)
		return 0;
	return rules_call_change(it->values->call, where, name, before, after, note, err);
}

static enum made put(struct item *it, const char *target, struct span value, struct error *err)
{
	struct cgroup_property *p = arena_alloc(it->values->tree->arena, sizeof(*p));

	if (!p) {
		fail_memory(err);
		return MADE_FAILED;
	}
	p->name = span_text(target);
	p->value = value;
	p->rest = it->property->rest;
	**it->end = p;
	*it->end = &p->next;
	return report(it, target, value, NULL, err) < 0 ? MADE_FAILED : MADE_DONE;
}

static enum made put_format(struct item *it, const char *target, struct error *err,
			    const char *format, ...) __attribute__((format(printf, 4, 5)));

static enum made put_format(struct item *it, const char *target, struct error *err,
			    const char *format, ...)
{
	char text[256], *copy;
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (size < 0 || (size_t)size >= sizeof(text))
		return MADE_LOST;
	copy = arena_copy(it->values->tree->arena, text, strlen(text));
	if (copy)
		return put(it, target, span_text(copy), err);
	fail_memory(err);
	return MADE_FAILED;
}

/* ---- both ways ---- */

static enum made make_copy(struct item *it, struct error *err)
{
	return put(it, it->row->target, it->property->value, err);
}

/* Under the name that it has. */
static enum made make_same(struct item *it, struct error *err)
{
	struct cgroup_property *p = arena_alloc(it->values->tree->arena, sizeof(*p));

	if (!p) {
		fail_memory(err);
		return MADE_FAILED;
	}
	*p = *it->property;
	p->next = NULL;
	**it->end = p;
	*it->end = &p->next;
	return MADE_DONE;
}

/* "hugetlb.2MB.limit_in_bytes": what the '*' of the row stands for. */
static struct span star_of(const struct item *it)
{
	const char *star = strchr(it->row->name, '*');
	size_t before = (size_t)(star - it->row->name), after = strlen(star + 1);

	return span_of(it->property->name.data + before,
		       it->property->name.size - before - after);
}

static const char *starred(struct item *it)
{
	const char *star = strchr(it->row->target, '*');
	struct span s = star_of(it);

	return arena_printf(it->values->tree->arena, "%.*s%.*s%s", (int)(star - it->row->target),
			    it->row->target, (int)s.size, (const char *)s.data, star + 1);
}

/* ---- v1 to v2 ---- */

static bool v1_limit(struct span value, number_t *n)
{
	return number_of(value, n) && *n >= 0 && *n < V1_UNLIMITED;
}

static enum made v2_limit(struct item *it, struct error *err)
{
	const char *target = strchr(it->row->target, '*') ? starred(it) : it->row->target;
	number_t n;

	if (!target) {
		fail_memory(err);
		return MADE_FAILED;
	}
	if (!v1_limit(it->property->value, &n))
		return MADE_DEFAULT;
	return put(it, target, it->property->value, err);
}

static enum made v2_swap(struct item *it, struct error *err)
{
	number_t both, memory;

	if (!v1_limit(it->property->value, &both))
		return MADE_DEFAULT;
	if (!v1_limit(value_of(it, "memory.limit_in_bytes"), &memory))
		memory = 0;
	return put_format(it, it->row->target, err, "%llu",
			  (unsigned long long)(both > memory ? both - memory : 0));
}

static enum made v2_weight(struct item *it, struct error *err)
{
	number_t shares;

	if (!number_of(it->property->value, &shares) || shares <= 0)
		return MADE_LOST;
	return put_format(it, it->row->target, err, "%u",
			  weight_of_shares(it->values->formula, (uint64_t)shares));
}

static enum made v2_quota(struct item *it, struct error *err)
{
	number_t quota, period;

	if (!number_of(it->property->value, &quota))
		return MADE_LOST;
	if (quota < 0)
		return MADE_DEFAULT;
	if (!number_of(value_of(it, "cpu.cfs_period_us"), &period))
		period = 100000;
	return put_format(it, it->row->target, err, "%llu %llu", (unsigned long long)quota,
			  (unsigned long long)period);
}

static enum made v2_io_weight(struct item *it, struct error *err)
{
	number_t weight;

	if (!number_of(it->property->value, &weight) || weight <= 0)
		return MADE_LOST;
	if (it->values->bfq)
		return put(it, "io.bfq.weight", it->property->value, err);
	return put_format(it, "io.weight", err, "%u",
			  io_weight_of_blkio(it->values->formula, (uint64_t)weight));
}

static enum made v2_freeze(struct item *it, struct error *err)
{
	return put(it, it->row->target, span_text("1"), err);
}

/* "8:0 1048576" per line; the key of io.max stands in the table behind '='.
 * Each device is a property of its own: the kernel takes one per write, and
 * keeps what it has of the other keys. */
static enum made v2_throttle(struct item *it, struct error *err)
{
	const char *key = strchr(it->row->target, '=') + 1;
	struct span rest = it->property->value;
	enum made made = MADE_DEFAULT;

	while (rest.size && made != MADE_FAILED) {
		const char *line = (const char *)rest.data;
		const char *end = memchr(line, '\n', rest.size);
		size_t size = end ? (size_t)(end - line) : rest.size;
		const char *blank = memchr(line, ' ', size);

		rest = span_of(line + size + (end != NULL), rest.size - size - (end != NULL));
		if (blank)
			made = put_format(it, "io.max", err, "%.*s %s=%.*s", (int)(blank - line),
					  line, key, (int)(line + size - blank - 1), blank + 1);
	}
	return made;
}

/* ---- v2 to v1 ---- */

static enum made v1_limit_of(struct item *it, struct error *err)
{
	const char *target = strchr(it->row->target, '*') ? starred(it) : it->row->target;

	if (!target) {
		fail_memory(err);
		return MADE_FAILED;
	}
	return put(it, target, it->property->value, err);
}

static enum made v1_swap(struct item *it, struct error *err)
{
	number_t swap, memory;

	if (!number_of(it->property->value, &swap) ||
	    !number_of(value_of(it, "memory.max"), &memory))
		return MADE_LOST;
	return put_format(it, it->row->target, err, "%llu", (unsigned long long)(memory + swap));
}

static enum made v1_weight(struct item *it, struct error *err)
{
	number_t weight;

	if (!number_of(it->property->value, &weight) || weight < 0)
		return MADE_LOST;
	return put_format(it, it->row->target, err, "%u",
			  shares_of_weight(it->values->formula, (uint64_t)weight));
}

/* "50000 100000", "50000", "max 100000" */
static enum made v1_quota(struct item *it, struct error *err)
{
	struct span quota = it->property->value, period = { NULL, 0 };
	const uint8_t *blank = quota.size ? memchr(quota.data, ' ', quota.size) : NULL;
	number_t n;

	if (blank) {
		period = span_of(blank + 1, (size_t)(quota.data + quota.size - blank - 1));
		quota.size = (size_t)(blank - quota.data);
	}
	if (!number_of(quota, &n) || n < 0)
		return MADE_LOST;
	if (number_of(period, &n) && put(it, "cpu.cfs_period_us", period, err) == MADE_FAILED)
		return MADE_FAILED;
	return put(it, "cpu.cfs_quota_us", quota, err);
}

/* An idle group, which v1 has not, gets the least. */
static enum made v1_idle(struct item *it, struct error *err)
{
	return put(it, it->row->target, span_text("2"), err);
}

/* "100", "default 100\n8:0 200": the default of the group alone. */
static enum made v1_io_weight(struct item *it, struct error *err)
{
	struct span value = it->property->value;
	const uint8_t *end = value.size ? memchr(value.data, '\n', value.size) : NULL;
	number_t weight;

	if (end)
		value.size = (size_t)(end - value.data);
	if (value.size > 8 && memcmp(value.data, "default ", 8) == 0)
		value = span_of(value.data + 8, value.size - 8);
	if (!number_of(value, &weight) || weight <= 0)
		return MADE_LOST;
	if (strstr(it->row->name, "bfq"))
		return put(it, it->row->target, value, err);
	return put_format(it, it->row->target, err, "%u",
			  blkio_of_io_weight(it->values->formula, (uint64_t)weight));
}

static enum made v1_freeze(struct item *it, struct error *err)
{
	return put(it, it->row->target, span_text("FROZEN"), err);
}

static enum made put_throttle(struct item *it, const char *device, int device_size,
			      const char *key, const char *value, int value_size,
			      struct error *err)
{
	static const struct {
		const char *key, *target;
	} keys[] = {
		{ "rbps", "blkio.throttle.read_bps_device" },
		{ "wbps", "blkio.throttle.write_bps_device" },
		{ "riops", "blkio.throttle.read_iops_device" },
		{ "wiops", "blkio.throttle.write_iops_device" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strncmp(key, keys[i].key, strlen(keys[i].key)) == 0 &&
		    key[strlen(keys[i].key)] == '=')
			return value_size == 3 && memcmp(value, "max", 3) == 0 ?
				       MADE_DEFAULT :
				       put_format(it, keys[i].target, err, "%.*s %.*s", device_size,
						  device, value_size, value);
	return MADE_LOST;
}

/* "8:0 rbps=1048576 wbps=max riops=max wiops=max" */
static enum made put_device(struct item *it, char *line, struct error *err)
{
	char *device = strsep(&line, " "), *word, *value;
	enum made made = MADE_DEFAULT;

	while (made != MADE_FAILED && (word = strsep(&line, " "))) {
		value = strchr(word, '=');
		if (value)
			made = put_throttle(it, device, (int)strlen(device), word, value + 1,
					    (int)strlen(value + 1), err);
	}
	return made;
}

static enum made v1_throttle(struct item *it, struct error *err)
{
	char *rest = arena_copy(it->values->tree->arena, it->property->value.data,
				it->property->value.size);
	enum made made = MADE_DEFAULT;
	char *line;

	if (!rest) {
		fail_memory(err);
		return MADE_FAILED;
	}
	while (made != MADE_FAILED && (line = strsep(&rest, "\n")))
		made = put_device(it, line, err);
	return made == MADE_FAILED ? MADE_FAILED : MADE_DONE;
}

/* ---- the tables ---- */

#define NO_RT "cgroup v2 has no groups for realtime tasks"
#define NO_NONE "cgroup v2 has nothing like it"
#define NO_V1 "cgroup v1 has nothing like it"
#define NO_DEVICES "cgroup v2 limits devices by a BPF program, which the container's runtime loads"
#define NO_NET "cgroup v2 marks no packets; nftables matches the group instead"

static const struct row to_v2[] = {
	{ "cpu.shares", "cpu.weight", v2_weight, "1024", "no number" },
	{ "cpu.cfs_quota_us", "cpu.max", v2_quota, "-1", "no number" },
	{ "cpu.cfs_period_us", NULL, NULL, "*", NULL },
	{ "cpu.cfs_burst_us", "cpu.max.burst", make_copy, "0", NULL },
	{ "cpu.rt_runtime_us", NULL, NULL, "0", NO_RT },
	{ "cpu.rt_period_us", NULL, NULL, "1000000", NO_RT },
	{ "memory.limit_in_bytes", "memory.max", v2_limit, NULL, NULL },
	{ "memory.memsw.limit_in_bytes", "memory.swap.max", v2_swap, NULL, NULL },
	{ "memory.soft_limit_in_bytes", "memory.low", v2_limit, NULL, NULL },
	{ "memory.swappiness", NULL, NULL, "60", NO_NONE },
	{ "memory.oom_control", NULL, NULL, "0", NO_NONE },
	{ "memory.move_charge_at_immigrate", NULL, NULL, "0", NO_NONE },
	{ "memory.use_hierarchy", NULL, NULL, "1", "cgroup v2 always counts what is below" },
	{ "memory.kmem.limit_in_bytes", NULL, NULL, "-1", "memory.max counts the kernel's memory" },
	{ "memory.kmem.tcp.limit_in_bytes", NULL, NULL, "-1", "memory.max counts it" },
	{ "cpuset.cpus", "cpuset.cpus", make_copy, "", NULL },
	{ "cpuset.mems", "cpuset.mems", make_copy, "", NULL },
	{ "cpuset.sched_load_balance", NULL, NULL, "1", NO_NONE },
	{ "cpuset.sched_relax_domain_level", NULL, NULL, "-1", NO_NONE },
	{ "cpuset.cpu_exclusive", NULL, NULL, "0", "cpuset.cpus.partition is not the same" },
	{ "cpuset.memory_migrate", NULL, NULL, "*", "cgroup v2 always migrates" },
	{ "cpuset.mem*", NULL, NULL, "0", NO_NONE },
	{ "blkio.weight", "io.weight", v2_io_weight, "500", "no number" },
	{ "blkio.bfq.weight", "io.bfq.weight", v2_io_weight, "100", "no number" },
	{ "blkio.throttle.read_bps_device", "io.max=rbps", v2_throttle, "", NULL },
	{ "blkio.throttle.write_bps_device", "io.max=wbps", v2_throttle, "", NULL },
	{ "blkio.throttle.read_iops_device", "io.max=riops", v2_throttle, "", NULL },
	{ "blkio.throttle.write_iops_device", "io.max=wiops", v2_throttle, "", NULL },
	{ "blkio.leaf_weight*", NULL, NULL, "", NO_NONE },
	{ "pids.max", "pids.max", make_copy, "max", NULL },
	{ "rdma.max", "rdma.max", make_copy, "", NULL },
	{ "misc.max", "misc.max", make_copy, "", NULL },
	{ "hugetlb.*.rsvd.limit_in_bytes", "hugetlb.*.rsvd.max", v2_limit, NULL, NULL },
	{ "hugetlb.*.limit_in_bytes", "hugetlb.*.max", v2_limit, NULL, NULL },
	{ "freezer.state", "cgroup.freeze", v2_freeze, "THAWED", NULL },
	{ "devices.list", NULL, NULL, "a *:* rwm", NO_DEVICES },
	{ "net_cls.classid", NULL, NULL, "0", NO_NET },
	{ "net_prio.ifpriomap", NULL, NULL, "", NO_NET },
	{ "cgroup.clone_children", NULL, NULL, "*", NULL },
	{ "notify_on_release", NULL, NULL, "0", "cgroup v2 has cgroup.events" },
	{ "release_agent", NULL, NULL, "", "cgroup v2 has cgroup.events" },
	{ "cgroup.procs", NULL, make_same, NULL, NULL }, /* its owner matters */
	{ "tasks", NULL, NULL, "*", NULL },
	/* of v2 already, in a hybrid checkpoint */
	{ "cgroup.*", NULL, make_same, NULL, NULL },
	{ "io.*", NULL, make_same, NULL, NULL },
	{ "memory.max", NULL, make_same, NULL, NULL },
	{ "memory.high", NULL, make_same, NULL, NULL },
	{ "memory.low", NULL, make_same, NULL, NULL },
	{ "memory.min", NULL, make_same, NULL, NULL },
	{ "memory.swap.*", NULL, make_same, NULL, NULL },
	{ "memory.oom.group", NULL, make_same, NULL, NULL },
	{ "cpu.weight", NULL, make_same, NULL, NULL },
	{ "cpu.max*", NULL, make_same, NULL, NULL },
	{ "cpu.idle", NULL, make_same, NULL, NULL },
	{ "hugetlb.*.max", NULL, make_same, NULL, NULL },
	{ "*", NULL, NULL, NULL, NO_NONE },
};

static const struct row to_v1[] = {
	{ "cpu.idle", "cpu.shares", v1_idle, "0", NULL },
	{ "cpu.weight", "cpu.shares", v1_weight, "100", "no number" },
	{ "cpu.weight.nice", NULL, NULL, "*", NULL },
	{ "cpu.max", "cpu.cfs_quota_us", v1_quota, "max*", "no number" },
	{ "cpu.max.burst", "cpu.cfs_burst_us", make_copy, "0", NULL },
	{ "cpu.uclamp.*", NULL, NULL, "max", NO_V1 },
	{ "cpuset.cpus", "cpuset.cpus", make_copy, "", NULL },
	{ "cpuset.mems", "cpuset.mems", make_copy, "", NULL },
	{ "cpuset.cpus.partition", NULL, NULL, "member", "cpuset.cpu_exclusive is not the same" },
	{ "cpuset.cpus.exclusive", NULL, NULL, "", "cpuset.cpu_exclusive is not the same" },
	{ "memory.max", "memory.limit_in_bytes", v1_limit_of, "max", NULL },
	{ "memory.swap.max", "memory.memsw.limit_in_bytes", v1_swap, "max",
	  "cgroup v1 limits memory and swap together, and memory has no limit here" },
	{ "memory.low", "memory.soft_limit_in_bytes", v1_limit_of, "0", NULL },
	{ "memory.min", NULL, NULL, "0", NO_V1 },
	{ "memory.high", NULL, NULL, "max", NO_V1 },
	{ "memory.swap.high", NULL, NULL, "max", NO_V1 },
	{ "memory.zswap.max", NULL, NULL, "max", NO_V1 },
	{ "memory.zswap.writeback", NULL, NULL, "1", NO_V1 },
	{ "memory.oom.group", NULL, NULL, "0", NO_V1 },
	{ "io.weight", "blkio.weight", v1_io_weight, "default 100", "no number" },
	{ "io.bfq.weight", "blkio.bfq.weight", v1_io_weight, "default 100", "no number" },
	{ "io.max", "blkio.throttle.*", v1_throttle, "", NULL },
	{ "io.*", NULL, NULL, "", NO_V1 },
	{ "pids.max", "pids.max", make_copy, "max", NULL },
	{ "rdma.max", "rdma.max", make_copy, "", NULL },
	{ "misc.max", "misc.max", make_copy, "", NULL },
	{ "hugetlb.*.rsvd.max", "hugetlb.*.rsvd.limit_in_bytes", v1_limit_of, "max", NULL },
	{ "hugetlb.*.max", "hugetlb.*.limit_in_bytes", v1_limit_of, "max", NULL },
	{ "cgroup.freeze", "freezer.state", v1_freeze, "0", NULL },
	{ "cgroup.subtree_control", NULL, NULL, "*", NULL },
	{ "cgroup.type", NULL, NULL, "domain*", "cgroup v1 has threads in any group" },
	{ "cgroup.max.depth", NULL, NULL, "max", NO_V1 },
	{ "cgroup.max.descendants", NULL, NULL, "max", NO_V1 },
	{ "cgroup.*", NULL, NULL, "*", NULL },
	{ "*", NULL, NULL, NULL, NO_V1 },
};

_Static_assert(sizeof(to_v2) / sizeof(to_v2[0]) <= CGROUP_VALUE_ROWS_MAX, "too many rows");
_Static_assert(sizeof(to_v1) / sizeof(to_v1[0]) <= CGROUP_VALUE_ROWS_MAX, "too many rows");

static const struct row *table_of(const struct cgroup_values *v, size_t *count)
{
	*count = v->to == 2 ? sizeof(to_v2) / sizeof(to_v2[0]) : sizeof(to_v1) / sizeof(to_v1[0]);
	return v->to == 2 ? to_v2 : to_v1;
}

/* ---- one group ---- */

static size_t find_row(const struct row *rows, struct span name)
{
	size_t i = 0;

	while (!glob_match(span_text(rows[i].name), name))
		i++; /* the last one matches all */
	return i;
}

static enum made convert_one(struct item *it, struct error *err)
{
	const struct row *row = it->row;

	number_t n;

	if (row->standard && glob_match(span_text(row->standard), it->property->value))
		return MADE_DEFAULT;
	/* as the kernel writes the -1 that it was given */
	if (row->standard && strcmp(row->standard, "-1") == 0 &&
	    number_of(it->property->value, &n) && n >= V1_UNLIMITED)
		return MADE_DEFAULT;
	return row->make ? row->make(it, err) : MADE_LOST;
}

int cgroup_values_convert(struct cgroup_values *v, struct cgroup_group *g, const char *path,
			  struct error *err)
{
	struct cgroup_property *fresh = NULL, **end = &fresh;
	size_t count, index;
	const struct row *rows = table_of(v, &count);

	for (const struct cgroup_property *p = g->properties; p; p = p->next) {
		struct item it = { v, NULL, p, g, &end, path };
		enum made made;

		if (v->beside && cgroup_property_of(p->name, span_text("cgroup")))
			continue;
		index = find_row(rows, p->name);
		it.row = &rows[index];
		made = convert_one(&it, err);
		if (made == MADE_FAILED)
			return -1;
		v->defaults[index] += made == MADE_DEFAULT;
		if (made == MADE_LOST && report(&it, NULL, p->value, rows[index].why, err) < 0)
			return -1;
	}
	g->properties = fresh;
	return 0;
}

int cgroup_values_finish(struct cgroup_values *v, struct error *err)
{
	const char *groups, *note = v->to == 2 ?
					    "the default, or part of another, on cgroup v2 too" :
					    "the default, or part of another, on cgroup v1 too";
	size_t count;
	const struct row *rows = table_of(v, &count);

	for (size_t i = 0; i < count; i++) {
		if (v->defaults[i] == 0)
			continue;
		groups = arena_printf(v->tree->arena, "in %zu group%s", v->defaults[i],
				      v->defaults[i] == 1 ? "" : "s");
		if (!groups)
			return fail_memory(err);
		if (rules_call_change(v->call, v->to == 2 ? "v1" : "v2", rows[i].name, groups, NULL,
				      note, err) < 0)
			return -1;
	}
	return 0;
}
