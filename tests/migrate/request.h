/* SPDX-License-Identifier: GPL-2.0-only */
/* A request to CRIU for a round of a migration, and the directory of that round. */
#ifndef MIGRATE_REQUEST_H
#define MIGRATE_REQUEST_H

#include "rpc.h"
#include "settings.h"

struct request {
	CriuReq req;
	CriuOpts opts;
	CriuPageServerInfo ps;
	CgroupRoot root, *roots[1];
	char parent[32], log[32], cgroup_root[PATH_SIZE];
};

/* The directory of a round. -1: it cannot be made. */
int round_open(int round);

/* What all requests have in common: where images are, of this round and the one before. */
int request_begin(struct request *r, CriuReqType type, int round, const char *log);

void request_use_memory_socket(struct request *r);
void request_keep_connections_and_groups(struct request *r);

/* "CONTROLLER:PATH" */
void request_put_into(struct request *r, const char *cgroup_root);

/* Sends it. False: CRIU said no, or is gone; its error is shown. The answer is the caller's, by
 * criu_resp__free_unpacked(); NULL: not wanted. */
bool request_call(struct swrk *swrk, struct request *r, rpc_notify *notify, void *ctx,
		  CriuResp **answer);

#endif
