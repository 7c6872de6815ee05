/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command costs, whoever calls it: a line with its CPU time and its time on the clock in microseconds and its memory
 * at most in KiB, appended to FILE. What its children cost counts where it waited for them.
 *
 * usage: spent FILE COMMAND [ARGUMENT...]
 */
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long microseconds(struct timeval t)
{
	return t.tv_sec * 1000000 + t.tv_usec;
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	struct rusage used;
	long start = now();
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3 || posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0) {
		perror("spent");
		return 127;
	}
	if (wait4(pid, &status, 0, &used) != pid)
		return 127;
	start = now() - start;
	f = fopen(argv[1], "a");
	if (!f ||
	    fprintf(f, "%ld %ld %ld\n", microseconds(used.ru_utime) + microseconds(used.ru_stime),
		    start, used.ru_maxrss) < 0 ||
	    fclose(f) != 0) {
		perror(argv[1]);
		return 127;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}
