/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../proto/file.h"
#include "place.h"

extern char **environ;

static bool is_program(const struct doctor *d, const char *path)
{
	cleanup_close int fd = place_open_host(d, path);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

const char *program_find(struct doctor *d, const char *name)
{
	const char *path = secure_getenv("PATH"), *file = NULL;
	char *dirs = arena_printf(&d->arena, "%s:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
				  path ? path : ""),
	     *rest = NULL;

	for (char *dir = dirs ? strtok_r(dirs, ":", &rest) : NULL; dir && !file;
	     dir = strtok_r(NULL, ":", &rest)) {
		file = *dir == '/' ? arena_printf(&d->arena, "%s/%s", dir, name) : NULL;
		if (file && !is_program(d, file))
			file = NULL;
	}
	return file;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Until the other end is closed or time is up; what is too much is thrown away. */
static bool read_output(int fd, char *text)
{
	int64_t end = now() + PROGRAM_SECONDS * 1000, left;
	size_t size = 0;
	ssize_t n = 1;

	while (n > 0 && (left = end - now()) > 0) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		char more[1024];

		if (poll(&poll_fd, 1, (int)left) <= 0)
			continue;
		n = read(fd, more, sizeof(more));
		if (n > 0 && size + (size_t)n < PROGRAM_TEXT_MAX) {
			memcpy(text + size, more, (size_t)n);
			size += (size_t)n;
		}
	}
	text[size] = 0;
	return n <= 0;
}

static int start(const char *path, const char *const *arguments, int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	char *words[PROGRAM_WORDS_MAX + 2] = { (char *)(uintptr_t)path };
	int why;

	for (size_t i = 0; arguments[i]; i++) {
		if (i == PROGRAM_WORDS_MAX)
			return E2BIG;
		words[i + 1] = (char *)(uintptr_t)arguments[i];
	}
	why = posix_spawn_file_actions_init(&actions);
	if (why)
		return why;
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, 1);
	posix_spawn_file_actions_adddup2(&actions, output, 2);
	why = posix_spawn(pid, path, &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	return why;
}

int program_run(const char *path, const char *const *arguments, char text[PROGRAM_TEXT_MAX])
{
	int ends[2], status = -1, why;
	pid_t pid;

	text[0] = 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	why = start(path, arguments, ends[1], &pid);
	close(ends[1]);
	if (why == 0 && !read_output(ends[0], text))
		kill(pid, SIGKILL);
	close(ends[0]);
	while (why == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return why == 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
