/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plugin for CRIU that writes down what CRIU's process is like: when it is loaded, when all
 * tasks are there, and at the end; into $PROBE_DIR/init, late and exit. Built with -DREFUSE it
 * does nothing but refuse the restore, as rewrite.so may.
 *
 *	cc -shared -fPIC -o probe.so probe.c
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define HOOK_LATE 9
#define FDS 1100

extern char **environ;

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Of a directory what file system it is on, of a file the name; of others only that they are.
 * A descriptor that is there besides moves those of CRIU that come later. */
static void put_descriptor(FILE *out, int fd)
{
	char self[40], link[4096] = "";
	struct statfs fs;
	struct stat st;

	if (fd == fileno(out) || fstat(fd, &st) < 0)
		return;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (readlink(self, link, sizeof(link) - 1) < 0)
		return;
	fprintf(out, "descriptor %d ", fd < 3 ? fd : 3);
	if (S_ISDIR(st.st_mode) && fstatfs(fd, &fs) == 0)
		fprintf(out, "directory on %lx", (unsigned long)fs.f_type);
	else if (S_ISREG(st.st_mode))
		fprintf(out, "file %.20s", base_of(link));
	else
		fprintf(out, "type %o", st.st_mode & S_IFMT);
	fprintf(out, " %x\n", (unsigned)fcntl(fd, F_GETFD));
}

static void put_signals(FILE *out)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int n = 1; n < 65; n++) {
		struct sigaction s;

		if (sigaction(n, NULL, &s) < 0)
			continue;
		fprintf(out, "signal %d %s %x%s\n", n,
			s.sa_handler == SIG_DFL ? "default" :
			s.sa_handler == SIG_IGN ? "ignored" :
						  "handled",
			(unsigned)s.sa_flags, sigismember(&mask, n) ? " blocked" : "");
	}
}

/* Lines of a file of /proc/self that begin with one of the words, or all. */
static void put_file(FILE *out, const char *path, const char *words)
{
	FILE *in = fopen(path, "re");
	char line[4096], word[64];

	while (in && fgets(line, sizeof(line), in)) {
		snprintf(word, sizeof(word), " %.*s ", (int)strcspn(line, ":"), line);
		if (!words || strstr(words, word))
			fprintf(out, "%s %s", base_of(path), line);
	}
	if (in)
		fclose(in);
}

static void put_tasks(FILE *out)
{
	DIR *list = opendir("/proc/self/task");
	char path[300];
	int count = 0;

	for (struct dirent *e; list && (e = readdir(list));)
		count += e->d_name[0] != '.';
	if (list)
		closedir(list);
	fprintf(out, "threads %d\n", count);
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	put_file(out, path, NULL);
	fputc('\n', out);
}

static void put_rest(FILE *out)
{
	char path[4096];
	mode_t mask = umask(0);
	struct rlimit limit;
	int value = 0;

	umask(mask);
	fprintf(out, "umask %o\ndirectory %s\nlocale %s\n", mask,
		getcwd(path, sizeof(path)) ? path : "", setlocale(LC_ALL, NULL));
	fprintf(out, "thread's locale %d\n", uselocale((locale_t)0) != LC_GLOBAL_LOCALE);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit(i, &limit) == 0)
			fprintf(out, "limit %d %llx %llx\n", i, (unsigned long long)limit.rlim_cur,
				(unsigned long long)limit.rlim_max);
	prctl(PR_GET_PDEATHSIG, &value);
	fprintf(out, "dies with its parent by %d\n", value);
	prctl(PR_GET_CHILD_SUBREAPER, &value);
	fprintf(out, "reaper %d\ndumpable %d\npersonality %x\npriority %d\n", value,
		prctl(PR_GET_DUMPABLE), (unsigned)personality(0xffffffff),
		getpriority(PRIO_PROCESS, 0));
	for (char **e = environ; *e; e++)
		fprintf(out, "environment %s\n", *e);
}

static void write_down(const char *when)
{
#ifdef REFUSE
	return;
#endif
	const char *dir = getenv("PROBE_DIR");
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "/", when);
	if (!dir || access(path, F_OK) == 0 || !(out = fopen(path, "we")))
		return;
	for (int fd = 0; fd < FDS; fd++)
		put_descriptor(out, fd);
	put_signals(out);
	put_tasks(out);
	put_rest(out);
	put_file(out, "/proc/self/status",
		 " Uid Gid Groups CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp "
		 "Cpus_allowed_list Mems_allowed_list SigPnd ShdPnd ");
	put_file(out, "/proc/self/cgroup", NULL);
	put_file(out, "/proc/self/mountinfo", NULL);
	fclose(out);
}

static int init(int stage)
{
	if (stage != 2)
		return 0;
#ifdef REFUSE
	return -1;
#endif
	write_down("init");
	return 0;
}

static void finish(int stage, int ret)
{
	(void)ret;
	if (stage == 2)
		write_down("exit");
}

static int late(int pid)
{
	(void)pid;
	write_down("late");
	return -95; /* ENOTSUP: others may want to be asked, too */
}

__attribute__((visibility("default"))) struct {
	const char *name;
	int (*init)(int stage);
	void (*exit)(int stage, int ret);
	unsigned version, max_hooks;
	void *hooks[HOOK_LATE + 1];
} CR_PLUGIN_DESC = { "probe", init, finish, 2 << 8, HOOK_LATE + 1, { [HOOK_LATE] = (void *)late } };
