/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What write.c, write_plain.c and write_extra.c share. */
#ifndef CRW_JSON_WRITER_H
#define CRW_JSON_WRITER_H

#include "canon.h"
#include "write.h"

struct json_writer {
	struct json_text text;
	struct json_plans plans;
	struct buffer canonical; /* form of a message that is not in it */
	bool is_canonical;       /* what is being written, with all in it */
	bool was_raw;            /* some of the message that is being written was not */
	bool checked;            /* that message, with all in it */
	bool was_tried;          /* by json_write_plain(), with all in it */
	struct json_plan *whole; /* that message, which is at depth 1, */
	struct span whole_body;  /* for errors in what is nested */
	unsigned depth;
	unsigned flags;
	bool shows_addresses; /* crit prints them as numbers, but knows no raw images */
	struct error *err;
};

/* The members of a message, in its canonical form; w->was_raw tells whether that is
 * another than it has. */
int json_write_members(struct json_writer *w, struct json_plan *plan, struct span body);

/* A message in which all is plain, with all that is nested, as an object. False when it
 * is another one, or longer than JSON_PLAIN_MAX: then nothing is written. */
#define JSON_PLAIN_MAX 1024u
bool json_write_plain(struct json_writer *w, struct json_plan *plan, struct span body);

/* The name for a field; behind it in the message is `rest`. One that was renamed goes by
 * its old name, unless that is needed for the field that has it now. */
static inline struct span json_key_of(const struct json_field *f, struct span rest)
{
	bool by_old_name = f->old_key.size && !(f->new_number && wire_has(rest, f->new_number));

	return by_old_name ? f->old_key : f->key;
}

int json_write_value(struct json_writer *w, struct json_field *f, bool hex,
		     const struct wire_field *field);

/* The members "extra" and "_raw_extra", if the entry has something to say. */
int json_write_extra(struct json_writer *w, const struct image *image,
		     const struct image_entry *entry, struct json_plan *plan);

/* A member of ours: base64 of the bytes. */
void json_write_bytes(struct json_writer *w, struct span key, struct span bytes);

#define JSON_KEY(name) span_of("\"" name "\": ", sizeof("\"" name "\": ") - 1)

#endif
