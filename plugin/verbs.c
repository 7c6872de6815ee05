/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The actions that belong to a message: one row each. */
#include "cgroup/capture.h"
#include "cgroup/prepare.h"
#include "cgroup/verbs.h"
#include "crw.h"

#define CGROUP(name, usage) { "cgroup_entry", #name, usage, cgroup_##name##_check, cgroup_##name##_run }

const struct rules_verb crw_verbs[] = {
	CGROUP(capture, "capture"),
	CGROUP(clear, "clear"),
	CGROUP(convert, "convert [to 1|2] [weights FORMULA]"),
	CGROUP(drop, "drop absent | drop controller NAME, ..."),
	CGROUP(fit, "fit [PROPERTY, ...]"),
	CGROUP(move, "move [PATH] to PATH|own [controller NAME, ...]"),
	CGROUP(regroup, "regroup"),
	CGROUP(prepare, "prepare"),
	CGROUP(recall, "recall"),
};

const size_t crw_verb_count = sizeof(crw_verbs) / sizeof(crw_verbs[0]);
