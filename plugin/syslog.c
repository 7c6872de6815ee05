/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "syslog.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FACILITY_DAEMON (3 << 3)

void syslog_line(enum syslog_level level, const char *text)
{
	struct sockaddr_un log = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), size;
	char line[SYSLOG_LINE_MAX];

	if (fd < 0)
		return;
	size = snprintf(line, sizeof(line), "<%d>criu-rewrite[%ld]: %.*s",
			FACILITY_DAEMON | (int)level, (long)getpid(), (int)strcspn(text, "\n"),
			text);
	if (size >= (int)sizeof(line))
		size = sizeof(line) - 1;
	sendto(fd, line, (size_t)size, MSG_NOSIGNAL, (struct sockaddr *)&log, sizeof(log));
	close(fd);
}
