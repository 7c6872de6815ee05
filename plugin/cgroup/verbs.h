/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs of cgroup_entry. The table that names them all is in verbs.c.
 */
#ifndef CRW_CGROUP_VERBS_H
#define CRW_CGROUP_VERBS_H

#include "../change.h"
#include "tree.h"

extern const struct rules_verb verb_fit, /* properties acceptable to this host */
	verb_move,                       /* other paths for groups and the tasks in them */
	verb_drop,                       /* controllers out of the image */
	verb_regroup,                    /* controllers mounted together as here */
	verb_convert,                    /* cgroup v1 to v2 and back */
	verb_clear;                      /* tasks stay where CRIU is */

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
