/* SPDX-License-Identifier: GPL-2.0-only */
#include "rpc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MESSAGE_MAX 65536

int swrk_start(struct swrk *swrk)
{
	int pair[2];
	char number[16];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	swrk->pid = fork();
	if (swrk->pid == 0) {
		setsid();
		fcntl(pair[1], F_SETFD, 0);
		snprintf(number, sizeof(number), "%d", pair[1]);
		execlp("criu", "criu", "swrk", number, NULL);
		perror("criu");
		_exit(127);
	}
	close(pair[1]);
	swrk->socket = pair[0];
	return swrk->pid < 0 ? -1 : 0;
}

void swrk_end(struct swrk *swrk)
{
	close(swrk->socket);
	waitpid(swrk->pid, NULL, 0);
	swrk->pid = 0;
}

int swrk_send(struct swrk *swrk, const CriuReq *request)
{
	uint8_t message[MESSAGE_MAX];
	size_t size = criu_req__get_packed_size(request);

	if (size > sizeof(message))
		return -1;
	criu_req__pack(request, message);
	return send(swrk->socket, message, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -1;
}

static CriuResp *receive_answer(int socket)
{
	uint8_t message[MESSAGE_MAX];
	ssize_t size = recv(socket, message, sizeof(message), 0);

	return size > 0 ? criu_resp__unpack(NULL, (size_t)size, message) : NULL;
}

int swrk_answer(struct swrk *swrk, bool yes)
{
	CriuReq answer = CRIU_REQ__INIT;

	answer.type = CRIU_REQ_TYPE__NOTIFY;
	answer.has_notify_success = true;
	answer.notify_success = yes;
	return swrk_send(swrk, &answer);
}

static int answer_notification(struct swrk *swrk, const CriuNotify *n, rpc_notify *notify,
			       void *ctx)
{
	const char *moment = n && n->script ? n->script : "";

	return swrk_answer(swrk, !notify || notify(ctx, moment, n && n->has_pid ? n->pid : 0));
}

CriuResp *swrk_receive(struct swrk *swrk, rpc_notify *notify, void *ctx)
{
	CriuResp *answer;

	while ((answer = receive_answer(swrk->socket)) && answer->type == CRIU_REQ_TYPE__NOTIFY) {
		int status = answer_notification(swrk, answer->notify, notify, ctx);

		criu_resp__free_unpacked(answer, NULL);
		if (status < 0)
			return NULL;
	}
	return answer;
}

CriuResp *swrk_call(struct swrk *swrk, const CriuReq *request, rpc_notify *notify, void *ctx)
{
	return swrk_send(swrk, request) < 0 ? NULL : swrk_receive(swrk, notify, ctx);
}
