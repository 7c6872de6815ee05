/* SPDX-License-Identifier: GPL-2.0-only */
#include "channel.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

int stream_write(int fd, const void *data, size_t size)
{
	for (const char *at = data; size;) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

int stream_read(int fd, void *data, size_t size)
{
	for (char *at = data; size;) {
		ssize_t n = read(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

#define PROBES 3

void stream_watch(int fd, int seconds, bool answers)
{
	const int apart = (seconds + PROBES) / (PROBES + 1);
	const struct {
		int level, name, value;
	} options[] = {
		{ IPPROTO_TCP, TCP_KEEPIDLE, apart },
		{ IPPROTO_TCP, TCP_KEEPINTVL, apart },
		{ IPPROTO_TCP, TCP_KEEPCNT, PROBES },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, answers ? seconds * 1000 : 0 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
}

int message_send(int fd, enum message_kind kind, uint64_t number, const char *text)
{
	struct message m = { .kind = kind, .number = number };

	strncpy(m.text, text, sizeof(m.text) - 1);
	return stream_write(fd, &m, sizeof(m));
}

int message_receive(int fd, struct message *message)
{
	if (stream_read(fd, message, sizeof(*message)) < 0)
		return -1;
	message->text[sizeof(message->text) - 1] = 0;
	return 0;
}

static int move(int from, int to, uint64_t size)
{
	char data[65536];

	while (size) {
		size_t part = size < sizeof(data) ? (size_t)size : sizeof(data);

		if (stream_read(from, data, part) < 0 || stream_write(to, data, part) < 0)
			return -1;
		size -= part;
	}
	return 0;
}

int content_send(int fd, int file, uint64_t size)
{
	return move(file, fd, size);
}

int content_receive(int fd, int file, uint64_t size)
{
	return move(fd, file, size);
}
