/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An image as JSON, in the form of `crit decode`:
 *
 *	{"magic": "PIPES_DATA", "entries": [{"pipe_id": 7, "bytes": 2, "extra": "aGkK\n"}]}
 *
 * with the same text, byte for byte, wherever crit is right. Nothing is lost:
 * what crit cannot say goes into members of our own, which begin with '_':
 *
 *	"_unknown"    fields that the schema does not have, as on the wire, base64
 *	"_raw"        the entry's message as it stands, base64, when the fields
 *	              written anew would give other bytes
 *	"_raw_extra"  the same for what follows the message
 *	"_bytes"      in an object in place of a text that is not UTF-8, base64
 *	"_one_magic"  how many words the magic takes, when not as usual
 *
 * The "_raw" ones count only as long as the fields still say the same.
 * Memory does not depend on the number of entries.
 */
#ifndef CRW_JSON_WRITE_H
#define CRW_JSON_WRITE_H

#include "../image.h"
#include "text.h"

#define JSON_PRETTY 1u     /* indented, with numbers shown as `crit --pretty` does */
#define JSON_NO_PAYLOAD 2u /* its size instead of what follows a message */
#define JSON_QUOTE_BIG 4u  /* numbers beyond 2^53 in quotes, for readers that have doubles only */

/* Does CRIU write one magic word to images of this kind, not two? */
bool json_has_one_magic(const struct image_kind *kind);

/* Writes all entries of an image that image_open() has opened. */
int json_write_image(struct image *image, unsigned flags, const struct json_sink *sink,
		     struct error *err);

#endif
