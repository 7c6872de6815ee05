/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is done to what a path matched, in one image: changes go into a
 * patch and are reported one by one. Conditions and values see the image as
 * it was before the statement.
 */
#ifndef CRW_EDIT_H
#define CRW_EDIT_H

#include "match.h"
#include "location.h"

/* What a write puts into a field. A constant is the same in every place. */
struct edit_made {
	const struct write *write;
	const struct field_type *field;
	bool is_constant;
	struct value value;
	struct buffer bytes;
};

/* One edit statement on one image. */
struct edit_run {
	struct eval *eval;
	const struct rules_world *world;
	struct tracer *tracer; /* or NULL */
	const struct rules_image *image;
	const struct statement *statement;
	const struct rules_argument *args; /* of a verb, worked out */
	struct arena *arena;               /* for a verb; as long as the statement */
	struct patch patch;
	struct location_memo memo;
	struct buffer fields;      /* of const struct field_type *: from an object to a field */
	struct buffer where, text; /* of what is shown */
	const uint8_t *shown;      /* the message whose address was shown last */
	struct buffer fresh;       /* bytes to be put in */
	struct edit_made made;     /* the same of the field that was set last */
	struct buffer removed;     /* a bit for each entry: is it deleted? */
	struct content result;     /* the image as it will be, so far */
	size_t matched, changed;
	bool may_write; /* the world was asked */
	bool added;     /* an entry stands behind those that were there */
};

/* Walks the image and puts it together anew; without a change the result stays empty. */
int edit_run(struct edit_run *a, struct error *err);
void edit_free(struct edit_run *a);

/* --- for action*.c only --- */

/* Tells the patch about all messages around and including m. */
int edit_enter(struct edit_run *a, struct match *m, struct error *err);

/* As patch_replace; before the first change the world is asked whether the
 * image may be changed. */
int edit_replace(struct edit_run *a, struct span old, struct span fresh, struct error *err);

/* Reports a change of what is in m (NULL: in the image): of the element, or else
 * of the field that a->fields leads to. */
int edit_report(struct edit_run *a, struct match *m, struct match *element,
		struct rules_side before, struct rules_side after, struct error *err);

/* Tells the tracer that the same is v already. */
int edit_trace_same(struct edit_run *a, struct match *m, struct match *element,
		    const struct field_type *f, const struct value *v, struct error *err);

/* Worth a word even when nobody traces, as a path that matches nothing: what a statement
 * left undone. NULL: nothing was. */
void edit_tell(const struct edit_run *a, const char *text);

/* Names of the fields on the way, one more each time. */
void edit_push_field(struct edit_run *a, const struct field_type *f);

int edit_set(struct edit_run *a, struct match *m, const struct target *t, struct error *err);
int edit_add(struct edit_run *a, struct match *m, const struct target *t, struct error *err);
int edit_delete_fields(struct edit_run *a, struct match *m, const struct target *t,
		       struct error *err);
int edit_delete(struct edit_run *a, struct match *m, struct error *err);
int edit_build(struct eval *ev, const struct write *writes, struct buffer *out,
	       struct error *err); /* a message with constant values */

#endif
