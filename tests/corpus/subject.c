/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process to dump: gets itself things that CRIU has an image for.
 *
 *	subject READY TOPIC...
 *
 * sets up the topics, one after the other, in the directory of the file
 * READY, writes the id of the process to dump into it, and sleeps. A topic
 * that this kernel does not allow ends it with a message.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/auto_fs.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t dumped; /* the process to dump, if it is not this one */

#define must(call) must_be((long)(call), #call, __LINE__)

static long must_be(long result, const char *call, int line)
{
	if (result != -1)
		return result;
	fprintf(stderr, "subject.c:%d: %s: %s\n", line, call, strerror(errno));
	exit(1);
}

static void put_file(const char *path, const char *text)
{
	int fd = (int)must(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	must(write(fd, text, strlen(text)));
	close(fd);
}

static void sleep_forever(void)
{
	for (;;)
		pause();
}

/* --- tasks --- */

static void *thread(void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_setname_np(pthread_self(), arg);
	pthread_kill(pthread_self(), SIGUSR2);
	sleep_forever();
	return NULL;
}

static void threads(void)
{
	static char names[][16] = { "one", "two \303\244", "three" };
	pthread_t id;

	for (size_t i = 0; i < 3; i++)
		pthread_create(&id, NULL, thread, names[i]);
	usleep(10000);
}

static void handle(int number)
{
	(void)number;
}

static void signals(void)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART | SA_ONSTACK };
	union sigval value = { .sival_int = 4711 };
	static char stack[65536];
	stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
	sigset_t set;

	must(sigaltstack(&alternative, NULL));
	must(sigaction(SIGHUP, &action, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	must(sigprocmask(SIG_BLOCK, &set, NULL));
	must(kill(getpid(), SIGUSR1));
	must(sigqueue(getpid(), SIGRTMIN, value));
}

static void timers(void)
{
	struct itimerval interval = { { 1000, 1 }, { 2000, 0 } };
	struct itimerspec far = { { 5, 6 }, { 7000, 0 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	timer_t timer;
	int fd;

	must(setitimer(ITIMER_REAL, &interval, NULL));
	must(setitimer(ITIMER_VIRTUAL, &interval, NULL));
	must(setitimer(ITIMER_PROF, &interval, NULL));
	must(timer_create(CLOCK_MONOTONIC, &event, &timer));
	must(timer_settime(timer, 0, &far, NULL));
	fd = (int)must(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
	must(timerfd_settime(fd, 0, &far, NULL));
}

static void limits(void)
{
	struct rlimit limit = { 100, 200 };

	must(setrlimit(RLIMIT_NOFILE, &limit));
	must(prctl(PR_SET_NAME, "limits"));
	must(prctl(PR_SET_DUMPABLE, 1));
	must(nice(3) == -1 && errno ? -1 : 0);
}

/* Children: one that sleeps, one stopped, one zombie, one that leads a session. */
static void family(void)
{
	for (int i = 0; i < 4; i++) {
		pid_t pid = (pid_t)must(fork());

		if (pid == 0 && i == 2)
			_exit(42);
		if (pid == 0 && i == 3)
			setsid();
		if (pid == 0)
			sleep_forever();
		if (i == 1)
			must(kill(pid, SIGSTOP));
	}
	usleep(20000);
}

static void seccomp(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { 1, code };

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

/* --- memory --- */

static void *map(int flags, int fd, size_t size)
{
	char *data = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	must(data == MAP_FAILED ? -1 : 0);
	memset(data, 'm', size);
	return data;
}

static void memory(void)
{
	int fd = (int)must(memfd_create("name of it", MFD_ALLOW_SEALING));

	map(MAP_SHARED | MAP_ANONYMOUS, -1, 16384);
	map(MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 8192);
	must(ftruncate(fd, 8192));
	map(MAP_SHARED, fd, 8192);
	must(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL));
}

static void ghosts(void)
{
	int fd = (int)must(open("ghost", O_RDWR | O_CREAT, 0640));

	must(write(fd, "boo\n", 4));
	map(MAP_SHARED, fd, 4096);
	must(unlink("ghost"));
	fd = (int)must(open("sparse", O_RDWR | O_CREAT, 0600));
	must(ftruncate(fd, 4 << 20));
	must(pwrite(fd, "first", 5, 4096));
	must(pwrite(fd, "last", 4, 3 << 20));
	must(fsync(fd));
	must(unlink("sparse"));
	must(mkdir("gone", 0755));
	must(open("gone", O_RDONLY | O_DIRECTORY));
	must(rmdir("gone"));
}

/* --- files --- */

static void files(void)
{
	put_file("regular \303\244 file", "content\n");
	must(open("regular \303\244 file", O_RDWR | O_APPEND | O_NOATIME));
	must(open("regular \303\244 file", O_PATH));
	must(open("/dev/zero", O_RDONLY | O_CLOEXEC));
	must(open("/proc/self/ns/uts", O_RDONLY));
	must(open(".", O_RDONLY | O_DIRECTORY));
}

static void locks(void)
{
	struct flock posix = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2, .l_len = 5 };
	struct flock open_file = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1 };
	int fd;

	put_file("locked", "0123456789\n");
	put_file("leased", "0123456789\n");
	fd = (int)must(open("locked", O_RDWR));
	must(flock(fd, LOCK_EX));
	must(fcntl(fd, F_SETLK, &posix));
	fd = (int)must(open("locked", O_RDWR));
	must(fcntl(fd, F_OFD_SETLK, &open_file));
	fd = (int)must(open("leased", O_RDONLY));
	must(fcntl(fd, F_SETLEASE, F_RDLCK));
}

static void pipes(void)
{
	int ends[2], fd;

	must(pipe2(ends, O_NONBLOCK));
	must(write(ends[1], "in the pipe\0\377", 13));
	must(pipe(ends));
	must(mkfifo("fifo", 0600));
	fd = (int)must(open("fifo", O_RDWR));
	must(write(fd, "in the fifo\n", 12));
}

static void events(void)
{
	struct epoll_event wanted = { .events = EPOLLIN | EPOLLET, .data.u64 = 0xfedcba9876543210 };
	int fd = (int)must(eventfd(5, EFD_NONBLOCK)), poll = (int)must(epoll_create1(0));
	sigset_t set;

	must(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &wanted));
	sigemptyset(&set);
	sigaddset(&set, SIGQUIT);
	must(signalfd(-1, &set, SFD_CLOEXEC));
}

static void inotify(void)
{
	int fd = (int)must(inotify_init1(IN_NONBLOCK));

	put_file("watched", "x\n");
	must(inotify_add_watch(fd, "watched", IN_MODIFY | IN_DELETE_SELF));
	must(inotify_add_watch(fd, ".", IN_CREATE));
}

static void fanotify(void)
{
	int fd = (int)must(fanotify_init(FAN_NONBLOCK | FAN_CLASS_NOTIF, O_RDONLY));

	put_file("marked", "x\n");
	must(fanotify_mark(fd, FAN_MARK_ADD, FAN_MODIFY | FAN_CLOSE_WRITE, AT_FDCWD, "marked"));
}

static void pidfds(void)
{
	pid_t pid = (pid_t)must(fork());

	if (pid == 0)
		sleep_forever();
	must(syscall(SYS_pidfd_open, pid, 0));
}

static void terminals(void)
{
	struct winsize size = { .ws_row = 25, .ws_col = 80 };
	int master = (int)must(posix_openpt(O_RDWR | O_NOCTTY)), slave;

	must(grantpt(master));
	must(unlockpt(master));
	slave = (int)must(open(ptsname(master), O_RDWR | O_NOCTTY));
	must(ioctl(master, TIOCSWINSZ, &size));
	must(write(slave, "to the master\n", 14));
	must(write(master, "typed\n", 6));
}

static void bpf(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_HASH,
				.key_size = 4,
				.value_size = 8,
				.max_entries = 8,
				.map_name = "corpus" };
	long fd = must(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));

	for (uint32_t key = 1; key < 4; key++) {
		uint64_t value = key * 0x0101010101010101;

		attr = (union bpf_attr){ .map_fd = (uint32_t)fd,
					 .key = (uintptr_t)&key,
					 .value = (uintptr_t)&value };
		must(syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)));
	}
}

/* --- sockets --- */

static int unix_socket(int type, const char *name, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = (int)must(socket(AF_UNIX, type, 0));

	memcpy(address.sun_path, name, size);
	must(bind(fd, (struct sockaddr *)&address,
		  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)));
	return fd;
}

static void unix_sockets(void)
{
	int pair[2], one = 1;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	must(write(pair[0], "stream data", 11));
	must(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)));
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	must(write(pair[0], "first", 5));
	must(write(pair[0], "second \377", 8));
	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	must(listen(unix_socket(SOCK_STREAM, "listens = here", 15), 5));
	unix_socket(SOCK_DGRAM,
		    "\0abstract \001\377 name that is long enough to be broken into "
		    "two lines when it is quoted\n",
		    84);
}

static int inet_socket(int type, uint16_t port, uint32_t address)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(address) };
	int fd = (int)must(socket(AF_INET, type, 0)), one = 1;

	must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	must(bind(fd, (struct sockaddr *)&at, sizeof(at)));
	return fd;
}

static void inet(void)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6,
				   .sin6_port = htons(4713),
				   .sin6_addr = IN6ADDR_ANY_INIT };
	int fd;

	must(listen(inet_socket(SOCK_STREAM, 4711, INADDR_ANY), 7));
	inet_socket(SOCK_DGRAM, 4712, INADDR_LOOPBACK);
	fd = (int)must(socket(AF_INET6, SOCK_STREAM, 0));
	must(bind(fd, (struct sockaddr *)&at, sizeof(at)));
	must(listen(fd, 1));
	must(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static void tcp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(4721),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = inet_socket(SOCK_STREAM, 4721, INADDR_LOOPBACK), client, server;

	must(listen(listener, 1));
	client = (int)must(socket(AF_INET, SOCK_STREAM, 0));
	must(connect(client, (struct sockaddr *)&at, sizeof(at)));
	server = (int)must(accept(listener, NULL, NULL));
	must(write(client, "to the server", 13));
	must(write(server, "to the client \0\377", 16));
	usleep(20000);
}

static void packet(void)
{
	struct packet_mreq group = { .mr_ifindex = (int)if_nametoindex("lo"),
				     .mr_type = PACKET_MR_PROMISC };
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = group.mr_ifindex };
	int fd = (int)must(socket(AF_PACKET, SOCK_RAW, 0));

	must(bind(fd, (struct sockaddr *)&at, sizeof(at)));
	must(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof(group)));
}

static void netlink(void)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = (int)must(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));

	must(bind(fd, (struct sockaddr *)&at, sizeof(at)));
}

/* --- namespaces --- */

static void copy_self(const char *to)
{
	int from = (int)must(open("/proc/self/exe", O_RDONLY));
	int fd = (int)must(open(to, O_WRONLY | O_CREAT, 0755));
	char chunk[65536];
	ssize_t n;

	while ((n = read(from, chunk, sizeof(chunk))) > 0)
		must(write(fd, chunk, (size_t)n));
	close(from);
	close(fd);
}

/* A root of its own, with nothing in it that CRIU could not take along. */
static void change_root(void)
{
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(mkdir("root", 0755));
	must(mount("corpus", "root", "tmpfs", 0, "size=4m"));
	must(chdir("root"));
	must(mkdir("old", 0755));
	must(mkdir("proc", 0755));
	must(mkdir("pts", 0755));
	must(mkdir("bound", 0755));
	put_file("file", "in the tmpfs\n");
	copy_self("subject");
	must(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV, NULL));
	must(mount("pts", "pts", "devpts", 0, "newinstance,ptmxmode=0666"));
	must(syscall(SYS_pivot_root, ".", "old"));
	must(chdir("/"));
	must(umount2("old", MNT_DETACH));
	must(rmdir("old"));
	must(mount("bound", "bound", "tmpfs", MS_RDONLY | MS_NOEXEC, "size=1m"));
}

static void map_ids(pid_t pid)
{
	static const char *const maps[] = { "uid_map", "gid_map" };
	char path[64];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, maps[i]);
		put_file(path, "0 0 65536\n");
	}
}

/* Runs `inside` as the first process of new namespaces, and then the program
 * anew; that is the process to dump. Nothing from outside may stay open. */
static void contain(long namespaces, const char *program, void (*inside)(void))
{
	int ends[2];
	char byte;

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	dumped = (pid_t)must(syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0));
	if (dumped > 0) {
		close(ends[1]);
		if (namespaces & CLONE_NEWUSER)
			map_ids(dumped);
		must(write(ends[0], "g", 1));
		/* One byte when all is set up, the end when the program runs. */
		if (read(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) == 0)
			return;
		exit(1);
	}
	close(ends[0]);
	must(read(ends[1], &byte, 1));
	setsid();
	inside();
	must(write(ends[1], "r", 1));
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	must(execl(program, "subject", "-", "sleep", NULL));
}

static void sysv_objects(void)
{
	struct {
		long type;
		char text[20];
	} message = { 3, "a message" };
	unsigned short values[] = { 1, 2, 65535 / 2 };
	int id;

	id = (int)must(shmget(0x1234, 10000, IPC_CREAT | 0600));
	memset(shmat(id, NULL, 0), 's', 10000);
	must(shmget(IPC_PRIVATE, 5000, IPC_CREAT | 0600));
	id = (int)must(semget(0x5678, 3, IPC_CREAT | 0600));
	must(semctl(id, 0, SETALL, values));
	id = (int)must(msgget(0x9abc, IPC_CREAT | 0600));
	must(msgsnd(id, &message, 9, 0));
	message.type = 4;
	must(msgsnd(id, &message, 16, 0));
}

static void sysv(void)
{
	must(unshare(CLONE_NEWIPC));
	sysv_objects();
}

static void tun(void)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "corpus0" };
	int fd;

	must(mknod("tun", S_IFCHR | 0600, 10 << 8 | 200));
	fd = (int)must(open("tun", O_RDWR));
	must(ioctl(fd, TUNSETIFF, &request));
}

/* --- a connection that the firewall tracks, made by hand --- */

struct request {
	struct nlmsghdr head;
	struct nfgenmsg family;
	char attributes[256];
};

static struct nlattr *begin_attribute(struct request *r, unsigned type)
{
	struct nlattr *a = (struct nlattr *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	a->nla_type = (uint16_t)type;
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + NLA_HDRLEN;
	return a;
}

static void end_attribute(struct request *r, struct nlattr *a)
{
	a->nla_len = (uint16_t)((char *)r + r->head.nlmsg_len - (char *)a);
}

static void put_attribute(struct request *r, unsigned type, const void *data, size_t size)
{
	struct nlattr *a = begin_attribute(r, type);

	memcpy(a + 1, data, size);
	r->head.nlmsg_len += (uint32_t)size;
	end_attribute(r, a);
}

static void put_tuple(struct request *r, unsigned type, const char *from, const char *to,
		      uint16_t from_port, uint16_t to_port)
{
	struct nlattr *tuple = begin_attribute(r, NLA_F_NESTED | type), *part;
	uint32_t addresses[2] = { inet_addr(from), inet_addr(to) };
	uint16_t ports[2] = { htons(from_port), htons(to_port) };
	uint8_t protocol = IPPROTO_UDP;

	part = begin_attribute(r, NLA_F_NESTED | CTA_TUPLE_IP);
	put_attribute(r, CTA_IP_V4_SRC, &addresses[0], 4);
	put_attribute(r, CTA_IP_V4_DST, &addresses[1], 4);
	end_attribute(r, part);
	part = begin_attribute(r, NLA_F_NESTED | CTA_TUPLE_PROTO);
	put_attribute(r, CTA_PROTO_NUM, &protocol, 1);
	put_attribute(r, CTA_PROTO_SRC_PORT, &ports[0], 2);
	put_attribute(r, CTA_PROTO_DST_PORT, &ports[1], 2);
	end_attribute(r, part);
	end_attribute(r, tuple);
}

/* Not every kernel can; the container is worth having without it. */
static void track_connection(void)
{
	struct request r = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.family)),
			  .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE },
		.family = { .nfgen_family = AF_INET },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	uint32_t seconds = htonl(100000);

	if (fd < 0)
		return;
	put_tuple(&r, CTA_TUPLE_ORIG, "10.9.8.7", "10.9.8.1", 5000, 53);
	put_tuple(&r, CTA_TUPLE_REPLY, "10.9.8.1", "10.9.8.7", 53, 5000);
	put_attribute(&r, CTA_TIMEOUT, &seconds, 4);
	must(send(fd, &r, r.head.nlmsg_len, 0));
	close(fd);
}

static void in_container(void)
{
	must(sethostname("corpus", 6));
	must(system("ip link set lo up; ip link add veth0 type veth "
		    "peer name veth1; ip addr add 10.9.8.7/24 dev veth0; ip link set veth0 up;"
		    "ip link set veth1 up; ip route add 10.9.0.0/16 via 10.9.8.1"));
	track_connection();
	change_root();
	tun();
	sysv_objects();
}

static void container(void)
{
	contain(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET |
			CLONE_NEWCGROUP,
		"/subject", in_container);
}

static void nothing(void)
{
}

static void timens(void)
{
	must(unshare(CLONE_NEWTIME));
	put_file("/proc/self/timens_offsets", "monotonic 100 5\nboottime 1000 0\n");
	contain(CLONE_NEWIPC, "/proc/self/exe", nothing);
}

static void in_userns(void)
{
	must(sethostname("mapped", 6));
	change_root();
}

/* A mount point whose daemon is gone. */
static void in_autofs(void)
{
	char options[128];
	int ends[2];

	change_root();
	must(mkdir("auto", 0755));
	must(pipe(ends));
	snprintf(options, sizeof(options), "fd=%d,pgrp=%d,minproto=5,maxproto=5,indirect", ends[1],
		 getpgrp());
	must(mount("corpus", "auto", "autofs", 0, options));
	must(ioctl((int)must(open("auto", O_RDONLY)), AUTOFS_IOC_CATATONIC, 0));
	for (int fd = 3; fd < 10; fd++)
		must(fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 && errno != EBADF ? -1 : 0);
}

static void autofs(void)
{
	contain(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC, "/subject", in_autofs);
}

static void pidns(void)
{
	contain(CLONE_NEWPID, "/proc/self/exe", nothing);
}

static void userns(void)
{
	contain(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID |
			CLONE_NEWNET,
		"/subject", in_userns);
}

/* Groups of its own, where the kernel has such hierarchies; whoever started
 * this removes them. */
static void cgroups(void)
{
	static const char *const hierarchies[] = { "cpuset", "memory", "pids", "unified" };
	char path[256];

	for (size_t i = 0; i < sizeof(hierarchies) / sizeof(hierarchies[0]); i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", hierarchies[i]);
		if (chdir(path) < 0)
			continue;
		snprintf(path, sizeof(path), "corpus-%d", getpid());
		must(mkdir(path, 0755));
		must(chdir(path));
		if (i == 0)
			must(system("cat ../cpuset.cpus >cpuset.cpus;"
				    "cat ../cpuset.mems >cpuset.mems"));
		must(mkdir("below", 0755));
		snprintf(path, sizeof(path), "%d\n", getpid());
		put_file("cgroup.procs", path);
	}
	must(chdir("/"));
}

/* --- the program --- */

static const struct {
	const char *name;
	void (*set_up)(void);
} topics[] = {
	{ "threads", threads },     { "signals", signals },   { "timers", timers },
	{ "limits", limits },       { "family", family },     { "seccomp", seccomp },
	{ "memory", memory },       { "ghosts", ghosts },     { "files", files },
	{ "locks", locks },         { "pipes", pipes },       { "events", events },
	{ "inotify", inotify },     { "fanotify", fanotify }, { "pidfds", pidfds },
	{ "terminals", terminals }, { "bpf", bpf },           { "unix", unix_sockets },
	{ "inet", inet },           { "tcp", tcp },           { "packet", packet },
	{ "netlink", netlink },     { "sysv", sysv },         { "container", container },
	{ "timens", timens },       { "userns", userns },     { "autofs", autofs },
	{ "pidns", pidns },         { "cgroups", cgroups },   { "sleep", sleep_forever },
};

static void set_up(const char *name)
{
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		if (strcmp(topics[i].name, name) == 0) {
			topics[i].set_up();
			return;
		}
	}
	fprintf(stderr, "subject: there is no topic %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	char ready[4096], text[32], *slash;

	if (argc < 3)
		return 2;
	snprintf(ready, sizeof(ready), "%s.new", argv[1]);
	slash = strrchr(argv[1], '/');
	setsid();
	umask(022);
	close_range(3, ~0u, 0);
	if (slash) {
		*slash = '\0';
		must(chdir(argv[1]));
		*slash = '/';
	}
	for (int i = 2; i < argc; i++)
		set_up(argv[i]);
	snprintf(text, sizeof(text), "%d\n", dumped ? dumped : getpid());
	put_file(ready, text);
	must(rename(ready, argv[1]));
	sleep_forever();
}
