/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets of a checkpoint that share a port. */
#ifndef CRW_PORTS_H
#define CRW_PORTS_H

#include "checkpoint.h"

/*
 * Is there a socket that CRIU would wait in for ever, once no task has the socket `id`?
 * CRIU gives all of a port SO_REUSEADDR and SO_REUSEPORT for a while, and takes them
 * away from those that are no connections and had not both when all of the port are
 * there (criu/sk-inet.c, post_open_inet_sk).
 */
bool ports_wait_for(struct checkpoint *c, uint64_t id);

#endif
