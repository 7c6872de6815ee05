/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an edit of the language changed, in the words of cgroups: the steps to a
 * field of cgroup.img lead through a controller, groups and properties.
 */
#ifndef CRW_CGROUP_SUBJECT_H
#define CRW_CGROUP_SUBJECT_H

#include "../change.h"
#include "image.h"

/* The hierarchy that the last change was in. Zero-initialise for each content. */
struct subject_memo {
	struct span at; /* its message */
	struct raw_controller controller;
};

/* The name of the property that was set, added or taken away, or whose value was; empty: it is
 * another change. */
struct span cgroup_property(const struct rules_change *edit);

/* Fills in type, image, hierarchy, group, name, place and rule; texts are in the arena.
 * The memo is for all changes that are made to one content of cgroup.img. */
int cgroup_subject(const struct rules_change *edit, struct subject_memo *memo, struct arena *arena,
		   struct change *out, struct error *err);

#endif
