/* SPDX-License-Identifier: GPL-2.0-only */
/* The source of a migration: pre-dumps, the dump, and its word to let the tasks go. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "outcome.h"
#include "pages.h"
#include "progress.h"
#include "request.h"
#include "tree.h"

#define ASK_AGAIN_SECONDS 1

/* Shared by the two processes. */
static struct {
	bool stopped; /* the tasks, which GO is said for: they do not run here whatever CRIU does */
} * shared;

static unsigned long long started;     /* the first task, which tells it from a later one */
static long frozen, gone;              /* when the tasks were stopped, ms, and let go; 0: not yet */
static volatile sig_atomic_t too_long; /* they were stopped for longer than they may be */
static struct pages pages;             /* to serve, */
static unsigned version;               /* to a CRIU of that version */

/* Whatever is waited for then fails, in CRIU too, and the tasks go on here. */
static void end_streams(int signal)
{
	(void)signal;
	too_long = 1;
	shutdown(set.commands, SHUT_RDWR);
	shutdown(set.memory, SHUT_RDWR);
}

/* 0: no longer. */
static void limit_frozen(long ms)
{
	struct sigaction action = { .sa_handler = end_streams, .sa_flags = SA_RESTART };
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Serves pages until there is an answer. */
static void await_answer(void)
{
	struct pollfd fds[] = { { set.commands, POLLIN, 0 },
				{ pages.runs ? set.memory : -1, POLLIN, 0 } };
	int follow = 0;

	while (!fds[0].revents) {
		if (poll(fds, 2, -1) < 0 || !fds[1].revents)
			continue;
		if (shared->stopped && !follow++)
			step("pages", 0);
		if (pages_serve(&pages, set.memory, version) <= 0)
			fds[1].fd = -1;
	}
}

/* The destination's answer; -1: no, or it is gone. */
static int await_yes(uint64_t *number)
{
	struct message m;

	await_answer();
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
	int fd = round_open(round), status = 0;
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
	complain("in doubt whether the tasks run at the destination; here they stay stopped");
	for (;;) {
		int ended = system(set.ask), status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;

		if (status == OUTCOME_RUNS || status == OUTCOME_NEVER)
			return status == OUTCOME_RUNS;
		sleep(ASK_AGAIN_SECONDS);
	}
}

/* What is said may be cut off while pages are fetched still; without them nobody can tell. */
static bool serve_and_ask(void)
{
	while (pages.runs && pages_serve(&pages, set.memory, version) > 0)
		;
	return ask_outcome();
}

static int send_pages(void)
{
	uint64_t criu;

	if (pages_open(&pages, round_open(set.rounds)) < 0 || pages_send(&pages, set.commands) < 0)
		return complain("pages cannot be sent");
	step("lazy-pages", 0);
	if (tell(MESSAGE_LAZY, 0, &criu) < 0)
		return -1;
	version = (unsigned)criu;
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

/* Its tasks run again then, and its images are old. */
static bool criu_ended(const struct swrk *swrk)
{
	struct pollfd fd = { swrk->socket, 0, 0 };

	return poll(&fd, 1, 0) != 0 && complain("criu: ended");
}

/* CRIU traces them still, so it stops them when that ends, before they do anything. */
static void stop_here(void)
{
	shared->stopped = true;
	if (tree_started(set.pid) == started)
		tree_stop(set.pid);
}

/* Of the tasks that somebody had stopped before. */
static const char *stopped_list(void)
{
	static char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/stopped", set.dir);
	return path;
}

static void go_on_here(void)
{
	if (shared->stopped)
		tree_continue(set.pid, stopped_list());
}

/* Its answer may be late; with lazy pages it is, and is waited for. */
static bool await_outcome(void)
{
	uint64_t pid;
	bool arrived;

	if (!set.lazy)
		limit_frozen(atol(set.frozen_most));
	step("gone", set.rounds);
	arrived = await_yes(&pid) == 0;
	limit_frozen(0);
	return arrived || serve_and_ask();
}

static bool hand_over(const struct swrk *swrk)
{
	uint64_t pid;

	if (send_images() < 0)
		return false;
	step("restore", set.rounds);
	if (tell(MESSAGE_RESTORE, 0, &pid) < 0)
		return false;
	step("go", set.rounds);
	limit_frozen(0);
	stop_here();
	if (too_long || criu_ended(swrk))
		return false;
	gone = now_ms();
	if (message_send(set.commands, MESSAGE_GO, 0, "") < 0)
		return complain("the destination is gone") == 0;
	if (!await_outcome())
		return false;
	step("end", set.rounds);
	return true;
}

struct dumping {
	struct swrk *swrk;
	bool handed_over;
};

static bool at_dump(void *ctx, const char *moment, pid_t pid)
{
	struct dumping *d = ctx;

	(void)pid;
	if (strcmp(moment, "post-dump") != 0)
		return true;
	return d->handed_over = hand_over(d->swrk);
}

static bool make_request(struct request *r, int round, bool last)
{
	if (request_begin(r, last ? CRIU_REQ_TYPE__DUMP : CRIU_REQ_TYPE__PRE_DUMP, round,
			  "dump.log") < 0)
		return false;
	if (!set.lazy)
		request_use_memory_socket(r);
	r->opts.has_pid = true;
	r->opts.pid = set.pid;
	r->opts.has_track_mem = r->opts.track_mem = set.rounds > 0;
	if (last)
		request_keep_connections_and_groups(r);
	return true;
}

/* A round's memory; what was sent so far is of no use when it fails. */
static bool pre_dump(struct swrk *swrk, int round, uint64_t *bytes)
{
	struct request r;
	long start = now_ms(), took;

	step("pre-dump", round);
	if (tell(MESSAGE_ROUND, (uint64_t)round, bytes) < 0 || !make_request(&r, round, false) ||
	    !request_call(swrk, &r, NULL, NULL, NULL))
		return false;
	step("pre-dumped", round);
	if (tell(MESSAGE_ROUND_SENT, 0, bytes) < 0)
		return false;
	took = now_ms() - start;
	fprintf(stderr, "round %d: %llu pages, %llu KiB/s\n", round,
		(unsigned long long)*bytes / PAGE_BYTES,
		(unsigned long long)*bytes * 1000 / 1024 / (unsigned long long)(took + 1));
	return true;
}

static bool dump(struct dumping *d)
{
	struct request r;
	uint64_t ignored;

	step("dump", set.rounds);
	if ((!set.lazy && tell(MESSAGE_ROUND, (uint64_t)set.rounds, &ignored) < 0) ||
	    !make_request(&r, set.rounds, true))
		return false;
	if (tree_note_stopped(set.pid, stopped_list()) < 0)
		return complain("%s: %s", stopped_list(), strerror(errno)) == 0;
	frozen = now_ms();
	limit_frozen(atol(set.frozen_most));
	return request_call(d->swrk, &r, at_dump, d, NULL);
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

/* A CRIU that ended, or was told no by somebody else, leaves the tasks here. */
static int end_here(void)
{
	if (tree_started(set.pid) == started)
		tree_end(set.pid);
	return complain("the tasks run at the destination, but look at dump.log here");
}

/* The other process is killed. */
static void finish(struct swrk *swrk)
{
	CriuResp *answer = NULL;

	complain("killed");
	if (!shared->stopped)
		return;
	if (!ask_outcome()) {
		go_on_here();
		return;
	}
	if (swrk_answer(swrk, true) == 0)
		answer = swrk_receive(swrk, NULL, NULL);
	if (!answer || !answer->success)
		end_here();
}

/* In the guard, until the other process says that all is done, or ends. */
static void guard(int worker, struct swrk *swrk)
{
	char done;

	close(set.commands);
	close(set.memory);
	if (read(worker, &done, 1) != 1)
		finish(swrk);
	_exit(0);
}

/* Returns the descriptor on which it is told that all is done. */
static int start_guard(struct swrk *swrk, pid_t *pid)
{
	int pair[2];

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || pipe2(pair, O_CLOEXEC) < 0 || swrk_start(swrk) < 0)
		return complain("criu: %s", strerror(errno));
	*pid = fork();
	if (*pid == 0) {
		setsid();
		close(pair[1]);
		guard(pair[0], swrk);
	}
	close(pair[0]);
	return *pid < 0 ? complain("fork: %s", strerror(errno)) : pair[1];
}

static void end_guard(int guarded, pid_t pid)
{
	if (write(guarded, "", 1) != 1)
		complain("there is no guard");
	close(guarded);
	waitpid(pid, NULL, 0);
}

int migrate_from(void)
{
	struct swrk swrk;
	struct dumping dumping = { .swrk = &swrk };
	bool done;
	pid_t pid;
	int guarded;

	started = tree_started(set.pid);
	guarded = start_guard(&swrk, &pid);
	if (guarded < 0)
		return -1;
	step_criu(swrk.pid);
	done = pre_dumps(&swrk) && dump(&dumping);
	end_guard(guarded, pid);
	swrk_end(&swrk);
	if (!dumping.handed_over) {
		if (too_long)
			complain("the tasks may not be stopped for longer");
		go_on_here();
		return complain("not migrated; the tasks go on here");
	}
	fprintf(stderr, "migrated: let go after %ld ms, all there after %ld ms\n", gone - frozen,
		now_ms() - frozen);
	return done ? 0 : end_here();
}
