/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "walk.h"

#include <string.h>

#include "../../proto/image.h"
#include "fields.h"
#include "root.h"

#define DEPTH_MAX 100 /* of groups inside groups */
#define NAMES_MAX 64  /* of controllers in one entry */

static int label_of(struct span controller, struct arena *arena, const char **label,
		    struct error *err)
{
	const char *text = "", *separator = "";
	struct wire_field f;
	unsigned names = 0;
	int more;

	while ((more = wire_next(&controller, &f, err)) > 0) {
		if (f.number != CG_CONTROLLER_CNAMES)
			continue;
		if (++names > NAMES_MAX)
			return fail(err, "more than %d controllers in one entry", NAMES_MAX);
		text = arena_printf(arena, "%s%s%.*s", text, separator, (int)f.bytes.size,
				    (const char *)f.bytes.data);
		if (!text)
			return fail_memory(err);
		separator = ",";
	}
	*label = text;
	return more;
}

static int name_of(struct span body, struct span *name, struct error *err)
{
	struct wire_field f;
	int more;

	*name = span_of(NULL, 0);
	while ((more = wire_next(&body, &f, err)) > 0)
		if (f.number == CGROUP_DIR_NAME)
			*name = f.bytes;
	return more;
}

/* The path of a top-level group counts from the root, or from --cgroup-root. */
static int place_of(const struct cgroup_walk *walk, const struct cgroup_spot *above,
		    struct span name, const char **group, struct error *err)
{
	bool moved;

	if (!above->body.data)
		return cgroup_place(walk->crw, walk->entry, above->controller, name, walk->arena,
				    group, &moved, err);
	*group = cgroup_join(walk->arena, above->group, name);
	return *group ? 0 : fail_memory(err);
}

static int walk_groups(const struct cgroup_walk *walk, const struct cgroup_spot *above,
		       unsigned depth, struct error *err)
{
	bool top = !above->body.data;
	struct span rest = top ? above->controller : above->body, name;
	struct cgroup_spot spot = *above;
	struct wire_field f;
	int more;

	if (depth > DEPTH_MAX)
		return fail(err, "cgroups are nested more than %d deep", DEPTH_MAX);
	while ((more = wire_next(&rest, &f, err)) > 0) {
		if (f.number != (top ? CG_CONTROLLER_DIRS : CGROUP_DIR_CHILDREN))
			continue;
		spot.body = f.bytes.data ? f.bytes : span_of("", 0);
		spot.top = top;
		if (name_of(spot.body, &name, err) < 0 ||
		    place_of(walk, above, name, &spot.group, err) < 0 ||
		    (walk->group && walk->group(walk->ctx, &spot, err) < 0) ||
		    walk_groups(walk, &spot, depth + 1, err) < 0)
			return -1;
	}
	return more;
}

int cgroup_walk(const struct cgroup_walk *walk, struct error *err)
{
	struct span rest = walk->entry;
	struct wire_field f;
	int more;

	while ((more = wire_next(&rest, &f, err)) > 0) {
		struct cgroup_spot spot = { .controller = f.bytes, .group = "/" };

		if (f.number != CGROUP_ENTRY_CONTROLLERS)
			continue;
		if (label_of(f.bytes, walk->arena, &spot.label, err) < 0 ||
		    (walk->controller && walk->controller(walk->ctx, &spot, err) < 0) ||
		    walk_groups(walk, &spot, 0, err) < 0)
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

const struct cgroup_hierarchy *cgroup_spot_hierarchy(const struct cgroup_spot *spot,
						     const struct cgroup_host *host)
{
	return cgroup_host_find(host, span_of(spot->label, strcspn(spot->label, ",")));
}

const char *cgroup_spot_name(const struct cgroup_spot *spot, struct arena *arena)
{
	return arena_printf(arena, "%s:%s", *spot->label ? spot->label : "v2", spot->group);
}
