/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *	path "/srv/a" to "/data/b"
 *
 * The path itself and what lies below it: files, working and root directories, sockets,
 * watches, mount points, binds, and the directories of an overlay.
 */
#include "../../rules/path.h"
#include "../cgroup/place.h"
#include "../context.h"

#include <string.h>

#include "fields.h"
#include "leftover.h"
#include "rename.h"
#include "verbs.h"

/* As those in images are: without "//", "." and "..". */
static bool is_plain(struct span path)
{
	struct span rest = path, step;

	while (cgroup_path_part(&rest, &step))
		if (span_is(step, ".") || span_is(step, ".."))
			return false;
	return !memmem(path.data, path.size, "//", 2);
}

static int judge_absolute(struct verb_args *a, struct span path, struct error *err)
{
	if (path.size == 0 || (path.data[0] == '/' && path.size > 1 && is_plain(path)))
		return 0;
	a->at--;
	return fail(err, "expected an absolute path below /, without '//', '.' and '..'");
}

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct rename *r = out;

	if (args_text(a, "a path in quotes", &r->old, err) < 0 ||
	    judge_absolute(a, r->old, err) < 0 || args_need(a, "to", err) < 0 ||
	    args_text(a, "a path in quotes", &r->fresh, err) < 0 ||
	    judge_absolute(a, r->fresh, err) < 0)
		return -1;
	return args_end(a, "the end of the line", err);
}

static int judge_path(void *ctx, const struct rules_object *o, struct value *fresh,
		      struct error *err)
{
	cleanup_buffer struct buffer path = { 0 };
	const struct rename *r = ctx;

	if (o->now.type != VALUE_TEXT || !path_below(o->now.text, r->old, NULL))
		return 0;
	path_rebase(&path, o->now.text, r->old, r->fresh);
	return fields_give(o, &path, fresh, err);
}

/* "lowerdir=/srv/a/1:/srv/a/2,upperdir=/srv/a/3" */
static int judge_paths(void *ctx, const struct rules_object *o, struct value *fresh,
		       struct error *err)
{
	cleanup_buffer struct buffer out = { 0 };
	const struct rename *r = ctx;
	struct span text = o->now.text;
	size_t start = 0;

	if (o->now.type != VALUE_TEXT)
		return 0;
	for (size_t i = 0; i <= text.size; i++) {
		if (i < text.size && !strchr(",=:", text.data[i]))
			continue;
		path_rebase(&out, span_of(text.data + start, i - start), r->old, r->fresh);
		if (i < text.size)
			buffer_byte(&out, text.data[i]);
		start = i + 1;
	}
	return fields_give(o, &out, fresh, err);
}

/* With a slash or nothing behind it, wherever it begins. */
static bool is_left(const void *ctx, const struct value *v)
{
	const struct rename *r = ctx;

	return v->type == VALUE_TEXT && leftover_has_word(v->text, r->old) &&
	       !path_below(v->text, r->fresh, NULL);
}

static int run(struct rules_call *call, struct error *err)
{
	struct rename r = *(const struct rename *)call->wish;

	if (explain_same(call, span_equal(r.old, r.fresh)))
		return 0;
	if (fields_sweep(call, ROLE_PATH, judge_path, &r, err) < 0 ||
	    fields_sweep(call, ROLE_PATHS, judge_paths, &r, err) < 0)
		return -1;
	return leftover_note(call, is_left, &r, err);
}

const struct rules_verb verb_path = {
	NULL, "path", "path OLD to NEW", read_arguments, sizeof(struct rename), run,
};
