/* SPDX-License-Identifier: GPL-2.0-only */
#include "programs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../proto/file.h"
#include "criu.h"

#define ACTION CRW_FRONTDIR "/action"

/* The files that the script reads and writes, nameless ones of this process. The script
 * itself stays with CRIU for as long as the process lives. */
static struct {
	int report, written, reason;
	bool added;
} held = { .report = -1, .written = -1, .reason = -1 };

bool programs_for_dump(const struct crw *crw)
{
	return crw_has_preflight(crw);
}

bool programs_for_restore(const struct crw *crw)
{
	for (int kind = 0; kind < CRW_PROGRAM_KINDS; kind++)
		if (crw_program(crw, kind, 0))
			return true;
	return crw_has_preflight(crw);
}

/* ---- what the script gets ---------------------------------------------------- */

static int tell_file(const char *variable, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	return setenv(variable, path, 1);
}

/* A nameless file with that in it; -1 with errno set. */
static int make_file(const char *variable, struct span text)
{
	int fd = memfd_create(variable, MFD_CLOEXEC);

	if (fd < 0 || (file_write(fd, text) == 0 && tell_file(variable, fd) == 0))
		return fd;
	file_close(&fd);
	return -1;
}

static int make_files(struct crw *crw, struct error *err)
{
	cleanup_buffer struct buffer written = { 0 };
	char *report = crw_report(crw);

	if (!report || written_list(crw, &written, err) < 0) {
		free(report);
		return report ? -1 : fail_memory(err);
	}
	held.report = make_file(CRW_REPORT_VARIABLE, span_text(report));
	held.written = make_file(CRW_WRITTEN_VARIABLE, buffer_span(&written));
	held.reason = make_file(CRW_REASON_VARIABLE, span_text(""));
	free(report);
	if (held.report < 0 || held.written < 0 || held.reason < 0)
		return fail_errno(err, "cannot make files for " ACTION);
	return 0;
}

int programs_arrange(struct crw *crw, struct error *err)
{
	if (access(ACTION, X_OK) < 0)
		return fail_errno(err,
				  ACTION
				  ": cannot be run (install the command criu-rewrite, "
				  "or take preflight, before, after and at-resume out of %s)",
				  crw_config_path(crw));
	if (make_files(crw, err) < 0)
		return -1;
	if (!held.added && criu_add_script(ACTION, err) < 0)
		return -1;
	held.added = true;
	return 0;
}

/* ---- before -------------------------------------------------------------------- */

/* All that the program is not meant to have: descriptors from 3. */
static int close_others(posix_spawn_file_actions_t *files)
{
#ifdef __GLIBC__
	return posix_spawn_file_actions_addclosefrom_np(files, 3);
#else /* musl has no such function; there are no threads that open more meanwhile */
	DIR *open = opendir("/proc/self/fd");
	const struct dirent *entry;
	int status = open ? 0 : errno;

	while (open && (entry = readdir(open)))
		if (atoi(entry->d_name) > 2)
			status |= posix_spawn_file_actions_addclose(files, atoi(entry->d_name));
	if (open)
		closedir(open);
	return status;
#endif
}

static int prepare_spawn(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes)
{
	int log = criu_log_descriptor(), status = 0;
	sigset_t none;

	sigemptyset(&none);
	status |= posix_spawnattr_setsigmask(attributes, &none);
	status |= posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
	status |= posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
	status |= posix_spawn_file_actions_adddup2(files, log < 0 ? 2 : log, 1);
	status |= posix_spawn_file_actions_adddup2(files, log < 0 ? 2 : log, 2);
	status |= close_others(files);
	return status;
}

/* The status of its end, or -1 with errno set. */
static int run_action_before(void)
{
	char program[] = ACTION, moment[] = "before", *argv[] = { program, moment, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int status = -1;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	errno = prepare_spawn(&files, &attributes);
	if (errno == 0)
		errno = posix_spawn(&pid, program, &files, &attributes, argv, environ);
	if (errno == 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return status;
}

static void read_reason(char reason[static ERROR_TEXT_MAX])
{
	ssize_t size = held.reason < 0 ? -1 : pread(held.reason, reason, ERROR_TEXT_MAX - 1, 0);

	reason[size > 0 ? size : 0] = 0;
	reason[strcspn(reason, "\n")] = 0;
}

int programs_before(struct crw *crw, int image_dir, struct error *err)
{
	char reason[ERROR_TEXT_MAX];
	sigset_t child_ends, before;
	int status;

	if (crw_trust_programs(crw) < 0)
		return fail(err, "%s", crw_error(crw));
	if (!crw_program(crw, CRW_BEFORE, 0))
		return 0;
	if (tell_file("CRTOOLS_IMAGE_DIR", image_dir) < 0)
		return fail_memory(err);
	sigemptyset(&child_ends);
	sigaddset(&child_ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ends, &before);
	status = run_action_before();
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (status < 0)
		return fail_errno(err, ACTION ": cannot be run");
	read_reason(reason);
	if (status)
		return fail(err, "%s", *reason ? reason : ACTION ": ended without a word");
	return 0;
}

int programs_have_answered(void)
{
	struct stat st;

	if (held.reason < 0)
		return 0;
	return fstat(held.reason, &st) < 0 ? -1 : st.st_size > 0;
}

/* ---- the end --------------------------------------------------------------------- */

void programs_end(void)
{
	char reason[ERROR_TEXT_MAX];

	read_reason(reason);
	file_close(&held.report);
	file_close(&held.written);
	file_close(&held.reason);
	held.report = held.written = held.reason = -1;
	unsetenv(CRW_REPORT_VARIABLE);
	unsetenv(CRW_WRITTEN_VARIABLE);
	unsetenv(CRW_REASON_VARIABLE);
	if (*reason)
		criu_refuse(reason);
}
