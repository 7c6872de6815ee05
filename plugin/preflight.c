/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Would a checkpoint restore at its destination? The destination's rules run over it
 * with the destination's facts, as they will run there. What they leave is looked at
 * with the verbs that know what a kernel takes: whatever these would still change is a
 * reason to say no.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../proto/file.h"
#include "context.h"
#include "trust.h"

#define MARK "rewrite-vetoed"
#define MARK_MAX ERROR_TEXT_MAX
#define FACTS_SIZE_MAX (1u << 20)

#define JUDGE_NAME "preflight"
static const char judge[] = "cgroup_entry regroup\n"
			    "cgroup_entry drop absent\n"
			    "cgroup_entry fit\n";

/* ---- the destination ------------------------------------------------------ */

static int add_facts(struct crw *there, const char *path)
{
	cleanup_buffer struct buffer text = { 0 };
	int found = trust_read(path, FACTS_SIZE_MAX, &text, &there->err);

	if (found == 0)
		return fail(&there->err, "%s: does not exist", path);
	return found < 0 ? -1 : crw_set_facts(there, path, (const char *)text.data, text.size);
}

static int add_rules(struct crw *there, const struct config *config)
{
	const char *given = config->preflight_rules;
	const struct config_paths own = { &given, 1 };
	const struct config_paths *rules = config->preflight_rules ? &own : &config->rules;

	for (size_t i = 0; i < rules->count; i++)
		if (crw_add_rules(there, rules->items[i]) < 0)
			return -1;
	return crw_add_rules_text(there, JUDGE_NAME, judge, sizeof(judge) - 1);
}

static int describe(struct crw *there, const struct config *config)
{
	there->config.limit_image = config->limit_image;
	there->config.limit_memory = config->limit_memory;
	if (add_facts(there, config->preflight_facts) < 0)
		return -1;
	return add_rules(there, config);
}

/* ---- what it would refuse --------------------------------------------------- */

static bool is_refused(const struct crw_change *change)
{
	return change->file && strcmp(change->file, JUDGE_NAME) == 0;
}

/* "cpuset:/ct cpuset.cpus: it takes 0-1, not 0-3 (and 2 more)" */
static int refuse(struct crw *there, const struct crw_change *c, size_t more)
{
	const char *field = c->field ? c->field : c->type ? c->type : "";
	char rest[40] = "";

	if (more)
		snprintf(rest, sizeof(rest), " (and %zu more)", more);
	if (!c->after)
		return fail(&there->err, "%s %s: it has no place for %s%s", c->where, field,
			    c->before ? c->before : "it", rest);
	return fail(&there->err, "%s %s: it takes %s, not %s%s", c->where, field, c->after,
		    c->before ? c->before : "none", rest);
}

/* CRIU writes no property of a group in these modes. */
static bool leaves_groups_alone(const char *mode)
{
	return mode && (strcmp(mode, "ignore") == 0 || strcmp(mode, "none") == 0);
}

static int judge_changes(struct crw *there)
{
	size_t more = 0;
	const struct crw_change *first = NULL;

	if (leaves_groups_alone(there->mode))
		return 0;
	for (size_t i = 0; i < crw_change_count(there); i++) {
		const struct crw_change *c = crw_change(there, i);

		more += first && is_refused(c);
		if (!first && is_refused(c))
			first = c;
	}
	if (!first && crw_change_total(there) > crw_change_count(there))
		return fail(&there->err,
			    "there are more than %d changes, of which the rest "
			    "cannot be judged",
			    CHANGES_KEPT_MAX);
	return first ? refuse(there, first, more) : 0;
}

static int run_there(struct crw *there, int image_dir)
{
	if (crw_open(there, image_dir) < 0 || crw_run(there) < 0)
		return -1;
	return judge_changes(there);
}

/* Without images (-1) only whether rules and facts can be used. */
static int ask_there(struct crw *crw, int images)
{
	struct crw *there = crw_new();
	int status;

	if (!there)
		return fail_errno(&crw->err, "cannot begin");
	status = describe(there, &crw->config);
	if (status == 0 && images >= 0)
		status = run_there(there, images);
	if (status < 0)
		fail(&crw->err, "would not restore at the destination of %s: %s",
		     crw->config.preflight_facts, there->err.text);
	crw_free(there);
	return status;
}

/* ---- the mark ----------------------------------------------------------------- */

int preflight_forget(int image_dir, struct error *err)
{
	if (unlinkat(image_dir, MARK, 0) == 0 || errno == ENOENT)
		return 0;
	return fail_errno(err, "cannot remove " MARK ", the mark of a dump that was refused");
}

/* That it cannot be left is no reason to say yes. */
static void mark(int image_dir, const char *why)
{
	cleanup_close int fd = file_replace_begin(image_dir, MARK);

	if (fd >= 0 && file_write(fd, span_text(why)) == 0 &&
	    file_write(fd, span_text("\n")) == 0 && file_replace_end(image_dir, MARK) == 0)
		return;
	file_replace_cancel(image_dir, MARK);
}

const char *crw_vetoed(struct crw *crw, int image_dir_fd)
{
	cleanup_close int fd = file_open(image_dir_fd, MARK);
	char text[MARK_MAX];
	ssize_t size = fd < 0 ? -1 : file_read(fd, text, sizeof(text));
	const char *end = size > 0 ? memchr(text, '\n', (size_t)size) : NULL;

	if (size < 0)
		return NULL;
	if (end)
		size = end - text;
	return size ? arena_copy(&crw->arena, text, (size_t)size) : "for a reason that is not kept";
}

/* ---- the moments --------------------------------------------------------------- */

static int before_dump(struct crw *crw, int image_dir)
{
	if (image_dir >= 0 && preflight_forget(image_dir, &crw->err) < 0)
		return -1;
	return ask_there(crw, -1);
}

/* Whoever ends before it has an answer has not said yes. */
static int after_dump(struct crw *crw, int image_dir)
{
	mark(image_dir, "the preflight did not come to its end");
	if (ask_there(crw, image_dir) == 0 && preflight_forget(image_dir, &crw->err) == 0)
		return 0;
	mark(image_dir, crw->err.text);
	return -1;
}

static const struct {
	const char *moment;
	int (*act)(struct crw *crw, int image_dir);
} moments[] = {
	{ "pre-dump", before_dump },
	{ "post-dump", after_dump },
};

int crw_action(struct crw *crw, const char *moment, int image_dir_fd)
{
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
		if (crw_has_preflight(crw) && strcmp(moment, moments[i].moment) == 0)
			return moments[i].act(crw, image_dir_fd);
	return 0;
}

bool crw_has_preflight(const struct crw *crw)
{
	return crw->config.preflight_facts;
}
