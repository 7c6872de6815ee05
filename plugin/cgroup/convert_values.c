/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes each property what properties.def says that it is on the other version.
 *
 * A default is not written to the image, because the files of a controller
 * exist on v2 only where it is enabled, and a group has the default anyway.
 */
#include "convert_values.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../rules/text.h"

/* One property on its way. */
struct item {
	struct cgroup_values *values;
	const struct property_row *row;
	const char *other;                      /* its name on the other version; NULL: none */
	const struct cgroup_property *property; /* as it was */
	const struct cgroup_group *group;       /* with all properties as they were */
	struct cgroup_property ***end;          /* of the new ones */
	const char *path;
};

enum made { MADE_FAILED = -1, MADE_DEFAULT, MADE_DONE, MADE_LOST };

/* ---- building blocks ---- */

static struct span value_of(const struct item *it, const char *name)
{
	const struct cgroup_property *p = cgroup_group_property(it->group, name);

	return p ? p->value : span_text("");
}

/* Of the hierarchy that its name says, whichever it is in. */
static int report(const struct item *it, const char *target, struct span value, const char *note,
		  struct error *err)
{
	const struct cgroup_property *p = it->property;
	const struct span controller = property_controller(p->name);
	struct change change = {
		.type = CHANGE_PROPERTY,
		.group = it->path,
		.name = p->name,
		.note = note,
		.before = change_value(p->value),
	};

	if (target) {
		change.after = change_value(value);
		change.renamed = span_is(p->name, target) ? NULL : target;
	}
	if (target && !change.renamed && span_equal(change.before, change.after))
		return 0;
	change.hierarchy = cgroup_text(it->values->tree->arena, controller);
	return change.hierarchy ? change_by(it->values->call, change, err) : fail_memory(err);
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

static enum made to_copy(struct item *it, struct error *err)
{
	return put(it, it->other, it->property->value, err);
}

/* Part of another, or of what the other version does by itself. */
static enum made to_part(struct item *it, struct error *err)
{
	return MADE_DEFAULT;
}

/* Under the name that it has. */
static enum made to_same(struct item *it, struct error *err)
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

static enum made to_frozen(struct item *it, struct error *err)
{
	return put(it, it->other, span_text(it->values->to == 2 ? "1" : "FROZEN"), err);
}

/* cgroup.procs, for its owner, whom v1 has in tasks too. */
static enum made to_owner(struct item *it, struct error *err)
{
	return it->values->to == 2 ? to_same(it, err) : MADE_DEFAULT;
}

/* "hugetlb.2MB.limit_in_bytes": what the '*' of the row stands for. */
static struct span star_of(const struct item *it)
{
	const char *star = strchr(it->row->name, '*');
	size_t before = (size_t)(star - it->row->name), after = strlen(star + 1);

	return span_of(it->property->name.data + before, it->property->name.size - before - after);
}

static const char *starred(struct item *it)
{
	const char *star = strchr(it->other, '*');
	struct span s = star_of(it);

	return arena_printf(it->values->tree->arena, "%.*s%.*s%s", (int)(star - it->other),
			    it->other, (int)s.size, (const char *)s.data, star + 1);
}

/* ---- v1 to v2 ---- */

static bool v1_limit(struct span value, number_t *n)
{
	return text_number(value, n) && *n >= 0 && *n < PROPERTY_UNLIMITED;
}

/* No limit of v1 is a great number, or less than 0. */
static enum made to_limit(struct item *it, struct error *err)
{
	const char *target = strchr(it->other, '*') ? starred(it) : it->other;
	number_t n;

	if (!target) {
		fail_memory(err);
		return MADE_FAILED;
	}
	if (it->values->to == 2 && !v1_limit(it->property->value, &n))
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
	return put_format(it, it->other, err, "%llu",
			  (unsigned long long)(both > memory ? both - memory : 0));
}

static enum made v2_weight(struct item *it, struct error *err)
{
	number_t shares;

	if (!text_number(it->property->value, &shares) || shares <= 0)
		return MADE_LOST;
	return put_format(it, it->other, err, "%u",
			  weight_of_shares(it->values->formula, (uint64_t)shares));
}

static enum made v2_quota(struct item *it, struct error *err)
{
	number_t quota, period;

	if (!text_number(it->property->value, &quota))
		return MADE_LOST;
	if (quota < 0)
		return MADE_DEFAULT;
	if (!text_number(value_of(it, "cpu.cfs_period_us"), &period))
		period = 100000;
	return put_format(it, it->other, err, "%llu %llu", (unsigned long long)quota,
			  (unsigned long long)period);
}

static enum made v2_io_weight(struct item *it, struct error *err)
{
	number_t weight;

	if (!text_number(it->property->value, &weight) || weight <= 0)
		return MADE_LOST;
	if (it->values->bfq)
		return put(it, "io.bfq.weight", it->property->value, err);
	return put_format(it, "io.weight", err, "%u",
			  io_weight_of_blkio(it->values->formula, (uint64_t)weight));
}

/* "8:0 1048576" per line; the key of io.max stands in the row behind '='.
 * Each device is a property of its own: the kernel takes one per write, and
 * keeps what it has of the other keys. */
static enum made v2_throttle(struct item *it, struct error *err)
{
	const char *key = strchr(it->other, '=') + 1;
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

static enum made v1_swap(struct item *it, struct error *err)
{
	number_t swap, memory;

	if (!text_number(it->property->value, &swap) ||
	    !text_number(value_of(it, "memory.max"), &memory))
		return MADE_LOST;
	return put_format(it, it->other, err, "%llu", (unsigned long long)(memory + swap));
}

static enum made v1_weight(struct item *it, struct error *err)
{
	number_t weight;

	if (!text_number(it->property->value, &weight) || weight < 0)
		return MADE_LOST;
	return put_format(it, it->other, err, "%u",
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
	if (span_is(quota, "max"))
		return MADE_DEFAULT;
	if (!text_number(quota, &n) || n < 0)
		return MADE_LOST;
	if (text_number(period, &n) && put(it, "cpu.cfs_period_us", period, err) == MADE_FAILED)
		return MADE_FAILED;
	return put(it, "cpu.cfs_quota_us", quota, err);
}

/* An idle group gets the least: older kernels have cpu.idle on v2 alone. */
static enum made to_idle(struct item *it, struct error *err)
{
	return it->values->to == 2 ? to_same(it, err) : put(it, it->other, span_text("2"), err);
}

/* "domain", "domain threaded", "domain invalid" are groups like those of v1. */
static enum made v1_type(struct item *it, struct error *err)
{
	const struct span value = it->property->value;

	return value.size >= 6 && memcmp(value.data, "domain", 6) == 0 ? MADE_DEFAULT : MADE_LOST;
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
	if (!text_number(value, &weight) || weight <= 0)
		return MADE_LOST;
	if (strstr(it->row->name, "bfq"))
		return put(it, it->other, value, err);
	return put_format(it, it->other, err, "%u",
			  blkio_of_io_weight(it->values->formula, (uint64_t)weight));
}

static enum made put_throttle(struct item *it, const char *device, int device_size, const char *key,
			      const char *value, int value_size, struct error *err)
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

/* ---- by row ---- */

static const struct {
	const char *other;
	enum made (*make)(struct item *it, struct error *err);
	const char *why; /* it is lost */
} conversions[PROPERTIES] = {
#define SETTING(versions, name, fresh, judge, other, convert, why, use) { other, convert, why },
#include "properties.def"
};

static enum made make(struct item *it, struct error *err)
{
	size_t i = property_index(it->row);

	if (property_is_fresh(it->row, it->property->value))
		return MADE_DEFAULT;
	it->other = conversions[i].other;
	return conversions[i].make ? conversions[i].make(it, err) : MADE_LOST;
}

static int report_lost(const struct item *it, struct error *err)
{
	const char *why = it->row ? conversions[property_index(it->row)].why : NULL;

	if (!why)
		why = it->values->to == 2 ? "cgroup v2 has no counterpart" :
					    "cgroup v1 has no counterpart";
	return report(it, NULL, it->property->value, why, err);
}

/* ---- one group ---- */

/* What is there under its own name stays: a hybrid checkpoint has both. */
static enum made convert_one(struct item *it, struct error *err)
{
	const struct span name = it->property->name;
	const bool to_v2 = it->values->to == 2;

	it->row = property_find(to_v2 ? PROPERTY_V1 : PROPERTY_V2, name);
	if (it->row)
		return make(it, err);
	return property_find(to_v2 ? PROPERTY_V2 : PROPERTY_V1, name) ? to_same(it, err) :
									MADE_LOST;
}

int cgroup_values_convert(struct cgroup_values *v, struct cgroup_group *g, const char *path,
			  struct error *err)
{
	struct cgroup_property *fresh = NULL, **end = &fresh;

	for (const struct cgroup_property *p = g->properties; p; p = p->next) {
		struct item it = {
			.values = v, .property = p, .group = g, .end = &end, .path = path
		};
		enum made made;

		if (v->beside && cgroup_property_of(p->name, span_text("cgroup")))
			continue;
		made = convert_one(&it, err);
		if (made == MADE_FAILED || (made == MADE_LOST && report_lost(&it, err) < 0))
			return -1;
		if (made == MADE_DEFAULT)
			v->defaults[property_index(it.row)]++;
	}
	g->properties = fresh;
	return 0;
}

int cgroup_values_finish(struct cgroup_values *v, struct error *err)
{
	const char *groups,
		*note = v->to == 2 ? "the default on cgroup v2 too, or part of another property" :
				     "the default on cgroup v1 too, or part of another property";

	for (size_t i = 0; i < PROPERTIES; i++) {
		if (v->defaults[i] == 0)
			continue;
		groups = arena_printf(v->tree->arena, "in %zu group%s", v->defaults[i],
				      v->defaults[i] == 1 ? "" : "s");
		if (!groups)
			return fail_memory(err);
		if (change_by(v->call,
			      (struct change){ .type = CHANGE_PROPERTY,
					       .hierarchy = v->to == 2 ? "v1" : "v2",
					       .name = span_text(properties[i].name),
					       .before = span_text(groups),
					       .note = note },
			      err) < 0)
			return -1;
	}
	return 0;
}
