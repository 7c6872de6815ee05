/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CRIU's RPC over `criu swrk`, by the messages of its own rpc.proto (protoc-c makes
 * rpc.pb-c.h of it). libcriu has no call for what a migration wants: several requests to
 * one swrk, a memory socket that is ready, the page server.
 */
#ifndef MIGRATE_RPC_H
#define MIGRATE_RPC_H

#include <stdbool.h>
#include <sys/types.h>

#include "rpc.pb-c.h"

struct swrk {
	pid_t pid;
	int socket;
};

/* Starts one. It inherits all our descriptors that are not close-on-exec: `ps.fd` and
 * others of a request are their numbers. In a session of its own: who interrupts us at a terminal
 * must not end CRIU, which alone lets go of tasks and their connections. -1 with errno set. */
int swrk_start(struct swrk *swrk);

/* Hangs up, and waits for its end. */
void swrk_end(struct swrk *swrk);

/* What CRIU asks at a moment of a dump or restore; the answer is yes or no. */
typedef bool rpc_notify(void *ctx, const char *moment, pid_t pid);

/* Answers a notification, where it was not swrk_call() that took it. */
int swrk_answer(struct swrk *swrk, bool yes);

int swrk_send(struct swrk *swrk, const CriuReq *request);

/* Serves notifications until the answer to what was sent. It is the caller's, by
 * criu_resp__free_unpacked(); NULL: CRIU has hung up. */
CriuResp *swrk_receive(struct swrk *swrk, rpc_notify *notify, void *ctx);

/* Both. */
CriuResp *swrk_call(struct swrk *swrk, const CriuReq *request, rpc_notify *notify, void *ctx);

#endif
