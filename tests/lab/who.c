/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task that is known by an address, ports, paths, a host name, a device and a terminal.
 * Usage: who DIR ADDRESS ADDRESS6 OUTSIDE [DEVICE|tty]. It listens on
 *
 *	ADDRESS:80   TCP; who connects gets a line for each thing below
 *	ADDRESS6:81  TCP of IPv6            ADDRESS:82  TCP, mapped into IPv6
 *	ADDRESS:53   UDP, bound to DEVICE if one is given; a datagram is answered
 *	DIR/sock     a unix socket
 *
 * has a connection to itself ("inner") and one to OUTSIDE:90 ("outer"), DIR for its working
 * directory and under watch, DIR/log open, and DIR/data, which has to be there; with the word tty a terminal, too. Writes its
 * pid to DIR/ready.
 *
 *	who ask ADDRESS PORT     prints those lines
 *	who query ADDRESS PORT   prints the answer to a datagram
 *	who reach ADDRESS PORT   only connects
 *	who serve ADDRESS PORT   accepts connections and keeps them
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int need(int result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
	return result;
}

static struct sockaddr_in6 six(const char *address, int port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (inet_pton(AF_INET6, address, &a.sin6_addr) != 1)
		errx(1, "%s", address);
	return a;
}

static struct sockaddr_in four(const char *address, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
		errx(1, "%s", address);
	return a;
}

static int bound(int family, int type, const void *address, socklen_t size)
{
	int fd = need(socket(family, type | SOCK_CLOEXEC, 0), "socket"), one = 1;

	if (family != AF_UNIX)
		need(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), "reuse");
	need(bind(fd, address, size), "bind");
	if (type == SOCK_STREAM)
		need(listen(fd, 5), "listen");
	return fd;
}

static int connected(const char *from, const char *address, int port)
{
	int fd = need(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
	struct sockaddr_in a = four(address, port), source = four(from, 0);

	need(bind(fd, (struct sockaddr *)&source, sizeof(source)), "bind");
	need(connect(fd, (struct sockaddr *)&a, sizeof(a)), "connect");
	return fd;
}

/* Does a byte go through? */
static const char *alive(int from, int to)
{
	char byte = 'x';

	if (send(from, &byte, 1, MSG_NOSIGNAL) != 1)
		return "closed";
	return to < 0 || recv(to, &byte, 1, 0) == 1 ? "open" : "silent";
}

static void put_link(FILE *out, const char *name, int fd)
{
	char link[64], path[512] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) > 0)
		fprintf(out, "%s %s\n", name, path);
}

/* Of either family. */
static int reach(const char *address, int port)
{
	struct sockaddr_in6 six_address = { .sin6_family = AF_INET6 };
	struct sockaddr_in four_address;
	bool is_six = strchr(address, ':');
	int fd = need(socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM, 0), "socket");

	if (is_six)
		six_address = six(address, port);
	else
		four_address = four(address, port);
	need(connect(fd, is_six ? (void *)&six_address : (void *)&four_address,
		     is_six ? sizeof(six_address) : sizeof(four_address)),
	     address);
	return fd;
}

static int ask(const char *address, int port)
{
	int fd = reach(address, port);
	char text[4096];
	ssize_t n;

	alarm(10);
	while ((n = read(fd, text, sizeof(text))) > 0)
		if (write(STDOUT_FILENO, text, (size_t)n) != n)
			return 1;
	return n < 0;
}

/* Datagrams may be lost while an address is new. */
static int query(const char *address, int port)
{
	struct timeval patience = { .tv_sec = 1 };
	struct sockaddr_in to = four(address, port);
	int fd = need(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	char text[600];
	ssize_t n;

	need(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), "patience");
	need(connect(fd, (struct sockaddr *)&to, sizeof(to)), address);
	for (int i = 0; i < 10; i++) {
		if (send(fd, "?", 1, 0) == 1 && (n = recv(fd, text, sizeof(text), 0)) > 0)
			return write(STDOUT_FILENO, text, (size_t)n) != n;
	}
	return 1;
}

static void answer(int udp)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char byte, text[600] = "udp ";

	if (recvfrom(udp, &byte, 1, 0, (struct sockaddr *)&from, &size) < 0)
		return;
	gethostname(text + strlen(text), 256);
	sendto(udp, text, strlen(text), 0, (struct sockaddr *)&from, size);
}

static int serve(const char *address, int port)
{
	struct sockaddr_in a = four(address, port);
	int fd = bound(AF_INET, SOCK_STREAM, &a, sizeof(a));

	for (;;)
		if (accept(fd, NULL, NULL) < 0)
			return 1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	struct sockaddr_in6 address6, mapped;
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	const char *extra = argc > 5 ? argv[5] : "";
	int tcp, udp, log, outer, inner, peer, tty = -1, terminal = -1, watch;
	char text[600];
	FILE *ready;

	if (argc == 4 && strcmp(argv[1], "ask") == 0)
		return ask(argv[2], atoi(argv[3]));
	if (argc == 4 && strcmp(argv[1], "query") == 0)
		return query(argv[2], atoi(argv[3]));
	if (argc == 4 && strcmp(argv[1], "reach") == 0)
		return reach(argv[2], atoi(argv[3])) < 0;
	if (argc == 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], atoi(argv[3]));
	if (argc < 5)
		errx(1, "usage: who DIR ADDRESS ADDRESS6 OUTSIDE [DEVICE|tty]");
	need(chdir(argv[1]), argv[1]);
	address = four(argv[2], 80);
	tcp = bound(AF_INET, SOCK_STREAM, &address, sizeof(address));
	address6 = six(argv[3], 81);
	bound(AF_INET6, SOCK_STREAM, &address6, sizeof(address6));
	snprintf(text, sizeof(text), "::ffff:%s", argv[2]);
	mapped = six(text, 82);
	bound(AF_INET6, SOCK_STREAM, &mapped, sizeof(mapped));
	address.sin_port = htons(53);
	udp = bound(AF_INET, SOCK_DGRAM, &address, sizeof(address));
	if (*extra && strcmp(extra, "tty") != 0)
		need(setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, extra, strlen(extra) + 1), extra);
	snprintf(local.sun_path, sizeof(local.sun_path), "%s/sock", argv[1]);
	bound(AF_UNIX, SOCK_STREAM, &local, sizeof(local));
	log = need(open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), "log");
	need(open("data", O_RDONLY | O_CLOEXEC), "data");
	watch = need(inotify_init1(IN_CLOEXEC), "inotify");
	need(inotify_add_watch(watch, argv[1], IN_CREATE), "watch");
	inner = connected(argv[2], argv[2], 80);
	peer = need(accept4(tcp, NULL, NULL, SOCK_CLOEXEC), "accept");
	outer = connected(argv[2], argv[4], 90);
	if (strcmp(extra, "tty") == 0) {
		tty = need(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "terminal");
		need(unlockpt(tty), "unlock");
		terminal = need(open(ptsname(tty), O_RDWR | O_NOCTTY | O_CLOEXEC), "slave");
	}
	ready = fopen("ready", "we");
	if (!ready)
		err(1, "ready");
	fprintf(ready, "%d\n", getpid());
	fclose(ready);
	for (;;) {
		struct pollfd both[] = { { tcp, POLLIN, 0 }, { udp, POLLIN, 0 } };
		int fd;
		FILE *out;

		if (poll(both, 2, -1) < 0)
			continue;
		if (both[1].revents)
			answer(udp);
		fd = both[0].revents ? accept4(tcp, NULL, NULL, SOCK_CLOEXEC) : -1;
		out = fd < 0 ? NULL : fdopen(fd, "w");
		if (!out)
			continue;
		gethostname(text, sizeof(text));
		fprintf(out, "host %s\n", text);
		fprintf(out, "cwd %s\n", getcwd(text, sizeof(text)) ? text : "?");
		put_link(out, "log", log);
		fprintf(out, "inner %s %s\n", alive(inner, peer), alive(peer, inner));
		fprintf(out, "outer %s\n", alive(outer, -1));
		if (terminal >= 0)
			put_link(out, "tty", terminal);
		fclose(out);
	}
}
