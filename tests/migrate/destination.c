/* SPDX-License-Identifier: GPL-2.0-only */
/* The destination of a migration: page servers, the other images, and the restore. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "channel.h"
#include "lazy.h"
#include "outcome.h"
#include "progress.h"
#include "request.h"
#include "tree.h"

static int refuse(const char *why)
{
	message_send(set.commands, MESSAGE_NO, 0, why);
	return complain("%s", why);
}

static int agree(uint64_t number)
{
	return message_send(set.commands, MESSAGE_YES, number, "");
}

/* Of a round; its end is waited for all the time. */
struct page_server {
	struct swrk swrk; /* its pid is 0 when it has ended */
	bool ended, done;
};

static int start_page_server(struct page_server *server, int round)
{
	struct request r;
	CriuReq wait = CRIU_REQ__INIT;
	CriuResp *answer;

	server->ended = false;
	if (swrk_start(&server->swrk) < 0 ||
	    request_begin(&r, CRIU_REQ_TYPE__PAGE_SERVER_CHLD, round, "page-server.log") < 0)
		return refuse("criu cannot be started");
	request_use_memory_socket(&r);
	r.req.has_keep_open = r.req.keep_open = true;
	if (!request_call(&server->swrk, &r, NULL, NULL, &answer))
		return refuse("no page server");
	wait.type = CRIU_REQ_TYPE__WAIT_PID;
	wait.has_pid = true;
	wait.pid = (uint32_t)answer->ps->pid;
	criu_resp__free_unpacked(answer, NULL);
	if (swrk_send(&server->swrk, &wait) < 0)
		return refuse("no page server");
	step("page-server", round);
	return agree(0);
}

static void end_page_server(struct page_server *server)
{
	CriuResp *answer = swrk_receive(&server->swrk, NULL, NULL);

	server->ended = true;
	server->done = answer && answer->success;
	if (answer)
		criu_resp__free_unpacked(answer, NULL);
	swrk_end(&server->swrk);
}

/* Where it failed nobody takes the pages that the source's CRIU, its tasks stopped, waits to send;
 * of a full disk CRIU says here that all went well. */
static void refuse_pages(struct page_server *server)
{
	server->ended = server->done = false;
	shutdown(set.memory, SHUT_RDWR);
}

static bool disk_full(int round)
{
	int dir = round_open(round);
	struct statvfs fs;
	bool full = dir < 0 || fstatvfs(dir, &fs) < 0 || (fs.f_blocks && !fs.f_bfree);

	close(dir);
	return full;
}

/* The bytes of memory that a round has brought. */
static uint64_t pages_of(int round)
{
	int fd = round_open(round);
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

static int finish_round(struct page_server *server, int round)
{
	step("wait", round);
	if (server->swrk.pid)
		end_page_server(server);
	if (!server->done || disk_full(round))
		return refuse("the page server failed, or has no room");
	return agree(pages_of(round));
}

/* SIZE bytes of a file, from PAGE on. */
static int receive_into(int round, const char *name, int flags, uint64_t page, uint64_t size)
{
	int dir = round_open(round), file = -1, status = -1;

	if (!strchr(name, '/') && name[0] != '.')
		file = openat(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
	if (file >= 0 && lseek(file, (off_t)(page * PAGE_BYTES), SEEK_SET) >= 0)
		status = content_receive(set.commands, file, size);
	if (file >= 0 && close(file) < 0)
		status = -1;
	close(dir);
	return status < 0 ? refuse("a file cannot be written") : 0;
}

static int receive_file(int round, const struct message *m)
{
	step("file", round);
	return receive_into(round, m->text, O_EXCL, 0, m->number);
}

static int receive_page(int round, const struct message *m)
{
	static int received;

	if (!received++)
		step("page", round);
	return receive_into(round, m->text, 0, m->number, PAGE_BYTES);
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

struct restoring {
	struct lazy *lazy;
	pid_t first; /* task; 0: not there yet */
	bool runs;
};

/* All tasks are there and wait. */
static bool let_go(struct restoring *r)
{
	struct message m;

	if (outcome_note_restored(set.dir, r->first) < 0)
		return complain("no room to note what is done") == 0;
	step("ready", 0);
	if (agree(0) < 0 || message_receive(set.commands, &m) < 0 || m.kind != MESSAGE_GO)
		return complain("the source is gone before it has let go") == 0;
	step("let-go", 0);
	if (outcome_note_let_go(set.dir) < 0)
		return complain("the source was told that they never will be") == 0;
	if (r->lazy->guard)
		r->lazy->state->let_go = true;
	return true;
}

/* They run, and what this host does for it is done. */
static void note_runs(struct restoring *r)
{
	if (r->lazy->guard)
		r->runs = r->lazy->state->resumed = true;
	else
		r->runs = outcome_note_complete(set.dir) == 0;
	step("resumed", r->first);
}

static bool at_restore(void *ctx, const char *moment, pid_t pid)
{
	struct restoring *r = ctx;

	if (strcmp(moment, "post-restore") == 0) {
		r->first = pid;
		return let_go(r);
	}
	if (strcmp(moment, "pre-resume") == 0)
		step("resuming", r->first);
	if (strcmp(moment, "post-resume") == 0)
		note_runs(r);
	return true;
}

/* By CRIU. When it ends early, whether the tasks run is known all the same. */
static bool run_restore(struct request *request, struct restoring *r)
{
	struct swrk swrk;

	if (swrk_start(&swrk) < 0)
		return false;
	step_criu(swrk.pid);
	if (r->lazy->guard)
		r->lazy->state->criu = swrk.pid;
	request_call(&swrk, request, at_restore, r, NULL);
	if (r->lazy->guard)
		r->lazy->state->criu = 0;
	swrk_end(&swrk);
	step_criu(0);
	return r->runs;
}

/* The first task; 0: refused, and nothing is left. */
static pid_t restore(int round, struct lazy *lazy)
{
	struct restoring restoring = { .lazy = lazy };
	struct request r;

	step("restoring", round);
	if (request_begin(&r, CRIU_REQ_TYPE__RESTORE, round, "restore.log") < 0)
		return refuse("no images"), 0;
	request_keep_connections_and_groups(&r);
	r.opts.parent_img = NULL;
	r.opts.has_rst_sibling = r.opts.rst_sibling = true;
	r.opts.has_lazy_pages = r.opts.lazy_pages = lazy->guard;
	if (set.cgroup_root)
		request_put_into(&r, set.cgroup_root);
	if (run_restore(&r, &restoring))
		return restoring.first;
	tree_end_children(lazy->guard);
	outcome_undo(set.dir);
	return refuse("the restore failed"), 0;
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

/* What the source says next; a page server may end before that. */
static int next_message(struct page_server *server, struct message *m)
{
	struct pollfd fds[] = { { set.commands, POLLIN, 0 }, { -1, POLLIN, 0 }, { -1, POLLIN, 0 } };

	while (!fds[0].revents) {
		fds[1].fd = server->swrk.pid ? server->swrk.socket : -1;
		fds[2].fd = server->ended ? set.memory : -1;
		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[1].revents)
			end_page_server(server);
		else if (fds[2].revents)
			refuse_pages(server);
	}
	return message_receive(set.commands, m);
}

int migrate_to(void)
{
	struct page_server server = { .done = false };
	struct lazy lazy = { .guard = 0 };
	struct message m;
	int round = 0, status = outcome_lock(set.dir, true) < 0 ? -1 : 0;

	while (status == 0 && next_message(&server, &m) == 0) {
		switch (m.kind) {
		case MESSAGE_ROUND:
			round = (int)m.number;
			status = start_page_server(&server, round);
			break;
		case MESSAGE_ROUND_SENT:
			status = finish_round(&server, round);
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
