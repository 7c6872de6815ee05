/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of text, as nftables and iptables have them, word by word. */
#ifndef CRW_IDENTITY_WORDS_H
#define CRW_IDENTITY_WORDS_H

#include "../../rules/rules.h"

/* What becomes of a word: 1 when it was appended in another form, 0: it stays, -1.
 * `before` is the word in front of it, or empty. */
typedef int (*words_judge)(void *ctx, struct span word, struct span before, struct buffer *out,
			   struct error *err);

/* For a rules_judge of a field that is a line. Words are letters, digits and "_.:/-"; all
 * between them stays as it is. */
int words_change(const struct rules_object *o, words_judge judge, void *ctx, struct value *fresh,
		 struct error *err);

#endif
