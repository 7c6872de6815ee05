/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where addresses go: one of a host to another, and all of a subnet into another. Of a host
 * alone the subnet is that of its device in the checkpoint.
 */
#ifndef CRW_IDENTITY_MOVE_H
#define CRW_IDENTITY_MOVE_H

#include "../../rules/rules.h"

struct move {
	struct value old, fresh;         /* of the host; NONE: only subnets were named */
	struct value old_net, fresh_net; /* NONE: no subnet moves */
};

/* What the rule says: 10.0.0.5 to 10.7.0.9, 10.0.0.0/24 to 10.7.0.0/24, or both at once,
 * 10.0.0.5/24 to 10.7.0.9/24. */
int move_of(const struct value *old, const struct value *fresh, struct move *m, struct error *err);

/* Does everything stay where it is? */
bool move_is_none(const struct move *m);

/* The device of the old address has this prefix: then its subnet moves, too. */
void move_learn_prefix(struct move *m, unsigned prefix);

/* 1 with where the address, or subnet, goes; 0: it stays; -1: it has no place there. */
int move_address(const struct move *m, const struct value *v, struct value *out, struct error *err);

#endif
