/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts what `capture` recorded into the groups of cgroup.img. What cgroup.img
 * says itself stays. Groups above those of the checkpoint get their limits back
 * only where they do not exist yet: elsewhere they are this host's business.
 */
#include <string.h>

#include "../../proto/image.h"
#include "../../rules/args.h"
#include "capture.h"
#include "image.h"
#include "place.h"
#include "tree.h"
#include "verbs.h"
#include "../context.h"

#define GROUPS_MAX 10000 /* as many as prepare makes */

struct recall {
	struct rules_call *call;
	struct crw *crw;
	const struct cgroup_host *host;
	struct cgroup_tree tree;
	struct cgroup_controller *v2;
	size_t groups;
	bool changed;
};

static int recall_property(struct recall *r, struct cgroup_group *g, const char *path,
			   const struct raw_property *raw, struct error *err)
{
	const char *name_text = cgroup_text(r->call->arena, raw->name);
	struct cgroup_property *property;

	if (!name_text)
		return fail_memory(err);
	if (cgroup_group_property(g, name_text))
		return 0;
	property = cgroup_group_set(&r->tree, g, name_text, raw->value.bytes);
	if (!property)
		return fail_memory(err);
	property->rest = raw->owner.raw;
	r->changed = true;
	return change_by(r->call,
			 (struct change){ .type = CHANGE_PROPERTY,
					  .hierarchy = "v2",
					  .group = path,
					  .name = raw->name,
					  .after = raw->value.bytes.size ? raw->value.bytes :
									   span_text("(owner)"),
					  .note = "recorded at the dump" },
			 err);
}

/* Is the group of the checkpoint that was recorded under this path to be limited: 1, 0, -1? */
static int is_to_limit(const struct recall *r, const struct cgroup_group *g, const char *path,
		       struct error *err)
{
	const struct cgroup_hierarchy *h = cgroup_host_find(r->host, span_of("", 0));
	int found;

	if (!g || !g->implied)
		return g != NULL;
	if (cgroup_root_given(r->crw) || !h)
		return 0;
	found = cgroup_host_exists(r->host, h, path, err);
	return found < 0 ? -1 : !found;
}

static int recall_group(struct recall *r, const struct raw_group *raw, struct error *err)
{
	struct span rest = raw->field.bytes;
	struct raw_property property;
	struct cgroup_group *g;
	const char *path;
	int more;

	if (++r->groups > GROUPS_MAX)
		return fail(err, "more than %d groups are recorded", GROUPS_MAX);
	path = cgroup_path_join(r->call->arena, "/", raw->name, err);
	if (!path)
		return -1;
	g = cgroup_group_find(r->v2, span_text(path));
	more = is_to_limit(r, g, path, err);
	while (more > 0 && (more = raw_next_property(&rest, &property, err)) > 0)
		if (recall_property(r, g, path, &property, err) < 0)
			return -1;
	return more;
}

static int run(struct rules_call *call, struct error *err)
{
	struct recall r = { .call = call, .crw = call->world->ctx };
	struct span entry;
	struct raw_group g;
	int more = capture_recorded(r.crw, &entry, err);

	if (more <= 0)
		return more;
	if (cgroup_tree_read(&r.tree, call->arena, call->body, err) < 0 ||
	    cgroup_host_for(call, &r.host, err) < 0)
		return -1;
	r.v2 = cgroup_tree_controller(&r.tree, span_of("", 0));
	while (r.v2 && (more = raw_next_group(&entry, NULL, &g, err)) > 0)
		if (recall_group(&r, &g, err) < 0)
			return error_context(err, CAPTURE_FILE);
	if (more < 0)
		return -1;
	return r.changed ? cgroup_tree_put(&r.tree, call, err) : 0;
}

const struct rules_verb verb_recall = {
	"cgroup_entry", "recall", "recall", args_none, 0, run,
};
