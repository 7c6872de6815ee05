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
 * With `--lazy` there are no rounds, and no memory is sent before GO but what a restore cannot
 * be without; the rest is fetched by `criu lazy-pages` while the tasks run there already:
 *
 *	dump, into files
 *	FILE..., PAGE...		->	images, with holes for what can wait
 *	LAZY				->	`criu lazy-pages`
 *	RESTORE, YES, GO			as above
 *	pages			       <=>	of MEMORY, as they are asked for
 *					<-	YES: they run and have all their pages
 *
 * Whatever fails before that last YES is a no to CRIU at post-dump, after which the source
 * goes on with its connections, and to CRIU at post-restore, which ends what is there. In
 * one place a broken connection leaves the source in doubt: between GO and its YES. Then it
 * stays stopped until the destination can be asked (`--ask COMMAND`, which runs `migrate
 * outcome DIR` there): exit status 0, they run; 1, they do not and never will; else it is
 * asked again. The destination notes what it has done (outcome.h), under a lock that it and its
 * CRIU hold to their end. With `--lazy` that place lasts until all pages are there; what goes
 * wrong in it ends the tasks there, and they go on here as they were at the dump.
 *
 * `--enough KIB`: a round with no more is the last one before the dump. `--frozen MS`: not yet
 * at GO after that, the tasks go on here.
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
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "lazy.h"
#include "outcome.h"
#include "pages.h"
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
	bool lazy;               /* pages follow the tasks */
	const char *enough;      /* KiB of a round, after which the dump comes */
	const char *frozen_most; /* ms from the dump's start to GO */
	bool nftables;           /* hold connections by it, not by iptables */
	const char *stop_at;     /* tests: the step at which this process is killed */
	const char *cut_at;      /* or the connection cut */
	bool *let_go;            /* of the source, shared by its two processes: GO is being said */
	long frozen, gone;       /* when the tasks were stopped, ms, and let go; 0: not yet */
	struct pages pages;      /* to serve, */
	unsigned criu;           /* to a CRIU of that version */
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

/* How long an answer may take, in ms; -1: for ever. */
static int time_left(void)
{
	long left;

	if (!set.frozen || !set.frozen_most || *set.let_go)
		return -1;
	left = set.frozen + atol(set.frozen_most) - now_ms();
	return left > 0 ? (int)left : 0;
}

/* Serves pages until there is an answer. */
static int await_answer(void)
{
	struct pollfd fds[] = { { set.commands, POLLIN, 0 },
				{ set.pages.runs ? set.memory : -1, POLLIN, 0 } };
	int follow = 0;

	while (!fds[0].revents) {
		int ready = poll(fds, 2, time_left());

		if (ready == 0)
			return complain("the tasks may not be stopped for longer");
		if (ready < 0 || !fds[1].revents)
			continue;
		if (*set.let_go && !follow++)
			step("pages", 0);
		if (pages_serve(&set.pages, set.memory, set.criu) <= 0)
			fds[1].fd = -1;
	}
	return 0;
}

/* The destination's answer; -1: no, or it is gone. */
static int await_yes(uint64_t *number)
{
	struct message m;

	if (await_answer() < 0)
		return -1;
	if (message_receive(set.commands, &m) < 0)
		return complain("the destination is gone");
	if (m.kind != MESSAGE_YES)
		return complain("the destination says: %s", m.text);
	*number = m.number;
	return 0;
}

/* The number of its answer in *got. */
static int tell(enum message_kind kind, uint64_t number, uint64_t *got)
{
	if (message_send(set.commands, kind, number, "") < 0)
		return complain("the destination is gone");
	return await_yes(got);
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

static bool waits(const char *name)
{
	return set.lazy && strncmp(name, "pages-", 6) == 0;
}

static int send_files(int round)
{
	int fd = open_round(round), status = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && status == 0 && (entry = readdir(dir)))
		status = waits(entry->d_name) ? 0 : send_file(fd, entry->d_name);
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

/* What is said may be cut off while pages are fetched still; without them nobody can tell. */
static bool serve_and_ask(void)
{
	while (set.pages.runs && pages_serve(&set.pages, set.memory, set.criu) > 0)
		;
	return ask_outcome();
}

static int send_pages(void)
{
	uint64_t criu;

	if (pages_open(&set.pages, open_round(set.rounds)) < 0 ||
	    pages_send(&set.pages, set.commands) < 0)
		return complain("pages cannot be sent");
	step("lazy-pages", 0);
	if (tell(MESSAGE_LAZY, 0, &criu) < 0)
		return -1;
	set.criu = (unsigned)criu;
	return 0;
}

static int send_images(void)
{
	uint64_t bytes;

	if (!set.lazy) {
		step("round-sent", set.rounds);
		if (tell(MESSAGE_ROUND_SENT, 0, &bytes) < 0)
			return -1;
	}
	step("files", set.rounds);
	if (send_files(set.rounds) < 0)
		return -1;
	return set.lazy ? send_pages() : 0;
}

static bool hand_over(void)
{
	uint64_t pid;

	if (send_images() < 0)
		return false;
	step("restore", set.rounds);
	if (tell(MESSAGE_RESTORE, 0, &pid) < 0)
		return false;
	step("go", set.rounds);
	if (time_left() == 0)
		return complain("the tasks may not be stopped for longer") == 0;
	*set.let_go = true;
	set.gone = now_ms();
	if (message_send(set.commands, MESSAGE_GO, 0, "") < 0)
		return complain("the destination is gone") == 0;
	step("gone", set.rounds);
	if (await_yes(&pid) < 0 && !serve_and_ask())
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

static bool make_request(struct request *r, int round, bool last)
{
	if (begin_request(r, last ? CRIU_REQ_TYPE__DUMP : CRIU_REQ_TYPE__PRE_DUMP, round,
			  "dump.log") < 0)
		return false;
	if (!set.lazy)
		use_memory_socket(r);
	r->opts.has_pid = true;
	r->opts.pid = set.pid;
	r->opts.has_track_mem = r->opts.track_mem = set.rounds > 0;
	if (last)
		keep_connections_and_groups(r);
	return true;
}

/* A round's memory; what was sent so far is of no use when it fails. */
static bool pre_dump(struct swrk *swrk, int round, uint64_t *bytes)
{
	struct request r;
	long start = now_ms(), took;

	step("pre-dump", round);
	if (tell(MESSAGE_ROUND, (uint64_t)round, bytes) < 0 || !make_request(&r, round, false) ||
	    !call(swrk, &r, NULL, NULL, NULL) || tell(MESSAGE_ROUND_SENT, 0, bytes) < 0)
		return false;
	took = now_ms() - start;
	fprintf(stderr, "round %d: %llu pages, %llu KiB/s\n", round,
		(unsigned long long)*bytes / PAGE_BYTES,
		(unsigned long long)*bytes * 1000 / 1024 / (unsigned long long)(took + 1));
	return true;
}

static bool dump(struct swrk *swrk, bool *handed_over)
{
	struct request r;
	uint64_t ignored;

	step("dump", set.rounds);
	if ((!set.lazy && tell(MESSAGE_ROUND, (uint64_t)set.rounds, &ignored) < 0) ||
	    !make_request(&r, set.rounds, true))
		return false;
	set.frozen = now_ms();
	return call(swrk, &r, at_dump, handed_over, NULL);
}

/* As many rounds as were asked for, or until one has little to send. */
static bool pre_dumps(struct swrk *swrk)
{
	uint64_t bytes;

	for (int round = 0; round < set.rounds; round++) {
		if (!pre_dump(swrk, round, &bytes))
			return false;
		if (set.enough && bytes / 1024 <= strtoull(set.enough, NULL, 10))
			set.rounds = round + 1;
	}
	return true;
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
	bool handed_over = false, done;
	struct swrk swrk;
	int guarded = start_guard(&swrk);

	if (guarded < 0)
		return -1;
	done = pre_dumps(&swrk) && dump(&swrk, &handed_over);
	if (write(guarded, "", 1) != 1)
		complain("there is no guard");
	close(guarded);
	swrk_end(&swrk);
	if (!handed_over)
		return complain("not migrated; the tasks go on here");
	fprintf(stderr, "migrated: let go after %ld ms, all there after %ld ms\n",
		set.gone - set.frozen, now_ms() - set.frozen);
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

/* The bytes of memory that a round has brought. */
static uint64_t pages_of(int round)
{
	int fd = open_round(round);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;
	uint64_t bytes = 0;

	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, "pages-", 6) == 0 &&
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)st.st_size;
	if (dir)
		closedir(dir);
	return bytes;
}

static int wait_page_server(struct swrk *swrk, int round, uint32_t pid)
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
	return done ? agree(pages_of(round)) : refuse("the page server failed");
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

static int receive_page(int round, const struct message *m)
{
	int dir = open_round(round), file, status;

	if (strncmp(m->text, "pages-", 6) != 0 || strchr(m->text, '/'))
		return refuse("a page of such a file");
	file = openat(dir, m->text, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	status = file < 0 || lseek(file, (off_t)(m->number * PAGE_BYTES), SEEK_SET) < 0 ?
			 -1 :
			 content_receive(set.commands, file, PAGE_BYTES);
	if (file >= 0)
		close(file);
	close(dir);
	return status < 0 ? refuse("a page cannot be written") : 0;
}

/* 40200: 4.2 */
static unsigned version_of_criu(void)
{
	CriuReq request = CRIU_REQ__INIT;
	struct swrk swrk;
	CriuResp *answer;
	unsigned version = 0;

	if (swrk_start(&swrk) < 0)
		return 0;
	request.type = CRIU_REQ_TYPE__VERSION;
	answer = swrk_call(&swrk, &request, NULL, NULL);
	if (answer && answer->version)
		version = (unsigned)(answer->version->major_number * 10000 +
				     answer->version->minor_number * 100);
	if (answer)
		criu_resp__free_unpacked(answer, NULL);
	swrk_end(&swrk);
	return version;
}

/* All tasks are there and wait. */
static bool at_restore(void *ctx, const char *moment, pid_t pid)
{
	struct lazy *lazy = ctx;
	struct message m;

	if (strcmp(moment, "post-restore") != 0)
		return true;
	step("ready", 0);
	if (agree(0) < 0 || message_receive(set.commands, &m) < 0 || m.kind != MESSAGE_GO)
		return complain("the source is gone before it has let go") == 0;
	step("let-go", 0);
	if (outcome_note_let_go(set.dir, pid) < 0)
		return false;
	if (!lazy->guard)
		return outcome_note_complete(set.dir) == 0;
	lazy->state->let_go = true;
	return true;
}

static void put_into(struct request *r, const char *cgroup_root)
{
	cgroup_root__init(&r->root);
	snprintf(r->cgroup_root, sizeof(r->cgroup_root), "%s", cgroup_root);
	r->root.ctrl = strtok(r->cgroup_root, ":");
	r->root.path = strtok(NULL, "");
	r->roots[0] = &r->root;
	r->opts.n_cg_root = 1;
	r->opts.cg_root = r->roots;
}

/* The first task; 0: refused. */
static pid_t restore(int round, struct lazy *lazy)
{
	struct request r;
	CriuResp *answer;
	struct swrk swrk;
	pid_t pid;
	bool done;

	step("restoring", round);
	if (swrk_start(&swrk) < 0 ||
	    begin_request(&r, CRIU_REQ_TYPE__RESTORE, round, "restore.log") < 0)
		return refuse("criu cannot be started"), 0;
	keep_connections_and_groups(&r);
	r.opts.parent_img = NULL;
	r.opts.has_rst_sibling = r.opts.rst_sibling = true;
	r.opts.has_lazy_pages = r.opts.lazy_pages = lazy->guard;
	if (set.cgroup_root)
		put_into(&r, set.cgroup_root);
	if (lazy->guard)
		lazy->state->criu = swrk.pid;
	done = call(&swrk, &r, at_restore, lazy, &answer);
	if (lazy->guard)
		lazy->state->criu = 0;
	swrk_end(&swrk);
	if (!done)
		return refuse("the restore failed"), 0;
	pid = answer->restore->pid;
	criu_resp__free_unpacked(answer, NULL);
	return pid;
}

static int start_lazy_pages(int round, struct lazy *lazy)
{
	char images[PATH_SIZE];

	step("daemon", round);
	snprintf(images, sizeof(images), "%s/%d", set.dir, round);
	if (lazy_start(lazy, set.dir, images, set.memory, set.commands) < 0)
		return refuse("criu lazy-pages cannot be started");
	close(set.memory);
	set.memory = -1;
	return agree(version_of_criu());
}

static int restore_and_wait(int round, struct lazy *lazy)
{
	pid_t pid = restore(round, lazy);

	if (!pid) {
		if (lazy->guard)
			lazy->state->let_go = false;
		return -1;
	}
	step("runs", pid);
	if (lazy->guard && lazy_wait(lazy) < 0)
		return refuse("not all pages came; the tasks are ended");
	step("complete", pid);
	return agree((uint64_t)pid);
}

static int migrate_to(void)
{
	struct swrk page_server = { .pid = 0 };
	struct lazy lazy = { .guard = 0 };
	struct message m;
	uint32_t pid = 0;
	int round = 0, status = outcome_lock(set.dir, true) < 0 ? -1 : 0;

	while (status == 0 && message_receive(set.commands, &m) == 0) {
		switch (m.kind) {
		case MESSAGE_ROUND:
			round = (int)m.number;
			status = start_page_server(&page_server, round, &pid);
			break;
		case MESSAGE_ROUND_SENT:
			status = wait_page_server(&page_server, round, pid);
			break;
		case MESSAGE_FILE:
			status = receive_file(round, &m);
			break;
		case MESSAGE_PAGE:
			status = receive_page(round, &m);
			break;
		case MESSAGE_LAZY:
			status = start_lazy_pages(round, &lazy);
			break;
		case MESSAGE_RESTORE:
			return restore_and_wait(round, &lazy);
		default:
			status = refuse("a message that makes no sense");
		}
	}
	return complain("not migrated");
}

/* ---- the command line ------------------------------------------------------------- */

static void take_options(char **argv)
{
	static const struct {
		const char *name;
		const char **value;
	} options[] = {
		{ "--ask", &set.ask },         { "--cgroup-root", &set.cgroup_root },
		{ "--enough", &set.enough },   { "--frozen", &set.frozen_most },
		{ "--stop-at", &set.stop_at }, { "--cut-at", &set.cut_at },
	};

	for (; *argv; argv++) {
		set.nftables |= strcmp(*argv, "--nftables") == 0;
		set.lazy |= strcmp(*argv, "--lazy") == 0;
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
		return outcome_find(set.dir);
	} else if (argc < 5 || strcmp(argv[1], "to") != 0) {
		fprintf(stderr, "usage: see the head of migrate.c\n");
		return 2;
	}
	set.dir = argv[2];
	set.commands = atoi(argv[3]);
	set.memory = atoi(argv[4]);
	fcntl(set.commands, F_SETFD, FD_CLOEXEC);
	take_options(argv + 5);
	if (set.lazy) /* pages are ours to serve: criu's copy would keep the stream open */
		fcntl(set.memory, F_SETFD, FD_CLOEXEC);
	return (set.rounds || set.pid ? migrate_from() : migrate_to()) < 0 ? 1 : 0;
}
