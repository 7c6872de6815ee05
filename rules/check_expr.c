/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Expressions: types, and constants worked out on the spot.
 */
#include <string.h>

#include "check.h"
#include "eval.h"
#include "functions.h"
#include "shown.h"
#include "suggest_names.h"
#include "pattern.h"

/* --- constants --- */

static bool is_constant(const struct expr *e)
{
	switch (e->type) {
	case EXPR_VALUE:
		return true;
	case EXPR_UNARY:
		return is_constant(e->left);
	case EXPR_BINARY:
		return is_constant(e->left) && is_constant(e->right);
	case EXPR_LIST:
	case EXPR_CALL:
		if (e->type == EXPR_CALL && !e->function->pure)
			return false;
		for (size_t i = 0; i < e->arg_count; i++) {
			if (!is_constant(e->args[i]))
				return false;
		}
		return true;
	default:
		return false;
	}
}

static bool fold(struct check *c, struct expr *e)
{
	struct eval ev = { .scratch = &c->unit->arena, .steps = EVAL_STEPS_MAX };
	struct value value;
	struct error why;

	if (e->type == EXPR_VALUE || !is_constant(e))
		return true;
	if (eval_expr(&ev, e, NULL, &value, &why) < 0)
		return check_wrong(c, e->at, "%s", why.text);
	if (value.type == VALUE_NONE) /* of no use as a value; keep asking */
		return true;
	e->type = EXPR_VALUE;
	e->value = value;
	return true;
}

/* --- patterns --- */

const regex_t *check_regex(struct check *c, const struct expr *e)
{
	struct pattern *p;
	struct error why;

	if (e->type != EXPR_VALUE || e->value.type != VALUE_TEXT) {
		check_wrong(c, e->at, "a regular expression must be written out as text");
		return NULL;
	}
	p = check_make(c, sizeof(*p));
	if (!p)
		return NULL;
	if (regex_compile(&p->regex, e->value.text, &why) < 0) {
		check_wrong(c, e->at, "%s", why.text);
		return NULL;
	}
	p->next = c->unit->patterns;
	c->unit->patterns = p;
	return &p->regex;
}

/* A shell has words of its own for them. */
static void note_braces(struct check *c, const struct expr *e)
{
	const struct span text = e->value.text;
	const uint8_t *open = text.size ? memchr(text.data, '{', text.size) : NULL, *comma;
	size_t left = open ? (size_t)(text.data + text.size - open) : 0;

	comma = left ? memchr(open, ',', left) : NULL;
	if (comma && memchr(comma, '}', left - (size_t)(comma - open)))
		diag_note(c->diag, e->at,
			  "in a pattern '{', ',' and '}' stand for themselves; "
			  "for one of several write a condition for each, with 'or'");
}

bool check_glob(struct check *c, const struct expr *e)
{
	struct error why;

	if (e->type != EXPR_VALUE || e->value.type != VALUE_TEXT)
		return true;
	if (glob_judge(e->value.text, &why) < 0 || glob_judge_fits(e->value.text, &why) < 0)
		return check_wrong(c, e->at, "%s", why.text);
	note_braces(c, e);
	return true;
}

/* --- enums --- */

/* The name that the expression may be: a bare one, or text. */
static struct span spelled_name(const struct expr *e)
{
	if (e->type == EXPR_VALUE && e->value.type == VALUE_TEXT)
		return e->value.text;
	return check_is_bare_name(e) ? e->path->steps->name : span_of(NULL, 0);
}

#define ENUM_TOLD_MAX 12 /* values that are listed */

bool check_has_names(const struct field_type *f)
{
	return field_kind(f) == FIELD_ENUM || shown_whole_type(f) == VALUE_NUMBER ||
	       (!field_message(f) && shown_has_names(f));
}

static const char *type_of_names(const struct field_type *f)
{
	return field_enum_type(f) ? field_enum_type(f) : field_name(f);
}

static void put_enum_values(struct buffer *all, const struct field_type *f)
{
	size_t count = field_enum_count(f);

	for (size_t i = 0; i < count && i < ENUM_TOLD_MAX; i++)
		buffer_printf(all, "%s%s", i ? ", " : "", field_enum_name_at(f, i));
	buffer_text(all, count > ENUM_TOLD_MAX ? ", ..." : "");
	shown_put_names(all, f, ENUM_TOLD_MAX);
}

static void tell_enum_values(struct check *c, const struct expr *e, const struct field_type *f,
			     struct span name)
{
	cleanup_buffer struct buffer all = { 0 };

	put_enum_values(&all, f);
	if (!all.size)
		buffer_text(&all, "written like 8:1");
	check_wrong(c, e->at, "'%.*s' is not a value of %s; its values are %.*s",
		    (int)(name.size < 60 ? name.size : 60), (const char *)name.data,
		    type_of_names(f), (int)all.size, (const char *)all.data);
}

void check_note_unknown(struct check *c, struct extent at, const struct field_type *f,
			const struct value *v)
{
	cleanup_buffer struct buffer all = { 0 };

	if (v->type != VALUE_NUMBER || !shown_is_unknown(f, v->number))
		return;
	value_print(&all, *v);
	buffer_printf(&all, " is no value of %s that is known here; known are ", type_of_names(f));
	put_enum_values(&all, f);
	diag_note(c->diag, at, "%.*s", (int)all.size, (const char *)all.data);
}

static bool number_of_name(const struct field_type *f, struct span name, number_t *n)
{
	int32_t number;

	if (field_kind(f) != FIELD_ENUM)
		return shown_number(f, name, n);
	if (!field_enum_number(f, (const char *)name.data, name.size, &number))
		return false;
	*n = number;
	return true;
}

/* Of "O_RDWR | O_CLOEXEC" each by itself. */
static bool check_bits(struct check *c, struct expr *e, const struct field_type *f,
		       const struct object_type *o, bool *told)
{
	struct expr *sides[] = { e->left, e->right };

	for (size_t i = 0; i < 2; i++)
		if (!check_enum_name(c, sides[i], f, o, told) && *told)
			return false;
	*told = !check_expr(c, e, o);
	return !*told;
}

bool check_enum_name(struct check *c, struct expr *e, const struct field_type *f,
		     const struct object_type *o, bool *told)
{
	struct span name = spelled_name(e);
	struct suggestion s = suggest_for(name);
	number_t number;

	*told = false;
	if (e->type == EXPR_BINARY && e->op == OP_BITS)
		return check_bits(c, e, f, o, told);
	if (!name.size)
		return false;
	if (number_of_name(f, name, &number)) {
		e->type = EXPR_VALUE;
		e->value = value_number(number);
		e->is = (struct type){ .base = VALUE_NUMBER, .field = f };
		return true;
	}
	if (e->type == EXPR_PATH && check_find_name(c, e, o))
		return false;
	names_offer_enum(&s, f);
	shown_offer_names(f, &s);
	*told = true;
	if (s.best[0])
		check_wrong(c, e->at, "'%.*s' is not a value of %s%s",
			    (int)(name.size < 60 ? name.size : 60), (const char *)name.data,
			    type_of_names(f), suggest_text(&s));
	else
		tell_enum_values(c, e, f, name);
	return false;
}

/* --- the kinds of expressions --- */

static bool check_list(struct check *c, struct expr *e, const struct object_type *o)
{
	enum value_type element = VALUE_NONE;

	for (size_t i = 0; i < e->arg_count; i++) {
		struct expr *arg = e->args[i];

		if (!check_expr(c, arg, o))
			return false;
		if (arg->is.message || arg->is.base == VALUE_LIST)
			return check_wrong(c, arg->at, "a list holds single values");
		if (arg->is.base == VALUE_SET)
			return check_wrong(c, arg->at,
					   "a list holds single values; "
					   "numbers need a blank after the comma");
		if (element != VALUE_NONE && arg->is.base != VALUE_NONE && arg->is.base != element)
			return check_wrong(c, arg->at, "a list of %ss cannot hold %s",
					   value_type_name(element), type_words(&arg->is));
		if (arg->is.base != VALUE_NONE)
			element = arg->is.base;
	}
	e->is = (struct type){ .base = VALUE_LIST, .element = element };
	return true;
}

static bool check_self(struct check *c, struct expr *e, const struct object_type *o)
{
	if (!o->field)
		return check_wrong(c, e->at,
				   "'.' stands for a single value, and there is none here");
	e->is = type_of_field(o->field);
	if (shown_whole_type(o->field))
		e->is.field = NULL; /* names are for the whole */
	return true;
}

bool check_expr(struct check *c, struct expr *e, const struct object_type *o)
{
	bool good = false;

	if (!e)
		return false;
	switch (e->type) {
	case EXPR_VALUE:
		if (e->is.base == VALUE_NONE)
			e->is.base = e->value.type;
		return true;
	case EXPR_PATH:
		return check_path_name(c, e, o);
	case EXPR_SELF:
		return check_self(c, e, o);
	case EXPR_UNARY:
	case EXPR_BINARY:
		good = check_operator(c, e, o);
		break;
	case EXPR_LIST:
		good = check_list(c, e, o);
		break;
	case EXPR_CALL:
		good = check_call(c, e, o);
		break;
	default: /* checked before */
		return true;
	}
	return good && fold(c, e);
}

bool check_condition(struct check *c, struct expr *e, const struct object_type *o)
{
	if (!check_expr(c, e, o))
		return false;
	if (e->is.message)
		return check_wrong(c, e->at, "a message is not true or false; use exists(...)");
	if (e->is.base == VALUE_NUMBER)
		return check_wrong(c, e->at,
				   "a number is not true or false; compare it, "
				   "or write an index as digits");
	if (e->is.base != VALUE_BOOL && e->is.base != VALUE_NONE)
		return check_wrong(c, e->at, "%s is not true or false; compare it with something",
				   type_words(&e->is));
	return true;
}
