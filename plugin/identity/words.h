/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of text, as nftables and iptables have them, word by word. */
#ifndef CRW_IDENTITY_WORDS_H
#define CRW_IDENTITY_WORDS_H

#include "../../proto/bytes.h"
#include "../../proto/error.h"

/* What becomes of a word: 1 when it was appended in another form, 0: it stays, -1.
 * `before` is the word in front of it, or empty. */
typedef int (*words_judge)(void *ctx, struct span word, struct span before, struct buffer *out,
			   struct error *err);

/* Words are letters, digits and "_.:/-"; all between them stays as it is. 0 or -1. */
int words_map(struct span line, words_judge judge, void *ctx, struct buffer *out,
	      struct error *err);

#endif
