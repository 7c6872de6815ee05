/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Something of each kind that a checkpoint has an image for. Usage: rich DIR [WORD...],
 * the words being `ipc` (System V objects, for an IPC namespace of its own), `root`
 * (the working directory becomes the root of a mount namespace of its own) and
 * `no-sockets`. Makes its files in DIR (its working directory), forks and threads, and writes
 * DIR/ready. Three tasks: the leader of a session with a thread, a child in its
 * session, and another child with a session of its own. Memory that is to be
 * compared is at PRIVATE and SHARED, the memfd's behind them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PRIVATE 0x10000000ul
#define SHARED 0x20000000ul
#define MEMFD 0x30000000ul
#define SYSV 0x40000000ul
#define SIZE (16 * 4096ul)

static int need(int result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
	return result;
}

static void fill(unsigned long at)
{
	for (unsigned long i = 0; i < SIZE; i += 8)
		*(unsigned long *)(at + i) = at + i;
}

static void map(unsigned long at, int flags, int fd)
{
	if (mmap((void *)at, SIZE, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE | flags, fd, 0) !=
	    (void *)at)
		err(1, "mmap");
	fill(at);
}

static void memory(void)
{
	int fd = need(memfd_create("rich", 0), "memfd");

	need(ftruncate(fd, SIZE), "ftruncate");
	map(PRIVATE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map(SHARED, MAP_SHARED | MAP_ANONYMOUS, -1);
	map(MEMFD, MAP_SHARED, fd);
	/* more than one run of pages */
	need(munmap((void *)(PRIVATE + SIZE / 2), SIZE / 4), "munmap");
}

static void files(void)
{
	int fd = need(open("log", O_RDWR | O_CREAT | O_APPEND, 0600), "log");
	int ghost = need(open("ghost", O_RDWR | O_CREAT, 0600), "ghost");

	need((int)write(fd, "some text\n", 10), "write");
	need(flock(fd, LOCK_EX), "flock");
	need((int)write(ghost, "some more\n", 10), "write");
	need(unlink("ghost"), "unlink");
	/* with a hole */
	ghost = need(open("holes", O_RDWR | O_CREAT, 0600), "holes");
	need(ftruncate(ghost, 1 << 18), "ftruncate");
	need((int)pwrite(ghost, "far behind\n", 11, 1 << 17), "write");
	need(unlink("holes"), "unlink");
	need(open("/proc/self/ns/net", O_RDONLY), "namespace");
	need(mkfifo("fifo", 0600), "mkfifo");
	fd = need(open("fifo", O_RDWR), "fifo");
	need((int)write(fd, "in a fifo", 9), "write");
}

static void events(void)
{
	struct itimerspec later = { { 0, 0 }, { 100000, 0 } };
	struct itimerval much_later = { { 0, 0 }, { 200000, 0 } };
	struct sigevent none = { .sigev_notify = SIGEV_NONE };
	struct epoll_event event = { .events = EPOLLPRI };
	int poll = need(epoll_create1(0), "epoll"), fd = need(eventfd(5, 0), "eventfd"), pipes[2];
	unsigned long context = 0;
	timer_t timer;
	sigset_t set;

	need(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	need(signalfd(-1, &set, 0), "signalfd");
	need(timerfd_settime(timerfd_create(CLOCK_MONOTONIC, 0), 0, &later, NULL), "timerfd");
	need(inotify_add_watch(inotify_init(), ".", IN_CREATE), "inotify");
	fd = fanotify_init(0, O_RDONLY);
	if (fd >= 0)
		need(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "log"), "fanotify");
	need(pipe(pipes), "pipe");
	need((int)write(pipes[1], "in a pipe", 9), "write");
	need(timer_create(CLOCK_MONOTONIC, &none, &timer), "timer");
	need(timer_settime(timer, 0, &later, NULL), "timer");
	need(setitimer(ITIMER_REAL, &much_later, NULL), "itimer");
	need((int)syscall(SYS_io_setup, 8, &context), "io_setup");
	sigprocmask(SIG_BLOCK, &set, NULL);
	need(raise(SIGUSR1), "raise");
	need(kill(getpid(), SIGUSR1), "kill");
}

/* A file that no task has any more. */
static void send_away(int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, text[] = "a file";
	struct iovec data = { text, sizeof(text) };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int sent = need(eventfd(6, 0), "eventfd");

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &sent, sizeof(sent));
	need((int)sendmsg(fd, &message, 0), "sendmsg");
	close(sent);
}

static void unix_sockets(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "stream" };
	int fd = need(socket(AF_UNIX, SOCK_STREAM, 0), "socket"), pair[2];

	need(bind(fd, (void *)&name, sizeof(name)), "bind");
	need(listen(fd, 3), "listen");
	strcpy(name.sun_path, "datagram");
	fd = need(socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
	need(bind(fd, (void *)&name, sizeof(name)), "bind");
	need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	need((int)write(pair[0], "in a socket", 11), "write");
	send_away(pair[0]);
	need(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), "socketpair");
	need((int)write(pair[1], "a datagram", 10), "write");
}

static void inet_sockets(void)
{
	struct packet_mreq all = { (int)if_nametoindex("lo"), PACKET_MR_ALLMULTI, 0, { 0 } };
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0xffff);
	struct sock_fprog filter = { 1, &nothing };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(7901) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(7902) };
	int server = need(socket(AF_INET, SOCK_STREAM, 0), "socket"), client, fd, on = 1;
	struct sockaddr_nl links = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	need(bind(server, (void *)&at, sizeof(at)), "bind");
	need(listen(server, 3), "listen");
	client = need(socket(AF_INET, SOCK_STREAM, 0), "socket");
	need(connect(client, (void *)&at, sizeof(at)), "connect");
	need(accept(server, NULL, NULL), "accept");
	need((int)write(client, "in a stream", 11), "write");
	fd = need(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	need(bind(fd, (void *)&at, sizeof(at)), "bind");
	fd = need(socket(AF_INET6, SOCK_DGRAM, 0), "socket");
	need(bind(fd, (void *)&six, sizeof(six)), "bind");
	need(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)), "filter");
	need(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "raw");
	fd = need(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "netlink");
	need(bind(fd, (void *)&links, sizeof(links)), "bind");
	fd = need(socket(AF_PACKET, SOCK_RAW, 0), "packet");
	need(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)), "membership");
}

static void terminal(void)
{
	int master = need(posix_openpt(O_RDWR | O_NOCTTY), "ptmx");

	need(grantpt(master), "grantpt");
	need(unlockpt(master), "unlockpt");
	need(open(ptsname(master), O_RDWR | O_NOCTTY), "pts");
	need((int)write(master, "a line\n", 7), "write");
}

static void sysv(void)
{
	struct {
		long type;
		char text[8];
	} message = { 1, "a note" };
	struct sembuf up = { 0, 2, 0 };
	int shm = need(shmget(77, SIZE, IPC_CREAT | 0600), "shmget");

	need(shmat(shm, (void *)SYSV, 0) == (void *)SYSV ? 0 : -1, "shmat");
	fill(SYSV);
	need(semop(need(semget(77, 2, IPC_CREAT | 0600), "semget"), &up, 1), "semop");
	need(msgsnd(need(msgget(77, IPC_CREAT | 0600), "msgget"), &message, 8, 0), "msgsnd");
}

/* What any host can give back, so that neither fails for the other's lack. */
static void capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0x21, 0x21, 0 } }; /* CAP_CHOWN, CAP_KILL */

	for (int i = 0; i <= CAP_LAST_CAP; i++)
		if (i != CAP_CHOWN && i != CAP_KILL)
			prctl(PR_CAPBSET_DROP, i);
	need((int)syscall(SYS_capset, &head, data), "capset");
}

static void filter_calls(void)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog filter = { 1, &all };

	need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
	need((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter), "seccomp");
}

/* What is mounted below the working directory is there already. */
static void enter_root(void)
{
	need((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
	need(umount2(".", MNT_DETACH), "umount");
}

static bool is_asked(char **argv, const char *word)
{
	while (*argv && strcmp(*argv, word) != 0)
		argv++;
	return *argv;
}

static void *beat(void *arg)
{
	struct timespec pause = { 0, 10000000 };

	for (;;)
		nanosleep(&pause, NULL);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	pid_t child;

	if (argc < 2)
		errx(1, "usage: rich DIR [root] [ipc] [no-sockets]");
	if (is_asked(argv + 2, "root"))
		enter_root();
	need(chdir(argv[1]), argv[1]);
	need(setsid(), "setsid");
	for (int fd = 0; fd < 3; fd++)
		need(dup2(need(open("/dev/null", O_RDWR), "null"), fd), "dup2");
	closefrom(3);
	memory();
	files();
	events();
	if (!is_asked(argv + 2, "no-sockets")) {
		unix_sockets();
		inet_sockets();
	}
	terminal();
	if (is_asked(argv + 2, "ipc"))
		sysv();
	if (need(fork(), "fork") == 0) {
		capabilities();
		beat(NULL);
	}
	child = need(fork(), "fork");
	if (child == 0) {
		need(setsid(), "setsid");
		closefrom(3);
		capabilities();
		filter_calls();
		beat(NULL);
	}
	syscall(SYS_pidfd_open, child, 0);
	capabilities();
	pthread_create(&thread, NULL, beat, NULL);
	usleep(100000);
	close(need(open("ready", O_CREAT | O_WRONLY, 0600), "ready"));
	beat(NULL);
}
