/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs of cgroup_entry: for each, what judges its arguments and what runs
 * it. The table that names them all is in verbs.c.
 */
#ifndef CRW_CGROUP_VERBS_H
#define CRW_CGROUP_VERBS_H

#include "../change.h"
#include "tree.h"

#define CGROUP_VERB(name)                                                                          \
	int cgroup_##name##_check(const struct rules_argument *args, size_t count, size_t *wrong,  \
				  struct error *err);                                              \
	int cgroup_##name##_run(struct rules_call *call, struct error *err)

CGROUP_VERB(fit);     /* properties acceptable to this host */
CGROUP_VERB(move);    /* other paths for groups and the tasks in them */
CGROUP_VERB(drop);    /* controllers out of the image */
CGROUP_VERB(regroup); /* controllers mounted together as here */
CGROUP_VERB(convert); /* cgroup v1 to v2 and back */
CGROUP_VERB(clear);   /* tasks stay where CRIU is */

#undef CGROUP_VERB

/* What `move` does to one group of one controller, which may be moved already. */
int cgroup_move_group(struct cgroup_tree *tree, struct rules_call *call,
		      struct cgroup_controller *c, struct span old, struct span new,
		      struct error *err);

/* The hierarchies of the host that the call is about: this one, or that of the
 * facts that were given in its place. */
struct cgroup_host;
int cgroup_host_for(const struct rules_call *call, const struct cgroup_host **host,
		    struct error *err);

/* Does the property belong to the controller: "cpu.shares" to "cpu"? */
bool cgroup_property_of(struct span property, struct span controller);

/* A span as text in the arena; NULL: no memory. */
const char *cgroup_text(struct arena *arena, struct span s);

#endif
