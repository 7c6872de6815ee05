/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is there room for the pages of a checkpoint: in the memory of this host, and in the group
 * that the tasks stay in? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../proto/file.h"
#include "../cgroup/host.h"
#include "../cgroup/place.h"
#include "../cgroup/target.h"
#include "../hostfile.h"
#include "doctor.h"

#define MIB(bytes) ((unsigned long long)((bytes) >> 20))

/* ---- the host ---------------------------------------------------------------- */

/* "MemAvailable:   123 kB", in bytes */
static uint64_t read_bytes(const char *text, const char *name)
{
	const char *line = text ? strstr(text, name) : NULL;
	unsigned long long kilobytes = 0;

	if (line)
		sscanf(line + strlen(name), " %llu", &kilobytes);
	return kilobytes << 10;
}

static void check_host(struct doctor *d, uint64_t wanted, const char *thing)
{
	cleanup_buffer struct buffer text = { 0 };
	struct error err;
	uint64_t here;
	int found = hostfile_read(d->root, "proc/meminfo", HOSTFILE_MAX, &text, &err);

	if (found <= 0 || !strstr((const char *)text.data, "MemAvailable:")) {
		doctor_find(d, CAUSE_MEMORY, CRW_LEVEL_UNKNOWN, "/proc/meminfo", NULL, "%s",
			    found < 0 ? err.text : "does not say how much memory is free here");
		return;
	}
	here = read_bytes((const char *)text.data, "MemAvailable:") +
	       read_bytes((const char *)text.data, "SwapFree:");
	if (wanted > here)
		doctor_find(d, CAUSE_MEMORY, CRW_LEVEL_FAILURE, thing, NULL,
			    "are in the checkpoint, and %llu MiB of memory and swap are free here",
			    MIB(here));
	else
		doctor_find(d, CAUSE_MEMORY, CRW_LEVEL_OK, thing, NULL,
			    "are in the checkpoint, of %llu MiB that are free here", MIB(here));
}

/* ---- the group ----------------------------------------------------------------- */

/* Are the tasks where criu is? So it is without groups in the checkpoint, too. */
static bool stay_with_criu(struct doctor *d)
{
	struct span entry;
	struct error ignored;

	return doctor_ignores_groups(d) || cgroup_entry_of(d->crw, &entry, &ignored) == 0;
}

/* Not when it has none, which is "max" or the largest number of pages. */
static bool read_limit(struct doctor *d, const struct cgroup_hierarchy *h, const char *group,
		       uint64_t *limit)
{
	char path[CGROUP_HOST_PATH_MAX];
	const char *file = h->version == 2 ? "memory.max" : "memory.limit_in_bytes", *line;
	struct error err;
	int found = 0;

	if (cgroup_host_path(h, group, file, path))
		found = hostfile_line(d->root, path, &d->arena, &line, &err);
	if (found < 0)
		doctor_find(d, CAUSE_MEMORY, CRW_LEVEL_UNKNOWN, path, NULL, "%s", err.text);
	if (found <= 0)
		return false;
	*limit = strtoull(line, NULL, 10);
	return *line >= '0' && *line <= '9';
}

static const struct cgroup_hierarchy *find_hierarchy(struct doctor *d)
{
	const struct cgroup_host *host;
	const struct cgroup_hierarchy *h;
	struct error err;

	if (facts_cgroups(&d->crw->facts, &host, &err) < 0) {
		doctor_find(d, CAUSE_MEMORY, CRW_LEVEL_UNKNOWN, "cgroups", NULL, "%s", err.text);
		return NULL;
	}
	h = cgroup_host_find(host, span_text("memory"));
	return h ? h : cgroup_host_find(host, span_text(""));
}

bool doctor_swaps(struct doctor *d)
{
	struct error ignored;
	struct value swap;
	int found = facts_get(&d->crw->facts, "host.swap", &swap, &ignored);

	return found < 0 || (found && swap.number);
}

static void check_groups(struct doctor *d, uint64_t wanted, const char *thing)
{
	const struct cgroup_hierarchy *h = find_hierarchy(d);
	const char *group = h ? h->own : NULL;
	bool swaps = doctor_swaps(d);
	uint64_t limit;

	for (; group; group = strcmp(group, "/") ? cgroup_path_parent(&d->arena, group) : NULL)
		if (read_limit(d, h, group, &limit) && limit < wanted)
			doctor_find(d, CAUSE_MEMORY, swaps ? CRW_LEVEL_WARNING : CRW_LEVEL_FAILURE,
				    thing, "raise its limit, or restore from another group",
				    "are in the checkpoint, and the group %s, where the tasks "
				    "stay with criu, may have %llu MiB",
				    group, MIB(limit));
}

void doctor_check_room(struct doctor *d, uint64_t pages)
{
	uint64_t wanted = pages * DOCTOR_PAGE;
	char thing[48];

	if (d->crw->facts.only_given)
		return;
	snprintf(thing, sizeof(thing), "%llu MiB", MIB(wanted));
	check_host(d, wanted, thing);
	if (stay_with_criu(d))
		check_groups(d, wanted, thing);
}
