/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of properties and controllers, as people write them. */
#include <stdio.h>
#include <string.h>

#include "properties.h"
#include "../../rules/pattern.h"

#define SPAN(s) (int)(s).size, (const char *)(s).data

/* Of all kernels that CRIU is used on; ve and beancounter are OpenVZ's. */
static const char *const controllers[] = {
	"beancounter", "blkio",    "cpu",        "cpuacct", "cpuset", "debug", "devices",
	"dmem",        "freezer",  "hugetlb",    "io",      "memory", "misc",  "name=systemd",
	"net_cls",     "net_prio", "perf_event", "pids",    "rdma",   "v2",    "ve",
};
#define CONTROLLERS (sizeof(controllers) / sizeof(controllers[0]))

/* How much of a pattern stands for itself. */
static size_t literal_size(struct span pattern)
{
	size_t size = 0;

	while (size < pattern.size && !strchr("*?[\\", pattern.data[size]))
		size++;
	return size;
}

static bool begins_with(struct span text, struct span start)
{
	return text.size >= start.size && memcmp(text.data, start.data, start.size) == 0;
}

/* ---- properties ---- */

/* "hugetlb.2MB.*" is for "hugetlb.*.max": of rows that are patterns, what stands
 * before the '*' is enough. */
static bool matches_row(struct span pattern)
{
	const struct span start = span_of(pattern.data, literal_size(pattern));

	for (const struct property_row *p = properties; p < properties + PROPERTIES; p++) {
		const char *star = strchr(p->name, '*');

		if (glob_match(pattern, span_text(p->name)) ||
		    (star && begins_with(start, span_of(p->name, (size_t)(star - p->name)))))
			return true;
	}
	return false;
}

static bool is_controller(struct span name)
{
	for (size_t i = 0; i < CONTROLLERS; i++)
		if (span_is(name, controllers[i]))
			return true;
	return span_is(name, "cgroup");
}

/* Offers "hugetlb.2MB.max" for "hugetlb.2MB.maxx". */
static void offer_row(struct suggestion *s, struct span name, const char *row)
{
	const char *star = strchr(row, '*');
	struct span front = property_controller(name), size;
	char candidate[SUGGEST_NAME_MAX + 1];

	if (!star) {
		suggest_offer(s, row);
		return;
	}
	if (name.size <= front.size || name.size > SUGGEST_NAME_MAX)
		return;
	size = property_controller(span_of(name.data + front.size + 1, name.size - front.size - 1));
	if (snprintf(candidate, sizeof(candidate), "%.*s%.*s%s", (int)(star - row), row, SPAN(size),
		     star + 1) < (int)sizeof(candidate))
		suggest_offer(s, candidate);
}

struct suggestion property_suggest(struct span name)
{
	struct suggestion s = suggest_for(name);

	for (const struct property_row *p = properties; p < properties + PROPERTIES; p++)
		offer_row(&s, name, p->name);
	return s;
}

int property_name_check(struct span name, struct error *err)
{
	struct suggestion s;

	if (literal_size(name) < name.size)
		return matches_row(name) ? 0 :
					   fail(err,
						"no cgroup property matches '%.*s'; names are like "
						"cpuset.cpus and memory.max",
						SPAN(name));
	if (property_find(PROPERTY_BOTH, name))
		return 0;
	s = property_suggest(name);
	if (s.best[0])
		return fail(err, "no kernel has a property '%.*s'%s", SPAN(name), suggest_text(&s));
	if (memchr(name.data, '.', name.size) && is_controller(property_controller(name)))
		return 0;
	return fail(err,
		    "no kernel has a property '%.*s'; names are like cpuset.cpus and memory.max",
		    SPAN(name));
}

/* ---- controllers ---- */

int controller_name_check(struct span name, struct error *err)
{
	struct suggestion s = suggest_for(name);

	if (begins_with(name, span_text("name=")))
		return 0;
	for (size_t i = 0; i < CONTROLLERS; i++) {
		if (glob_match(name, span_text(controllers[i])))
			return 0;
		suggest_offer(&s, controllers[i]);
	}
	return fail(err, "no kernel has a controller '%.*s'%s", SPAN(name), suggest_text(&s));
}
