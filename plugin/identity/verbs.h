/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs of the checkpoint, which give it another identity: for each, what judges its
 * arguments and what runs it. They keep all images in step, or fail, and then look through
 * all images for what is left of the old value (leftover.h). The table that names them is
 * in ../cgroup/verbs.c.
 */
#ifndef CRW_IDENTITY_VERBS_H
#define CRW_IDENTITY_VERBS_H

#include "../../rules/rules.h"

#define IDENTITY_VERB(name)                                                                        \
	int identity_##name##_check(const struct rules_argument *args, size_t count,               \
				    size_t *wrong, struct error *err);                             \
	int identity_##name##_run(struct rules_call *call, struct error *err)

IDENTITY_VERB(address);  /* sockets, and with raw images the whole network namespace */
IDENTITY_VERB(close);    /* connections to outside */
IDENTITY_VERB(hostname); /* of the UTS namespace */
IDENTITY_VERB(lsm);      /* the profile of all tasks */
IDENTITY_VERB(netdev);   /* a network device: renamed, dropped, another MAC */
IDENTITY_VERB(netns);    /* one that is there, in place of that of the checkpoint */
IDENTITY_VERB(path);     /* files, sockets, mounts */
IDENTITY_VERB(port);     /* of sockets */
IDENTITY_VERB(pts);      /* the index of a terminal */
IDENTITY_VERB(relax);    /* what CRIU compares a file by */

#undef IDENTITY_VERB

#endif
