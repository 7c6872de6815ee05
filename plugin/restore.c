/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A restore, before CRIU has made anything: the rules run, then what they ask for takes
 * effect, all of it or nothing.
 */
#include <criu/criu-plugin.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../proto/file.h"
#include "criu.h"
#include "criu_option.h"
#include "groups.h"
#include "log.h"
#include "mode.h"
#include "programs.h"
#include "stages.h"
#include "view.h"

/* The descriptor that the view lives by. */
static int view_kept = -1;

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
	view_kept = view->keep;
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

	if (found < 0 && log_failure(crw, &err, without) < 0)
		return -1;
	if (arrange_programs(crw) < 0)
		return -1;
	return found > 0 && make_changes(crw, &err) < 0 ? log_failure(crw, &err, without) : 0;
}

static void drop_view(void)
{
	if (view_kept >= 0)
		close(view_kept);
	view_kept = -1;
}

int restore_begin(void)
{
	struct timespec start;
	struct crw *crw;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &start);
	drop_view();
	crw = log_new();
	if (!crw)
		return -1;
	status = rewrite(crw);
	log_report(crw);
	log_cost(crw, &start);
	crw_free(crw);
	return status;
}

void restore_end(int ret)
{
	programs_end();
	drop_view();
	groups_end(ret);
}
