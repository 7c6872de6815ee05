/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The properties of one group in the terms of the other version of cgroups.
 * The rows of properties.def say what becomes of each.
 */
#ifndef CRW_CONVERT_VALUES_H
#define CRW_CONVERT_VALUES_H

#include "convert_weight.h"
#include "properties.h"
#include "verbs.h"

struct cgroup_values {
	struct rules_call *call;
	struct cgroup_tree *tree;
	int to; /* version, 1 or 2 */
	enum weight_formula formula;
	bool bfq;                    /* this host weighs io with io.bfq.weight, not io.weight */
	bool beside;                 /* v2 stays beside v1, with the properties that are its own */
	size_t defaults[PROPERTIES]; /* per row, not brought over one by one */
};

/* Converts the properties of a group; `path` is for the report. What is lost or
 * changed is reported, but values that are the default only counted. */
int cgroup_values_convert(struct cgroup_values *v, struct cgroup_group *g, const char *path,
			  struct error *err);

/* Reports what was counted. */
int cgroup_values_finish(struct cgroup_values *v, struct error *err);

#endif
