/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets of a checkpoint that share a port. */
#ifndef CRW_PORTS_H
#define CRW_PORTS_H

#include "checkpoint.h"

/* Zero-initialise before use; what was read is asked again and again. */
struct ports {
	bool read;
	struct buffer sockets, by_port;
};

/*
 * Is there a socket that CRIU would wait in for ever, once no task has the socket `id`?
 * CRIU gives all of a port SO_REUSEADDR and SO_REUSEPORT for a while, and takes them
 * away from those that are no connections and had not both when all of the port are
 * there (criu/sk-inet.c, post_open_inet_sk). 1, 0, -1.
 */
int ports_wait_for(struct ports *ports, struct checkpoint *c, uint64_t id, struct error *err);

void ports_free(struct ports *ports);

#endif
