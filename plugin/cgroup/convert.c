/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb `convert`: a checkpoint of cgroup v1 for a host with v2, and back.
 *
 *	convert				what this host has
 *	convert to 2
 *	convert to 1 weights systemd	the formula, see weight.h
 *
 * On v2 a task is in one group. That is the deepest one that its v1 groups lie
 * on the way to; where they lie on different ways, a rule must say which it is
 * to be. Groups of other tasks of the source, which CRIU dumps with a root
 * group, do not come along. Where no v1 controller has the task in a group, v2
 * (on a hybrid host) or systemd's hierarchy says it.
 *
 * On v1 the groups go to those hierarchies of this host that something is to
 * be written to, and to systemd's.
 */
#include <string.h>

#include "../../rules/args.h"
#include "convert.h"
#include "host.h"

/* ---- arguments ---- */

static int read_version(struct verb_args *a, int *version, struct error *err)
{
	const struct rules_argument *arg = &a->args[a->at];

	if (args_at_end(a) || arg->type != ARGUMENT_VALUE)
		return fail(err, "expected 1 or 2");
	if (arg->value.type == VALUE_NUMBER && (arg->value.number == 1 || arg->value.number == 2))
		*version = (int)arg->value.number;
	else if (arg->value.type != VALUE_NONE)
		return fail(err, "expected 1 or 2");
	a->at++;
	return 0;
}

static int read_formula(struct verb_args *a, enum weight_formula *formula, struct error *err)
{
	struct span name;

	if (args_text(a, "oci-2025, oci-2020 or systemd", &name, err) < 0)
		return -1;
	if (name.size == 0 || weight_formula_find(name, formula))
		return 0;
	a->at--;
	return fail(err, "expected oci-2025, oci-2020 or systemd");
}

struct convert_wish {
	int version; /* 0: what this host has */
	enum weight_formula formula;
};

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct convert_wish *wish = out;

	wish->formula = WEIGHT_OCI_2025;
	if (args_word(a, "to") && read_version(a, &wish->version, err) < 0)
		return -1;
	if (args_word(a, "weights") && read_formula(a, &wish->formula, err) < 0)
		return -1;
	return args_end(a, "'to', 'weights' or the end of the line", err);
}

/* ---- directions ---- */

bool cgroup_is_named(const struct cgroup_controller *c)
{
	return c->name_count && c->names[0].size > 5 &&
	       span_is(span_of(c->names[0].data, 5), "name=");
}

static bool is_v2(const struct cgroup_controller *c)
{
	return c->name_count == 1 && c->names[0].size == 0;
}

static bool has_v1(const struct cgroup_tree *t)
{
	for (const struct cgroup_controller *c = t->controllers; c; c = c->next)
		if (!is_v2(c))
			return true;
	return false;
}

static bool has_v2(const struct cgroup_tree *t)
{
	for (const struct cgroup_controller *c = t->controllers; c; c = c->next)
		if (is_v2(c))
			return true;
	return false;
}

/* Are there v1 controllers, not only systemd's hierarchy beside v2? */
static bool has_v1_controllers(const struct cgroup_tree *t)
{
	for (const struct cgroup_controller *c = t->controllers; c; c = c->next)
		if (!is_v2(c) && !cgroup_is_named(c))
			return true;
	return false;
}

/* A hierarchy that is only named does not decide. */
static int version_here(const struct cgroup_host *host)
{
	int version = 0;

	for (size_t i = 0; i < host->count; i++) {
		const struct cgroup_hierarchy *h = &host->items[i];

		if (h->version == 1 && strncmp(h->controllers, "name=", 5) != 0)
			return 1;
		version = h->version == 2 ? 2 : version;
	}
	return version;
}

static bool is_needed(const struct convert *c)
{
	if (c->values.to == 2)
		return has_v1(&c->tree);
	return has_v2(&c->tree) && !has_v1_controllers(&c->tree);
}

/* Where a kernel has both, io.weight does nothing without the iocost
 * controller, so runc and crun take BFQ's file first. */
static int weighs_with_bfq(const struct cgroup_host *host, struct error *err)
{
	const struct cgroup_hierarchy *h = cgroup_host_find(host, span_text(""));

	return h ? cgroup_host_has_file(host, h, h->own, "io.bfq.weight", err) : 0;
}

int cgroup_convert_values(struct convert *c, struct cgroup_group *parent, const char *path,
			  struct error *err)
{
	const char *name;

	for (struct cgroup_group *g = parent->children; g; g = g->next) {
		name = arena_printf(c->tree.arena, "%s/%.*s", path, (int)g->name.size,
				    (const char *)g->name.data);
		if (!name)
			return fail_memory(err);
		if (cgroup_values_convert(&c->values, g, name, err) < 0 ||
		    cgroup_convert_values(c, g, name, err) < 0)
			return -1;
	}
	return 0;
}

static int run(struct rules_call *call, struct error *err)
{
	const struct convert_wish *wish = call->wish;
	struct convert c = {
		.call = call,
		.values = { .call = call, .to = wish->version, .formula = wish->formula },
	};
	int found;

	if (cgroup_host_for(call, &c.host, err) < 0 ||
	    cgroup_tree_read(&c.tree, call->arena, call->body, err) < 0)
		return -1;
	c.values.tree = &c.tree;
	if (!c.values.to)
		c.values.to = version_here(c.host);
	if (!c.values.to)
		return fail(err,
			    "no cgroups are mounted here; say `convert to 1` or `convert to 2`");
	if (!is_needed(&c))
		return 0;
	found = weighs_with_bfq(c.host, err);
	if (found < 0)
		return -1;
	c.values.bfq = found;
	if ((c.values.to == 2 ? cgroup_convert_to_v2(&c, err) : cgroup_convert_to_v1(&c, err)) <
		    0 ||
	    cgroup_values_finish(&c.values, err) < 0)
		return -1;
	return cgroup_tree_put(&c.tree, call, err);
}

const struct rules_verb verb_convert = {
	"cgroup_entry",
	"convert",
	"convert [to 1|2] [weights FORMULA]",
	read_arguments,
	sizeof(struct convert_wish),
	run,
};
