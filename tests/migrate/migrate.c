/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Live migration over CRIU's RPC that cannot lose the source: an example to copy.
 *
 *	migrate from PID DIR COMMANDS MEMORY ROUNDS [OPTION...]
 *	migrate to DIR COMMANDS MEMORY [OPTION...]
 *	migrate outcome DIR
 *
 * COMMANDS and MEMORY are descriptors of two streams to the other side, which the caller
 * has made and secured: one for all that is said, one for the pages of all rounds. Neither
 * side starts a program per round: pre-dumps and the dump go through one `criu swrk`.
 *
 *	source					destination
 *	ROUND n				->	page server on MEMORY
 *	pre-dump, or the last time dump	=>	pages of round n
 *	ROUND_SENT			->	waits for the page server
 *	  (at post-dump: all is written, the tasks are stopped, connections held)
 *	FILE...				->	all other images
 *	RESTORE				->	restore, as our own child
 *					<-	YES at post-restore: all is there and waits
 *	GO				->	lets CRIU go on
 *					<-	YES: they run
 *	answers CRIU: yes. The source ends.
 *
 * Whatever fails before that last YES is a no to CRIU at post-dump, after which the source
 * goes on with its connections, and to CRIU at post-restore, which ends what is there. In
 * one place a broken connection leaves the source in doubt: between GO and its YES. Then it
 * stays stopped until the destination can be asked (`--ask COMMAND`, which runs `migrate
 * outcome DIR` there): exit status 0, they run; 1, they do not and never will; else it is
 * asked again. The destination notes what it has done before it does it, under a lock that
 * it and its CRIU hold to their end.
 *
 * The source is two processes: one that does the work, and one that holds CRIU's socket as
 * well. CRIU takes a socket that is closed for a no; that would be wrong where the tasks run
 * at the destination already, so should the first be killed there, the second answers.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "rpc.h"

#define PATH_SIZE 4096
#define ASK_AGAIN_SECONDS 1

static struct settings {
	const char *dir;
	int commands, memory;
	int rounds; /* pre-dumps before the dump */
	int pid;
	const char *ask;         /* NULL: nobody can be asked */
	const char *cgroup_root; /* "CONTROLLER:PATH" */
	bool nftables;           /* hold connections by it, not by iptables */
	const char *stop_at;     /* tests: the step at which this process is killed */
	const char *cut_at;      /* or the connection cut */
	bool *let_go;            /* of the source, shared by its two processes: GO is being said */
	long frozen;             /* when the tasks were stopped, ms */
} set;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

__attribute__((format(printf, 1, 2))) static int complain(const char *format, ...)
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

/* What is done now, for whoever watches; here tests break what they want to break. */
static void step(const char *name, int number)
{
	static long start;

	start = start ? start : now_ms();
	fprintf(stderr, "%6ld ms: %s %d\n", now_ms() - start, name, number);
	if (is_step(set.stop_at, name))
		raise(SIGKILL);
	if (is_step(set.cut_at, name)) {
		shutdown(set.commands, SHUT_RDWR);
		shutdown(set.memory, SHUT_RDWR);
	}
}

/* The directory of a round; -1: it cannot be made. */
static int open_round(int round)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%d", set.dir, round);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return complain("%s: %s", path, strerror(errno));
	return open(path, O_RDONLY | O_DIRECTORY);
}

/* What all requests have in common: where images are, of this round and the one before. */
struct request {
	CriuReq req;
	CriuOpts opts;
	CriuPageServerInfo ps;
	CgroupRoot root, *roots[1];
	char parent[32], log[32], cgroup_root[PATH_SIZE];
};

static int begin_request(struct request *r, CriuReqType type, int round, const char *log)
{
	criu_req__init(&r->req);
	criu_opts__init(&r->opts);
	criu_page_server_info__init(&r->ps);
	r->req.type = type;
	r->req.opts = &r->opts;
	r->opts.images_dir_fd = open_round(round);
	snprintf(r->log, sizeof(r->log), "%s", log);
	r->opts.log_file = r->log;
	r->opts.has_log_level = true;
	r->opts.log_level = 4;
	if (round > 0) {
		snprintf(r->parent, sizeof(r->parent), "../%d", round - 1);
		r->opts.parent_img = r->parent;
	}
	return r->opts.images_dir_fd < 0 ? -1 : 0;
}

static void use_memory_socket(struct request *r)
{
	r->ps.has_fd = true;
	r->ps.fd = set.memory;
	r->opts.ps = &r->ps;
}

static void keep_connections_and_groups(struct request *r)
{
	r->opts.has_tcp_established = r->opts.tcp_established = true;
	r->opts.has_manage_cgroups = r->opts.manage_cgroups = true;
	r->opts.has_notify_scripts = r->opts.notify_scripts = true;
	if (set.nftables) {
		r->opts.has_network_lock = true;
		r->opts.network_lock = CRIU_NETWORK_LOCK_METHOD__NFTABLES;
	}
}

/* Sends it. False: CRIU said no, or is gone; its error is shown. */
static bool call(struct swrk *swrk, struct request *r, rpc_notify *notify, void *ctx,
		 CriuResp **answer)
{
	CriuResp *got = swrk_call(swrk, &r->req, notify, ctx);
	bool done = got && got->success;

	if (!done)
		complain("criu: %s", !got           ? "ended" :
				     got->cr_errmsg ? got->cr_errmsg :
						      "failed, see its log");
	if (r->req.opts)
		close(r->opts.images_dir_fd);
	if (answer && done)
		*answer = got;
	else if (got)
		criu_resp__free_unpacked(got, NULL);
	return done;
}

/* ---- the source ----------------------------------------------------------------- */

/* The destination's answer; -1: no, or it is gone. */
static int await_yes(uint64_t *number)
{
	struct message m;

	if (message_receive(set.commands, &m) < 0)
		return complain("the destination is gone");
	if (m.kind != MESSAGE_YES)
		return complain("the destination says: %s", m.text);
	*number = m.number;
	return 0;
}

static int tell(enum message_kind kind, uint64_t number, const char *text)
{
	uint64_t ignored;

	if (message_send(set.commands, kind, number, text) < 0)
		return complain("the destination is gone");
	return await_yes(&ignored);
}

static int send_file(int dir, const char *name)
{
	int file = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), status = 0;
	struct stat st;

	if (file < 0)
		return errno == ELOOP ? 0 : -1;
	if (fstat(file, &st) == 0 && S_ISREG(st.st_mode))
		status = message_send(set.commands, MESSAGE_FILE, (uint64_t)st.st_size, name) < 0 ||
					 content_send(set.commands, file, (uint64_t)st.st_size) <
						 0 ?
				 -1 :
				 0;
	close(file);
	return status;
}

static int send_files(int round)
{
	int fd = open_round(round), status = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && status == 0 && (entry = readdir(dir)))
		status = send_file(fd, entry->d_name);
	if (dir)
		closedir(dir);
	return dir && status == 0 ? 0 : complain("images cannot be sent");
}

/* Between GO and the answer the connection broke: has it arrived? */
static bool ask_outcome(void)
{
	int status = -1;

	complain("in doubt whether the tasks run at the destination; here they stay stopped");
	while (set.ask && status < 0) {
		int ended = system(set.ask);

		status = WIFEXITED(ended) && WEXITSTATUS(ended) <= 1 ? WEXITSTATUS(ended) : -1;
		if (status < 0)
			sleep(ASK_AGAIN_SECONDS);
	}
	if (!set.ask)
		complain("nobody can be asked (--ask); they go on here");
	return status == 0;
}

static bool hand_over(void)
{
	uint64_t pid;

	step("round-sent", set.rounds);
	if (tell(MESSAGE_ROUND_SENT, 0, "") < 0)
		return false;
	step("files", set.rounds);
	if (send_files(set.rounds) < 0)
		return false;
	step("restore", set.rounds);
	if (tell(MESSAGE_RESTORE, 0, "") < 0)
		return false;
	step("go", set.rounds);
	*set.let_go = true;
	if (message_send(set.commands, MESSAGE_GO, 0, "") < 0)
		return complain("the destination is gone") == 0;
	step("gone", set.rounds);
	if (await_yes(&pid) < 0 && !ask_outcome())
		return false;
	step("end", set.rounds);
	return true;
}

static bool at_dump(void *ctx, const char *moment, pid_t pid)
{
	bool *handed_over = ctx;

	(void)pid;
	if (strcmp(moment, "post-dump") != 0)
		return true;
	*handed_over = hand_over();
	return *handed_over;
}

static bool dump_round(struct swrk *swrk, int round, bool *handed_over)
{
	bool last = round == set.rounds;
	struct request r;

	step(last ? "dump" : "pre-dump", round);
	if (tell(MESSAGE_ROUND, (uint64_t)round, "") < 0 ||
	    begin_request(&r, last ? CRIU_REQ_TYPE__DUMP : CRIU_REQ_TYPE__PRE_DUMP, round,
			  "dump.log") < 0)
		return false;
	set.frozen = now_ms();
	use_memory_socket(&r);
	r.opts.has_pid = true;
	r.opts.pid = set.pid;
	r.opts.has_track_mem = r.opts.track_mem = set.rounds > 0;
	if (last)
		keep_connections_and_groups(&r);
	if (!call(swrk, &r, at_dump, handed_over, NULL))
		return false;
	return last || tell(MESSAGE_ROUND_SENT, 0, "") == 0;
}

/* In the guard, once the other process has ended; it says so when all is done. */
static void guard(int worker, struct swrk *swrk)
{
	char done;

	close(set.commands);
	close(set.memory);
	if (read(worker, &done, 1) == 1)
		_exit(0);
	complain("killed");
	if (*set.let_go && ask_outcome())
		swrk_answer(swrk, true);
	_exit(0);
}

/* Returns the descriptor on which it is told that all is done. */
static int start_guard(struct swrk *swrk)
{
	int pair[2];
	pid_t pid;

	set.let_go = mmap(NULL, sizeof(*set.let_go), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (set.let_go == MAP_FAILED || pipe2(pair, O_CLOEXEC) < 0 || swrk_start(swrk) < 0)
		return complain("criu: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		setsid();
		close(pair[1]);
		guard(pair[0], swrk);
	}
	close(pair[0]);
	return pid < 0 ? complain("fork: %s", strerror(errno)) : pair[1];
}

static int migrate_from(void)
{
	bool handed_over = false, done = true;
	struct swrk swrk;
	int guarded = start_guard(&swrk);

	if (guarded < 0)
		return -1;
	for (int round = 0; done && round <= set.rounds; round++)
		done = dump_round(&swrk, round, &handed_over);
	if (write(guarded, "", 1) != 1)
		complain("there is no guard");
	close(guarded);
	swrk_end(&swrk);
	if (!handed_over)
		return complain("not migrated; the tasks go on here");
	fprintf(stderr, "migrated; stopped for %ld ms\n", now_ms() - set.frozen);
	return done ? 0 : complain("the tasks run at the destination, but look at dump.log here");
}

/* ---- the destination ---------------------------------------------------------------- */

static int refuse(const char *why)
{
	message_send(set.commands, MESSAGE_NO, 0, why);
	return complain("%s", why);
}

static int agree(uint64_t number)
{
	return message_send(set.commands, MESSAGE_YES, number, "");
}

/* A page server in the background of its swrk, which waits for it later. */
static int start_page_server(struct swrk *swrk, int round, uint32_t *pid)
{
	struct request r;
	CriuResp *answer;

	step("page-server", round);
	if (swrk_start(swrk) < 0 ||
	    begin_request(&r, CRIU_REQ_TYPE__PAGE_SERVER_CHLD, round, "page-server.log") < 0)
		return refuse("criu cannot be started");
	use_memory_socket(&r);
	r.req.has_keep_open = r.req.keep_open = true;
	if (!call(swrk, &r, NULL, NULL, &answer))
		return refuse("no page server");
	*pid = (uint32_t)answer->ps->pid;
	criu_resp__free_unpacked(answer, NULL);
	return agree(0);
}

static int wait_page_server(struct swrk *swrk, uint32_t pid)
{
	struct request r;
	bool done;

	step("wait", 0);
	criu_req__init(&r.req);
	r.req.type = CRIU_REQ_TYPE__WAIT_PID;
	r.req.has_pid = true;
	r.req.pid = pid;
	done = call(swrk, &r, NULL, NULL, NULL);
	swrk_end(swrk);
	return done ? agree(0) : refuse("the page server failed");
}

static int receive_file(int round, const struct message *m)
{
	int dir = open_round(round), file, status;

	step("file", round);
	if (strchr(m->text, '/') || m->text[0] == '.')
		return refuse("a file with such a name");
	file = openat(dir, m->text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	status = file < 0 ? -1 : content_receive(set.commands, file, m->number);
	if (file >= 0)
		close(file);
	close(dir);
	return status < 0 ? refuse("a file cannot be written") : 0;
}

static int note_outcome(pid_t pid)
{
	char path[PATH_SIZE], text[32];
	int size = snprintf(text, sizeof(text), "%d\n", (int)pid), fd, status;

	snprintf(path, sizeof(path), "%s/outcome", set.dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	status = fd >= 0 && write(fd, text, (size_t)size) == size && fsync(fd) == 0 ? 0 : -1;
	if (fd >= 0)
		close(fd);
	return status;
}

/* All tasks are there and wait. */
static bool at_restore(void *ctx, const char *moment, pid_t pid)
{
	struct message m;

	(void)ctx;
	if (strcmp(moment, "post-restore") != 0)
		return true;
	step("ready", 0);
	if (agree(0) < 0 || message_receive(set.commands, &m) < 0 || m.kind != MESSAGE_GO)
		return complain("the source is gone before it has let go") == 0;
	step("let-go", 0);
	return note_outcome(pid) == 0;
}

static int restore(int round)
{
	struct request r;
	CriuResp *answer;
	struct swrk swrk;
	bool done;

	step("restoring", round);
	if (swrk_start(&swrk) < 0 ||
	    begin_request(&r, CRIU_REQ_TYPE__RESTORE, round, "restore.log") < 0)
		return refuse("criu cannot be started");
	keep_connections_and_groups(&r);
	r.opts.parent_img = NULL;
	r.opts.has_rst_sibling = r.opts.rst_sibling = true;
	if (set.cgroup_root) {
		cgroup_root__init(&r.root);
		snprintf(r.cgroup_root, sizeof(r.cgroup_root), "%s", set.cgroup_root);
		r.root.ctrl = strtok(r.cgroup_root, ":");
		r.root.path = strtok(NULL, "");
		r.roots[0] = &r.root;
		r.opts.n_cg_root = 1;
		r.opts.cg_root = r.roots;
	}
	done = call(&swrk, &r, at_restore, NULL, &answer);
	swrk_end(&swrk);
	if (!done)
		return refuse("the restore failed");
	step("runs", answer->restore->pid);
	agree((uint64_t)answer->restore->pid);
	criu_resp__free_unpacked(answer, NULL);
	return 0;
}

/* Held by this process and its criu until both have ended. */
static int take_lock(bool shared_with_criu)
{
	char path[PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", set.dir);
	fd = open(path, O_RDWR | O_CREAT | (shared_with_criu ? 0 : O_CLOEXEC), 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return complain("%s: %s", path, strerror(errno));
	return fd;
}

static int migrate_to(void)
{
	struct swrk page_server = { .pid = 0 };
	struct message m;
	uint32_t pid = 0;
	int round = 0, status = take_lock(true) < 0 ? -1 : 0;

	while (status == 0 && message_receive(set.commands, &m) == 0) {
		switch (m.kind) {
		case MESSAGE_ROUND:
			round = (int)m.number;
			status = start_page_server(&page_server, round, &pid);
			break;
		case MESSAGE_ROUND_SENT:
			status = wait_page_server(&page_server, pid);
			break;
		case MESSAGE_FILE:
			status = receive_file(round, &m);
			break;
		case MESSAGE_RESTORE:
			return restore(round);
		default:
			status = refuse("a message that makes no sense");
		}
	}
	return complain("not migrated");
}

/* Is there such a process, and is it no zombie? */
static bool is_alive(int pid)
{
	char path[64], state = 'Z';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	if (file)
		fclose(file);
	return state != 'Z' && state != 'X';
}

/* 0: they run. 1: they do not, and never will. */
static int outcome(void)
{
	char path[PATH_SIZE];
	FILE *file;
	int pid = 0;

	if (take_lock(false) < 0)
		return 2;
	snprintf(path, sizeof(path), "%s/outcome", set.dir);
	file = fopen(path, "re");
	if (file && fscanf(file, "%d", &pid) != 1)
		pid = 0;
	if (file)
		fclose(file);
	return pid > 0 && is_alive(pid) ? 0 : 1;
}

/* ---- the command line ------------------------------------------------------------- */

static void take_options(char **argv)
{
	static const struct {
		const char *name;
		const char **value;
	} options[] = {
		{ "--ask", &set.ask },
		{ "--cgroup-root", &set.cgroup_root },
		{ "--stop-at", &set.stop_at },
		{ "--cut-at", &set.cut_at },
	};

	for (; *argv; argv++) {
		set.nftables |= strcmp(*argv, "--nftables") == 0;
		for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
			if (strcmp(*argv, options[i].name) == 0 && argv[1])
				*options[i].value = *++argv;
	}
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc >= 7 && strcmp(argv[1], "from") == 0) {
		set.pid = atoi(argv[2]);
		set.rounds = atoi(argv[6]);
		argv++;
	} else if (argc == 3 && strcmp(argv[1], "outcome") == 0) {
		set.dir = argv[2];
		return outcome();
	} else if (argc < 5 || strcmp(argv[1], "to") != 0) {
		fprintf(stderr, "usage: see the head of migrate.c\n");
		return 2;
	}
	set.dir = argv[2];
	set.commands = atoi(argv[3]);
	set.memory = atoi(argv[4]);
	take_options(argv + 5);
	return (set.rounds || set.pid ? migrate_from() : migrate_to()) < 0 ? 1 : 0;
}
