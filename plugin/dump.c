/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A dump. Its rules are read before a task is frozen, where what is wrong with them can still
 * stop it. They run at its end, when nothing can stop it any more and nothing should: the
 * tasks are about to be killed, and the checkpoint is what CRIU by itself would have made.
 */
#include <criu/criu-plugin.h>
#include <stdio.h>

#include "affinity.h"
#include "cgroup/capture.h"
#include "criu.h"
#include "log.h"
#include "programs.h"
#include "routes.h"
#include "stages.h"

/* What runs at the end. NULL: no dump, or no rules and no preflight. */
static struct crw *held;

static void drop_dump(void)
{
	crw_free(held);
	held = NULL;
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
		return log_failure(crw, &err, "dumping without rules");
	log_error(crw, err.text, false);
	log_diagnostics(crw);
	return -1;
}

int dump_begin(void)
{
	struct crw *crw = log_new();
	struct error err;
	bool read;
	int status;

	drop_dump();
	if (!crw)
		return -1;
	read = crw_load_config(crw, NULL) == 0 && crw_set_stage(crw, "dump") == 0;
	if (!programs_for_dump(crw) && preflight_forget(criu_get_image_dir(), &err) < 0)
		criu_log(CRIU_LOG_WARN, err.text); /* the preflight itself says no */
	status = read ? begin_preflight(crw, true) : fail_dump(crw);
	if (status == 0 && read && (crw_has_rules(crw) || programs_for_dump(crw)))
		held = crw;
	else
		crw_free(crw);
	return status;
}

/* Whether the dump that it prepares will be possible, as far as that is known. */
int pre_dump_begin(void)
{
	struct crw *crw = log_new();
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

void dump_end(int ret)
{
	struct crw *crw = held;
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
