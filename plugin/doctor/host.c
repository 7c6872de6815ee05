/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of this host every restore needs: CRIU, the plugin, rules, cgroups. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../newest.h"
#include "../../proto/file.h"
#include "elf.h"
#include "place.h"
#include "program.h"

/* ---- CRIU -------------------------------------------------------------------- */

/* "Version: 4.1.1" */
static unsigned parse_version(const char *text, char *shown, size_t size)
{
	const char *number = strstr(text, "Version: ");
	unsigned part[3] = { 0, 0, 0 };

	if (!number || sscanf(number, "Version: %u.%u.%u", &part[0], &part[1], &part[2]) < 2)
		return 0;
	number += strlen("Version: ");
	snprintf(shown, size, "%.*s", (int)strcspn(number, "\n"), number);
	return part[0] * 10000 + part[1] * 100 + part[2];
}

/* The last line in which CRIU says what it misses. */
static void say_check(struct doctor *d, char *text)
{
	char *line = text, *next, *colon;

	while (*line && (next = strstr(line + 1, "Error (")))
		line = next;
	line[strcspn(line, "\n")] = 0;
	colon = strstr(line, "): ");
	doctor_find(d, CAUSE_KERNEL, CRW_LEVEL_FAILURE, "criu check", NULL, "fails: %s",
		    colon ? colon + strlen("): ") : line);
}

bool doctor_criu_is_newer(const struct doctor *d)
{
	return d->version / 100 > CRIU_NEWEST_NUMBER / 100;
}

/* What it says is wrong with options: getopt's line, or an error of its own; NULL: nothing is. */
static char *find_refusal(const struct doctor *d, char *text)
{
	size_t name = strlen(d->criu);
	char *error = strstr(text, "Error (");

	if (error)
		text = error;
	text[strcspn(text, "\n")] = 0;
	if (error && (error = strstr(text, "): ")))
		return error + strlen("): ");
	return strncmp(text, d->criu, name) == 0 && strncmp(text + name, ": ", 2) == 0 ?
		       text + name + 2 :
		       NULL;
}

/* Has criu itself read the options of the restore, and go no further than -V. What it is asked
 * for is harmless, as the last of them might take the next word for its value. */
static void ask_options(struct doctor *d)
{
	const char *words[PROGRAM_WORDS_MAX + 1] = { "check" };
	char text[PROGRAM_TEXT_MAX], *refusal;
	size_t count = 1;

	for (const char *const *w = d->options.words; w && *w && count + 3 <= PROGRAM_WORDS_MAX;
	     w++)
		words[count++] = *w;
	words[count] = words[count + 1] = "-V";
	if (count == 1 || program_run(d->criu, words, text) == 0)
		return;
	refusal = find_refusal(d, text);
	if (refusal)
		doctor_find(d, CAUSE_OPTION, CRW_LEVEL_FAILURE, "criu restore", "see criu --help",
			    "does not take what follows --: %s", refusal);
}

static void ask_criu(struct doctor *d)
{
	char text[PROGRAM_TEXT_MAX], shown[64] = "";
	static const char *const version[] = { "--version", NULL }, *const check[] = { "check",
										       NULL };
	int status = program_run(d->criu, version, text);

	d->version = status == 0 ? parse_version(text, shown, sizeof(shown)) : 0;
	if (!d->version) {
		doctor_find(d, CAUSE_CRIU, CRW_LEVEL_FAILURE, d->criu, NULL,
			    "does not say its version");
		return;
	}
	doctor_find(d, CAUSE_CRIU, CRW_LEVEL_OK, d->criu, NULL, "is version %s%s", shown,
		    doctor_criu_is_newer(d) ? ", " CRIU_IS_NEWER : "");
	ask_options(d);
	if (geteuid() != 0)
		doctor_find(d, CAUSE_KERNEL, CRW_LEVEL_UNKNOWN, "criu check", "ask as root",
			    "was not called");
	else if (program_run(d->criu, check, text) != 0)
		say_check(d, text);
	else
		doctor_find(d, CAUSE_KERNEL, CRW_LEVEL_OK, "criu check", NULL,
			    "is content with the kernel");
}

void doctor_criu(struct doctor *d)
{
	d->criu = program_find(d, "criu");
	if (!d->criu)
		doctor_find(d, CAUSE_CRIU, CRW_LEVEL_FAILURE, "criu", NULL,
			    "there is no such program in PATH or in the usual directories");
	else if (d->is_own_root)
		ask_criu(d);
	else
		doctor_find(d, CAUSE_CRIU, CRW_LEVEL_UNKNOWN, d->criu, "ask there: criu --version",
			    "is there, and is not asked for its version below another root");
}

/* ---- the plugin -------------------------------------------------------------- */

const char *doctor_plugin_directory(const struct doctor *d)
{
	const char *dir = options_get(&d->options, "libdir", 0);

	if (!dir)
		dir = secure_getenv("CRIU_LIBS_DIR");
	return dir && *dir ? dir : CRW_PLUGINDIR;
}

/* What criu itself defines is all that may be missing, and comes last. */
static bool is_of_criu(const char *why)
{
	return strstr(why, "criu_get_image_dir");
}

/* Loads it, as criu would; its constructor only asks for names of CRIU. */
static bool loads(struct doctor *d, const char *path)
{
	void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const char *why = plugin ? "is no plugin of CRIU" : dlerror();
	bool is_plugin = plugin ? dlsym(plugin, "CR_PLUGIN_DESC") != NULL : is_of_criu(why);

	if (!is_plugin)
		doctor_find(d, CAUSE_PLUGIN, CRW_LEVEL_FAILURE, path, NULL, "cannot be loaded: %s",
			    why);
	if (plugin)
		dlclose(plugin);
	return is_plugin;
}

static bool is_sound(struct doctor *d, const char *path, int fd, const struct stat *st)
{
	cleanup_close int file = S_ISREG(st->st_mode) ? place_reopen(fd) : -1;
	const char *wrong = NULL;
	bool is_whole = file >= 0 && elf_is_whole(file);

	if (S_ISREG(st->st_mode) && !is_whole && errno) {
		doctor_unseen(d, CAUSE_PLUGIN, path);
		return false;
	}
	if (!S_ISREG(st->st_mode))
		wrong = "is not a regular file";
	else if (st->st_uid != 0 && st->st_uid != geteuid())
		wrong = "does not belong to root, so its owner decides what criu runs";
	else if (st->st_mode & (S_IWGRP | S_IWOTH))
		wrong = "can be written to by others than its owner, who decide what criu runs";
	else if (!is_whole)
		wrong = "is no shared library, or cut off: criu ends when it loads it";
	if (wrong)
		doctor_find(d, CAUSE_PLUGIN, CRW_LEVEL_FAILURE, path, NULL, "%s", wrong);
	return !wrong;
}

void doctor_plugin(struct doctor *d)
{
	const char *path = arena_printf(&d->arena, "%s/rewrite.so", doctor_plugin_directory(d));
	cleanup_close int fd = path ? place_open_host(d, path) : -1;
	struct stat st;

	if (!path)
		return;
	if (fd < 0 || fstat(fd, &st) < 0) {
		doctor_find(d, CAUSE_PLUGIN, CRW_LEVEL_WARNING, path, NULL,
			    "cannot be opened: %s; without it a restore runs no rules",
			    strerror(errno));
		return;
	}
	d->has_plugin = is_sound(d, path, fd, &st) && (!d->is_own_root || loads(d, path));
	if (d->has_plugin)
		doctor_find(d, CAUSE_PLUGIN, CRW_LEVEL_OK, path, NULL, "%s",
			    d->is_own_root ? "loads" : "is there");
}

/* ---- rules ------------------------------------------------------------------- */

#define CONF CRW_SYSCONFDIR "/criu/rewrite.conf"
#define SHIPPED_CONF CRW_DATADIR "/rewrite.conf"

static void say_files(struct doctor *d)
{
	for (size_t i = 0; i < crw_rules_file_count(d->crw); i++) {
		const struct crw_rules_file *file = crw_rules_file(d->crw, i);

		if (file->masked_by)
			doctor_find(d, CAUSE_RULES, CRW_LEVEL_OK, file->path, NULL,
				    "is not in force, masked by %s", file->masked_by);
		else
			doctor_find(d, CAUSE_RULES, CRW_LEVEL_OK, file->path, NULL, "is in force");
	}
}

static void say_none(struct doctor *d)
{
	const char *masked = crw_config_masked(d->crw);

	doctor_find(d, CAUSE_RULES, CRW_LEVEL_WARNING, masked ? masked : CONF,
		    masked ? "remove " CONF " to have the default rules" :
			     "install them, or write " CONF " (criu-rewrite.conf(5))",
		    masked ? "is switched off by " CONF "; a restore runs no rules" :
			     "is not there; a restore runs no rules");
}

void doctor_rules(struct doctor *d)
{
	const char *path = crw_config_path(d->crw), *error = d->crw->config_error;

	if (!error && crw_trust_programs(d->crw) < 0)
		error = crw_error(d->crw);
	if (error)
		doctor_find(d, CAUSE_RULES, CRW_LEVEL_FAILURE, path ? path : CONF, NULL,
			    "stops every restore: %s", error);
	else if (!crw_has_rules(d->crw))
		say_none(d);
	else if (path && strcmp(path, SHIPPED_CONF) == 0)
		doctor_find(d, CAUSE_RULES, CRW_LEVEL_OK, path, NULL,
			    "is in force, as it was installed; to switch it off: "
			    "ln -s /dev/null " CONF);
	else if (path)
		doctor_find(d, CAUSE_RULES, CRW_LEVEL_OK, path, NULL, "is in force%s%s",
			    crw_config_masked(d->crw) ? ", in place of " : "",
			    crw_config_masked(d->crw) ? crw_config_masked(d->crw) : "");
	say_files(d);
}

/* ---- cgroups ----------------------------------------------------------------- */

/* 1, 0 when there is none, -1. */
static int fact(struct doctor *d, const char *name, const char **shown, struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	struct value value;
	int found = facts_get(&d->crw->facts, name, &value, err);

	if (found <= 0)
		return found;
	value_print(&text, value);
	*shown = text.failed ? NULL : arena_copy(&d->arena, text.data, text.size);
	return *shown ? 1 : fail_memory(err);
}

void doctor_cgroups(struct doctor *d)
{
	const char *layout, *controllers;
	struct error err;
	int found = fact(d, "host.cgroup.layout", &layout, &err);

	if (found > 0)
		found = fact(d, "host.cgroup.controllers", &controllers, &err);
	if (found < 0)
		doctor_find(d, CAUSE_CGROUPS, CRW_LEVEL_UNKNOWN, "/sys/fs/cgroup", NULL, "%s",
			    err.text);
	else if (!found)
		doctor_find(d, CAUSE_CGROUPS,
			    d->crw->spec.name ? CRW_LEVEL_FAILURE : CRW_LEVEL_WARNING,
			    "/sys/fs/cgroup", NULL,
			    "no cgroups are mounted: runtimes end, criu mounts what it needs");
	else
		doctor_find(d, CAUSE_CGROUPS, CRW_LEVEL_OK, layout, NULL, "has %s", controllers);
}
