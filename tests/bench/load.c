/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What it costs a process to load a shared object, as CRIU loads a plugin: CPU time of dlopen in microseconds, the median of
 * many children that do nothing else. Several take turns; each gets a line.
 *
 * usage: load OBJECT...
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 201, MOST = 8 };

/* What the plugin takes from CRIU; it is not called. */
int criu_get_image_dir(void);
void print_on_level(unsigned level, const char *format, ...);

int criu_get_image_dir(void)
{
	return -1;
}

void print_on_level(unsigned level, const char *format, ...)
{
	(void)level;
	(void)format;
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void child(const char *object, int out)
{
	double start = cpu(), taken;

	if (!dlopen(object, RTLD_LAZY)) {
		fprintf(stderr, "%s\n", dlerror());
		_exit(1);
	}
	taken = cpu() - start;
	_exit(write(out, &taken, sizeof(taken)) != sizeof(taken));
}

static double load(const char *object)
{
	double taken = -1;
	int ends[2];

	if (pipe(ends) < 0)
		exit(1);
	if (fork() == 0)
		child(object, ends[1]);
	close(ends[1]);
	if (read(ends[0], &taken, sizeof(taken)) != sizeof(taken))
		exit(1);
	close(ends[0]);
	wait(NULL);
	return taken;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double taken[MOST][ROUNDS];

	if (argc < 2 || argc > MOST) {
		fputs("usage: load OBJECT...\n", stderr);
		return 2;
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 1; i < argc; i++)
			taken[i][round] = load(argv[i]);
	for (int i = 1; i < argc; i++) {
		qsort(taken[i], ROUNDS, sizeof(taken[i][0]), compare);
		printf("%.0f\n", taken[i][ROUNDS / 2]);
	}
	return 0;
}
