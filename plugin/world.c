/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the rules on a checkpoint: what the language sees of the world, and
 * the collection of what it did to it.
 */
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "cgroup/prepare.h"
#include "cgroup/settle.h"
#include "mode_choose.h"
#include "oci/oci.h"
#include "tmpfs.h"

static int world_fact(void *ctx, const char *name, struct arena *arena, struct value *value,
		      struct error *err)
{
	struct crw *crw = ctx;

	return facts_get(&crw->facts, name, value, err);
}

/* A process that gained rights must not obey the environment it came with. */
static const char *world_env(void *ctx, const char *name)
{
	return secure_getenv(name);
}

static bool is_dump(const struct crw *crw)
{
	return strcmp(crw->facts.stage, "dump") == 0;
}

static int world_writable(void *ctx, const struct image_kind *kind, struct error *err)
{
	struct crw *crw = ctx;

	for (const struct forbidden *f = crw->forbidden; f; f = f->next)
		if (f->kind == kind)
			return fail(err, "%s", f->why);
	return 0;
}

static int world_image(void *ctx, const struct image_kind *kind, size_t index,
		       struct rules_image *image, struct error *err)
{
	struct crw *crw = ctx;
	struct checkpoint_image *found;
	int status = checkpoint_find(&crw->checkpoint, kind, index, &found, err);

	if (status <= 0)
		return status;
	if (checkpoint_read(&crw->checkpoint, found, err) < 0)
		return -1;
	context_progress(crw, found->file);
	*image = (struct rules_image){
		.kind = kind,
		.file = found->file,
		.bytes = found->content.bytes,
		.content = &found->content,
		.handle = found,
	};
	return 1;
}

static int world_numbered(void *ctx, const struct image_kind *kind, number_t number, size_t *index,
			  struct error *err)
{
	struct crw *crw = ctx;

	return checkpoint_find_numbered(&crw->checkpoint, kind, number, index, err);
}

/* CRIU has just written the images, and whoever dumped may check them. */
static int world_update(void *ctx, const struct rules_image *image, const struct rules_edit *by,
			struct content *fresh, struct error *err)
{
	struct crw *crw = ctx;

	if (is_dump(crw))
		return fail(err, "images are changed at the restore, not at the dump");
	if (references_update(&crw->references, by, image->handle, fresh, &crw->outcome, err) < 0)
		return -1;
	crw->subject_memo = (struct subject_memo){ .at = { NULL, 0 } };
	return checkpoint_update(&crw->checkpoint, image->handle, fresh, err);
}

static int world_change(void *ctx, const struct rules_change *change, struct error *err)
{
	return change_note_edit(ctx, change, err);
}

/* For the report. */
static int keep_result(struct crw *crw, const struct crw_result *result, struct error *err)
{
	const struct crw_result kept = {
		.image = arena_copy(&crw->outcome, result->image, strlen(result->image)),
		.where = arena_copy(&crw->outcome, result->where, strlen(result->where)),
		.text = arena_copy(&crw->outcome, result->text, strlen(result->text)),
	};

	buffer_append(&crw->results, span_of(&kept, sizeof(kept)));
	if (!kept.image || !kept.where || !kept.text || crw->results.failed)
		return fail_memory(err);
	return 0;
}

static int world_found(void *ctx, const struct rules_image *image, const char *where,
		       const char *text, struct error *err)
{
	const struct crw_result result = { image->file, where, text };
	struct crw *crw = ctx;

	crw->results_size += strlen(where) + strlen(text);
	if (crw->results_counted++ < CHANGES_KEPT_MAX && crw->results_size <= RESULTS_SIZE_MAX &&
	    keep_result(crw, &result, err) < 0)
		return -1;

	if (!crw->result_sink || crw->result_sink(crw->result_arg, &result) == 0)
		return 0;
	return fail_errno(err, "cannot pass on what was found");
}

static int world_modes(void *ctx, const char *const *modes, size_t count,
		       const struct rules_place *place, struct error *err)
{
	return mode_ask(ctx, modes, count, place, err);
}

static void forget_outcome(struct crw *crw)
{
	buffer_clear(&crw->changes);
	buffer_clear(&crw->changed);
	buffer_clear(&crw->seen);
	buffer_clear(&crw->results);
	crw->results_counted = crw->results_size = 0;
	buffer_clear(&crw->captured);
	buffer_clear(&crw->affinity_captured);
	buffer_clear(&crw->held_threads);
	buffer_clear(&crw->affinity_recorded);
	buffer_clear(&crw->affinity);
	arena_free(&crw->outcome);
	crw->texts_memo = (struct rules_texts_memo){ .named = NULL };
	crw->changes_counted = 0;
	crw->groups_changed = (struct rules_place){ .file = NULL };
	overrides_free(&crw->overrides);
	crw->references = (struct references){ .cgroups = { .touched = false } };
	crw->wish = (struct mode_wish){ .count = 0 };
	crw->mode = NULL;
	crw->yard = NULL;
	crw->options = NULL;
	crw->routes = NULL;
	crw->steps = NULL;
	crw->steps_end = &crw->steps;
	crw->steps_searched = 0;
	oci_revert(crw);
}

int crw_open(struct crw *crw, int image_dir_fd)
{
	checkpoint_free(&crw->checkpoint);
	checkpoint_init(&crw->checkpoint, image_dir_fd, crw->config.limit_image,
			crw->config.limit_memory);
	forget_outcome(crw);
	return replace_check(image_dir_fd, &crw->err);
}

/* The mode is chosen for what the rules made of the checkpoint, and may have to
 * change it once more. */
static int run_mode(struct crw *crw, const struct rules_world *world, struct error *err)
{
	return mode_choose(crw, err) < 0 ? -1 : mode_run(crw, world, err);
}

static int run_all(struct crw *crw, struct error *err)
{
	const struct rules_world world = {
		.ctx = crw,
		.fact = world_fact,
		.env = world_env,
		.writable = world_writable,
		.image = world_image,
		.numbered = world_numbered,
		.update = world_update,
		.change = world_change,
		.found = world_found,
		.modes = world_modes,
		.elsewhere = oci_elsewhere,
		/* Rules are written for the restore. */
		.only_when = is_dump(crw) ? "stage" : NULL,
		.trace = explain_trace,
		.trace_all = crw->tracing,
	};

	if (rules_run(crw->rules, &world, err) < 0 || run_mode(crw, &world, err) < 0 ||
	    (crw->prepares && cgroup_prepare_all(&world, err) < 0) ||
	    cgroup_settle(crw, &world, err) < 0 || tmpfs_settle(crw, &world, err) < 0)
		return -1;
	return references_check(&crw->references, &crw->checkpoint,
				!crw->mode || strcmp(crw->mode, "ignore") != 0, err);
}

static int no_image(void *ctx, const struct image_kind *kind, size_t index,
		    struct rules_image *image, struct error *err)
{
	return fail(err, "that depends on the checkpoint");
}

int crw_run_conditions(struct crw *crw)
{
	const struct rules_world world = {
		.ctx = crw,
		.fact = world_fact,
		.env = world_env,
		.image = no_image,
		.only_conditions = true,
		.trace = explain_trace,
		.trace_all = true,
	};

	run_begin(crw);
	return rules_run(crw->rules, &world, &crw->err);
}

/* What fits the images fits the spec that goes with them. */
static int run_spec(struct crw *crw, struct error *err)
{
	const struct rules_world world = {
		.ctx = crw,
		.fact = world_fact,
		.env = world_env,
		.writable = world_writable,
		.image = oci_image,
		.update = world_update,
		.change = world_change,
		.only_verb = "fit",
		.trace = crw->spec.alone ? explain_trace : NULL,
	};
	int status;

	if (!crw->spec.name)
		return 0;
	crw->fits_spec = true;
	status = rules_run(crw->rules, &world, err);
	crw->fits_spec = false;
	return status < 0 ? -1 : oci_warn(crw, err);
}

void run_begin(struct crw *crw)
{
	forget_outcome(crw);
	explain_forget(crw);
	crw->err.text[0] = 0;
}

static int note_changed(struct crw *crw)
{
	for (size_t i = 0; i < checkpoint_count(&crw->checkpoint); i++) {
		struct checkpoint_image *image = checkpoint_at(&crw->checkpoint, i);

		if (image->changed)
			buffer_append(&crw->changed, span_of(&image, sizeof(image)));
		if (image->read)
			buffer_append(&crw->seen, span_of(&image, sizeof(image)));
	}
	return crw->changed.failed || crw->seen.failed ? fail_memory(&crw->err) : 0;
}

int run_end(struct crw *crw, int status)
{
	if (status == 0 && note_changed(crw) == 0)
		return 0;
	checkpoint_revert(&crw->checkpoint);
	forget_outcome(crw);
	return -1;
}

int crw_run(struct crw *crw)
{
	int status;

	run_begin(crw);
	status = crw->rules || crw->prepares ? run_all(crw, &crw->err) : 0;
	if (status == 0)
		status = run_spec(crw, &crw->err);
	return run_end(crw, status);
}

int crw_run_spec(struct crw *crw)
{
	int status;

	run_begin(crw);
	crw->spec.alone = true;
	status = run_spec(crw, &crw->err);
	crw->spec.alone = false;
	return run_end(crw, status);
}
