/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hierarchies of a host that is known by saved facts alone. Facts say
 * which there are, or at least which controllers and which layout (each v1
 * controller then stands for itself), but not which groups exist, so nothing
 * can be looked up. CRIU's own group is the same in all, and its caller's.
 */
#include <string.h>

#include "verbs.h"
#include "../context.h"

static int text_fact(struct crw *crw, const char *name, struct arena *arena, const char **text,
		     struct error *err)
{
	struct value v;
	int found = facts_get(&crw->facts, name, &v, err);

	if (found > 0 && v.type == VALUE_TEXT) {
		*text = cgroup_text(arena, v.text);
		return *text ? 1 : fail_memory(err);
	}
	return found < 0 ? -1 : 0;
}

/* Where processes are in each hierarchy. */
struct places {
	const char *own, *caller;
};

static void add(struct cgroup_host *host, int version, const char *controllers,
		const struct places *p)
{
	host->items[host->count++] = (struct cgroup_hierarchy){
		.version = version,
		.controllers = controllers,
		.own = p->own,
		.caller = p->caller,
		.mount_root = "/",
	};
}

static int add_v1(struct cgroup_host *host, struct value list, const struct places *p,
		  struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < list.item_count; i++) {
		const char *name = cgroup_text(arena, list.items[i].text);

		if (!name)
			return fail_memory(err);
		add(host, 1, name, p);
	}
	return 0;
}

static int add_v2(struct cgroup_host *host, struct value list, const struct places *p,
		  struct arena *arena, struct error *err)
{
	struct buffer b = { 0 };
	const char *text;

	for (size_t i = 0; i < list.item_count; i++) {
		buffer_text(&b, i ? " " : "");
		buffer_append(&b, list.items[i].text);
	}
	text = arena_take(arena, &b);
	if (!text)
		return fail_memory(err);
	add(host, 2, text, p);
	return 0;
}

/* "1:cpu+cpuacct" */
static int add_hierarchy(struct cgroup_host *host, struct span text, const struct places *p,
			 struct arena *arena, struct error *err)
{
	int version = text.size && text.data[0] == '2' ? 2 : 1;
	char *controllers;

	if (text.size < 2 || text.data[1] != ':' || text.data[0] != '0' + version)
		return fail(err, "fact host.cgroup.hierarchies: '%.*s' is not like 1:cpu+cpuacct",
			    (int)text.size, (const char *)text.data);
	controllers = arena_copy(arena, text.data + 2, text.size - 2);
	if (!controllers)
		return fail_memory(err);
	for (char *c = controllers; *c; c++)
		if (*c == '+')
			*c = version == 2 ? ' ' : ',';
	add(host, version, controllers, p);
	return 0;
}

/* 1, 0 when the facts do not say, -1. */
static int fill_exactly(struct cgroup_host *host, struct crw *crw, const struct places *p,
			struct arena *arena, struct error *err)
{
	struct value list;
	int found = facts_get(&crw->facts, "host.cgroup.hierarchies", &list, err);

	if (found <= 0)
		return found;
	host->items = arena_array(arena, list.item_count + 1, sizeof(*host->items));
	if (!host->items)
		return fail_memory(err);
	for (size_t i = 0; i < list.item_count; i++)
		if (add_hierarchy(host, list.items[i].text, p, arena, err) < 0)
			return -1;
	return 1;
}

static int fill(struct cgroup_host *host, struct crw *crw, struct arena *arena, struct error *err)
{
	struct places p = { "/", NULL };
	const char *layout = "";
	struct value list = { .type = VALUE_LIST };
	int found;

	if (text_fact(crw, "host.cgroup.layout", arena, &layout, err) < 0 ||
	    text_fact(crw, "own.cgroup", arena, &p.own, err) < 0 ||
	    text_fact(crw, "caller.cgroup", arena, &p.caller, err) < 0)
		return -1;
	found = fill_exactly(host, crw, &p, arena, err);
	if (found)
		return found < 0 ? -1 : 0;
	found = facts_get(&crw->facts, "host.cgroup.controllers", &list, err);
	if (found < 0)
		return -1;
	if (found == 0 || list.type != VALUE_LIST)
		list = (struct value){ .type = VALUE_LIST };
	host->items = arena_array(arena, list.item_count + 2, sizeof(*host->items));
	if (!host->items)
		return fail_memory(err);
	if (strcmp(layout, "unified") == 0)
		return add_v2(host, list, &p, arena, err);
	if (strcmp(layout, "hybrid") == 0)
		add(host, 2, "", &p);
	return *layout ? add_v1(host, list, &p, arena, err) : 0;
}

int cgroup_host_for(const struct rules_call *call, const struct cgroup_host **host,
		    struct error *err)
{
	struct crw *crw = call->world->ctx;
	struct cgroup_host *given;

	if (!crw->facts.only_given)
		return facts_cgroups(&crw->facts, host, err);
	given = arena_alloc(call->arena, sizeof(*given));
	if (!given)
		return fail_memory(err);
	given->root = -1;
	*host = given;
	return fill(given, crw, call->arena, err);
}
