/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts what `capture` recorded into the groups of cgroup.img. What cgroup.img
 * says itself stays. Groups above those of the checkpoint get their limits back
 * where they do not exist yet, or belong to the container and CRIU is to write to what is
 * there: elsewhere they are this host's business.
 */
#include <string.h>

#include "../../proto/image.h"
#include "../../rules/args.h"
#include "capture.h"
#include "image.h"
#include "place.h"
#include "tree.h"
#include "verbs.h"
#include "../mode_choose.h"

#define GROUPS_MAX 10000 /* as many as prepare makes */

struct recall {
	struct rules_call *call;
	struct crw *crw;
	const struct cgroup_host *host;
	struct cgroup_tree tree;
	struct cgroup_controller *controller; /* whose entry is gone through, */
	const struct cgroup_hierarchy *here;  /* where its groups will be; NULL: nowhere, */
	const char *label;                    /* and for people */
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
					  .hierarchy = r->label,
					  .group = path,
					  .name = raw->name,
					  .after = raw->value.bytes.size ? raw->value.bytes :
									   span_text("(owner)"),
					  .note = "recorded at the dump" },
			 err);
}

/* Is the group in a cgroup namespace of the checkpoint, or its root? */
static bool is_inside(const struct recall *r, const char *path)
{
	for (const struct cgroup_set *set = r->tree.sets; set; set = set->next)
		for (const struct cgroup_member *m = set->members; m; m = m->next)
			if (m->prefix > 1 && m->prefix <= m->path.size &&
			    cgroup_controller_holds(r->controller, m) &&
			    cgroup_path_within(span_text(path),
					       span_of(m->path.data, (size_t)m->prefix)))
				return true;
	return false;
}

/* Is the group of the checkpoint that was recorded under this path to be limited: 1, 0, -1? */
static int is_to_limit(const struct recall *r, const struct cgroup_group *g, const char *path,
		       struct error *err)
{
	int found;

	if (!g || !g->implied)
		return g != NULL;
	/* In full CRIU writes to groups that are here; the container's own is one (LXC). */
	if (mode_is(r->crw, "full") && is_inside(r, path))
		return 1;
	if (cgroup_root_given(r->crw) || !r->here)
		return 0;
	found = cgroup_host_exists(r->host, r->here, path, err);
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
	g = cgroup_group_find(r->controller, span_text(path));
	more = is_to_limit(r, g, path, err);
	while (more > 0 && (more = raw_next_property(&rest, &property, err)) > 0)
		if (recall_property(r, g, path, &property, err) < 0)
			return -1;
	return more;
}

static int recall_controller(void *ctx, const struct raw_controller *recorded, struct error *err)
{
	struct recall *r = ctx;
	struct span name = recorded->name_count ? recorded->names[0] : span_text("");
	struct span rest = recorded->field.bytes;
	struct raw_group g;
	int more = 0;

	r->controller = cgroup_tree_controller(&r->tree, name);
	r->here = cgroup_host_find(r->host, name);
	if (!r->here) /* v1 is going to be v2 */
		r->here = cgroup_host_find(r->host, span_text(""));
	r->label = cgroup_label(recorded->names, recorded->name_count, r->call->arena);
	if (!r->label)
		return fail_memory(err);
	while (r->controller && (more = raw_next_group(&rest, NULL, &g, err)) > 0)
		if (recall_group(r, &g, err) < 0)
			return -1;
	return more;
}

static int run(struct rules_call *call, struct error *err)
{
	struct recall r = { .call = call, .crw = call->world->ctx };

	if (cgroup_tree_read(&r.tree, call->arena, call->body, err) < 0 ||
	    cgroup_host_for(call, &r.host, err) < 0 ||
	    capture_each(r.crw, recall_controller, &r, err) < 0)
		return -1;
	return r.changed ? cgroup_tree_put(&r.tree, call, err) : 0;
}

const struct rules_verb verb_recall = {
	"cgroup_entry", "recall", "recall", args_none, 0, run,
};
