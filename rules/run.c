/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running: each statement over every image of its kind, with one patch and
 * one new content for each image that it changes.
 */
#include <string.h>

#include "args.h"
#include "run.h"
#include "trace.h"

struct run {
	const struct rules_world *world;
	struct arena keep;      /* facts and lets, as long as the run */
	struct arena statement; /* arguments of a verb, and what it makes */
	struct arena scratch;   /* one condition, one match */
	struct eval eval;
	struct value *lets;
	struct tracer *tracer; /* NULL: nobody asks */
	bool asked;            /* inside a `when` about world->only_when */
};

static int run_block(struct run *r, const struct block *block, struct error *err);

static int at_statement(const struct statement *s, struct error *err)
{
	if (!s->at.place.file)
		return -1;
	return error_context(err, "%s:%u:%u", s->at.place.file, s->at.place.line,
			     s->at.place.column);
}

/* A statement that is for nothing is worth a word even when nobody traces. */
static void tell(const struct run *r, const struct statement *s, const char *text)
{
	const struct rules_trace t = {
		.type = TRACE_NOTHING,
		.place = s->at.place,
		.statement = s->at.place,
		.rule = s->rule,
		.text = text,
	};

	if (text && r->world->trace)
		r->world->trace(r->world->ctx, &t);
}

static void start_statement(struct run *r)
{
	arena_free(&r->statement);
	arena_free(&r->scratch);
	r->eval.steps = EVAL_STEPS_MAX;
	r->eval.image = NULL;
}

/* --- values that last --- */

static int copy_value(struct arena *arena, const struct value *v, struct value *out,
		      struct error *err);

static int copy_list(struct arena *arena, const struct value *v, struct value *out,
		     struct error *err)
{
	struct value *items = arena_array(arena, v->item_count + 1, sizeof(*items));

	if (!items)
		return fail_memory(err);
	for (size_t i = 0; i < v->item_count; i++) {
		if (copy_value(arena, &v->items[i], &items[i], err) < 0)
			return -1;
	}
	out->items = items;
	return 0;
}

/* Values of lets are kept: images may be gone when they are used. */
static int copy_value(struct arena *arena, const struct value *v, struct value *out,
		      struct error *err)
{
	*out = *v;
	if (v->type == VALUE_TEXT) {
		out->text.data = arena_copy(arena, v->text.data, v->text.size);
		return out->text.data ? 0 : fail_memory(err);
	}
	if (v->type == VALUE_SET) {
		out->ranges = arena_copy(arena, v->ranges, v->range_count * sizeof(*v->ranges));
		return out->ranges ? 0 : fail_memory(err);
	}
	return v->type == VALUE_LIST ? copy_list(arena, v, out, err) : 0;
}

/* --- after a change --- */

/*
 * An entry that was changed must still be a message that CRIU can read.
 * Old and new are gone through side by side, past what was deleted; what is
 * the same in both is not looked at. Very large entries are looked at only
 * after verbs: set, add and delete cannot make a message unreadable, and
 * reading it all again would take as long as the change.
 */
#define JUDGED_MAX (1u << 20)

struct judge {
	const struct edit_run *act;
	struct image before, after;
};

static bool is_deleted(const struct judge *j, size_t index)
{
	const struct buffer *bits = &j->act->removed;

	return index / 8 < bits->size && (bits->data[index / 8] >> index % 8 & 1);
}

static int judge_entry(struct judge *j, const struct image_entry *old, struct error *err)
{
	struct image_entry now;
	int more = image_next(&j->after, &now, err);

	if (more == 0)
		return fail(err, "an entry is missing");
	if (more < 0)
		return -1;
	if (now.body.size > JUDGED_MAX && j->act->statement->edit.action != EDIT_VERB)
		return 0;
	if (now.type == old->type && span_equal(now.body, old->body))
		return 0;
	if (message_validate(now.type, now.body, err) < 0)
		return error_context(err, "entry %zu", now.index);
	return 0;
}

static int judge_entries(struct judge *j, struct error *err)
{
	struct image_entry old;
	struct error ignored;

	while (image_next(&j->before, &old, &ignored) > 0) {
		if (is_deleted(j, old.index))
			continue;
		if (judge_entry(j, &old, err) < 0)
			return -1;
	}
	return 0;
}

static int judge_added(struct judge *j, struct error *err)
{
	struct image_entry made;
	int more = image_next(&j->after, &made, err);

	if (more == 0)
		return fail(err, "an entry is missing");
	if (more < 0 || message_validate(made.type, made.body, err) < 0)
		return error_context(err, "the entry that is added");
	return 0;
}

static int judge_result(struct edit_run *a, struct error *err)
{
	const struct rules_image fresh = {
		.kind = a->image->kind,
		.bytes = a->result.bytes,
		.content = &a->result,
	};
	struct judge j = { .act = a };
	struct image_entry more;

	if (rules_image_open(a->image, &j.before, err) < 0 ||
	    rules_image_open(&fresh, &j.after, err) < 0 || judge_entries(&j, err) < 0)
		return error_context(err, "after this change CRIU could not read the image");
	if (a->added && judge_added(&j, err) < 0)
		return -1;
	if (image_next(&j.after, &more, err) != 0)
		return fail(err, "after this change CRIU could not read the image: "
				 "there is something after the last entry");
	return 0;
}

/* --- edits --- */

static int update_image(struct run *r, struct edit_run *a, struct error *err)
{
	const struct rules_edit by = {
		.place = a->statement->at.place,
		.is_verb = a->statement->edit.action == EDIT_VERB,
		.statement = a->statement,
	};

	if (patch_is_empty(&a->patch))
		return 0;
	if (judge_result(a, err) < 0)
		return -1;
	return r->world->update(r->world->ctx, a->image, &by, &a->result, err);
}

static int run_image(struct run *r, const struct statement *s, const struct rules_image *image,
		     const struct rules_argument *args, size_t *matched, struct error *err)
{
	struct edit_run a = {
		.eval = &r->eval,
		.world = r->world,
		.tracer = r->tracer,
		.image = image,
		.statement = s,
		.args = args,
		.arena = &r->statement,
	};
	int status;

	r->eval.image = image;
	r->eval.steps += (uint64_t)image->bytes.size * EVAL_STEPS_PER_BYTE;
	status = edit_run(&a, err);
	if (status == 0)
		status = update_image(r, &a, err);
	if (status < 0)
		error_context(err, "%s", image->file);
	else
		trace_image(r->tracer, image->file, a.matched, a.changed);
	*matched += a.matched;
	edit_free(&a);
	r->eval.image = NULL;
	return status;
}

/* What has to hold first, e.g. `pid == 7`, if it is about the image's own name. */
static const struct expr *first_about_name(const struct statement *s)
{
	const struct condition *first = s->edit.path->steps->targets->conditions;
	const struct expr *e = first ? first->expr : NULL;

	while (e && e->type == EXPR_BINARY && e->op == OP_AND)
		e = e->left;
	return e && e->type == EXPR_BINARY && e->left->type == EXPR_IMAGE_FACT &&
			       e->right->type == EXPR_VALUE ?
		       e :
		       NULL;
}

/* Nothing in the image can match, which its name says. A trace is told of each entry. */
static bool is_passed_over(struct run *r, const struct statement *s,
			   const struct rules_image *image)
{
	const struct expr *e = r->tracer ? NULL : first_about_name(s);
	struct error ignored;
	int holds = 1;

	if (e) {
		r->eval.image = image;
		holds = eval_condition(&r->eval, e, NULL, &ignored);
		r->eval.image = NULL;
	}
	return holds == 0;
}

/* Goes on to the next image in which something can match, as far as that costs nothing. */
static int next_image(struct run *r, const struct statement *s, const struct image_kind *kind,
		      size_t *index, struct rules_image *image, struct error *err)
{
	const struct rules_world *world = r->world;
	const struct expr *e = world->numbered && !r->tracer ? first_about_name(s) : NULL;
	int more = 1;

	if (e && e->op == OP_EQUAL && e->left->image_fact == IMAGE_PID &&
	    e->right->value.type == VALUE_NUMBER)
		more = world->numbered(world->ctx, kind, e->right->value.number, index, err);
	return more > 0 ? world->image(world->ctx, kind, *index, image, err) : more;
}

static int run_kind(struct run *r, const struct statement *s, const struct image_kind *kind,
		    const struct rules_argument *args, size_t *matched, struct error *err)
{
	struct rules_image image;
	int more;

	for (size_t i = 0;; i++) {
		more = next_image(r, s, kind, &i, &image, err);
		if (more <= 0)
			return more;
		if (!is_passed_over(r, s, &image) &&
		    run_image(r, s, &image, args, matched, err) < 0)
			return -1;
	}
}

/* A verb's arguments are worked out once, before anything is matched. */
static int work_out_args(struct run *r, const struct edit *edit, struct rules_argument **out,
			 struct error *err)
{
	struct rules_argument *args = arena_array(&r->statement, edit->argument_count + 1,
						  sizeof(*args));
	size_t i = 0;

	if (!args)
		return fail_memory(err);
	for (const struct argument *a = edit->arguments; a; a = a->next, i++) {
		struct value v;

		args[i] = a->given;
		if (!a->expr)
			continue;
		if (eval_expr(&r->eval, a->expr, NULL, &v, err) < 0 ||
		    copy_value(&r->statement, &v, &args[i].value, err) < 0)
			return -1;
		if (args[i].value.type == VALUE_NONE)
			return fail(err,
				    "argument %zu of '%s' is missing; default(..., ...) gives "
				    "another",
				    i + 1, edit->verb->name);
	}
	*out = args;
	return 0;
}

static int run_kinds(struct run *r, const struct statement *s, const struct rules_argument *args,
		     size_t *matched, struct error *err)
{
	const struct image_kind *kind;
	size_t at = 0;

	while ((kind = kind_of_message(s->edit.root, &at))) {
		if (run_kind(r, s, kind, args, matched, err) < 0)
			return -1;
	}
	return 0;
}

int run_part(struct run *r, const struct statement *s, size_t *matched, struct error *err)
{
	struct tracer *tracer = r->tracer;
	int status;

	r->tracer = NULL;
	r->eval.steps = EVAL_STEPS_MAX;
	status = run_kinds(r, s, NULL, matched, err);
	r->tracer = tracer;
	return status;
}

const struct rules_setting *run_setting(const struct run *r)
{
	return r->eval.setting;
}

static int run_whole(struct run *r, const struct statement *s, const struct rules_argument *args,
		     size_t *matched, struct error *err)
{
	struct rules_call call = {
		.world = r->world,
		.run = r,
		.statement = s,
		.arena = &r->statement,
		.args = args,
		.arg_count = s->edit.argument_count,
		.place = s->at.place,
		.rule = s->rule,
	};
	int status = verb_run(s->edit.verb, &call, err);

	*matched = call.matched;
	return status;
}

static int run_elsewhere(struct run *r, const struct statement *s,
			 const struct rules_argument *args, size_t *matched, struct error *err)
{
	const struct edit *edit = &s->edit;
	const char *missed = NULL;
	int found;

	if (edit->action != EDIT_VERB || !r->world->elsewhere)
		return 0;
	found = r->world->elsewhere(r->world->ctx, edit->verb, args, edit->argument_count,
				    &r->statement, &missed, err);
	if (found <= 0)
		return found;
	*matched = 1;
	if (missed && edit->must)
		return fail(err, "%s, but 'must' asks for a match", missed);
	tell(r, s, missed);
	return 0;
}

static int run_path(struct run *r, const struct statement *s, const struct rules_argument *args,
		    size_t *matched, struct error *err)
{
	if (run_kinds(r, s, args, matched, err) < 0 ||
	    (*matched == 0 && run_elsewhere(r, s, args, matched, err) < 0))
		return -1;
	trace_edit(r->tracer, s->edit.path);
	return 0;
}

static int run_edit(struct run *r, const struct statement *s, struct error *err)
{
	const struct edit *edit = &s->edit;
	struct rules_argument *args = NULL;
	size_t matched = 0;

	if ((edit->action == EDIT_VERB && work_out_args(r, edit, &args, err) < 0) ||
	    (edit->path ? run_path : run_whole)(r, s, args, &matched, err) < 0)
		return -1;
	if (matched == 0)
		tell(r, s, "nothing matched");
	if (edit->must && matched == 0)
		return fail(err, "nothing matches, but 'must' asks for a match");
	return 0;
}

/* --- other statements --- */

static bool is_about(const struct run *r, const struct expr *e, const char *fact)
{
	if (!e)
		return false;
	switch (e->type) {
	case EXPR_FACT:
		return strcmp(r->eval.setting->facts[e->fact].name, fact) == 0;
	case EXPR_UNARY:
		return is_about(r, e->left, fact);
	case EXPR_BINARY:
		return is_about(r, e->left, fact) || is_about(r, e->right, fact);
	case EXPR_LIST:
	case EXPR_CALL:
		for (size_t i = 0; i < e->arg_count; i++) {
			if (is_about(r, e->args[i], fact))
				return true;
		}
		return false;
	default:
		return false;
	}
}

/* An arm says with its own condition, or with those before it, what it is for. */
static bool asks(const struct run *r, const struct statement *when, const char *fact)
{
	for (const struct arm *arm = when->arms; arm && fact; arm = arm->next) {
		if (is_about(r, arm->condition, fact))
			return true;
	}
	return false;
}

static int run_arm(struct run *r, const struct statement *when, const struct arm *arm,
		   struct error *err)
{
	bool asked = r->asked;
	int status;

	r->asked |= asks(r, when, r->world->only_when);
	status = run_block(r, &arm->block, err);
	r->asked = asked;
	return status;
}

static int run_when(struct run *r, const struct statement *s, struct error *err)
{
	const struct arm *taken = NULL;

	trace_statement(r->tracer, s);
	for (const struct arm *arm = s->arms; arm; arm = arm->next) {
		int holds = !taken;

		if (arm->condition && !taken) {
			start_statement(r);
			holds = eval_condition(&r->eval, arm->condition, NULL, err);
			if (holds < 0)
				return r->world->only_conditions ? 0 : at_statement(s, err);
			trace_condition(r->tracer, s, arm->condition, holds);
		}
		if (!holds)
			trace_skipped(r->tracer, &arm->block);
		else if (run_arm(r, s, arm, err) < 0)
			return -1;
		if (holds)
			taken = arm;
	}
	/* What is for another stage is for this host, too. */
	if (taken != s->arms && !asks(r, s, "stage"))
		trace_unmet(r->tracer, s, taken);
	return 0;
}

static int run_modes(struct run *r, const struct statement *s, struct error *err)
{
	if (!r->world->modes)
		return 0;
	return r->world->modes(r->world->ctx, s->modes.names, s->modes.count, &s->at.place, err);
}

static int run_require(struct run *r, const struct statement *s, struct error *err)
{
	int holds = eval_condition(&r->eval, s->require.condition, NULL, err);

	if (holds >= 0)
		trace_condition(r->tracer, s, s->require.condition, holds);
	if (holds == 0)
		return fail(err, "%s", s->require.text);
	return holds < 0 ? -1 : 0;
}

static int run_let(struct run *r, const struct statement *s, struct error *err)
{
	struct value v;

	if (eval_expr(&r->eval, s->let.value, NULL, &v, err) < 0)
		return -1;
	trace_let(r->tracer, s, &v);
	return copy_value(&r->keep, &v, &r->lets[s->let.slot], err);
}

/* These say themselves where an error inside of them is. */
static int run_nested(struct run *r, const struct statement *s, struct error *err)
{
	if (s->type == STATEMENT_WHEN)
		return run_when(r, s, err);
	return run_block(r, s->type == STATEMENT_RULE ? &s->rule_block.block : &s->included, err);
}

static int run_plain(struct run *r, const struct statement *s, struct error *err)
{
	switch (s->type) {
	case STATEMENT_EDIT:
		return run_edit(r, s, err);
	case STATEMENT_MODES:
		return run_modes(r, s, err);
	case STATEMENT_REQUIRE:
		return run_require(r, s, err);
	default:
		return run_let(r, s, err);
	}
}

/* Does the world want no more than a part of the rules, to which it does not belong? */
static bool is_left_out(const struct run *r, const struct statement *s)
{
	if (s->type == STATEMENT_LET || r->world->only_conditions)
		return s->type != STATEMENT_LET;
	if (r->world->only_verb)
		return s->type != STATEMENT_EDIT || s->edit.action != EDIT_VERB ||
		       strcmp(s->edit.verb->name, r->world->only_verb) != 0;
	return r->world->only_when && !r->asked;
}

static int run_block(struct run *r, const struct block *block, struct error *err)
{
	for (const struct statement *s = block->first; s; s = s->next) {
		bool nested = s->type == STATEMENT_WHEN || s->type == STATEMENT_RULE ||
			      s->type == STATEMENT_INCLUDE;

		if (nested) {
			if (run_nested(r, s, err) < 0)
				return -1;
			continue;
		}
		if (is_left_out(r, s))
			continue;
		start_statement(r);
		trace_statement(r->tracer, s);
		if (run_plain(r, s, err) < 0)
			return at_statement(s, err);
	}
	return 0;
}

/* --- units --- */

static int run_unit(struct run *r, const struct unit *unit, struct error *err)
{
	r->lets = arena_array(&r->keep, unit->slot_count + 1, sizeof(*r->lets));
	if (!r->lets)
		return fail_memory(err);
	r->eval.lets = r->lets;
	if (r->tracer)
		r->tracer->sources = unit->sources;
	return run_block(r, &unit->block, err);
}

static int start_run(struct run *r, const struct rules_setting *setting, struct error *err)
{
	r->eval = (struct eval){
		.setting = setting,
		.world = r->world,
		.keep = &r->keep,
		.scratch = &r->scratch,
	};
	r->eval.facts = arena_array(&r->keep, setting->fact_count + 1, sizeof(*r->eval.facts));
	return r->eval.facts ? 0 : fail_memory(err);
}

static void end_run(struct run *r)
{
	arena_free(&r->scratch);
	arena_free(&r->statement);
	arena_free(&r->keep);
}

int rules_run(const struct ruleset *ruleset, const struct rules_world *world, struct error *err)
{
	struct tracer tracer = { .world = world, .same = 0 };
	struct run r = { .world = world };
	int status = 0;

	if (!ruleset)
		return 0;
	if (world->trace && world->trace_all) {
		tracer.eval = &r.eval;
		r.tracer = &tracer;
	}
	status = start_run(&r, ruleset->setting, err);
	for (const struct unit *u = ruleset->units; u && status == 0; u = u->next)
		status = run_unit(&r, u, err);
	tracer_free(&tracer);
	end_run(&r);
	return status;
}

int rules_run_verb(const struct rules_verb *verb, const struct rules_argument *args, size_t count,
		   const struct rules_place *place, const struct rules_world *world,
		   struct error *err)
{
	static const struct rules_setting nothing;
	const struct message_type *root = message_find(verb->message, strlen(verb->message));
	struct target target = { .message = root };
	struct step step = { .axis = AXIS_ENTRY, .targets = &target };
	struct path path = { .steps = &step, .step_count = 1, .table = { &step } };
	const struct statement s = {
		.type = STATEMENT_EDIT,
		.at.place = *place,
		.edit = { .path = &path,
			  .action = EDIT_VERB,
			  .argument_count = count,
			  .verb = verb,
			  .root = root },
	};
	struct run r = { .world = world };
	size_t matched = 0;
	int status = start_run(&r, &nothing, err);

	if (status == 0)
		status = run_kinds(&r, &s, args, &matched, err);
	end_run(&r);
	return status < 0 ? at_statement(&s, err) : 0;
}
