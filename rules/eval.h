/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Expressions to values, read straight from the wire bytes of the object
 * that they are about.
 */
#ifndef CRW_EVAL_H
#define CRW_EVAL_H

#include "ast.h"

/* Evaluation ends after this many steps (an operand or a field that is
 * looked at) for each statement, and so many more for each byte of an image. */
#define EVAL_STEPS_MAX (16u << 20)
#define EVAL_STEPS_PER_BYTE 8u

struct match;

/* One fact, asked once for a run. */
struct known_fact {
	bool asked;
	struct value value; /* NONE: this host has none */
};

struct eval {
	const struct rules_setting *setting;
	const struct rules_world *world; /* NULL: constants only */
	const struct rules_image *image; /* that the object is in; or NULL */
	const struct value *lets;
	struct known_fact *facts;
	struct arena *keep;    /* for facts; lives as long as the run */
	struct arena *scratch; /* for values; freed after each condition and match */
	unsigned nested;       /* in an expression: its values are still needed */
	uint64_t steps;        /* left */
	size_t list_max;       /* how much of a list from images is wanted; 0: all */
};

/* `object` may be NULL where there is none. */
int eval_expr(struct eval *ev, const struct expr *e, const struct match *object, struct value *out,
	      struct error *err);

/* 1 or 0; what is missing is not true. */
int eval_condition(struct eval *ev, const struct expr *e, const struct match *object,
		   struct error *err);

/* Operators, for values that are there; see eval_operator.c. */
int eval_operator(struct eval *ev, const struct expr *e, const struct value *left,
		  const struct value *right, struct value *out, struct error *err);

static inline int eval_count_steps(struct eval *ev, uint64_t steps, struct error *err)
{
	if (__builtin_expect(ev->steps >= steps, 1)) {
		ev->steps -= steps;
		return 0;
	}
	ev->steps = 0;
	return fail(err, "this takes too many steps; make the conditions simpler");
}

static inline int eval_count_step(struct eval *ev, struct error *err)
{
	return eval_count_steps(ev, 1, err);
}

/* How many steps it is worth to look at all of a value: of texts 64 bytes are one,
 * of lists and sets 8 elements. */
uint64_t eval_value_steps(const struct value *v);

/* libc takes a time for a regular expression that grows with the square of the text. */
static inline uint64_t eval_regex_steps(struct span text)
{
	return (uint64_t)text.size * text.size / 64;
}

#endif
