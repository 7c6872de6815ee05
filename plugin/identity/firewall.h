/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ports in the firewall of a checkpoint's network namespace. Whose port a line means says
 * the chain: what comes in has ours for its destination, what goes out for its source; with
 * an address of ours beside it, it is ours in any chain; what is redirected goes to ours.
 * The rest may be another host's: it stays, and is told of.
 */
#ifndef CRW_IDENTITY_FIREWALL_H
#define CRW_IDENTITY_FIREWALL_H

#include "sockets.h"

/* Of these sockets; protocol 0: of any. */
int firewall_move_port(struct rules_call *call, const struct sockets *sockets, uint64_t protocol,
		       uint64_t old, uint64_t fresh, struct error *err);

#endif
