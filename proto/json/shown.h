/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers as text, the way `crit decode --pretty` shows them: 0x1f, names of
 * flags, devices, words, IP addresses; and back from text.
 */
#ifndef CRW_JSON_SHOWN_H
#define CRW_JSON_SHOWN_H

#include "plan.h"

#define JSON_SHOWN_MAX 1024 /* bytes of one number as text, with its NUL */

/* The text of a number of this field; false when --pretty shows it as a
 * plain number too. `hex`: the message around it is marked as hex. */
bool json_shown(const struct json_field *f, bool hex, number_t value, char text[JSON_SHOWN_MAX]);

/* The number that text, of whatever form the field has, stands for. */
int json_shown_number(const struct json_field *f, struct span text, number_t *value,
		      struct error *err);

/* An IP address: one word (version 4) or four, in network order. False when
 * there is another number of words. */
bool json_shown_address(const uint32_t *words, size_t count, char text[JSON_SHOWN_MAX]);
/* The number of words, -1 when the text is no address. */
int json_shown_words(struct span text, uint32_t words[4], struct error *err);

#endif
