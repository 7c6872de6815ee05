/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes as text: base64 in lines as mail has it (RFC 2045, as Python's
 * base64.encodebytes), and quoted-printable (as Python's quopri).
 */
#ifndef CRW_JSON_BYTES_H
#define CRW_JSON_BYTES_H

#include "../bytes.h"
#include "../error.h"

#define BASE64_LINE 57u      /* bytes of a line */
#define BASE64_LINE_TEXT 76u /* characters of them */

/* At most BASE64_LINE bytes; returns the number of characters, no line end. */
size_t base64_line(uint8_t out[BASE64_LINE_TEXT], struct span bytes);

/* Decoding, piece by piece. White space may stand anywhere, other characters
 * that are no base64 are an error, as is a missing end. */
struct base64 {
	uint32_t bits;
	unsigned count;  /* of characters of the group that is begun */
	unsigned filled; /* '=' of it */
	bool ended;
};

int base64_piece(struct base64 *b, struct span text, struct buffer *out, struct error *err);
int base64_end(const struct base64 *b, struct error *err);

void quoted_encode(struct span bytes, struct buffer *out);
void quoted_decode(struct span text, struct buffer *out);

#endif
