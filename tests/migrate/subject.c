/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is migrated, and who is served by it.
 *
 *	subject serve ADDRESS PORT MIB	a parent, a child over a pair of pipes, and one that does
 *					nothing; the parent
 *					listens, answers, and changes pages of its memory all
 *					the time, of which it knows what has to be in them
 *	subject ask ADDRESS PORT FILE	keeps one connection, asks every 10 ms, and writes into
 *					FILE how many answers came and the longest wait in ms;
 *					ends when an answer is wrong or none comes for 5 minutes
 *	subject ask1 ADDRESS PORT	one new connection, one question; exit status 0 if
 *					it is answered within a minute
 *
 * Its memory is in pages of 4 KiB, as the kernel would else take 2 MiB for written at each write;
 * with HUGE_PAGES in its environment the kernel may do so.
 *
 * A question is a number on a line; the answer is the same number, or "BAD" and why.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define CONNECTIONS 16
#define PAGES_A_ROUND 1

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct sockaddr_in address_of(const char *address, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
		die(address);
	return a;
}

/* ---- memory: each page has its number and how often it was written, at both ends ---- */

struct memory {
	uint64_t *pages;
	size_t count, next_check;
	uint32_t random;
	uint64_t *written; /* by page, elsewhere */
};

static uint64_t *words_of(const struct memory *m, size_t page)
{
	return m->pages + page * (PAGE / sizeof(uint64_t));
}

static void write_page(struct memory *m, size_t page)
{
	uint64_t *words = words_of(m, page), value = page << 32 | ++m->written[page];

	words[0] = value;
	words[PAGE / sizeof(uint64_t) - 1] = ~value;
}

static void make_memory(struct memory *m, size_t mib)
{
	m->count = mib << 20 >> 12;
	m->random = 1;
	m->pages = mmap(NULL, m->count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	m->written = calloc(m->count, sizeof(*m->written));
	if (m->pages == MAP_FAILED || !m->written)
		die("memory");
	if (!getenv("HUGE_PAGES"))
		madvise(m->pages, m->count * PAGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < m->count; i++)
		write_page(m, i);
}

/* Changes some pages and looks at some others. */
static int use_memory(struct memory *m)
{
	for (int i = 0; i < PAGES_A_ROUND; i++) {
		m->random = m->random * 1664525 + 1013904223;
		write_page(m, (m->random >> 8) % m->count);
	}
	for (size_t i = 0; i < m->count / 64; i++) {
		size_t page = m->next_check++ % m->count;
		uint64_t *words = words_of(m, page), value = page << 32 | m->written[page];

		if (words[0] != value || words[PAGE / sizeof(uint64_t) - 1] != ~value)
			return -1;
	}
	return 0;
}

/* ---- the child: adds one to each number that comes through a pipe --------------- */

static int to_child[2], from_child[2];

static void be_child(void)
{
	uint64_t number;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(to_child[0], &number, sizeof(number)) == sizeof(number)) {
		number++;
		if (write(from_child[1], &number, sizeof(number)) != sizeof(number))
			break;
	}
	_exit(1);
}

static void be_idle(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static int use_pipes(void)
{
	static uint64_t number;
	uint64_t answer;

	if (write(to_child[1], &number, sizeof(number)) != sizeof(number) ||
	    read(from_child[0], &answer, sizeof(answer)) != sizeof(answer) || answer != number + 1)
		return -1;
	number = answer;
	return 0;
}

/* ---- the server ------------------------------------------------------------------ */

static struct pollfd connections[CONNECTIONS];

static void answer(struct pollfd *c, const char *bad)
{
	char line[32];
	ssize_t n = read(c->fd, line, sizeof(line));

	if (n > 0 && bad)
		n = write(c->fd, bad, strlen(bad));
	else if (n > 0)
		n = write(c->fd, line, (size_t)n);
	if (n > 0)
		return;
	close(c->fd);
	c->fd = -1;
}

static void take(int listener)
{
	int fd = accept(listener, NULL, NULL);

	for (int i = 1; i < CONNECTIONS; i++)
		if (fd >= 0 && connections[i].fd < 0) {
			connections[i] = (struct pollfd){ fd, POLLIN, 0 };
			return;
		}
	close(fd);
}

static void serve(int listener, struct memory *m)
{
	const char *bad = NULL;

	for (int i = 0; i < CONNECTIONS; i++)
		connections[i] = (struct pollfd){ i ? -1 : listener, POLLIN, 0 };
	for (;;) {
		poll(connections, CONNECTIONS, 2);
		if (use_memory(m) < 0)
			bad = "BAD memory\n";
		if (use_pipes() < 0)
			bad = "BAD pipes\n";
		for (int i = 1; i < CONNECTIONS; i++)
			if (connections[i].fd >= 0 && connections[i].revents)
				answer(&connections[i], bad);
		if (connections[0].revents)
			take(listener);
	}
}

/* In a session of its own with no file of the caller's, as CRIU wants it. */
static void detach(void)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	if (chdir("/") < 0)
		_exit(1);
}

static void start_server(const char *address, const char *port, size_t mib)
{
	struct sockaddr_in a = address_of(address, port);
	struct memory memory = { .next_check = 0 };
	pid_t pid = fork();
	int listener, on = 1;

	if (pid) {
		printf("%d\n", (int)pid);
		exit(pid < 0);
	}
	detach();
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(listener, 8) < 0 ||
	    pipe(to_child) < 0 || pipe(from_child) < 0)
		_exit(1);
	if (fork() == 0)
		be_child();
	if (fork() == 0)
		be_idle();
	make_memory(&memory, mib);
	serve(listener, &memory);
}

/* ---- the client ------------------------------------------------------------------- */

static int ask(int fd, unsigned number, int timeout)
{
	char line[32], back[32];
	int n = snprintf(line, sizeof(line), "%u\n", number), have = 0;
	struct pollfd p = { fd, POLLIN, 0 };

	if (write(fd, line, (size_t)n) != n)
		return -1;
	while (have < n) {
		ssize_t got = poll(&p, 1, timeout) > 0 ?
				      read(fd, back + have, sizeof(back) - (size_t)have) :
				      0;

		if (got <= 0)
			return -1;
		have += (int)got;
	}
	return have == n && memcmp(line, back, (size_t)n) == 0 ? 0 : -1;
}

static void note(const char *file, unsigned count, long longest, const char *end)
{
	char fresh[4096];
	FILE *f;

	snprintf(fresh, sizeof(fresh), "%s.new", file);
	f = fopen(fresh, "w");
	if (!f)
		die(fresh);
	fprintf(f, "%u %ld %s\n", count, longest, end);
	fclose(f);
	rename(fresh, file);
}

static int ask_on(int fd, const char *file)
{
	long longest = 0;

	for (unsigned i = 1;; i++) {
		long start = now_ms();

		if (ask(fd, i, 300000) < 0) {
			note(file, i, longest, "failed");
			return 1;
		}
		if (now_ms() - start > longest)
			longest = now_ms() - start;
		note(file, i, longest, "served");
		usleep(10000);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in a;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 5 && strcmp(argv[1], "serve") == 0)
		start_server(argv[2], argv[3], (size_t)atoi(argv[4]));
	if (argc < 4)
		return 2;
	a = address_of(argv[2], argv[3]);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("connect");
	return strcmp(argv[1], "ask1") == 0 ? ask(fd, 1, 60000) != 0 : ask_on(fd, argv[4]);
}
