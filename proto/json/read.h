/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON to an image: the other way of write.h, in the form of `crit
 * encode`, plain or pretty, and with our own members. Members may come in any
 * order. What crit would drop or guess is an error here: fields that the
 * message does not have, required ones that are missing, numbers that do not
 * fit, data that is not as long as the message says.
 * Entries are written as they come; memory does not depend on their number.
 */
#ifndef CRW_JSON_READ_H
#define CRW_JSON_READ_H

#include "lex.h"
#include "text.h"

/* On -1 the sink may have got a part of the image. */
int json_read_image(const struct json_source *source, const struct json_sink *sink,
		    struct error *err);

#endif
