/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The actions that belong to a message: one row each. */
#include "cgroup_fit.h"
#include "crw.h"

const struct rules_verb crw_verbs[] = {
	{ "cgroup_entry", "fit", "fit [cpuset.cpus, cpuset.mems]", cgroup_fit_check, cgroup_fit_run },
};

const size_t crw_verb_count = sizeof(crw_verbs) / sizeof(crw_verbs[0]);
