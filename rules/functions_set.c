/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions of sets and numbers.
 */
#include "function_calls.h"
#include "text.h"

static int as_set(const struct function_call *c, const struct value *v, struct value *set,
		  struct error *err)
{
	if (v->type == VALUE_TEXT)
		return value_set_parse(c->arena, v->text, set, err);
	if (v->type == VALUE_NUMBER && (v->number < 0 || v->number > UINT64_MAX))
		return fail(err, "a negative number cannot be in a set");
	*set = *v;
	return 0;
}

typedef int (*set_operation)(struct arena *a, struct value x, struct value y, struct value *out,
			     struct error *err);

/* From left to right over all arguments; the result is a set even of one number. */
static int fold_sets(const struct function_call *c, set_operation combine, struct value *out,
		     struct error *err)
{
	struct value next, empty = { .type = VALUE_SET };

	if (as_set(c, &c->args[0], &next, err) < 0 ||
	    value_set_union(c->arena, empty, next, out, err) < 0)
		return -1;
	for (size_t i = 1; i < c->count; i++) {
		if (as_set(c, &c->args[i], &next, err) < 0 ||
		    combine(c->arena, *out, next, out, err) < 0)
			return -1;
	}
	return 0;
}

int call_intersect(const struct function_call *c, struct value *out, struct error *err)
{
	return fold_sets(c, value_set_intersect, out, err);
}

int call_union(const struct function_call *c, struct value *out, struct error *err)
{
	return fold_sets(c, value_set_union, out, err);
}

int call_minus(const struct function_call *c, struct value *out, struct error *err)
{
	return fold_sets(c, value_set_minus, out, err);
}

int call_set(const struct function_call *c, struct value *out, struct error *err)
{
	return fold_sets(c, value_set_union, out, err);
}

/* Paths are counted by the evaluator; this is for values. */
int call_count(const struct function_call *c, struct value *out, struct error *err)
{
	if (c->args[0].type == VALUE_LIST)
		*out = value_number((number_t)c->args[0].item_count);
	else
		*out = value_number(value_set_count(c->args[0]));
	return 0;
}

/* --- numbers --- */

/* The least (sign 1) or greatest (sign -1) number in v; false when empty. */
static bool extreme_of(const struct value *v, int sign, number_t *best)
{
	bool found = false;

	if (v->type == VALUE_SET && v->range_count) {
		*best = sign > 0 ? v->ranges[0].first : v->ranges[v->range_count - 1].last;
		return true;
	}
	if (v->type == VALUE_NUMBER) {
		*best = v->number;
		return true;
	}
	for (size_t i = 0; v->type == VALUE_LIST && i < v->item_count; i++) {
		const struct value *item = &v->items[i];

		if (item->type != VALUE_NUMBER)
			continue;
		if (!found || (item->number < *best) == (sign > 0))
			*best = item->number;
		found = true;
	}
	return found;
}

static int extreme(const struct function_call *c, int sign, struct value *out)
{
	number_t best = 0, n = 0;
	bool found = false;

	for (size_t i = 0; i < c->count; i++) {
		if (!extreme_of(&c->args[i], sign, &n))
			continue;
		if (!found || (n < best) == (sign > 0))
			best = n;
		found = true;
	}
	*out = found ? value_number(best) : (struct value){ .type = VALUE_NONE };
	return 0;
}

int call_min(const struct function_call *c, struct value *out, struct error *err)
{
	return extreme(c, 1, out);
}

int call_max(const struct function_call *c, struct value *out, struct error *err)
{
	return extreme(c, -1, out);
}

int call_number(const struct function_call *c, struct value *out, struct error *err)
{
	number_t n;

	*out = text_number(c->args[0].text, &n) ? value_number(n) :
						  (struct value){ .type = VALUE_NONE };
	return 0;
}

int call_bits(const struct function_call *c, struct value *out, struct error *err)
{
	*out = value_number(c->args[0].number & c->args[1].number);
	return 0;
}

int call_setbits(const struct function_call *c, struct value *out, struct error *err)
{
	*out = value_number(c->args[0].number | c->args[1].number);
	return 0;
}

int call_clearbits(const struct function_call *c, struct value *out, struct error *err)
{
	*out = value_number(c->args[0].number & ~c->args[1].number);
	return 0;
}
