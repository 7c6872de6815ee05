/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the real runtime: the first of its name in PATH and, since Podman calls
 * some commands without one, in the usual folders. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front.h"

#define USUAL "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* "PID DEVICE:INODE DEVICE:INODE ...": a process of another number has not been
 * anything yet. */
static char chain[PATH_MAX];

static void begin_chain(void)
{
	const char *before = getenv(FRONT_CHAIN);
	int size = snprintf(chain, sizeof(chain), "%ld", (long)getpid());

	if (before && strncmp(before, chain, (size_t)size) == 0 && before[size] == ' ' &&
	    strlen(before) < sizeof(chain))
		strcpy(chain, before);
}

/* False when it is there already, or when there is no room. */
static bool add_to_chain(const struct stat *st)
{
	char link[64];
	int size = snprintf(link, sizeof(link), " %llx:%llx ", (unsigned long long)st->st_dev,
			    (unsigned long long)st->st_ino);
	size_t used = strlen(chain);

	if (strstr(chain, link) || used + (size_t)size >= sizeof(chain))
		return false;
	strcpy(chain + used, link);
	return true;
}

static void become(const char *path, char **argv)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || access(path, X_OK) < 0 ||
	    !add_to_chain(&st) || setenv(FRONT_CHAIN, chain, 1) < 0)
		return;
	execv(path, argv);
}

static void search(const char *folders, const char *name, char **argv)
{
	char path[PATH_MAX];

	while (folders && *folders) {
		size_t size = strcspn(folders, ":");
		int length = snprintf(path, sizeof(path), "%.*s/%s", (int)size, folders, name);

		if (*folders == '/' && length < (int)sizeof(path))
			become(path, argv);
		folders += size + (folders[size] == ':');
	}
}

void front_become(const char *name, char **argv)
{
	struct stat self;

	begin_chain();
	if (stat("/proc/self/exe", &self) == 0 || stat(argv[0], &self) == 0)
		add_to_chain(&self);
	search(getenv("PATH"), name, argv);
	search(USUAL, name, argv);
}
