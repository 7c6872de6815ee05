/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "known_text.h"

#include <string.h>

#include "cgroup/controller.h"
#include "cgroup/properties.h"
#include "../proto/kind.h"
#include "../rules/pattern.h"
#include "../rules/text.h"

#define SPAN(s) (int)(s).size, (const char *)(s).data

static int unknown(const char *what, struct suggestion *s, struct error *err)
{
	return fail(err, "there is no %s '%.*s'%s", what, SPAN(s->wrong), suggest_text(s));
}

static int judge_kind(struct span text, struct error *err)
{
	struct suggestion s = suggest_for(text);

	for (size_t i = 0; i < kind_count(); i++) {
		if (glob_match(text, span_text(kind_at(i)->name)))
			return 0;
		suggest_offer(&s, kind_at(i)->name);
	}
	return unknown("kind of image", &s, err);
}

static int judge_image(struct span text, struct error *err)
{
	struct span end = span_of(text.data, text.size < 4 ? 0 : 4);

	if (text.size && memchr("*?]", text.data[text.size - 1], 3))
		return 0;
	end.data += text.size - end.size;
	return span_is(end, ".img") ? 0 : fail(err, "names of images end in .img");
}

/* TASK_COMM_LEN is 16 with the NUL; of a glob nobody knows how much it stands for. */
static int judge_comm(struct span text, struct error *err)
{
	if (text.size <= 15 || memchr(text.data, '*', text.size))
		return 0;
	return fail(err, "the name of a task has at most 15 bytes");
}

static int judge_group(struct span text, struct error *err)
{
	if (text.size == 0 || memchr("/*?[", text.data[0], strlen("/*?[")))
		return 0;
	return fail(err, "a cgroup path begins with '/'");
}

/* The entries of rewrite-affinity.img have the same fields: "online", and threads. */
static int judge_property(struct span text, struct error *err)
{
	number_t thread;

	if (span_is(text, "online") || text_number(text, &thread))
		return 0;
	return property_name_check(text, err);
}

/* Of a hierarchy: "cpu,cpuacct". */
static int judge_controllers(struct span text, struct error *err)
{
	struct span name;

	while (cgroup_name_next(&text, &name))
		if (name.size && controller_name_check(name, err) < 0)
			return -1;
	return 0;
}

/* "1:cpu+cpuacct" */
static int judge_hierarchy(struct span text, struct error *err)
{
	char names[256];
	size_t size = 0;

	if (text.size < 3 || text.size >= sizeof(names) || text.data[1] != ':' ||
	    !memchr("12", text.data[0], 2))
		return fail(err, "a hierarchy is like 1:cpu+cpuacct or 2:memory+pids, not '%.*s'",
			    SPAN(text));
	for (size_t i = 2; i < text.size; i++)
		names[size++] = text.data[i] == '+' ? ',' : (char)text.data[i];
	return judge_controllers(span_of(names, size), err);
}

/* IFNAMSIZ with the NUL, and what dev_valid_name() of the kernel wants. */
static int judge_interface(struct span text, struct error *err)
{
	if (text.size > 15 || memchr(text.data, '/', text.size) ||
	    memchr(text.data, ' ', text.size))
		return fail(err, "'%.*s' is no name of a network interface", SPAN(text));
	return 0;
}

static int judge_kernel(struct span text, struct error *err)
{
	if (!text.size || memchr("0123456789*?[", text.data[0], 13))
		return 0;
	return fail(err, "'%.*s' is no release of a kernel, which are like 6.1.0-18-amd64",
		    SPAN(text));
}

static const char *const layouts[] = { "legacy", "hybrid", "unified", NULL };
static const char *const versions[] = { "1", "2", NULL };
static const char *const stages[] = { "restore", "dump", "offline", NULL };

static const struct {
	const char *of;
	int (*judge)(struct span text, struct error *err);
	const char *const *values; /* that a fact has, in place of `judge` */
} known[] = {
	{ "cgroup_prop_entry.name", judge_property, NULL },
	{ "cgroup_prop_entry.value", property_set_check, NULL },
	{ "cg_controller_entry.cnames", controller_name_check, NULL },
	{ "cg_member_entry.name", judge_controllers, NULL },
	{ "own.cgroup", judge_group, NULL },
	{ "caller.cgroup", judge_group, NULL },
	{ "task_core_entry.comm", judge_comm, NULL },
	{ "thread_core_entry.comm", judge_comm, NULL },
	{ "host.cgroup.controllers", controller_name_check, NULL },
	{ "host.cgroup.hierarchies", judge_hierarchy, NULL },
	{ "host.interfaces", judge_interface, NULL },
	{ "host.kernel", judge_kernel, NULL },
	{ "host.cgroup.layout", NULL, layouts },
	{ "host.cgroup.version", NULL, versions },
	{ "image.kind", judge_kind, NULL },
	{ "image.name", judge_image, NULL },
	{ "stage", NULL, stages },
};

static int judge_fact(const char *fact, const char *const *values, struct span text,
		      struct error *err)
{
	struct suggestion s = suggest_for(text);

	for (; *values; values++) {
		if (glob_match(text, span_text(*values)))
			return 0;
		suggest_offer(&s, *values);
	}
	return unknown(fact, &s, err);
}

int known_text(const char *of, struct span text, struct error *err)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(of, known[i].of) != 0)
			continue;
		return known[i].judge ? known[i].judge(text, err) :
					judge_fact(of, known[i].values, text, err);
	}
	return 0;
}

int known_text_beside(const char *of, const char *other, struct span is, struct span text,
		      struct error *err)
{
	return strcmp(of, "cgroup_prop_entry.value") == 0 &&
			       strcmp(other, "cgroup_prop_entry.name") == 0 ?
		       property_value_check(is, text, err) :
		       0;
}
