/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One edit for a verb: a statement is made as the parser would make it, with a condition
 * and a value that the verb works out, and is checked and run like any other.
 */
#include "sweep.h"

#include <string.h>

#include "check.h"
#include "run.h"
#include "shown.h"

struct sweep {
	rules_judge judge;
	void *ctx;
	const struct field_type *field; /* NULL: the object itself */
	struct unit unit;
	struct rules_diagnostics found;
	struct diag diag;
	struct check check;
	struct statement statement;
};

/* --- what the verb says --- */

static int read_field(struct eval *ev, const struct field_type *f, const struct message_type *type,
		      struct span body, struct value *out, struct error *err)
{
	const struct field_type *fields[] = { f };
	struct match object = { .message = type, .body = body };
	struct expr e = { .type = EXPR_CHAIN, .is = type_of_field(f) };

	e.chain = (struct chain){ fields, 1, field_label(f) == FIELD_REPEATED };
	if (e.chain.many)
		e.is.base = shown_whole_type(f) ? shown_whole_type(f) : VALUE_LIST;
	return eval_expr(ev, &e, &object, out, err);
}

int sweep_eval(struct sweep *s, struct eval *ev, const struct match *m, bool whether,
	       struct value *out, struct error *err)
{
	struct rules_object o = {
		.image = ev->image,
		.type = m->message,
		.body = m->body,
		.now = { .type = VALUE_NONE },
		.arena = ev->scratch,
	};
	int status;

	if (s->field && read_field(ev, s->field, o.type, o.body, &o.now, err) < 0)
		return -1;
	if (o.now.type == VALUE_LIST && o.now.item_count == 0)
		o.now.type = VALUE_NONE;
	*out = (struct value){ .type = VALUE_NONE };
	status = s->judge(s->ctx, &o, out, err);
	if (whether)
		*out = value_bool(status > 0);
	return status < 0 ? -1 : 0;
}

int rules_object_value(const struct rules_object *o, const char *field, struct value *out,
		       struct error *err)
{
	const struct field_type *f = message_field(o->type, field, strlen(field));
	struct eval ev = { .scratch = o->arena, .steps = EVAL_STEPS_MAX };

	*out = (struct value){ .type = VALUE_NONE };
	if (f && read_field(&ev, f, o->type, o->body, out, err) < 0)
		return -1;
	return out->type != VALUE_NONE;
}

/* --- the statement --- */

static struct expr *given(struct sweep *s, enum value_type base)
{
	struct expr *e = check_make(&s->check, sizeof(*e));

	if (e)
		*e = (struct expr){
			.type = EXPR_GIVEN, .at = s->statement.at, .is.base = base, .sweep = s
		};
	return e;
}

/* Up to the next '.'. */
static struct span take_name(const char **path)
{
	struct span name = span_of(*path, strcspn(*path, "."));

	*path += name.size + ((*path)[name.size] == '.');
	return name;
}

static bool add_step(struct sweep *s, struct step ***tail, struct span name)
{
	struct path *path = s->statement.edit.path;
	struct step *step = check_make(&s->check, sizeof(*step));

	if (!step)
		return false;
	step->axis = AXIS_CHILD;
	step->name = name;
	step->at = s->statement.at;
	**tail = step;
	*tail = &step->next;
	path->step_count++;
	return true;
}

/* The last step has the condition. */
static bool add_condition(struct sweep *s)
{
	struct step *last = s->statement.edit.path->steps;

	while (last->next)
		last = last->next;
	last->conditions = check_make(&s->check, sizeof(*last->conditions));
	if (last->conditions)
		last->conditions->expr = given(s, VALUE_BOOL);
	return last->conditions && last->conditions->expr;
}

static struct assignment *name_field(struct sweep *s, struct span field)
{
	struct assignment *a = check_make(&s->check, sizeof(*a));

	if (!a || !(a->names = check_make(&s->check, sizeof(*a->names))))
		return NULL;
	a->names->text = field;
	a->names->at = a->at = s->statement.at;
	return a;
}

/* "file_entry.isk.src_addr": steps, and the field behind the last '.'. */
static bool make_steps(struct sweep *s, const char *path, struct span *field)
{
	const struct message_type *m = NULL;
	struct path *made = check_make(&s->check, sizeof(*made));
	struct step **tail = made ? &made->steps : NULL;

	if (made)
		made->at = s->statement.at;
	s->statement.edit.path = made;
	*field = span_of(NULL, 0);
	while (made && *path) {
		struct span name = take_name(&path);
		const struct field_type *f = m ? message_field(m, (const char *)name.data,
							       name.size) :
						 NULL;

		if (f && !field_message(f)) {
			*field = name;
			s->field = f;
			return true;
		}
		m = m ? (f ? field_message(f) : NULL) :
			message_find((const char *)name.data, name.size);
		if (!m || !add_step(s, &tail, name))
			return false;
	}
	return made != NULL;
}

static bool make_statement(struct sweep *s, const struct rules_call *call, const char *path,
			   enum edit_type action)
{
	struct edit *edit = &s->statement.edit;
	struct assignment *named;
	struct span field;

	s->statement = (struct statement){
		.type = STATEMENT_EDIT,
		.at = { call->place, 1 },
		.rule = call->rule,
	};
	edit->action = action;
	edit->action_at = s->statement.at;
	if (!make_steps(s, path, &field) || !add_condition(s))
		return false;
	named = field.size ? name_field(s, field) : NULL;
	if (action == EDIT_DELETE) {
		edit->fields = named;
		return named || !field.size;
	}
	edit->assignments = named;
	return named && (named->value = given(s, VALUE_NONE));
}

static bool is_in_schema(const char *path)
{
	return message_find(path, strcspn(path, ".")) != NULL;
}

static int fail_made(const struct sweep *s, const char *path, struct error *err)
{
	if (s->check.no_memory)
		return fail_memory(err);
	return fail(err, "internal error: %s: %s", path,
		    s->found.count ? s->found.items[0].message : "no such field");
}

static int sweep(struct rules_call *call, const char *path, enum edit_type action,
		 rules_judge judge, void *ctx, struct error *err)
{
	struct sweep s = { .judge = judge, .ctx = ctx };
	int status = 0;

	if (!is_in_schema(path))
		return 0;
	s.diag.list = &s.found;
	s.check = (struct check){
		.diag = &s.diag,
		.unit = &s.unit,
		.setting = run_setting(call->run),
	};
	if (!make_statement(&s, call, path, action) || !check_edit(&s.check, &s.statement))
		status = fail_made(&s, path, err);
	if (status == 0)
		status = run_part(call->run, &s.statement, &call->matched, err);
	rules_diagnostics_free(&s.found);
	arena_free(&s.unit.arena);
	return status;
}

int rules_sweep(struct rules_call *call, const char *path, rules_judge judge, void *ctx,
		struct error *err)
{
	return sweep(call, path, EDIT_SET, judge, ctx, err);
}

int rules_sweep_delete(struct rules_call *call, const char *path, rules_judge judge, void *ctx,
		       struct error *err)
{
	return sweep(call, path, EDIT_DELETE, judge, ctx, err);
}
