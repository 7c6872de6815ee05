/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arguments of a verb, taken from front to back. The same function reads
 * them when they are judged and when the verb runs; what stands in parentheses
 * has no value yet in the first case, which counts as right.
 *
 *	struct cgroup_args a = { args, count };
 *
 *	if (args_text(&a, "a cgroup path", &path, err) < 0)
 *		*wrong = a.at;
 */
#ifndef CRW_CGROUP_ARGS_H
#define CRW_CGROUP_ARGS_H

#include "../../rules/rules.h"

struct cgroup_args {
	const struct rules_argument *args;
	size_t count, at;
};

/* Names or globs with commas between; a word or a text each. */
struct cgroup_names {
	const struct rules_argument *first; /* every other one is a comma */
	size_t count;
	uint64_t found; /* a bit for each of the first 64 that names_find() has found */
};

/* Takes the word if it comes next. */
bool args_word(struct cgroup_args *a, const char *word);
/* Takes a word or a text; `what` says what is expected. */
int args_text(struct cgroup_args *a, const char *what, struct span *text, struct error *err);
/* Takes an address or subnet, or a text that is one. */
int args_address(struct cgroup_args *a, struct value *address, struct error *err);
/* Takes a number from `least` to `most`. */
int args_number(struct cgroup_args *a, const char *what, uint64_t least, uint64_t most,
		uint64_t *number, struct error *err);
/* Takes the word, which has to come next. */
int args_need(struct cgroup_args *a, const char *word, struct error *err);
/* Takes one or more names up to the end that the judge does not fail on. */
int args_names(struct cgroup_args *a, const char *what,
	       int (*judge)(struct span name, struct error *err), struct cgroup_names *names,
	       struct error *err);
/* For rules_verb.check: what `read` makes of the arguments; on -1 *wrong is the one that it
 * was at. */
int args_judge(const struct rules_argument *args, size_t count,
	       int (*read)(struct cgroup_args *a, void *out, struct error *err), void *out,
	       size_t *wrong, struct error *err);
bool args_at_end(const struct cgroup_args *a);
/* Fails, saying what is expected, unless all were taken. */
int args_end(const struct cgroup_args *a, const char *expected, struct error *err);

/* Is the name in the list, as it stands or by a glob? */
bool names_match(const struct cgroup_names *names, struct span name);

/* The same of a name that the checkpoint has: what matches it counts as found. */
bool names_find(struct cgroup_names *names, struct span name);

/* "no property memory.max in the checkpoint", of all that were not found, for
 * call->missed. NULL: there are none, or there is no memory to tell of them. */
const char *names_missed(const struct cgroup_names *names, const char *what, struct arena *arena);

#endif
