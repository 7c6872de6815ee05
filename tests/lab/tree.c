/* SPDX-License-Identifier: GPL-2.0-only
 * The tree of processes that the laboratory checkpoints: usage: tree DIR
 *
 *	leader                 a session of its own, all stdio on /dev/null, no other file open
 *	+- child
 *	|  +- grandchild
 *	+- threaded            and two more threads
 *	+- zombie              exit status 7, never waited for
 *
 * A token goes round through pipes, from one to the next of the six that run; each counts it in memory they share.
 * So a counter that grows after a restore says that all are alive, with their memory, pipes and threads. When the token
 * has been round, DIR/pids is written and the tree left alone; as the first process of a container it is the leader
 * itself. At SIGUSR1 the leader writes DIR/report: a number drawn at the start, and the counters.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum { LEADER, CHILD, GRANDCHILD, THREADED, SECOND, THIRD, STATIONS };

static const char *const names[STATIONS] = { "leader",   "child",  "grandchild",
					     "threaded", "second", "third" };

static struct {
	unsigned long nonce;
	unsigned long count[STATIONS];
	pid_t pid[STATIONS];
	int ready;
} * shared;

static int ring[STATIONS][2]; /* ring[i] leads to station i */
static const char *dir;
static volatile sig_atomic_t asked;

static void ask(int sig)
{
	(void)sig;
	asked = 1;
}

/* Whole or not at all: who waits for the file sees it complete. */
static FILE *begin(char *tmp, size_t size, const char *name)
{
	snprintf(tmp, size, "%s/%s.tmp", dir, name);
	FILE *f = fopen(tmp, "w");
	if (!f)
		_exit(1);
	return f;
}

static void finish(FILE *f, const char *tmp, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (fclose(f) || rename(tmp, path))
		_exit(1);
}

static void write_pids(void)
{
	char tmp[4096];
	FILE *f = begin(tmp, sizeof(tmp), "pids");

	for (int i = 0; i <= THREADED; i++)
		fprintf(f, "%s %d\n", names[i], shared->pid[i]);
	finish(f, tmp, "pids");
	shared->ready = 1;
}

static void write_report(void)
{
	char tmp[4096];
	FILE *f = begin(tmp, sizeof(tmp), "report");

	fprintf(f, "nonce %lu\n", shared->nonce);
	for (int i = 0; i < STATIONS; i++)
		fprintf(f, "%s %lu\n", names[i], shared->count[i]);
	finish(f, tmp, "report");
}

/* Ends when the station before it has ended: one kill of the leader takes the tree down. */
static void *station(void *arg)
{
	int self = (int)(long)arg;
	char token;

	while (read(ring[self][0], &token, 1) == 1) {
		shared->count[self]++;
		if (self == LEADER && shared->count[LEADER] == 2)
			write_pids();
		if (self == LEADER && asked) {
			asked = 0;
			write_report();
		}
		usleep(1000);
		if (write(ring[(self + 1) % STATIONS][1], &token, 1) != 1)
			break;
	}
	_exit(0);
}

/* Keeps the pipes of the stations first..last only. */
static void settle(int first, int last)
{
	for (int i = 0; i < STATIONS; i++) {
		int previous = (i + STATIONS - 1) % STATIONS;

		if (i < first || i > last)
			close(ring[i][0]);
		if (previous < first || previous > last)
			close(ring[i][1]);
	}
}

static pid_t spawn(int self)
{
	pid_t pid = fork();

	if (pid < 0)
		_exit(1);
	if (pid)
		return pid;
	switch (self) {
	case CHILD:
		shared->pid[GRANDCHILD] = spawn(GRANDCHILD);
		break;
	case THREADED:
		settle(THREADED, THIRD);
		for (long i = SECOND; i <= THIRD; i++) {
			pthread_t thread;

			if (pthread_create(&thread, NULL, station, (void *)i))
				_exit(1);
		}
		station((void *)(long)THREADED);
		break;
	}
	settle(self, self);
	station((void *)(long)self);
	_exit(1);
}

static void lead(void)
{
	setsid();
	if (chdir("/"))
		_exit(1);
	shared->pid[LEADER] = getpid();
	shared->pid[CHILD] = spawn(CHILD);
	shared->pid[THREADED] = spawn(THREADED);
	if (!fork())
		_exit(7);
	settle(LEADER, LEADER);
	signal(SIGUSR1, ask);
	if (write(ring[CHILD][1], "", 1) != 1)
		_exit(1);
	station((void *)(long)LEADER);
}

int main(int argc, char **argv)
{
	if (argc != 2 || argv[1][0] != '/')
		return 2;
	dir = argv[1];
	for (int fd = 0; fd < 3; fd++)
		if (dup2(open("/dev/null", O_RDWR | O_CLOEXEC), fd) != fd)
			return 1;
	close_range(3, ~0U, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || getrandom(&shared->nonce, sizeof(shared->nonce), 0) < 0)
		return 1;
	for (int i = 0; i < STATIONS; i++)
		if (pipe(ring[i]))
			return 1;
	if (getpid() == 1 || !fork())
		lead();
	settle(STATIONS, STATIONS);
	for (int wait = 0; !shared->ready; wait++) {
		if (wait == 10000)
			return 1;
		usleep(1000);
	}
	return 0;
}
