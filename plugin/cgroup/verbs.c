/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs of the language, one row each, and what several of them use. */
#include "verbs.h"

#include "../affinity.h"
#include "../context.h"
#include "../identity/verbs.h"
#include "../option.h"
#include "../routes.h"
#include "../tmpfs.h"
#include "capture.h"
#include "prepare.h"
#include "../oci/oci.h"

const struct rules_verb *const crw_verbs[] = {
	&verb_address, &verb_affinity, &verb_affinity_capture,
	&verb_capture, &verb_clear,    &verb_close,
	&verb_content, &verb_convert,  &verb_drop,
	&verb_fit,     &verb_hostname, &verb_lsm,
	&verb_move,    &verb_netdev,   &verb_netns,
	&verb_option,  &verb_path,     &verb_port,
	&verb_prepare, &verb_pts,      &verb_recall,
	&verb_regroup, &verb_relax,    &verb_routes,
};

const size_t crw_verb_count = sizeof(crw_verbs) / sizeof(crw_verbs[0]);

const char *cgroup_text(struct arena *arena, struct span s)
{
	return arena_copy(arena, s.data, s.size);
}
