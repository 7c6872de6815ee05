/* SPDX-License-Identifier: GPL-2.0-only */
#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "progress.h"

int round_open(int round)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%d", set.dir, round);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return complain("%s: %s", path, strerror(errno));
	return open(path, O_RDONLY | O_DIRECTORY);
}

int request_begin(struct request *r, CriuReqType type, int round, const char *log)
{
	criu_req__init(&r->req);
	criu_opts__init(&r->opts);
	criu_page_server_info__init(&r->ps);
	r->req.type = type;
	r->req.opts = &r->opts;
	r->opts.images_dir_fd = round_open(round);
	snprintf(r->log, sizeof(r->log), "%s", log);
	r->opts.log_file = r->log;
	r->opts.has_log_level = true;
	r->opts.log_level = 4;
	if (round > 0) {
		snprintf(r->parent, sizeof(r->parent), "../%d", round - 1);
		r->opts.parent_img = r->parent;
	}
	return r->opts.images_dir_fd < 0 ? -1 : 0;
}

void request_use_memory_socket(struct request *r)
{
	r->ps.has_fd = true;
	r->ps.fd = set.memory;
	r->opts.ps = &r->ps;
}

void request_keep_connections_and_groups(struct request *r)
{
	r->opts.has_tcp_established = r->opts.tcp_established = true;
	r->opts.has_manage_cgroups = r->opts.manage_cgroups = true;
	r->opts.has_notify_scripts = r->opts.notify_scripts = true;
	if (set.nftables) {
		r->opts.has_network_lock = true;
		r->opts.network_lock = CRIU_NETWORK_LOCK_METHOD__NFTABLES;
	}
}

void request_put_into(struct request *r, const char *cgroup_root)
{
	cgroup_root__init(&r->root);
	snprintf(r->cgroup_root, sizeof(r->cgroup_root), "%s", cgroup_root);
	r->root.ctrl = strtok(r->cgroup_root, ":");
	r->root.path = strtok(NULL, "");
	r->roots[0] = &r->root;
	r->opts.n_cg_root = 1;
	r->opts.cg_root = r->roots;
}

bool request_call(struct swrk *swrk, struct request *r, rpc_notify *notify, void *ctx,
		  CriuResp **answer)
{
	CriuResp *got = swrk_call(swrk, &r->req, notify, ctx);
	bool done = got && got->success;

	if (!done)
		complain("criu: %s", !got           ? "ended" :
				     got->cr_errmsg ? got->cr_errmsg :
						      "failed, see its log");
	if (r->req.opts)
		close(r->opts.images_dir_fd);
	if (answer && done)
		*answer = got;
	else if (got)
		criu_resp__free_unpacked(got, NULL);
	return done;
}
