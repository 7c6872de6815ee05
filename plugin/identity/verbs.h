/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs of the checkpoint, which give it another identity. They keep all images in step, or fail, and then look through
 * all images for what is left of the old value (leftover.h). The table that names them is
 * in ../cgroup/verbs.c.
 */
#ifndef CRW_IDENTITY_VERBS_H
#define CRW_IDENTITY_VERBS_H

#include "../../rules/rules.h"

extern const struct rules_verb verb_address, /* sockets; of raw images all of the network */
	verb_close,                          /* connections to outside */
	verb_hostname,                       /* of the UTS namespace */
	verb_lsm,                            /* the profile of all tasks */
	verb_netdev,                         /* a network device: renamed, dropped, another MAC */
	verb_netns,                          /* one that is there, not that of the checkpoint */
	verb_path,                           /* files, sockets, mounts */
	verb_port,                           /* of sockets */
	verb_pts,                            /* the index of a terminal */
	verb_relax;                          /* what CRIU compares a file by */

#endif
