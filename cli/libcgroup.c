/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libcgroup, loaded when it is wanted: its two versions have what is used here in common,
 * 3.x brings libsystemd into the process, and no other command needs either.
 *
 * Owners are not set by it: with an admin's uid it gives all files of a group away, the
 * limits too.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "groups.h"

#define OTHER 50016  /* ECGOTHER: see errno */
#define LOG_ERRORS 1 /* CGROUP_LOG_ERROR */

struct cgroup;
struct cgroup_controller;

/* libcgroup.h, 2.0 to 3.2 */
static struct {
	int (*init)(void);
	void (*set_logger)(void (*log)(void *, int, const char *, va_list), int level, void *arg);
	struct cgroup *(*new_cgroup)(const char *name);
	struct cgroup_controller *(*add_controller)(struct cgroup *group, const char *name);
	int (*add_value_string)(struct cgroup_controller *controller, const char *name,
				const char *value);
	int (*create_cgroup)(struct cgroup *group, int ignore_ownership);
	int (*modify_cgroup)(struct cgroup *group);
	void (*free)(struct cgroup **group);
	const char *(*strerror)(int code);
	int (*get_last_errno)(void);
} lib;

static const struct {
	const char *name;
	void *function;
} functions[] = {
	{ "cgroup_init", &lib.init },
	{ "cgroup_set_logger", &lib.set_logger },
	{ "cgroup_new_cgroup", &lib.new_cgroup },
	{ "cgroup_add_controller", &lib.add_controller },
	{ "cgroup_add_value_string", &lib.add_value_string },
	{ "cgroup_create_cgroup", &lib.create_cgroup },
	{ "cgroup_modify_cgroup", &lib.modify_cgroup },
	{ "cgroup_free", &lib.free },
	{ "cgroup_strerror", &lib.strerror },
	{ "cgroup_get_last_errno", &lib.get_last_errno },
};

static const char *text_of(int code)
{
	return code == OTHER ? strerror(lib.get_last_errno()) : lib.strerror(code);
}

/* By itself it prints its messages to standard output. */
static void no_log(void *arg, int level, const char *format, va_list args)
{
}

enum status libcgroup_open(void)
{
	void *handle = dlopen("libcgroup.so.3", RTLD_NOW);
	int code;

	if (!handle)
		handle = dlopen("libcgroup.so.2", RTLD_NOW);
	if (!handle)
		return complain("this needs libcgroup (Debian: libcgroup3 or libcgroup2), "
				"--cgconfig does not: %s",
				dlerror());
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *found = dlsym(handle, functions[i].name);

		if (!found)
			return complain("this libcgroup has no %s()", functions[i].name);
		memcpy(functions[i].function, &found, sizeof(found));
	}
	lib.set_logger(no_log, LOG_ERRORS, NULL);
	code = lib.init();
	return code ? complain("libcgroup: %s", text_of(code)) : STATUS_DONE;
}

/* The group with one controller, and perhaps one value. */
static struct cgroup *group_of(const struct crw_step *step)
{
	struct cgroup *group = lib.new_cgroup(step->group + 1);
	struct cgroup_controller *controller = NULL;
	char name[CONTROLLER_MAX];

	controller_of_step(step, name);
	if (group)
		controller = lib.add_controller(group, name);
	if (!controller || (step->value && *step->value &&
			    lib.add_value_string(controller, step->file, step->value) != 0)) {
		if (group)
			lib.free(&group);
		return NULL;
	}
	return group;
}

/* NULL, or why it is not done. When a value is refused, version 3 removes what it should
 * create with it, even if it was there. */
static const char *do_by_library(const struct crw_step *step)
{
	struct cgroup *group = group_of(step);
	int code;

	if (!group)
		return "libcgroup does not take it";
	code = step->file ? lib.modify_cgroup(group) : lib.create_cgroup(group, 1);
	lib.free(&group);
	return code ? text_of(code) : NULL;
}

/* ---- what it does not know: groups of v2 without a controller, and their own files ---- */

static int open_file(const struct crw_step *step)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int group = openat(root, step->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), file = group;

	if (step->file) {
		file = openat(group, step->file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
		close(group);
	}
	close(root);
	return file;
}

static const char *do_plainly(const struct crw_step *step)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), file;
	int status = step->file ? 0 : mkdirat(root, step->path, 0755);

	close(root);
	if (status < 0 || !step->value || !*step->value)
		return status < 0 ? strerror(errno) : NULL;
	file = open_file(step);
	if (file < 0 || write(file, step->value, strlen(step->value)) < 0)
		status = errno;
	if (file >= 0)
		close(file);
	return status ? strerror(status) : NULL;
}

static void set_owner(const struct crw_step *step)
{
	int file = open_file(step);

	if (file < 0 || fchown(file, step->uid, step->gid) < 0 ||
	    fchmod(file, step->mode & 07777) < 0)
		complain("%s:%s%s%s: cannot set owner and mode: %s", step->hierarchy, step->group,
			 step->file ? " " : "", step->file ? step->file : "", strerror(errno));
	if (file >= 0)
		close(file);
}

/* ---- steps ---- */

int libcgroup_step(const struct crw_step *step)
{
	char controller[CONTROLLER_MAX];
	const char *why;

	controller_of_step(step, controller);
	why = strcmp(controller, "cgroup") == 0 ? do_plainly(step) : do_by_library(step);
	if (why && step->file)
		complain("%s:%s %s: cannot write '%s': %s", step->hierarchy, step->group,
			 step->file, step->value ? step->value : "", why);
	else if (why)
		complain("%s:%s: cannot make the group: %s", step->hierarchy, step->group, why);
	if (!why && step->owned)
		set_owner(step);
	return why && !step->file ? -1 : 0;
}

/* Its own would move tasks to the group above first. */
int libcgroup_remove(const struct crw_step *step)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = unlinkat(root, step->path, AT_REMOVEDIR);

	close(root);
	return status;
}
