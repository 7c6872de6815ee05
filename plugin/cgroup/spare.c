/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spare.h"

#include <string.h>

#include "../hostfile.h"
#include "properties.h"

#define VALUE_SHOWN_MAX 40 /* bytes of a value in a note */
#define NAMES_SHOWN_MAX 8  /* values in it */

/* ---- is the group in use ---- */

static int has_line(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		    const char *group, const char *file, const char *line, struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	char path[CGROUP_HOST_PATH_MAX];
	int found = 0;

	if (cgroup_host_path(h, group, file, path))
		found = hostfile_read(host->root, path, HOSTFILE_MAX, &text, err);
	return found > 0 ? strstr((const char *)text.data, line) != NULL : found;
}

/* Is criu in it or below, or is anybody: 1, 0, -1. */
static int in_use(const struct cgroup_host *host, const struct cgroup_hierarchy *h,
		  const char *group, struct error *err)
{
	if (cgroup_path_within(span_text(h->own), span_text(group)))
		return 1;
	if (!h->mount)
		return 0;
	return h->version == 2 ? has_line(host, h, group, "cgroup.events", "populated 1", err) :
				 has_line(host, h, group, "cgroup.procs", "\n", err);
}

/* ---- what is taken off ---- */

static bool is_limit(const struct cgroup_property *p)
{
	const struct property_row *row = property_find(PROPERTY_BOTH, p->name);

	return p->value.size && row && row->fresh && !property_is_fresh(row, p->value);
}

static void put_limit(struct buffer *out, const struct cgroup_property *p)
{
	bool short_one = p->value.size <= VALUE_SHOWN_MAX &&
			 !memchr(p->value.data, '\n', p->value.size);

	buffer_text(out, out->size ? ", " : "");
	buffer_append(out, p->name);
	buffer_text(out, short_one ? " " : "");
	buffer_append(out, short_one ? p->value : span_text(""));
}

static void take_off(struct cgroup_group *g, struct buffer *dropped)
{
	size_t limits = 0;

	for (const struct cgroup_property *p = g->properties; p; p = p->next)
		if (is_limit(p) && limits++ < NAMES_SHOWN_MAX)
			put_limit(dropped, p);
	if (limits > NAMES_SHOWN_MAX)
		buffer_printf(dropped, " and %zu more", limits - NAMES_SHOWN_MAX);
	g->properties = NULL;
	g->rest = span_of(NULL, 0);
}

static int spare(struct cgroup_group *g, const struct cgroup_host *host,
		 const struct cgroup_hierarchy *h, const char *path, struct arena *arena,
		 struct buffer *dropped, struct error *err)
{
	int used = in_use(host, h, path, err);
	const char *below;

	if (used <= 0)
		return used;
	take_off(g, dropped);
	for (struct cgroup_group *child = g->children; child; child = child->next) {
		below = cgroup_path_join(arena, path, child->name, err);
		if (!below || spare(child, host, h, below, arena, dropped, err) < 0)
			return -1;
	}
	return 0;
}

static int keep_text(const struct buffer *b, struct arena *arena, const char **text,
		     struct error *err)
{
	*text = b->size && !b->failed ? arena_copy(arena, b->data, b->size) : NULL;
	return b->failed || (b->size && !*text) ? fail_memory(err) : 0;
}

int cgroup_spare(struct cgroup_group *g, const struct cgroup_host *host,
		 const struct cgroup_hierarchy *h, struct span path, struct arena *arena,
		 const char **dropped, struct error *err)
{
	cleanup_buffer struct buffer list = { 0 };
	const char *text = arena_copy(arena, path.data, path.size);

	if (!text)
		return fail_memory(err);
	if (spare(g, host, h, text, arena, &list, err) < 0)
		return -1;
	return keep_text(&list, arena, dropped, err);
}

int cgroup_spare_one(struct cgroup_group *g, struct arena *arena, const char **dropped,
		     struct error *err)
{
	cleanup_buffer struct buffer list = { 0 };

	take_off(g, &list);
	return keep_text(&list, arena, dropped, err);
}
