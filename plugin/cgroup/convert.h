/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two directions of the verb `convert` share. */
#ifndef CRW_CGROUP_CONVERT_H
#define CRW_CGROUP_CONVERT_H

#include "host.h"
#include "convert_values.h"

struct convert {
	struct rules_call *call;
	struct cgroup_tree tree;
	const struct cgroup_host *host;
	struct cgroup_values values;
};

int cgroup_convert_to_v1(struct convert *c, struct error *err);
int cgroup_convert_to_v2(struct convert *c, struct error *err);

/* The properties of all groups below `parent`, whose path is `path`. */
int cgroup_convert_values(struct convert *c, struct cgroup_group *parent, const char *path,
			  struct error *err);

/* When the sets have their group of v2: one line for all threads whose group
 * would be another than their task's. */
int cgroup_convert_report_threads(struct convert *c, struct error *err);

/* "name=systemd": a hierarchy without a controller. */
bool cgroup_is_named(const struct cgroup_controller *c);

#endif
