/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs of the language, one row each, and what several of them use. */
#include "verbs.h"

#include "../affinity.h"
#include "../context.h"
#include "../identity/verbs.h"
#include "../option.h"
#include "../routes.h"
#include "capture.h"
#include "prepare.h"
#include "../oci/oci.h"

/* What goes with the images is fitted by the same statements. */
static int fit_run(struct rules_call *call, struct error *err)
{
	const struct crw *crw = call->world->ctx;

	return crw->fits_spec ? oci_fit_run(call, err) : cgroup_fit_run(call, err);
}

const struct rules_verb crw_verbs[] = {
	{ "core_entry", "affinity", "affinity [by rank]", affinity_check, affinity_run },
	{ "cgroup_entry", "capture", "capture", cgroup_capture_check, cgroup_capture_run },
	{ "core_entry", "capture", "capture affinity", affinity_capture_check,
	  affinity_capture_run },
	{ "cgroup_entry", "clear", "clear", cgroup_clear_check, cgroup_clear_run },
	{ "cgroup_entry", "convert", "convert [to 1|2] [weights FORMULA]", cgroup_convert_check,
	  cgroup_convert_run },
	{ "cgroup_entry", "drop", "drop absent | strangers | controller NAME, ...",
	  cgroup_drop_check, cgroup_drop_run },
	{ "cgroup_entry", "fit", "fit [PROPERTY, ...]", cgroup_fit_check, fit_run },
	{ "cgroup_entry", "move", "move [PATH] to PATH|own|runtime [controller NAME, ...]",
	  cgroup_move_check, cgroup_move_run },
	{ "cgroup_entry", "prepare", "prepare", cgroup_prepare_check, cgroup_prepare_run },
	{ "cgroup_entry", "recall", "recall", cgroup_recall_check, cgroup_recall_run },
	{ "cgroup_entry", "regroup", "regroup", cgroup_regroup_check, cgroup_regroup_run },
	{ NULL, "address", "address OLD to NEW", identity_address_check, identity_address_run },
	{ NULL, "close", "close established [to ADDRESS, ...]", identity_close_check,
	  identity_close_run },
	{ NULL, "hostname", "hostname NAME", identity_hostname_check, identity_hostname_run },
	{ NULL, "lsm", "lsm PROFILE | none", identity_lsm_check, identity_lsm_run },
	{ NULL, "netdev", "netdev OLD to NEW | drop NAME | mac NAME ADDRESS", identity_netdev_check,
	  identity_netdev_run },
	{ NULL, "netns", "netns KEY", identity_netns_check, identity_netns_run },
	{ NULL, "option", "option NAME [VALUE ...]", option_check, option_run },
	{ NULL, "path", "path OLD to NEW", identity_path_check, identity_path_run },
	{ NULL, "port", "port OLD to NEW [tcp | udp]", identity_port_check, identity_port_run },
	{ NULL, "pts", "pts OLD to NEW", identity_pts_check, identity_pts_run },
	{ NULL, "routes", "routes capture | recall", routes_check, routes_run },
	{ NULL, "relax", "relax file GLOB, ...", identity_relax_check, identity_relax_run },
};

const size_t crw_verb_count = sizeof(crw_verbs) / sizeof(crw_verbs[0]);

const char *cgroup_text(struct arena *arena, struct span s)
{
	return arena_copy(arena, s.data, s.size);
}
