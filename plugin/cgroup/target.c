/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "target.h"

#include <string.h>

#include "../../proto/image.h"
#include "controller.h"
#include "place.h"

/* The path of a top-level group counts from the root, or from --cgroup-root. */
static int place_group(const struct cgroup_walk *walk, const struct cgroup_target *above,
		       struct span name, struct cgroup_target *target, struct error *err)
{
	bool moved;

	if (target->top)
		return cgroup_place(walk->crw, walk->entry, above->controller, name, walk->arena,
				    &target->group, &moved, err);
	target->group = cgroup_path_join(walk->arena, above->group, name, err);
	return target->group ? 0 : -1;
}

/* `parent` is NULL in a controller, whose target is `above` then. */
static int walk_groups(const struct cgroup_walk *walk, const struct cgroup_target *above,
		       const struct raw_group *parent, size_t *paths, struct error *err)
{
	struct span rest = parent ? parent->field.bytes : above->controller->field.bytes;
	struct cgroup_target target = *above;
	struct raw_group g;
	int more;

	target.top = !parent;
	while ((more = raw_next_group(&rest, parent, &g, err)) > 0)
		if (raw_count_path(&g, paths, err) < 0 ||
		    place_group(walk, above, g.name, &target, err) < 0 ||
		    (walk->group && walk->group(walk->ctx, &target, err) < 0) ||
		    walk_groups(walk, &target, &g, paths, err) < 0)
			return -1;
	return more;
}

int cgroup_walk(const struct cgroup_walk *walk, struct error *err)
{
	struct span rest = walk->entry;
	struct raw_controller c;
	size_t paths = 0;
	int more;

	while ((more = raw_next_controller(&rest, &c, err)) > 0) {
		struct cgroup_target target = { .controller = &c, .group = "/" };

		target.label = cgroup_label(c.names, c.name_count, walk->arena);
		if (!target.label)
			return fail_memory(err);
		if ((walk->controller && walk->controller(walk->ctx, &target, err) < 0) ||
		    walk_groups(walk, &target, NULL, &paths, err) < 0)
			return -1;
	}
	return more;
}

int cgroup_entry_of(struct crw *crw, struct span *entry, struct error *err)
{
	const struct image_kind *kind = kind_named("cgroup", strlen("cgroup"));
	struct checkpoint_image *image;
	struct image_entry first;
	struct image opened;
	int found = checkpoint_find(&crw->checkpoint, kind, 0, &image, err);

	if (found <= 0)
		return found;
	if (checkpoint_entries(&crw->checkpoint, image, &opened, err) < 0)
		return -1;
	found = image_next(&opened, &first, err);
	if (found < 0)
		return error_context(err, "%s", image->file);
	*entry = first.body;
	return found;
}

const struct cgroup_hierarchy *cgroup_target_hierarchy(const struct cgroup_target *target,
						       const struct cgroup_host *host)
{
	const struct raw_controller *c = target->controller;

	return cgroup_host_find(host, c->name_count ? c->names[0] : span_text(""));
}

const char *cgroup_target_name(const struct cgroup_target *target, struct arena *arena)
{
	return arena_printf(arena, "%s:%s", target->label, target->group);
}
