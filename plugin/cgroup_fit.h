/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb `fit`: makes cgroup properties acceptable to this host. */
#ifndef CRW_CGROUP_FIT_H
#define CRW_CGROUP_FIT_H

#include "../rules/rules.h"

int cgroup_fit_check(const struct rules_argument *args, size_t count, size_t *wrong,
		     struct error *err);
int cgroup_fit_run(struct rules_call *call, struct error *err);

#endif
