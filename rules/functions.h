/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of the language: one row each in functions.def, one C
 * function each in functions.c.
 */
#ifndef CRW_FUNCTIONS_H
#define CRW_FUNCTIONS_H

#include <regex.h>

#include "rules.h"
#include "suggest.h"

/* What a function has to work with. */
struct function_call {
	const struct value *args;
	size_t count;
	struct arena *arena;             /* for the result */
	const struct rules_world *world; /* NULL while rules are checked */
	const regex_t *pattern;          /* of the argument with the letter r */
};

#define FUNCTION_TEXT_MAX (16u << 20) /* bytes of a text that a function makes */

struct function {
	const char *name;
	const char *args; /* letters, see functions.def */
	char result;
	bool pure;
	const char *help;
	int (*call)(const struct function_call *c, struct value *out, struct error *err);
};

const struct function *function_find(struct span name);
void function_offer_names(struct suggestion *s);

/* Least and greatest number of arguments; SIZE_MAX: any number. */
void function_arity(const struct function *f, size_t *least, size_t *most);
/* The letter of the index-th argument. */
char function_letter(const struct function *f, size_t index);

/* "6.15", "6.1.0-18-amd64": numbers and dots, then perhaps what does not count. */
bool version_is_one(struct span text);

#endif
