/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Operators on values. With a missing operand comparisons are not true, "!="
 * is (it is the opposite of "="), and sums are missing.
 */
#include "address.h"
#include "eval.h"
#include "pattern.h"
#include "text.h"

/* Sets and texts: the text counts as the set that it spells, if it does. */
static int set_and_text(struct eval *ev, const struct value *set, const struct value *text,
			bool *equal, struct error *err)
{
	struct value read;
	struct error why;

	*equal = value_set_parse(ev->scratch, text->text, &read, &why) == 0 &&
		 value_equal(*set, read);
	return 0;
}

static int is_equal(struct eval *ev, const struct value *l, const struct value *r, bool *equal,
		    struct error *err)
{
	if (l->type == VALUE_SET && r->type == VALUE_TEXT)
		return set_and_text(ev, l, r, equal, err);
	if (l->type == VALUE_TEXT && r->type == VALUE_SET)
		return set_and_text(ev, r, l, equal, err);
	*equal = l->type != VALUE_NONE && r->type != VALUE_NONE && value_equal(*l, *r);
	return 0;
}

static bool in_list(const struct value *v, const struct value *list)
{
	for (size_t i = 0; i < list->item_count; i++) {
		if (value_equal(*v, list->items[i]) ||
		    (v->type == VALUE_ADDRESS && address_within(v, &list->items[i])))
			return true;
	}
	return false;
}

static int is_in(struct eval *ev, const struct value *l, const struct value *r, bool *in,
		 struct error *err)
{
	struct value read;
	struct error why;

	*in = false;
	if (r->type == VALUE_ADDRESS)
		*in = address_within(l, r);
	else if (r->type == VALUE_NUMBER && l->type == VALUE_NUMBER) /* flags */
		*in = l->number && (r->number & l->number) == l->number;
	else if (r->type == VALUE_LIST)
		*in = in_list(l, r);
	else if (r->type == VALUE_SET && l->type == VALUE_TEXT)
		*in = value_set_parse(ev->scratch, l->text, &read, &why) == 0 &&
		      value_set_within(read, *r);
	else if (r->type == VALUE_SET && (l->type == VALUE_NUMBER || l->type == VALUE_SET))
		*in = value_set_within(*l, *r);
	return 0;
}

static int in_range(number_t n, struct value *out, struct error *err)
{
	if (n < NUMBER_MIN || n > NUMBER_MAX)
		return fail(err, "the result does not fit into 64 bits");
	*out = value_number(n);
	return 0;
}

static int join_texts(struct eval *ev, struct span l, struct span r, struct value *out,
		      struct error *err)
{
	cleanup_buffer struct buffer b = { 0 };
	char *copy;

	buffer_append(&b, l);
	buffer_append(&b, r);
	copy = b.failed ? NULL : arena_copy(ev->scratch, b.data, b.size);
	*out = value_text(span_of(copy, b.size));
	return copy ? 0 : fail_memory(err);
}

static int sum(struct eval *ev, const struct expr *e, const struct value *l, const struct value *r,
	       struct value *out, struct error *err)
{
	*out = (struct value){ .type = VALUE_NONE };
	if (l->type == VALUE_NONE || r->type == VALUE_NONE)
		return 0;
	if (e->op == OP_PLUS && l->type == VALUE_TEXT && r->type == VALUE_TEXT)
		return join_texts(ev, l->text, r->text, out, err);
	if (l->type != VALUE_NUMBER || r->type != VALUE_NUMBER)
		return fail(err, "'%s' cannot take a %s and a %s",
			    e->op == OP_PLUS  ? "+" :
			    e->op == OP_MINUS ? "-" :
						"|",
			    value_type_name(l->type), value_type_name(r->type));
	if (e->op == OP_BITS)
		return in_range(l->number | r->number, out, err);
	return in_range(e->op == OP_PLUS ? l->number + r->number : l->number - r->number, out, err);
}

static bool is_ordered(enum operator op, const struct value *l, const struct value *r)
{
	if (l->type != VALUE_NUMBER || r->type != VALUE_NUMBER)
		return false;
	switch (op) {
	case OP_LESS:
		return l->number < r->number;
	case OP_LESS_EQUAL:
		return l->number <= r->number;
	case OP_GREATER:
		return l->number > r->number;
	default:
		return l->number >= r->number;
	}
}

static int fits_pattern(struct eval *ev, const struct expr *e, const struct value *l,
			const struct value *r, struct error *err)
{
	if (l->type != VALUE_TEXT || r->type != VALUE_TEXT)
		return 0;
	if (eval_count_steps(ev,
			     e->op == OP_GLOB ? l->text.size * r->text.size / 64 :
						eval_regex_steps(l->text),
			     err) < 0)
		return -1;
	if (e->op == OP_GLOB)
		return glob_match(r->text, l->text);
	return regex_match(e->regex, l->text, ev->scratch, NULL, 0, err);
}

int eval_operator(struct eval *ev, const struct expr *e, const struct value *left,
		  const struct value *right, struct value *out, struct error *err)
{
	bool result = false;
	int status = 0;

	if (eval_count_steps(ev, eval_value_steps(left) + (right ? eval_value_steps(right) : 0),
			     err) < 0)
		return -1;
	switch (e->op) {
	case OP_EQUAL:
	case OP_UNEQUAL:
		status = is_equal(ev, left, right, &result, err);
		*out = value_bool(result == (e->op == OP_EQUAL));
		return status;
	case OP_IN:
		status = is_in(ev, left, right, &result, err);
		*out = value_bool(result);
		return status;
	case OP_GLOB:
	case OP_REGEX:
		status = fits_pattern(ev, e, left, right, err);
		*out = value_bool(status > 0);
		return status < 0 ? -1 : 0;
	case OP_PLUS:
	case OP_MINUS:
	case OP_BITS:
		return sum(ev, e, left, right, out, err);
	case OP_NEGATE:
		*out = *left;
		return left->type == VALUE_NUMBER ? in_range(-left->number, out, err) : 0;
	default:
		*out = value_bool(is_ordered(e->op, left, right));
		return 0;
	}
}
