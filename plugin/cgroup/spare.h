/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Groups of this host that processes are in, and that a move chose for a group of the
 * checkpoint. CRIU would write owner and mode of the latter to them in all modes but
 * none and ignore, and in full all its values: the caller's own limits would become
 * those of what it restores.
 */
#ifndef CRW_CGROUP_SPARE_H
#define CRW_CGROUP_SPARE_H

#include "host.h"
#include "tree.h"

/*
 * Takes properties and permissions off the group that becomes `path` here, if it is in
 * use, and off those below it that are; the others keep theirs. *dropped, in the arena,
 * names what was taken off that a new group would not have; NULL: nothing.
 */
int cgroup_spare(struct cgroup_group *g, const struct cgroup_host *host,
		 const struct cgroup_hierarchy *h, struct span path, struct arena *arena,
		 const char **dropped, struct error *err);

/* The same of one group alone, whatever it becomes. */
int cgroup_spare_one(struct cgroup_group *g, struct arena *arena, const char **dropped,
		     struct error *err);

#endif
