/* SPDX-License-Identifier: GPL-2.0-only */
/* One request to CRIU by RPC: call dump|restore DIR PID [notify] [nftables]
 * Prints "yes", or the error of CRIU's answer; with `notify` also asks to be notified, and
 * always says yes. The log is DIR/rpc.log. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc.h"

static bool has_word(char **argv, const char *word)
{
	while (*argv && strcmp(*argv, word) != 0)
		argv++;
	return *argv;
}

int main(int argc, char **argv)
{
	CriuReq request = CRIU_REQ__INIT;
	CriuOpts opts = CRIU_OPTS__INIT;
	char log[] = "rpc.log";
	struct swrk swrk;
	CriuResp *answer;
	bool dumps;

	if (argc < 4 || swrk_start(&swrk) < 0)
		return 2;
	dumps = strcmp(argv[1], "dump") == 0;
	request.type = dumps ? CRIU_REQ_TYPE__DUMP : CRIU_REQ_TYPE__RESTORE;
	request.opts = &opts;
	opts.images_dir_fd = open(argv[2], O_RDONLY | O_DIRECTORY);
	opts.has_pid = dumps;
	opts.pid = atoi(argv[3]);
	opts.log_file = log;
	opts.has_log_level = true;
	opts.log_level = 4;
	opts.has_tcp_established = opts.tcp_established = true;
	opts.has_manage_cgroups = opts.manage_cgroups = true;
	opts.has_notify_scripts = opts.notify_scripts = has_word(argv + 4, "notify");
	opts.has_network_lock = has_word(argv + 4, "nftables");
	opts.network_lock = CRIU_NETWORK_LOCK_METHOD__NFTABLES;
	answer = swrk_call(&swrk, &request, NULL, NULL);
	if (!answer)
		puts("no answer");
	else if (answer->success)
		puts("yes");
	else
		printf("no: %s\n", answer->cr_errmsg ? answer->cr_errmsg : "");
	return !answer || !answer->success;
}
