/* SPDX-License-Identifier: GPL-2.0-only */
/* One request to CRIU by RPC: call dump|restore DIR PID [notify] [library] [nftables]
 * What a request costs: call version each|one COUNT, a swrk for each or one for all
 *
 * Prints "yes", or the error of CRIU's answer; with `notify` also asks to be notified, and
 * always says yes; with `library` too it says what crw_action() says, and why if that is no.
 * At post-restore it runs the command $AT_POST_RESTORE first. The log is DIR/rpc.log. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "criu-rewrite.h"
#include "rpc.h"

static bool has_word(char **argv, const char *word)
{
	while (*argv && strcmp(*argv, word) != 0)
		argv++;
	return *argv;
}

static bool ask_version(struct swrk *swrk)
{
	CriuReq request = CRIU_REQ__INIT;
	CriuResp *answer;

	request.type = CRIU_REQ_TYPE__VERSION;
	request.has_keep_open = request.keep_open = true;
	answer = swrk_call(swrk, &request, NULL, NULL);
	if (answer)
		criu_resp__free_unpacked(answer, NULL);
	return answer;
}

static int measure(bool each, int count)
{
	struct timespec start, end;
	struct swrk swrk;
	bool done = swrk_start(&swrk) == 0 && ask_version(&swrk);

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; done && i < count; i++) {
		if (each) {
			swrk_end(&swrk);
			done = swrk_start(&swrk) == 0;
		}
		done = done && ask_version(&swrk);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	swrk_end(&swrk);
	printf("a request, %s: %ld us\n", each ? "a criu swrk for each" : "one criu swrk for all",
	       ((end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000) /
		       count);
	return !done;
}

static bool ask_library(void *images, const char *moment, pid_t pid)
{
	struct crw *crw = crw_new();
	bool yes;

	(void)pid;
	yes = crw && crw_load_config(crw, NULL) == 0 &&
	      crw_action(crw, moment, *(int *)images) == 0;

	if (!yes)
		printf("library: %s: %s\n", moment, crw ? crw_error(crw) : "no memory");
	crw_free(crw);
	return yes;
}

static bool do_own_work(void *ctx, const char *moment, pid_t pid)
{
	const char *command = getenv("AT_POST_RESTORE");

	(void)ctx;
	(void)pid;
	return !command || strcmp(moment, "post-restore") != 0 || system(command) == 0;
}

int main(int argc, char **argv)
{
	CriuReq request = CRIU_REQ__INIT;
	CriuOpts opts = CRIU_OPTS__INIT;
	char log[] = "rpc.log";
	struct swrk swrk;
	CriuResp *answer;
	bool dumps;

	if (argc == 4 && strcmp(argv[1], "version") == 0)
		return measure(strcmp(argv[2], "each") == 0, atoi(argv[3]));
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
	answer = swrk_call(&swrk, &request,
			   has_word(argv + 4, "library") ? ask_library : do_own_work,
			   &opts.images_dir_fd);
	if (!answer)
		puts("no answer");
	else if (answer->success)
		puts("yes");
	else
		printf("no: %s\n", answer->cr_errmsg ? answer->cr_errmsg : "");
	return !answer || !answer->success;
}
