/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths: what each step can stand at, and whether its conditions make sense
 * there.
 */
#include "check.h"
#include "shown.h"
#include "suggest_names.h"
#include "match_plan.h"

/* The types that a step starts from, walked once each. */
struct frontier {
	const struct message_type *types[256];
	size_t count;
};

static void add_type(struct frontier *fr, const struct message_type *m)
{
	for (size_t i = 0; i < fr->count; i++) {
		if (fr->types[i] == m)
			return;
	}
	if (fr->count < sizeof(fr->types) / sizeof(*fr->types))
		fr->types[fr->count++] = m;
}

/* --- targets --- */

static bool has_target(const struct step *step, const struct field_type *f)
{
	for (const struct target *t = step->targets; t; t = t->next) {
		if (t->field == f)
			return true;
	}
	return false;
}

static void add_target(struct check *c, struct step *step, const struct field_type *f)
{
	struct target **tail = &step->targets;

	if (has_target(step, f))
		return;
	while (*tail)
		tail = &(*tail)->next;
	*tail = check_make(c, sizeof(**tail));
	if (*tail) {
		(*tail)->field = f;
		(*tail)->message = field_message(f);
	}
}

static void add_child_targets(struct check *c, struct step *step, const struct frontier *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct field_type *f = message_field(
			from->types[i], (const char *)step->name.data, step->name.size);

		if (f)
			add_target(c, step, f);
	}
}

/* The frontier grows by all types below it; each gives its field of the name. */
static void add_deep_targets(struct check *c, struct step *step, struct frontier *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct message_type *m = from->types[i];

		for (size_t k = 0; k < message_field_count(m); k++) {
			const struct field_type *f = message_field_at(m, k);

			if (field_message(f))
				add_type(from, field_message(f));
			if (span_is(step->name, field_name(f)))
				add_target(c, step, f);
		}
	}
}

/* Does the field stand further down? */
static bool is_deeper(struct check *c, const struct step *step, const struct frontier *from)
{
	struct step trial = { .axis = AXIS_DEEP, .name = step->name };
	struct frontier below = *from;

	add_deep_targets(c, &trial, &below);
	return trial.targets != NULL;
}

static bool no_such_field(struct check *c, const struct step *step, const struct frontier *from)
{
	struct suggestion s = suggest_for(step->name);
	int size = (int)step->name.size;
	const char *name = (const char *)step->name.data;
	char hint[NAMES_HINT_SIZE];

	for (size_t i = 0; i < from->count; i++)
		names_offer_fields(&s, from->types[i]);
	if (step->axis == AXIS_DEEP)
		return check_wrong(c, step->at, "no field '%.*s' at any depth of %s%s", size, name,
				   message_name(from->types[0]), suggest_text(&s));
	if (!s.best[0] && is_deeper(c, step, from))
		return check_wrong(c, step->at,
				   "%s has no field '%.*s'; it is deeper down, write '//%.*s'",
				   message_name(from->types[0]), size, name, size, name);
	return check_wrong(
		c, step->at, "%s has no field '%.*s'%s", message_name(from->types[0]), size, name,
		*suggest_text(&s) ? suggest_text(&s) : names_field_hint(&s, from->types[0], hint));
}

/* --- conditions --- */

static bool check_index(struct check *c, struct path *path, struct condition *cond)
{
	if (path->index_count == PATH_INDEXES_MAX)
		return check_wrong(c, cond->at, "a path has more than %d indexes",
				   PATH_INDEXES_MAX);
	cond->ordinal = path->index_count++;
	return true;
}

static bool check_conditions(struct check *c, const struct step *step, struct target *t)
{
	struct object_type o = { .message = t->message, .field = t->field, .in_image = true };
	bool good = true;

	if (t->message)
		o.field = NULL;
	t->conditions = check_copy_conditions(c, step->conditions);
	for (struct condition *cond = t->conditions; cond; cond = cond->next) {
		if (cond->expr)
			good = check_condition(c, cond->expr, &o) && good;
	}
	return good;
}

/* Leaves out the targets for which the conditions make no sense. */
static bool choose_targets(struct check *c, struct step *step)
{
	struct target *all = step->targets, **tail = &step->targets, *next;
	bool muted = c->diag->muted;

	if (!all->next)
		return check_conditions(c, step, all);
	step->targets = NULL;
	c->diag->muted = true;
	for (struct target *t = all; t; t = next) {
		size_t before = c->diag->count;

		next = t->next;
		if (check_conditions(c, step, t)) {
			*tail = t;
			tail = &t->next;
			t->next = NULL;
		}
		c->diag->count = before;
	}
	c->diag->muted = muted;
	return step->targets || check_conditions(c, step, all);
}

/* --- steps --- */

static bool scalar_before(struct check *c, const struct step *step, const struct step *before)
{
	return check_wrong(c, step->at, "'%.*s' is a single value and has no fields",
			   (int)before->name.size, (const char *)before->name.data);
}

/* Where the next step starts. */
static bool step_into(const struct step *step, struct frontier *fr)
{
	fr->count = 0;
	for (const struct target *t = step->targets; t; t = t->next) {
		if (t->message)
			add_type(fr, t->message);
	}
	return fr->count > 0;
}

static bool index_conditions(struct check *c, struct path *path, struct step *step)
{
	for (struct condition *cond = step->conditions; cond; cond = cond->next) {
		if (!cond->expr && !check_index(c, path, cond))
			return false;
	}
	return true;
}

static bool check_step(struct check *c, struct path *path, struct step *step, struct frontier *fr)
{
	if (step->axis == AXIS_CHILD)
		add_child_targets(c, step, fr);
	else
		add_deep_targets(c, step, fr);
	if (!step->targets)
		return no_such_field(c, step, fr);
	return index_conditions(c, path, step) && choose_targets(c, step);
}

/* Can the step match more than one thing below one object? */
static bool step_is_single(const struct step *step)
{
	for (const struct condition *cond = step->conditions; cond; cond = cond->next) {
		if (!cond->expr)
			return step->axis == AXIS_CHILD;
	}
	return step->axis == AXIS_CHILD && field_label(step->targets->field) != FIELD_REPEATED;
}

/* The steps from `step` on, which is the index-th, below messages of type m. */
static bool check_steps(struct check *c, struct path *path, struct step *step, size_t index,
			const struct message_type *m)
{
	struct frontier fr = { .types = { m }, .count = 1 };
	size_t first = index;
	const struct step *before = NULL;

	for (; step; before = step, step = step->next) {
		if (before && !step_into(before, &fr))
			return scalar_before(c, step, before);
		if (!check_step(c, path, step, &fr))
			return false;
		path->single = path->single && step_is_single(step);
		path->table[index++] = step;
	}
	path->plan = match_plan_build(&c->unit->arena, path, first, m);
	return path->plan || check_wrong(c, path->at, "out of memory");
}

static bool no_entry(struct check *c, const struct step *step, const struct message_type *m)
{
	char home[128];

	if (names_find_home(m, home, sizeof(home)))
		return check_wrong(c, step->at, "%s is not the entry of an image; it is part of %s",
				   message_name(m), home);
	return check_wrong(c, step->at, "%s is not the entry of an image", message_name(m));
}

bool check_entry_path(struct check *c, struct path *path)
{
	struct step *entry = path->steps;
	const struct message_type *m = message_find((const char *)entry->name.data,
						    entry->name.size);

	if (!m)
		return check_wrong(c, entry->at, "unknown message");
	if (!names_is_entry(m))
		return no_entry(c, entry, m);
	entry->axis = AXIS_ENTRY;
	entry->targets = check_make(c, sizeof(*entry->targets));
	if (!entry->targets)
		return false;
	entry->targets->message = m;
	path->single = false;
	path->table[0] = entry;
	if (!index_conditions(c, path, entry) || !check_conditions(c, entry, entry->targets))
		return false;
	return check_steps(c, path, entry->next, 1, m);
}

/* --- paths in expressions --- */

static bool is_chain(const struct path *path)
{
	for (const struct step *s = path->steps; s; s = s->next) {
		if (s->axis != AXIS_CHILD || s->conditions)
			return false;
	}
	return true;
}

/* What the words of one field are together, an IP address say: a list only in the image. */
static enum value_type whole_type(const struct path *path)
{
	const struct step *last = path->table[path->step_count - 1];

	for (size_t i = 0; i + 1 < path->step_count; i++)
		if (!path->table[i]->targets->field || !step_is_single(path->table[i]))
			return VALUE_NONE;
	if (last->axis != AXIS_CHILD || last->conditions || !last->targets->field)
		return VALUE_NONE;
	return shown_whole_type(last->targets->field);
}

static void set_path_type(struct expr *e, const struct path *path)
{
	const struct target *t = path->table[path->step_count - 1]->targets;

	e->is = t->message ? (struct type){ .message = true } : type_of_field(t->field);
	for (const struct target *other = t->next; other && !t->message; other = other->next) {
		struct type is = type_of_field(other->field);

		if (is.base != e->is.base)
			e->is = (struct type){ .base = VALUE_NONE };
	}
	if (whole_type(path)) {
		e->is.base = whole_type(path);
		return;
	}
	if (!t->message && shown_whole_type(t->field))
		e->is.field = NULL; /* names are for the whole */
	if (!path->single && !e->is.message) {
		e->is.element = e->is.base;
		e->is.base = VALUE_LIST;
	}
}

/* The common case gets a form of its own: the fields to read. */
static bool make_chain(struct check *c, struct expr *e, const struct path *path)
{
	struct chain chain = { .count = path->step_count, .many = !path->single };

	chain.fields = check_make(c, chain.count * sizeof(*chain.fields));
	if (!chain.fields)
		return false;
	for (size_t i = 0; i < chain.count; i++)
		chain.fields[i] = path->table[i]->targets->field;
	e->type = EXPR_CHAIN;
	e->chain = chain;
	return true;
}

static bool refuse_float(struct check *c, const struct expr *e)
{
	if (e->is.field && !e->is.message && field_kind(e->is.field) == FIELD_FLOAT)
		return check_wrong(c, e->at, "floating point fields can be shown, not used");
	return true;
}

bool check_local_path(struct check *c, struct expr *e, const struct object_type *o)
{
	struct path *path = e->path;

	path->single = true;
	if (!check_steps(c, path, path->steps, 0, o->message))
		return false;
	set_path_type(e, path);
	e->type = EXPR_FIELDS;
	return refuse_float(c, e) && (!is_chain(path) || make_chain(c, e, path));
}

bool check_global_path(struct check *c, struct expr *e, const struct object_type *o)
{
	if (o->in_image)
		return check_wrong(c, e->at,
				   "images can be queried in when, require and let, not here");
	e->type = EXPR_IMAGES;
	if (!check_entry_path(c, e->path))
		return false;
	set_path_type(e, e->path);
	return refuse_float(c, e);
}
