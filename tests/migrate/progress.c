/* SPDX-License-Identifier: GPL-2.0-only */
#include "progress.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "settings.h"

static pid_t criu;

long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "migrate: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	return -1;
}

static bool is_step(const char *wanted, const char *name)
{
	return wanted && strcmp(wanted, name) == 0;
}

void step(const char *name, int number)
{
	static long start;

	start = start ? start : now_ms();
	fprintf(stderr, "%6ld ms: %s %d\n", now_ms() - start, name, number);
	if (is_step(set.stop_at, name))
		raise(SIGKILL);
	if (is_step(set.interrupt_at, name))
		kill(0, SIGINT);
	if (is_step(set.run_at, name) && system(getenv("AT_STEP")) != 0)
		complain("%s failed", getenv("AT_STEP"));
	if (is_step(set.criu_at, name) && criu > 0)
		kill(criu, SIGKILL);
	if (is_step(set.cut_at, name)) {
		shutdown(set.commands, SHUT_RDWR);
		shutdown(set.memory, SHUT_RDWR);
	}
}

void step_criu(pid_t pid)
{
	criu = pid;
}
