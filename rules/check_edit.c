/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Actions: whether they can be done to what their path matches.
 */
#include <string.h>

#include "args.h"
#include "check.h"
#include "suggest_names.h"

/* The checker of one action for one target; fills t->action. */
typedef bool (*edit_check)(struct check *c, const struct edit *edit, struct target *t);

static struct object_type object_of(const struct target *t)
{
	struct object_type o = { .message = t->message, .in_image = true };

	if (t->message)
		o.where = t->conditions;
	else
		o.field = t->field;
	return o;
}

/* --- set --- */

static bool set_single(struct check *c, const struct edit *edit, struct target *t)
{
	const struct assignment *a = edit->assignments;
	struct object_type o = object_of(t);
	struct write *w;

	if (a->names || a->next)
		return check_wrong(c, a->names ? a->at : a->next->at,
				   "the path ends at a single value; write 'set .=...'");
	if (a->is_block)
		return check_wrong(c, a->at, "'%s' is not a message", field_name(t->field));
	w = check_make(c, sizeof(*w));
	if (!w)
		return false;
	w->at = a->at;
	w->field = t->field;
	w->value = check_copy_expr(c, a->value);
	t->action->writes = w;
	return w->value && check_value(c, w->value, t->field, &o, true) &&
	       check_text_of_field(c, t->field, w->value, &o) &&
	       (w->value->is.base != VALUE_LIST ||
		check_wrong(c, w->value->at, "one element cannot become a list"));
}

static bool check_set(struct check *c, const struct edit *edit, struct target *t)
{
	struct object_type o = object_of(t);

	if (!t->message)
		return set_single(c, edit, t);
	t->action->writes = check_writes(c, edit->assignments, t->message, &o, false);
	return t->action->writes != NULL;
}

/* --- add --- */

static bool judge_added(struct check *c, const struct write *w)
{
	const struct field_type *f = w->field;

	if (field_label(f) == FIELD_REPEATED)
		return true;
	if (w->value)
		return check_wrong(c, w->at, "'%s' is not a list; use set", field_name(f));
	if (field_label(f) == FIELD_REQUIRED)
		return check_wrong(c, w->at, "'%s' is already there; use set", field_name(f));
	return true;
}

/* Kinds that a new entry may be meant for, from index *at on. */
static const struct image_kind *next_kind(const struct message_type *m, size_t *at)
{
	const struct image_kind *kind = kind_of_message(m, at);

	while (kind && kind_is_record(kind))
		kind = kind_of_message(m, at);
	return kind;
}

/* A new entry knows no other that its values could be about. */
static bool check_add_entry(struct check *c, const struct edit *edit, struct target *t)
{
	struct object_type nothing = { .message = NULL };
	const struct image_kind *kind, *other;
	const char *lacking;
	size_t at = 0;

	if (edit->path->step_count > 1)
		return check_wrong(c, edit->action_at,
				   "'add {' makes an entry of an image; in a message name the "
				   "field: 'add %s ...'",
				   field_name(message_field_at(t->message, 0)));
	kind = next_kind(t->message, &at);
	other = kind ? next_kind(t->message, &at) : NULL;
	if (other && !t->conditions)
		return check_wrong(c, edit->action_at,
				   "%s is the entry of %s and of %s; say which: %s[image.kind = "
				   "\"%s\"] add ...",
				   message_name(t->message), kind->pattern, other->pattern,
				   message_name(t->message), kind->name);
	t->action->writes = check_writes(c, edit->assignments, t->message, &nothing, true);
	if (!t->action->writes)
		return false;
	lacking = check_lacking(t->message, t->action->writes);
	return !lacking || check_wrong(c, edit->action_at, "%s needs the field '%s'",
				       message_name(t->message), lacking);
}

static bool check_add(struct check *c, const struct edit *edit, struct target *t)
{
	struct object_type o = object_of(t);

	if (edit->adds_entry && t->message)
		return check_add_entry(c, edit, t);

	if (!t->message)
		return check_wrong(c, edit->action_at, "'%s' is not a message, it has no fields",
				   field_name(t->field));
	for (const struct assignment *a = edit->assignments; a; a = a->next) {
		if (a->names && a->names->next)
			return check_wrong(c, a->at, "put '%.*s' into the path",
					   (int)a->names->text.size,
					   (const char *)a->names->text.data);
	}
	t->action->writes = check_writes(c, edit->assignments, t->message, &o, true);
	for (const struct write *w = t->action->writes; w; w = w->next) {
		if (!judge_added(c, w))
			return false;
	}
	return t->action->writes != NULL;
}

/* --- get and delete --- */

static bool refuse_required(struct check *c, struct extent at, const struct field_type *f)
{
	if (field_label(f) != FIELD_REQUIRED)
		return true;
	return check_wrong(c, at, "'%s' is required and cannot be deleted", field_name(f));
}

static bool resolve_names(struct check *c, const struct assignment *a, const struct message_type *m,
			  bool delete, struct chain *chain)
{
	chain->fields = check_make(c, PATH_STEPS_MAX * sizeof(*chain->fields));
	for (const struct name *n = a->names; n && chain->fields; n = n->next) {
		const struct field_type *f = check_field(c, n, m);

		if (!f)
			return false;
		if (chain->count == PATH_STEPS_MAX)
			return check_wrong(c, n->at, "nested more than %d deep", PATH_STEPS_MAX);
		chain->fields[chain->count++] = f;
		if (!n->next)
			return !delete || refuse_required(c, n->at, f);
		m = field_message(f);
		if (!m)
			return check_wrong(c, n->next->at,
					   "'%s' is a single value and has no fields",
					   field_name(f));
		if (field_label(f) == FIELD_REPEATED && delete)
			return check_wrong(c, n->at, "'%s' is repeated; put it into the path",
					   field_name(f));
	}
	return false;
}

static bool same_chain(const struct chain *a, const struct chain *b)
{
	return a->count == b->count &&
	       memcmp(a->fields, b->fields, a->count * sizeof(*a->fields)) == 0;
}

static bool check_names(struct check *c, const struct edit *edit, struct target *t)
{
	struct target_edit *action = t->action;
	size_t count = 0;

	if (edit->fields && !t->message)
		return check_wrong(c, edit->fields->at, "'%s' is a single value and has no fields",
				   field_name(t->field));
	for (const struct assignment *a = edit->fields; a; a = a->next)
		count++;
	action->fields = check_make(c, (count + 1) * sizeof(*action->fields));
	if (!action->fields)
		return false;
	for (const struct assignment *a = edit->fields; a; a = a->next) {
		struct chain *chain = &action->fields[action->field_count];

		if (!resolve_names(c, a, t->message, edit->action == EDIT_DELETE, chain))
			return false;
		for (size_t i = 0; i < action->field_count; i++) {
			if (same_chain(&action->fields[i], chain))
				return check_wrong(c, a->at, "this field is named twice");
		}
		action->field_count++;
	}
	return true;
}

static bool is_head(const struct message_type *m)
{
	size_t at = 0;
	const struct image_kind *kind;

	while ((kind = kind_of_message(m, &at))) {
		if (kind->head == m)
			return true;
	}
	return false;
}

static bool check_delete(struct check *c, const struct edit *edit, struct target *t)
{
	if (edit->fields)
		return check_names(c, edit, t);
	if (t->field)
		return refuse_required(c, edit->path->at, t->field);
	if (is_head(t->message))
		return check_wrong(c, edit->path->at, "an image cannot do without its %s",
				   message_name(t->message));
	return true;
}

/* --- verbs --- */

/* The nearest action that the message has, or all of them. */
static bool unknown_action(struct check *c, const struct edit *edit, const struct message_type *m)
{
	static const char *const words[] = { "set", "get", "delete", "add" };
	struct suggestion s = suggest_for(edit->verb_name);
	cleanup_buffer struct buffer all = { 0 };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		suggest_offer(&s, words[i]);
	for (size_t i = 0; i < c->setting->verb_count; i++) {
		const struct rules_verb *v = c->setting->verbs[i];

		if (!m || !v->message || strcmp(v->message, message_name(m)) != 0)
			continue;
		suggest_offer(&s, v->name);
		buffer_printf(&all, ", %s", v->name);
	}
	if (s.best[0] || all.failed)
		check_wrong(c, edit->action_at, "unknown action '%.*s'%s",
			    (int)edit->verb_name.size, (const char *)edit->verb_name.data,
			    suggest_text(&s));
	else
		check_wrong(c, edit->action_at,
			    "unknown action '%.*s'; the actions are set, get, delete, add%.*s",
			    (int)edit->verb_name.size, (const char *)edit->verb_name.data,
			    (int)all.size, (const char *)all.data);
	return false;
}

static bool no_such_verb(struct check *c, const struct edit *edit, const struct message_type *m)
{
	for (size_t i = 0; i < c->setting->verb_count; i++) {
		const struct rules_verb *v = c->setting->verbs[i];

		if (span_is(edit->verb_name, v->name))
			return check_wrong(c, edit->action_at, "'%s' is an action of %s", v->name,
					   v->message ? v->message :
							"the checkpoint; it stands alone");
	}
	return unknown_action(c, edit, m);
}

static const struct rules_verb *find_verb(const struct check *c, const struct edit *edit,
					  const struct message_type *m)
{
	for (size_t i = 0; i < c->setting->verb_count; i++) {
		const struct rules_verb *v = c->setting->verbs[i];
		const char *message = m ? message_name(m) : "";

		if (span_is(edit->verb_name, v->name) &&
		    strcmp(v->message ? v->message : "", message) == 0)
			return v;
	}
	return NULL;
}

/* Values in parentheses are worked out now when they are constant; else the
 * verb sees VALUE_NONE until it runs. */
static bool check_argument(struct check *c, struct argument *a)
{
	struct object_type nothing = { 0 };

	if (!a->expr)
		return true;
	if (!check_expr(c, a->expr, &nothing))
		return false;
	if (a->expr->is.message)
		return check_wrong(c, a->expr->at, "a message has no value");
	if (a->expr->type == EXPR_VALUE) {
		a->given.value = a->expr->value;
		a->expr = NULL;
	}
	return true;
}

static bool judge_arguments(struct check *c, const struct edit *edit)
{
	struct rules_argument *args = check_make(c, (edit->argument_count + 1) * sizeof(*args));
	struct verb_args given = { args, edit->argument_count, 0 };
	struct extent at = edit->action_at;
	struct argument *a = edit->arguments;
	struct error why = { "" };
	const void *wish;

	if (!args)
		return false;
	for (size_t i = 0; a; a = a->next)
		args[i++] = a->given;
	if (verb_read(edit->verb, &given, &c->unit->arena, &wish, &why) == 0)
		return true;
	a = edit->arguments;
	for (size_t i = 0; a; a = a->next, i++) {
		at = a->at;
		if (i == given.at)
			break;
	}
	if (!a) { /* something is missing behind the last */
		at.place.column += at.width;
		at.width = 1;
	}
	return check_wrong(c, at, "%s (usage: %s)", why.text, edit->verb->usage);
}

static bool check_verb(struct check *c, const struct edit *edit, struct target *t)
{
	for (struct argument *a = edit->arguments; a; a = a->next) {
		if (!check_argument(c, a))
			return false;
	}
	return judge_arguments(c, edit);
}

/* --- the statement --- */

static const edit_check edit_checks[] = {
	[EDIT_SET] = check_set, [EDIT_GET] = check_names, [EDIT_DELETE] = check_delete,
	[EDIT_ADD] = check_add, [EDIT_VERB] = check_verb,
};

static bool check_action(struct check *c, const struct edit *edit, struct target *t)
{
	t->action = check_make(c, sizeof(*t->action));
	return t->action && edit_checks[edit->action](c, edit, t);
}

/* As with conditions: targets that the action makes no sense for are left out. */
static bool check_actions(struct check *c, const struct edit *edit, struct target **targets)
{
	struct target *all = *targets, **tail = targets, *next;
	bool muted = c->diag->muted;

	if (!all->next)
		return check_action(c, edit, all);
	*targets = NULL;
	c->diag->muted = true;
	for (struct target *t = all; t; t = next) {
		size_t before = c->diag->count;

		next = t->next;
		if (check_action(c, edit, t)) {
			*tail = t;
			tail = &t->next;
			t->next = NULL;
		}
		c->diag->count = before;
	}
	c->diag->muted = muted;
	return *targets || check_action(c, edit, all);
}

bool check_edit(struct check *c, struct statement *s)
{
	struct edit *edit = &s->edit;
	struct step *last;
	struct target *t;

	if (!edit->path) {
		edit->verb = find_verb(c, edit, NULL);
		return check_verb(c, edit, NULL);
	}
	if (!check_entry_path(c, edit->path))
		return false;
	for (last = edit->path->steps; last->next; last = last->next)
		;
	edit->root = edit->path->steps->targets->message;
	if (edit->action == EDIT_VERB) {
		t = last->targets;
		edit->verb = t->message ? find_verb(c, edit, t->message) : NULL;
		if (!edit->verb)
			return no_such_verb(c, edit, t->message);
	}
	return check_actions(c, edit, &last->targets);
}
