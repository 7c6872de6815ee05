/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arguments of a verb, taken from front to back by rules_verb.read. What stands in
 * parentheses has no value yet when rules are checked, which counts as right.
 */
#ifndef CRW_ARGS_H
#define CRW_ARGS_H

#include "rules.h"

struct verb_args {
	const struct rules_argument *args;
	size_t count, at;
};

/* Names or globs with commas between; a word or a text each. */
struct verb_names {
	const struct rules_argument *first; /* every other one is a comma */
	size_t count;
	uint64_t found; /* a bit for each of the first 64 that names_find() has found */
};

/* Takes the word if it comes next. */
bool args_word(struct verb_args *a, const char *word);
/* Takes a word or a text; `what` says what is expected. */
int args_text(struct verb_args *a, const char *what, struct span *text, struct error *err);
/* Takes an address or subnet, or a text that is one. */
int args_address(struct verb_args *a, struct value *address, struct error *err);
/* Takes a number from `least` to `most`. */
int args_number(struct verb_args *a, const char *what, uint64_t least, uint64_t most,
		uint64_t *number, struct error *err);
/* Takes the word, which has to come next. */
int args_need(struct verb_args *a, const char *word, struct error *err);
/* Takes one or more names up to the end that the judge does not fail on. */
int args_names(struct verb_args *a, const char *what,
	       int (*judge)(struct span name, struct error *err), struct verb_names *names,
	       struct error *err);
/* For rules_verb.read: there are none. */
int args_none(struct verb_args *a, void *wish, struct error *err);
bool args_at_end(const struct verb_args *a);
/* Fails, saying what is expected, unless all were taken. */
int args_end(const struct verb_args *a, const char *expected, struct error *err);

/* What the verb wants by these arguments, in the arena (NULL: it reads none); on -1 a->at
 * is the one at fault. */
int verb_read(const struct rules_verb *verb, struct verb_args *a, struct arena *arena,
	      const void **wish, struct error *err);
/* Reads the arguments of the call, and runs the verb. */
int verb_run(const struct rules_verb *verb, struct rules_call *call, struct error *err);

/* Is the name in the list, as it stands or by a glob? */
bool names_match(const struct verb_names *names, struct span name);

/* The same of a name that the checkpoint has: what matches it counts as found. */
bool names_find(struct verb_names *names, struct span name);

/* "no property memory.max in the checkpoint", of all that were not found, for
 * call->missed. NULL: there are none, or there is no memory to tell of them. */
const char *names_missed(const struct verb_names *names, const char *what, struct arena *arena);

#endif
