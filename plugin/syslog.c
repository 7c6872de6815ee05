/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "syslog.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../proto/line.h"

#define FACILITY_DAEMON (3 << 3)

void syslog_line(enum syslog_level level, const char *text)
{
	struct sockaddr_un log = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t size;
	char line[SYSLOG_LINE_MAX], first[SYSLOG_LINE_MAX];

	if (fd < 0)
		return;
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(text, "\n"), text);
	size = (size_t)snprintf(line, sizeof(line),
				"<%d>criu-rewrite[%ld]: ", FACILITY_DAEMON | (int)level,
				(long)getpid());
	size += line_put(line + size, sizeof(line) - size, first);
	sendto(fd, line, size, MSG_NOSIGNAL, (struct sockaddr *)&log, sizeof(log));
	close(fd);
}
