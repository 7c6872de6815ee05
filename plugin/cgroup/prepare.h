/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verb `prepare`: groups of cgroup v2 are made before CRIU comes to them,
 * with their owners and values. It plans only; rewrite.so does the steps when
 * all rules have succeeded.
 */
#ifndef CRW_CGROUP_PREPARE_H
#define CRW_CGROUP_PREPARE_H

#include "../../rules/rules.h"

extern const struct rules_verb verb_prepare;

/* Plans the groups of v1 as well, whatever rules say. */
int cgroup_prepare_all(const struct rules_world *world, struct error *err);

#endif
