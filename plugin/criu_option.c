/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each option goes through CRIU's own parser. Some of them would then lose against what the
 * caller gave, or come in a form that this CRIU has left behind:
 *
 *	lsm-profile	CRIU 4.2 has cut the type off before it loads plugins
 *	external veth, macvlan	both would be used; the caller's is made unknown
 *	inherit-fd	the first of a key counts; ours is moved to the front
 *
 * What is named here of CRIU was read in criu/{lsm,external,files}.c of 3.17.1 to 4.3.
 */
#include "criu_option.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../proto/file.h"
#include "criu.h"

static int give_profile(const struct option_given *o, struct error *err)
{
	const char *value = criu_has_tasks() ? strchr(o->value, ':') + 1 : o->value;

	return criu_set_option(o->name, value, err);
}

/* ---- external ------------------------------------------------------------------ */

typedef char *external_lookup_fn(char *key);

/* "veth[eth0]" of "veth[eth0]:hv1@br0": CRIU's entry of that key, or NULL. */
static char *find_external(const char *value)
{
	external_lookup_fn *lookup = (external_lookup_fn *)(uintptr_t)dlsym(
		RTLD_DEFAULT, "external_lookup_by_key");
	size_t size = strcspn(value, "]") + 1;
	char key[256], *found;

	if (!lookup || size >= sizeof(key))
		return NULL;
	memcpy(key, value, size);
	key[size] = 0;
	found = lookup(key);
	/* What stands behind the colon; an error number when there is none. */
	return found && (uintptr_t)found < (uintptr_t)-4095 ? found - size - 1 : NULL;
}

/* Of mounts the last one that was given counts. Of links both would be moved, by a
 * name of which one is gone then. */
static int give_external(const struct option_given *o, struct error *err)
{
	char *old = strncmp(o->value, "mnt[", 4) == 0 ? NULL : find_external(o->value);

	if (old)
		*old = '_';
	return criu_set_option(o->name, o->value, err);
}

/* ---- inherit-fd ------------------------------------------------------------------ */

#define INHERITED_FROM 100 /* descriptors below are the caller's to give */

/* As the tasks had it, as far as it goes. */
static int open_inherited(const char *path)
{
	static const int flags[] = { O_RDWR, O_RDONLY, O_WRONLY };
	int fd = -1, high;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]) && fd < 0; i++)
		fd = open(path, flags[i] | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, INHERITED_FROM);
	close(fd);
	if (high >= 0)
		fcntl(high, F_SETFL, fcntl(high, F_GETFL) & ~O_NONBLOCK);
	return high;
}

/* struct inherit_fd begins with this. */
struct inherited {
	struct inherited *next, *prev;
	char *key;
};

/* CRIU has put ours behind the others, where a word of its options points to it now. */
static void put_first(struct inherited *ours)
{
	struct inherited *head = ours->next;

	if (head->next == ours)
		return;
	ours->prev->next = head;
	head->prev = ours->prev;
	ours->next = head->next;
	ours->prev = head;
	head->next->prev = ours;
	head->next = ours;
}

static bool is_ours(const void *now, const void *before, const char *key)
{
	const struct inherited *node = now;

	return now != before && node->key && strcmp(node->key, key) == 0;
}

static int give_first(const char *name, const char *value, const char *key, struct error *err)
{
	size_t size = 0;
	void **now = criu_options(&size), **before = now ? malloc(size) : NULL;
	int status;

	if (before)
		memcpy(before, now, size);
	status = criu_set_option(name, value, err);
	for (size_t i = 0; before && status == 0 && i < size / sizeof(*now); i++) {
		if (!is_ours(now[i], before[i], key))
			continue;
		put_first(now[i]);
		break;
	}
	free(before);
	return status;
}

static int give_inherited(const struct option_given *o, struct error *err)
{
	int fd = open_inherited(o->path);
	char *value = NULL;
	int status;

	if (fd < 0)
		return fail_errno(err, "inherit-fd %s: cannot open %s", o->value, o->path);
	if (asprintf(&value, "fd[%d]:%s", fd, o->value) < 0)
		return fail_memory(err);
	status = give_first(o->name, value, o->value, err);
	free(value);
	return status;
}

/* ---- all of them ------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*give)(const struct option_given *o, struct error *err);
} ways[] = {
	{ "lsm-profile", give_profile },
	{ "external", give_external },
	{ "inherit-fd", give_inherited },
};

static int give(const struct option_given *o, struct error *err)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, o->name) == 0)
			return ways[i].give(o, err);
	}
	return criu_set_option(o->name, o->value, err);
}

int criu_give_options(const struct option_given *list, struct error *err)
{
	for (const struct option_given *o = list; o; o = o->next) {
		if (give(o, err) < 0)
			return -1;
	}
	return 0;
}
