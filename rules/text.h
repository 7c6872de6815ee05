/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text as people see it: numbers in decimal, bytes escaped.
 */
#ifndef CRW_TEXT_H
#define CRW_TEXT_H

#include "../proto/schema.h"

/* Every value that a field can hold, of either sign. */
#define NUMBER_MIN ((number_t)INT64_MIN)
#define NUMBER_MAX ((number_t)UINT64_MAX)

void text_put_number(struct buffer *out, number_t n);

/* Without quotes; control characters and what is not UTF-8 as \n, \t, \xNN. */
void text_put_escaped(struct buffer *out, struct span s);

/* As a text literal of the language: in quotes, '"' and '\' escaped too. */
void text_put_quoted(struct buffer *out, struct span s);

/* [-] digits, 0x..., 0o...; the whole of s. False when it is no number or
 * beyond NUMBER_MIN..NUMBER_MAX. */
bool text_number(struct span s, number_t *n);

#endif
