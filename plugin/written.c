/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Is on this host what the rules said? Before CRIU begins, the properties that rules
 * changed of groups which are not there yet are listed with their files; once the tasks
 * are there, the files are read. Groups that were there before are the runtime's: in
 * most modes CRIU does not write to them.
 *
 * Only what the kernel gives back as it takes it is compared: sets of CPUs and memory
 * nodes, and numbers, which it may round down to pages.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/place.h"
#include "context.h"
#include "hostfile.h"

#define WRITTEN_MAX 1000            /* properties that are looked at */
#define WRITTEN_TEXT_MAX (8u << 20) /* bytes of the list */

/* ---- before -------------------------------------------------------------------- */

/* The group on this host; NULL: it cannot be told. */
static const char *group_on_host(const struct crw *crw, const struct crw_change *c)
{
	size_t label = strlen(c->hierarchy);

	if (strncmp(c->where, c->hierarchy, label) == 0 && c->where[label] == ':')
		return c->where + label + 1;
	return cgroup_root_given(crw) ? NULL : c->group;
}

static bool is_comparable(const struct crw_change *c)
{
	return c->type && strcmp(c->type, "property") == 0 && c->hierarchy && c->group &&
	       c->property && c->after && *c->after && !c->after[strspn(c->after, "0123456789,-")];
}

static bool is_same(const struct crw_change *a, const struct crw_change *b)
{
	return is_comparable(b) && strcmp(a->hierarchy, b->hierarchy) == 0 &&
	       strcmp(a->group, b->group) == 0 && strcmp(a->property, b->property) == 0;
}

/* Does a later rule say something else? */
static bool is_overridden(const struct crw *crw, size_t index)
{
	size_t count = crw_change_count(crw);

	for (size_t i = index + 1; i < count; i++)
		if (is_same(crw_change(crw, index), crw_change(crw, i)))
			return true;
	return false;
}

/* Appends "FILE\tVALUE\n"; nothing for a group that is there. */
static int list_property(const struct crw *crw, const struct cgroup_host *host,
			 const struct crw_change *c, struct buffer *out, struct error *err)
{
	struct span controller = span_of(c->hierarchy, strcspn(c->hierarchy, ","));
	const struct cgroup_hierarchy *h;
	const char *group = group_on_host(crw, c);
	char path[CGROUP_HOST_PATH_MAX];
	int found;

	h = cgroup_host_find(host, span_is(controller, "v2") ? span_text("") : controller);
	if (!h || !group || *group != '/')
		return 0;
	found = cgroup_host_exists(host, h, group, err);
	if (found == 0 && cgroup_host_path(h, group, c->property, path))
		buffer_printf(out, "/%s\t%s\n", path, c->after);
	return found < 0 ? -1 : 0;
}

int written_list(struct crw *crw, struct buffer *out, struct error *err)
{
	size_t count = crw_change_count(crw), listed = 0;
	const struct cgroup_host *host;

	if (!count ||
	    (crw->mode && (strcmp(crw->mode, "ignore") == 0 || strcmp(crw->mode, "none") == 0)))
		return 0;
	if (facts_cgroups(&crw->facts, &host, err) < 0)
		return -1;
	for (size_t i = 0; i < count && listed < WRITTEN_MAX; i++) {
		const struct crw_change *c = crw_change(crw, i);

		if (!is_comparable(c) || is_overridden(crw, i))
			continue;
		if (list_property(crw, host, c, out, err) < 0)
			return -1;
		listed++;
	}
	return out->failed ? fail_memory(err) : 0;
}

/* ---- after --------------------------------------------------------------------- */

static bool is_rounded(const char *wanted, const char *found)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), want, have;
	char *want_end, *have_end;

	want = strtoull(wanted, &want_end, 10);
	have = strtoull(found, &have_end, 10);
	return !*want_end && !*have_end && want >= page && have == want / page * page;
}

static bool is_same_value(struct arena *arena, const char *wanted, const char *found)
{
	struct value a, b;
	struct error ignored;

	if (strcmp(wanted, found) == 0 || is_rounded(wanted, found))
		return true;
	return value_set_parse(arena, span_text(wanted), &a, &ignored) == 0 &&
	       value_set_parse(arena, span_text(found), &b, &ignored) == 0 && value_equal(a, b);
}

/* "FILE\tVALUE", which is taken apart. A group that went again says nothing. */
static int check_line(struct crw *crw, char *line)
{
	char *value = strchr(line, '\t');
	const char *text;
	int found;

	if (!value)
		return 0;
	*value++ = 0;
	found = hostfile_line(AT_FDCWD, line, &crw->arena, &text, &crw->err);
	if (found <= 0 || is_same_value(&crw->arena, value, text))
		return found < 0 ? -1 : 0;
	return fail(&crw->err, "%s is %s, the rules said %s", line, *text ? text : "empty", value);
}

int crw_check_written(struct crw *crw, const char *list)
{
	cleanup_buffer struct buffer text = { 0 };
	char *line, *rest = NULL;

	if (!list)
		return fail(
			&crw->err,
			"there is no list of what the rules said; its name is in " CRW_WRITTEN_VARIABLE
			" where the plugin has made one");
	if (hostfile_read(AT_FDCWD, list, WRITTEN_TEXT_MAX, &text, &crw->err) < 0)
		return -1;
	if (!text.size)
		return 0;
	for (line = strtok_r((char *)text.data, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (check_line(crw, line) < 0)
			return -1;
	return 0;
}
