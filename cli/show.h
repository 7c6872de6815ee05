/* SPDX-License-Identifier: GPL-2.0-only */
/* What of `criu-rewrite show` is in a file of its own. */
#ifndef CRW_SHOW_H
#define CRW_SHOW_H

#include "cli.h"

/* show --cgroups */
enum status show_cgroups(struct cli *cli);

#endif
