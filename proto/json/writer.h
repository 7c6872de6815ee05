/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What write.c and write_extra.c share. */
#ifndef CRW_JSON_WRITER_H
#define CRW_JSON_WRITER_H

#include "canon.h"
#include "write.h"

struct json_writer {
	struct json_text text;
	struct json_plans plans;
	struct buffer canonical; /* form of the entry's message, when it is not in it */
	struct buffer scratch;
	unsigned flags;
	bool shows_addresses; /* crit prints them as numbers, but knows no raw images */
	struct error *err;
};

/* One object with the fields of a canonical message. */
int json_write_fields(struct json_writer *w, struct json_plan *plan, struct span body);

/* The members "extra" and "_raw_extra", if the entry has something to say. */
int json_write_extra(struct json_writer *w, const struct image *image,
		     const struct image_entry *entry, struct json_plan *plan);

/* A member of ours: base64 of the bytes. */
void json_write_bytes(struct json_writer *w, struct span key, struct span bytes);

#define JSON_KEY(name) span_of("\"" name "\": ", sizeof("\"" name "\": ") - 1)

#endif
