/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Patterns of text: globs, by ourselves in time that is bounded by the
 * product of the lengths, and libc's extended regular expressions without
 * the parts of them that can take for ever.
 */
#ifndef CRW_PATTERN_H
#define CRW_PATTERN_H

#include <regex.h>

#include "../proto/error.h"
#include "../proto/bytes.h"

/* '*', '?', [a-z], [!a-z], '\' before what is meant as such; '/' is a
 * character like any other. */
bool glob_match(struct span pattern, struct span text);
/* -1 when a '[' has no end or a '\' stands last. */
int glob_judge(struct span pattern, struct error *err);
/* -1 when it fits no text at all, as [z-a] does. For one that the above lets pass. */
int glob_judge_fits(struct span pattern, struct error *err);

/* Compiles; no back-references, repetitions of 255 in all at most. */
int regex_compile(regex_t *regex, struct span pattern, struct error *err);
/* 1 when it matches anywhere in the text (up to a NUL, if there is one), else
 * 0; -1 without memory for a copy in the arena. */
int regex_match(const regex_t *regex, struct span text, struct arena *arena, regmatch_t *groups,
		size_t group_count, struct error *err);

#endif
