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
	{ "host.cgroup.layout", NULL, layouts },
	{ "host.cgroup.version", NULL, versions },
	{ "image.kind", judge_kind, NULL },
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
