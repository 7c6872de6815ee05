/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Operators: which types go together, and comparisons that can never be true.
 */
#include "address.h"
#include "check.h"
#include "shown.h"

static bool is_known(const struct type *t)
{
	return t->base != VALUE_NONE;
}

static bool refuse_message(struct check *c, const struct expr *e)
{
	if (!e->is.message)
		return true;
	return check_wrong(c, e->at,
			   "a message has no value; name one of its fields, or use exists(...)");
}

static const struct field_type *enum_field(const struct expr *e)
{
	if (!e->is.field || e->is.message || !check_has_names(e->is.field))
		return NULL;
	return e->is.field;
}

/* --- operands --- */

/* One side of a comparison whose other side is a value of an enum. */
static bool check_enum_side(struct check *c, struct expr *e, const struct field_type *f,
			    const struct object_type *o)
{
	bool told;

	if (e->type == EXPR_LIST) {
		for (size_t i = 0; i < e->arg_count; i++) {
			if (!check_enum_side(c, e->args[i], f, o))
				return false;
		}
		return check_expr(c, e, o);
	}
	return check_enum_name(c, e, f, o, &told) || (!told && check_expr(c, e, o));
}

/* NAME, or NAME | NAME, that is none but beside a field. */
static bool is_name_of_value(struct check *c, const struct expr *e, const struct object_type *o)
{
	while (e->type == EXPR_BINARY && e->op == OP_BITS)
		e = e->left;
	return check_is_bare_name(e) && !check_find_name(c, e, o);
}

/* The side that is surely no name of an enum first: it may say which enum. */
static bool check_sides(struct check *c, struct expr *e, const struct object_type *o)
{
	bool swap = is_name_of_value(c, e->left, o);
	struct expr *first = swap ? e->right : e->left, *second = swap ? e->left : e->right;

	if (!check_expr(c, first, o) || !refuse_message(c, first))
		return false;
	if (enum_field(first) ? !check_enum_side(c, second, enum_field(first), o) :
				!check_expr(c, second, o))
		return false;
	return refuse_message(c, second);
}

/* --- addresses --- */

/* Text that is written out beside an address is one. */
static bool adapt_text(struct check *c, const struct expr *address, struct expr *text)
{
	struct value v;

	if (address->is.base != VALUE_ADDRESS || text->type != EXPR_VALUE ||
	    text->value.type != VALUE_TEXT)
		return true;
	if (!address_parse(text->value.text, &v))
		return check_wrong(c, text->at, "'%.*s' is not an IP address, a subnet or a MAC",
				   (int)(text->value.text.size < 60 ? text->value.text.size : 60),
				   (const char *)text->value.text.data);
	text->value = v;
	text->is.base = VALUE_ADDRESS;
	return true;
}

/* May a value of this type stand for an address? */
static bool is_address_like(const struct type *t)
{
	return t->base == VALUE_ADDRESS || t->base == VALUE_TEXT ||
	       (t->base == VALUE_LIST && t->element != VALUE_TEXT && t->element != VALUE_BOOL);
}

/* --- comparisons --- */

static bool never_equal(struct check *c, const struct expr *e)
{
	const struct type *l = &e->left->is, *r = &e->right->is;
	const char *hint = "";

	if (l->base == VALUE_LIST || r->base == VALUE_LIST)
		hint = "; to look into a list use 'in'";
	else if (l->base == VALUE_TEXT && r->base == VALUE_NUMBER)
		hint = "; put the number in quotes, or use number(...)";
	else if (l->base == VALUE_NUMBER && r->base == VALUE_TEXT)
		hint = "; use number(...)";
	return check_wrong(c, e->at, "%s and %s are never equal%s", type_words(l), type_words(r),
			   hint);
}

static bool is_set_like(const struct type *t)
{
	return t->base == VALUE_SET || t->base == VALUE_NUMBER || t->base == VALUE_TEXT;
}

/* A number is never several numbers. */
static bool judge_number_and_set(struct check *c, const struct expr *e, const struct expr *number,
				 const struct expr *set)
{
	if (number->is.base != VALUE_NUMBER || set->type != EXPR_VALUE ||
	    set->value.type != VALUE_SET || value_set_count(set->value) == 1)
		return true;
	return check_wrong(c, e->at, "a number and a set of several are never equal; use 'in'");
}

static bool check_equal(struct check *c, struct expr *e)
{
	const struct type *l = &e->left->is, *r = &e->right->is;

	if (!is_known(l) || !is_known(r))
		return true;
	if (l->base == VALUE_ADDRESS || r->base == VALUE_ADDRESS)
		return (is_address_like(l) && is_address_like(r)) || never_equal(c, e);
	if (l->base == VALUE_SET || r->base == VALUE_SET) {
		if (!is_set_like(l) || !is_set_like(r))
			return never_equal(c, e);
		return check_set_text(c, e->left) && check_set_text(c, e->right) &&
		       judge_number_and_set(c, e, e->left, e->right) &&
		       judge_number_and_set(c, e, e->right, e->left);
	}
	if (l->base == VALUE_LIST && r->base == VALUE_LIST && l->element != r->element &&
	    l->element != VALUE_NONE && r->element != VALUE_NONE)
		return check_wrong(c, e->at, "a list of %ss and a list of %ss are never equal",
				   value_type_name(l->element), value_type_name(r->element));
	return l->base == r->base || never_equal(c, e);
}

static bool check_order(struct check *c, struct expr *e)
{
	const struct expr *sides[] = { e->left, e->right };

	for (size_t i = 0; i < 2; i++) {
		const struct type *t = &sides[i]->is;

		if (!is_known(t) || t->base == VALUE_NUMBER)
			continue;
		return check_wrong(c, sides[i]->at, "numbers are ordered, %s is not%s",
				   type_words(t),
				   t->base == VALUE_TEXT ? "; use number(...) or newer(...)" : "");
	}
	return true;
}

static bool check_pattern(struct check *c, struct expr *e)
{
	const struct expr *sides[] = { e->left, e->right };

	for (size_t i = 0; i < 2; i++) {
		if (is_known(&sides[i]->is) && sides[i]->is.base != VALUE_TEXT)
			return check_wrong(
				c, sides[i]->at, "patterns are for text, not for %s%s",
				type_words(&sides[i]->is),
				i == 0 && sides[i]->is.base != VALUE_LIST ? "; use text(...)" : "");
	}
	if (e->op == OP_GLOB)
		return check_glob(c, e->right);
	e->regex = check_regex(c, e->right);
	return e->regex != NULL;
}

static bool check_in_list(struct check *c, const struct expr *e)
{
	const struct type *l = &e->left->is;
	enum value_type element = e->right->is.element;

	if (!is_known(l) || element == VALUE_NONE || l->base == element)
		return true;
	if ((l->base == VALUE_ADDRESS && element == VALUE_TEXT) ||
	    (l->base == VALUE_TEXT && element == VALUE_ADDRESS))
		return true;
	return check_wrong(c, e->at, "%s is never in a list of %ss", type_words(l),
			   value_type_name(element));
}

/* [O_APPEND in flags]: not the other way round, and O_RDONLY is no flag. */
static bool check_flags(struct check *c, const struct expr *e)
{
	if (e->right->type == EXPR_VALUE)
		return check_wrong(c, e->at, "flags are looked for in a field: 'FLAG in FIELD'");
	if (e->left->type == EXPR_VALUE && e->left->value.type == VALUE_NUMBER &&
	    e->left->value.number == 0)
		return check_wrong(c, e->left->at,
				   "this is 0, which no field has as a flag; "
				   "compare the bits: 'bits(FIELD, MASK) = 0'");
	return true;
}

static bool check_in(struct check *c, struct expr *e)
{
	const struct type *l = &e->left->is, *r = &e->right->is;

	if (l->base == VALUE_LIST)
		return check_wrong(c, e->left->at, "'in' looks for one value, not for a list");
	if (r->base == VALUE_LIST)
		return check_in_list(c, e);
	if (r->base == VALUE_ADDRESS)
		return !is_known(l) || is_address_like(l) ||
		       check_wrong(c, e->at, "%s is never in a subnet", type_words(l));
	if (r->base == VALUE_SET && (is_set_like(l) || !is_known(l)))
		return check_set_text(c, e->left);
	if (r->base == VALUE_SET)
		return check_wrong(c, e->at, "%s is never in a set", type_words(l));
	if (r->base == VALUE_NUMBER && (l->base == VALUE_NUMBER || !is_known(l)) && r->field &&
	    shown_has_flags(r->field))
		return check_flags(c, e);
	if (r->base == VALUE_NUMBER && l->base == VALUE_NUMBER)
		return check_wrong(c, e->right->at, "'in' looks into a set or a list; use '='");
	if (is_known(r))
		return check_wrong(c, e->right->at,
				   "'in' looks into a set or a list, not into %s%s", type_words(r),
				   r->base != VALUE_TEXT ? "" :
				   l->base == VALUE_TEXT ? "; use '~ \"*...*\"'" :
							   "; use set(...)");
	return true;
}

/* --- arithmetic and logic --- */

static bool check_plus(struct check *c, struct expr *e)
{
	const struct type *l = &e->left->is, *r = &e->right->is;

	e->is.base = l->base != VALUE_NONE ? l->base : r->base;
	if (l->base == r->base || !is_known(l) || !is_known(r)) {
		if (e->is.base == VALUE_NONE || e->is.base == VALUE_NUMBER ||
		    e->is.base == VALUE_TEXT)
			return true;
	}
	if (l->base == VALUE_SET || r->base == VALUE_SET)
		return check_wrong(c, e->op_at, "'+' adds numbers or joins texts; use union(...)");
	return check_wrong(c, e->op_at, "'+' adds numbers or joins texts, not %s and %s%s",
			   type_words(l), type_words(r),
			   l->base == VALUE_TEXT || r->base == VALUE_TEXT ?
				   "; use text(...) or number(...)" :
				   "");
}

static bool check_number(struct check *c, const struct expr *e, const char *op)
{
	if (!is_known(&e->is) || e->is.base == VALUE_NUMBER)
		return true;
	return check_wrong(c, e->at, "'%s' is for numbers, not for %s%s", op, type_words(&e->is),
			   e->is.base == VALUE_SET  ? "; use minus(...)" :
			   e->is.base == VALUE_TEXT ? "; use number(...)" :
						      "");
}

static bool check_logic(struct check *c, struct expr *e, const struct object_type *o)
{
	bool good = check_condition(c, e->left, o);

	e->is.base = VALUE_BOOL;
	return (!e->right || check_condition(c, e->right, o)) && good;
}

static bool check_negate(struct check *c, struct expr *e, const struct object_type *o)
{
	e->is.base = VALUE_NUMBER;
	return check_expr(c, e->left, o) && refuse_message(c, e->left) &&
	       check_number(c, e->left, "-");
}

bool check_operator(struct check *c, struct expr *e, const struct object_type *o)
{
	if (e->op == OP_OR || e->op == OP_AND || e->op == OP_NOT)
		return check_logic(c, e, o);
	if (e->op == OP_NEGATE)
		return check_negate(c, e, o);
	if (!check_sides(c, e, o) || !adapt_text(c, e->left, e->right) ||
	    !adapt_text(c, e->right, e->left))
		return false;
	if (e->op != OP_REGEX && e->op != OP_PLUS &&
	    !(check_text(c, e->left, e->right) && check_text(c, e->right, e->left)))
		return false;
	e->is.base = VALUE_BOOL;
	switch (e->op) {
	case OP_EQUAL:
	case OP_UNEQUAL:
		return check_equal(c, e);
	case OP_GLOB:
	case OP_REGEX:
		return check_pattern(c, e);
	case OP_IN:
		return check_in(c, e);
	case OP_PLUS:
		return check_plus(c, e);
	case OP_MINUS:
	case OP_BITS:
		e->is.base = VALUE_NUMBER;
		return check_number(c, e->left, e->op == OP_BITS ? "|" : "-") &&
		       check_number(c, e->right, e->op == OP_BITS ? "|" : "-");
	default:
		return check_order(c, e);
	}
}
