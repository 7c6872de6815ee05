/* SPDX-License-Identifier: GPL-2.0-only */
/* Gives the options that rules ask for to the running CRIU, with what each needs besides. */
#ifndef CRW_CRIU_OPTION_H
#define CRW_CRIU_OPTION_H

#include "option.h"

/* All of the list. -1 with CRIU's options half changed: the restore has to end. */
int criu_give_options(const struct option_given *list, struct error *err);

#endif
