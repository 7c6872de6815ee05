/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two directions of the verb `convert` share. */
#ifndef CRW_CGROUP_CONVERT_H
#define CRW_CGROUP_CONVERT_H

#include "cgroup_host.h"
#include "cgroup_values.h"

struct convert {
	struct rules_call *call;
	struct cgroup_tree tree;
	const struct cgroup_host *host;
	struct cgroup_values values;
};

int cgroup_convert_to_v1(struct convert *c, struct error *err);
int cgroup_convert_to_v2(struct convert *c, struct error *err);

/* "name=systemd": a hierarchy without a controller. */
bool cgroup_is_named(const struct cgroup_controller *c);
bool cgroup_is_v2(const struct cgroup_controller *c);

#endif
