/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rewrite.so: what CRIU loads. Before a restore reads the images that matter
 * it runs the host's rules, shows CRIU a private view of the image directory
 * with the rewritten ones in it, and sets the mode of cgroup management.
 *
 * Of CRIU's hooks it uses one, where there is one: all tasks are in their groups and
 * stopped. On dump it does nothing, unless a rule asks for that stage or the
 * configuration for a preflight. A plugin whose
 * init fails stops every dump and restore on the host, so it fails only where a rule or
 * the configuration says so or is wrong, and then before anything was created or frozen.
 */
#define CR_PLUGIN_DESC cr_plugin_desc_of_the_header /* as long as its version's hooks */
#include <criu/criu-plugin.h>
#undef CR_PLUGIN_DESC
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../proto/file.h"
#include "affinity.h"
#include "cgroup/capture.h"
#include "criu.h"
#include "context.h"
#include "criu_option.h"
#include "groups.h"
#include "newest.h"
#include "mode.h"
#include "routes.h"
#include "programs.h"
#include "syslog.h"
#include "view.h"

#define HOOK_RESUME_DEVICES_LATE 9 /* 3.17 and newer */
#define HOOK_CHECKPOINT_DEVICES 11 /* 4.0 and newer */
#define SYSLOG_CHANGES_MAX 50

/* What has to outlive init, besides groups.c: the stage, the descriptor that the view
 * lives by, and the rules that a dump runs at its end. Restored tasks run exit handlers and destructors of this process,
 * so there are none; CRIU calls us when it is done. */
static struct {
	int stage;
	int view;
	struct crw *dump; /* NULL: no dump, or no rules */
} held = { .view = -1 };

static void log_lines(enum criu_log_level level, const char *text)
{
	char line[1024];

	while (*text) {
		size_t size = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)size, text);
		criu_log(level, line);
		text += size + (text[size] != 0);
	}
}

static void log_change(const struct crw_change *change, bool dry_run,
		       void (*tell)(const char *text))
{
	char text[1024];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", dry_run ? "would change " : "");

	crw_change_text(change, text + n, sizeof(text) - n);
	tell(text);
}

static void to_criu(const char *text)
{
	criu_log(CRIU_LOG_WARN, text);
}

/* For the system's log, where more than a screen of them would hide the rest. */
static void to_syslog(const char *text)
{
	syslog_line(SYSLOG_NOTICE, text);
}

static void tell_changes(const struct crw *crw, size_t most, void (*tell)(const char *text))
{
	size_t kept = crw_change_count(crw), total = crw_change_total(crw);
	char text[80];

	kept = kept < most ? kept : most;
	for (size_t i = 0; i < kept; i++)
		log_change(crw_change(crw, i), crw_dry_run(crw), tell);
	if (total > kept) {
		snprintf(text, sizeof(text), "and %zu more change%s", total - kept,
			 total - kept == 1 ? "" : "s");
		tell(text);
	}
}

static void log_changes(const struct crw *crw)
{
	if (crw_log_level(crw) != CRW_LOG_NONE)
		tell_changes(crw, CHANGES_KEPT_MAX, to_criu);
	if (crw_syslog(crw) == CRW_SYSLOG_CHANGES)
		tell_changes(crw, SYSLOG_CHANGES_MAX, to_syslog);
}

/* What the front for the runtime has done to its spec before this restore. */
static void log_fitted(const struct crw *crw)
{
	const char *text = secure_getenv(CRW_FITTED_VARIABLE);

	if (text && crw_log_level(crw) != CRW_LOG_NONE)
		log_lines(CRIU_LOG_WARN, text);
}

/* What verbs left undone; for debug also rules that matched nothing, and rules that
 * override each other. */
static void log_notes(const struct crw *crw)
{
	enum crw_log_level level = crw_log_level(crw);
	char text[1024];

	for (size_t i = 0; level != CRW_LOG_NONE && i < crw_trace_count(crw); i++) {
		const struct crw_trace *t = crw_trace(crw, i);

		if (level != CRW_LOG_DEBUG && strcmp(t->type, "note") != 0)
			continue;
		snprintf(text, sizeof(text), "%s:%u: %s%s%s", t->file, t->line,
			 t->image ? t->image : "", t->image ? ": " : "", t->text);
		criu_log(CRIU_LOG_WARN, text);
	}
}

static void log_fact(const struct rules_fact *fact, struct value value)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "%s is ", fact->name);
	value_print(&text, value);
	buffer_byte(&text, 0);
	if (!text.failed)
		criu_log(CRIU_LOG_WARN, (const char *)text.data);
	buffer_free(&text);
}

/* The files that rules came from, and the facts that they asked for. */
static void log_sources(const struct crw *crw)
{
	char text[1024];

	if (crw_log_level(crw) != CRW_LOG_DEBUG)
		return;
	for (size_t i = 0; i < crw_rules_file_count(crw); i++) {
		const struct crw_rules_file *file = crw_rules_file(crw, i);

		snprintf(text, sizeof(text), "rules of %s%s%s", file->path,
			 file->masked_by ? " are masked by " : "",
			 file->masked_by ? file->masked_by : "");
		criu_log(CRIU_LOG_WARN, text);
	}
	for (size_t i = 0; i < facts_count; i++) {
		if (crw->facts.slots[i].state == FACT_KNOWN)
			log_fact(&facts_table[i], crw->facts.slots[i].value);
	}
}

/* A report that cannot be written is no reason to stop a restore. */
static void write_report(const struct crw *crw)
{
	const char *path = crw_report_path(crw);
	struct error err = { .text = "" };

	if (path && report_write(crw, path, &err) < 0)
		criu_log(CRIU_LOG_WARN, err.text);
}

static int note_cgroup_root(void *ctx, const char *controller, const char *root)
{
	return crw_set_cgroup_root(ctx, controller, root);
}

/* What only CRIU knows of this restore. */
static int note_call(struct crw *crw)
{
	int rpc = criu_is_called_by_rpc();

	if (rpc >= 0 && crw_set_fact(crw, "criu.rpc", rpc ? "1" : "0") < 0)
		return -1;
	if (crw_set_fact(crw, "criu.cgroup.roots", "") == 0 &&
	    criu_each_cgroup_root(note_cgroup_root, crw) == 0)
		return 0;
	criu_log(CRIU_LOG_WARN, "this CRIU does not tell its --cgroup-root; masks are looked up at "
				"the groups' own paths");
	return 0;
}

static int forbid_read_images(struct crw *crw)
{
	for (size_t i = 0; i < kind_count(); i++) {
		const char *why = criu_has_read(kind_at(i));

		if (why && crw_forbid(crw, kind_at(i)->name, why) < 0)
			return -1;
	}
	return 0;
}

static int run_rules(struct crw *crw, int image_dir, struct error *err)
{
	int found;

	if (crw_open(crw, image_dir) < 0)
		return fail(err, "%s", crw_error(crw));
	found = file_exists(image_dir, "inventory.img", 0);
	if (found < 0)
		return fail_errno(err, "inventory.img: cannot be looked at");
	if (!found)
		return fail(err, "the images are not in the image directory (criu --stream?), so "
				 "rules cannot see them; rewrite them beforehand with "
				 "`criu-rewrite apply`, or remove rewrite.so for this restore");
	if (note_call(crw) < 0 || forbid_read_images(crw) < 0 || crw_run(crw) < 0)
		return fail(err, "%s", crw_error(crw));
	return 0;
}

/* Puts the view in place of CRIU's image directory, under the same number. */
static int install_view(struct view *view, int image_dir, struct error *err)
{
	int flags = fcntl(image_dir, F_GETFD);

	if (dup3(view->dir, image_dir, flags & FD_CLOEXEC ? O_CLOEXEC : 0) < 0) {
		fail_errno(err, "cannot put the view in place of the image directory");
		view_close(view);
		return -1;
	}
	close(view->dir);
	held.view = view->keep;
	return 0;
}

static int show_images(struct crw *crw, int image_dir, struct error *err)
{
	size_t count = crw_image_count(crw);
	struct view_file *files;
	struct view view;
	int status;

	if (count == 0)
		return 0;
	files = calloc(count, sizeof(*files));
	if (!files)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct checkpoint_image *image = crw_changed_image(crw, i);

		files[i].name = image->file;
		files[i].content = checkpoint_written(image)->bytes;
		files[i].added = image->added;
	}
	status = view_make(&view, crw_view_kind(crw), image_dir, files, count, err);
	free(files);
	if (status == 0 && view.copied)
		criu_log(CRIU_LOG_WARN,
			 "all images are copied into memory, since their directory is on "
			 "a mount that is in no mount namespace");
	return status < 0 ? -1 : install_view(&view, image_dir, err);
}

/* Groups made here are no reason for CRIU's strict to stop: none was there. */
static const char *mode_to_set(const struct crw *crw)
{
	const char *mode = mode_of_criu(crw_mode(crw));

	return crw->steps && strcmp(mode, "strict") == 0 ? "soft" : mode;
}

static int take_effect(struct crw *crw, int image_dir, struct error *err)
{
	if (crw_dry_run(crw))
		return 0;
	if (crw_mode(crw) && criu_set_mode(mode_to_set(crw), err) < 0)
		return -1;
	if (crw->yard && criu_set_yard(crw->yard, err) < 0)
		return -1;
	if (criu_give_options(crw->options, err) < 0 || groups_make(crw, err) < 0)
		return -1;
	if (show_images(crw, image_dir, err) == 0)
		return 0;
	groups_remove();
	return -1;
}

static long microseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000000 + (now.tv_nsec - start->tv_nsec) / 1000;
}

static void log_cost(const struct crw *crw, const struct timespec *start)
{
	size_t changes = crw_change_total(crw), images = crw_image_count(crw);
	char text[100];

	if (crw_log_level(crw) != CRW_LOG_DEBUG)
		return;
	snprintf(text, sizeof(text), "%zu change%s in %zu image%s took %ld us", changes,
		 changes == 1 ? "" : "s", images, images == 1 ? "" : "s",
		 microseconds_since(start));
	criu_log(CRIU_LOG_WARN, text);
}

/* The tasks of such a checkpoint lived on when it was made. */
static void log_veto(struct crw *crw, int image_dir)
{
	const char *why = crw_vetoed(crw, image_dir);
	char text[1024];

	if (!why || crw_log_level(crw) == CRW_LOG_NONE)
		return;
	snprintf(text, sizeof(text), "the dump of this checkpoint was refused: %s", why);
	criu_log(CRIU_LOG_WARN, text);
}

/* Each version up to now has added a hook or a few. */
static void log_newer(const struct crw *crw)
{
	if (criu_hook_count() > CRIU_NEWEST_HOOKS && crw_log_level(crw) != CRW_LOG_NONE)
		criu_log(CRIU_LOG_WARN, "this CRIU is " CRIU_IS_NEWER);
}

/* Runs the rules; nothing has happened yet. 1, 0 when there is nothing to do, -1. */
static int find_changes(struct crw *crw, struct error *err)
{
	int image_dir;

	if (crw_load_config(crw, NULL) < 0)
		return fail(err, "%s", crw_error(crw));
	if (!crw_has_rules(crw) && !programs_for_restore(crw))
		return 0;
	image_dir = criu_get_image_dir();
	log_veto(crw, image_dir);
	if (!crw_has_rules(crw))
		return 0;
	log_newer(crw);
	crw->criu = groups_ask_criu(criu_hook_count() > HOOK_RESUME_DEVICES_LATE,
				    criu_asks_another(HOOK_RESUME_DEVICES_LATE));
	return run_rules(crw, image_dir, err) < 0 ? -1 : 1;
}

static int make_changes(struct crw *crw, struct error *err)
{
	if (take_effect(crw, criu_get_image_dir(), err) < 0)
		return -1;
	log_fitted(crw);
	log_sources(crw);
	log_changes(crw);
	log_notes(crw);
	return 0;
}

static void log_error(const struct crw *crw, const char *text, bool go_on)
{
	if (go_on)
		criu_log(CRIU_LOG_WARN, text);
	else
		criu_refuse(text);
	if (crw_syslog(crw) != CRW_SYSLOG_NO)
		syslog_line(go_on ? SYSLOG_WARNING : SYSLOG_ERROR, text);
}

/* `without` is what goes on after an error, if the configuration says so. */
static int complain(struct crw *crw, const struct error *err, const char *without)
{
	bool go_on = crw_on_error_continue(crw);
	char text[ERROR_TEXT_MAX + 80];

	snprintf(text, sizeof(text), "%s%s%s%s", err->text, go_on ? " (on-error continue: " : "",
		 go_on ? without : "", go_on ? ")" : "");
	log_error(crw, text, go_on);
	log_lines(CRIU_LOG_WARN, crw_diagnostics(crw));
	return go_on ? 0 : -1;
}

/* The host's programs run whether or not rules failed, and their no counts in any case.
 * Trying rules out is no restore to them. */
static int arrange_programs(struct crw *crw)
{
	struct error err = { .text = "" };

	if (crw_dry_run(crw) || !programs_for_restore(crw))
		return 0;
	if (programs_arrange(crw, &err) == 0 &&
	    programs_before(crw, criu_get_image_dir(), &err) == 0)
		return 0;
	log_error(crw, err.text, false);
	return -1;
}

static int rewrite(struct crw *crw)
{
	static const char without[] = "restoring without rewriting";
	struct error err = { .text = "" };
	int found = find_changes(crw, &err);

	if (found < 0 && complain(crw, &err, without) < 0)
		return -1;
	if (arrange_programs(crw) < 0)
		return -1;
	return found > 0 && make_changes(crw, &err) < 0 ? complain(crw, &err, without) : 0;
}

static void drop_view(void)
{
	if (held.view >= 0)
		close(held.view);
	held.view = -1;
}

/* NULL when CRIU has been told why. */
static struct crw *begin(void)
{
	struct crw *crw = crw_new();
	struct error err = { .text = "" };

	if (!crw) {
		fail_errno(&err, "cannot begin");
		criu_refuse(err.text);
	}
	return crw;
}

static int init_restore(void)
{
	struct timespec start;
	struct crw *crw;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &start);
	drop_view();
	crw = begin();
	if (!crw)
		return -1;
	status = rewrite(crw);
	write_report(crw);
	log_cost(crw, &start);
	crw_free(crw);
	return status;
}

/* ---- dump ------------------------------------------------------------------ */

/*
 * The rules are read before a task is frozen, where what is wrong with them can still
 * stop the dump. They run at its end, when nothing can stop it any more and nothing
 * should: the tasks are about to be killed, and the checkpoint is what CRIU by itself
 * would have made.
 */
static void drop_dump(void)
{
	crw_free(held.dump);
	held.dump = NULL;
}

/* A no now is the earliest: at CRIU's own moment for it plugins are not there yet. */
static int begin_preflight(struct crw *crw, bool whole)
{
	struct error err = { .text = "" };

	if (!programs_for_dump(crw))
		return 0;
	if (crw_action(crw, "pre-dump", criu_get_image_dir()) < 0)
		fail(&err, "%s", crw_error(crw));
	else if (!whole || programs_arrange(crw, &err) == 0)
		return 0;
	log_error(crw, err.text, false);
	return -1;
}

/* What cannot be read is an error of a dump; with a preflight no option excuses it. */
static int fail_dump(struct crw *crw)
{
	struct error err;

	fail(&err, "%s", crw_error(crw));
	if (!programs_for_dump(crw))
		return complain(crw, &err, "dumping without rules");
	log_error(crw, err.text, false);
	log_lines(CRIU_LOG_WARN, crw_diagnostics(crw));
	return -1;
}

static int init_dump(void)
{
	struct crw *crw = begin();
	struct error err;
	bool read;
	int status;

	drop_dump();
	if (!crw)
		return -1;
	if (preflight_forget(criu_get_image_dir(), &err) < 0)
		criu_log(CRIU_LOG_WARN, err.text);
	read = crw_load_config(crw, NULL) == 0 && crw_set_stage(crw, "dump") == 0;
	status = read ? begin_preflight(crw, true) : fail_dump(crw);
	if (status == 0 && read && (crw_has_rules(crw) || programs_for_dump(crw)))
		held.dump = crw;
	else
		crw_free(crw);
	return status;
}

/* Whether the dump that it prepares will be possible, as far as that is known. */
static int init_pre_dump(void)
{
	struct crw *crw = begin();
	int status = 0;

	if (!crw)
		return -1;
	if (crw_load_config(crw, NULL) == 0)
		status = begin_preflight(crw, false);
	else if (programs_for_dump(crw))
		status = fail_dump(crw);
	crw_free(crw);
	return status;
}

/* CRIU calls a dump that a script has refused a success. It asks scripts before us from 4.0 on:
 * where ours has not come to an answer then, somebody else has refused, or ended it. */
static int is_refused(struct crw *crw, struct error *err)
{
	int image_dir = criu_get_image_dir();
	int answered = programs_for_dump(crw) ? programs_have_answered() : 1;

	if (answered < 0)
		return fail_errno(err, "nothing is recorded: whether the dump was refused "
				       "cannot be looked at");
	if (answered)
		return crw_vetoed(crw, image_dir) != NULL;
	if (criu_hook_count() > HOOK_CHECKPOINT_DEVICES)
		return 1;
	if (crw_action(crw, "post-dump", image_dir) == 0)
		return 0;
	log_error(crw, crw_error(crw), false);
	return 1;
}

static int write_captured(int dir, const char *file, const struct buffer *image, struct error *err)
{
	if (image->failed)
		return fail_memory(err);
	return image->size ? capture_write(dir, file, buffer_span(image), err) : 0;
}

static int run_at_dump(struct crw *crw, struct error *err)
{
	int image_dir = criu_get_image_dir(), refused = is_refused(crw, err);

	if (refused)
		return refused < 0 ? -1 : 0;
	if (crw_open(crw, image_dir) < 0 || crw_run(crw) < 0)
		return fail(err, "%s", crw_error(crw));
	if (!crw_dry_run(crw) &&
	    (write_captured(image_dir, CAPTURE_FILE, &crw->captured, err) < 0 ||
	     write_captured(image_dir, AFFINITY_FILE, &crw->affinity_captured, err) < 0 ||
	     routes_write(crw, image_dir, err) < 0))
		return -1;
	log_changes(crw);
	return 0;
}

static void exit_dump(int ret)
{
	struct crw *crw = held.dump;
	struct error err = { .text = "" };
	char text[ERROR_TEXT_MAX + 80];

	if (crw && !ret && run_at_dump(crw, &err) < 0) {
		snprintf(text, sizeof(text), "%s (the checkpoint is complete without it)",
			 err.text);
		criu_log(crw_on_error_continue(crw) ? CRIU_LOG_WARN : CRIU_LOG_ERROR, text);
	}
	programs_end();
	drop_dump();
}

/* ---- what CRIU calls -------------------------------------------------------- */

static int rewrite_init(int stage)
{
	held.stage = stage;
	switch (stage) {
	case CR_PLUGIN_STAGE__DUMP:
		return init_dump();
	case CR_PLUGIN_STAGE__PRE_DUMP:
		return init_pre_dump();
	case CR_PLUGIN_STAGE__RESTORE:
		return init_restore();
	default:
		return 0;
	}
}

/* Once for each task, the first one first. Others may want to see them too. */
static int resume_devices_late(int pid)
{
	groups_in_place(pid);
	return -ENOTSUP;
}

static void exit_restore(int ret)
{
	programs_end();
	drop_view();
	groups_end(ret);
}

/* CRIU ends a pre-dump as a dump; what it began as counts. */
static void rewrite_exit(int stage, int ret)
{
	if (stage == CR_PLUGIN_STAGE__RESTORE)
		exit_restore(ret);
	else if (held.stage == CR_PLUGIN_STAGE__DUMP)
		exit_dump(ret);
}

/*
 * Every CRIU since 2.0 of the plugin interface takes it: one that knows fewer hooks
 * refuses a plugin that names more, so how many there are is found out when it is
 * loaded. Those that are not known here are not named.
 */
struct descriptor {
	const char *name;
	int (*init)(int stage);
	void (*exit)(int stage, int ret);
	unsigned version;
	unsigned max_hooks;
	void *hooks[CRIU_HOOKS_MAX];
};

extern __attribute__((visibility("default"))) struct descriptor CR_PLUGIN_DESC;
struct descriptor CR_PLUGIN_DESC = {
	.name = "rewrite",
	.init = rewrite_init,
	.exit = rewrite_exit,
	.version = CRIU_PLUGIN_GEN_VERSION(0, 2, 0),
	.hooks = { [HOOK_RESUME_DEVICES_LATE] = (void *)(uintptr_t)resume_devices_late },
};

__attribute__((constructor)) static void count_hooks(void)
{
	const unsigned count = criu_hook_count();

	CR_PLUGIN_DESC.max_hooks = count < CRIU_NEWEST_HOOKS ? count : CRIU_NEWEST_HOOKS;
}
