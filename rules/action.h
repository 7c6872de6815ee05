/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is done to what a path matched, in one image: changes go into a
 * patch and are reported one by one. Conditions and values see the image as
 * it was before the statement.
 */
#ifndef CRW_ACTION_H
#define CRW_ACTION_H

#include "match.h"
#include "where.h"

/* One edit statement on one image. */
struct act {
	struct eval *eval;
	const struct rules_world *world;
	struct tracer *tracer; /* or NULL */
	const struct rules_image *image;
	const struct statement *statement;
	const struct rules_argument *args; /* of a verb, worked out */
	struct arena *arena;		   /* for a verb; as long as the statement */
	struct patch patch;
	struct where_memo memo;
	struct buffer where, field, before, after; /* texts of a report */
	struct buffer fresh;			   /* bytes to be put in */
	struct buffer removed; /* a bit for each entry: is it deleted? */
	struct content result; /* the image as it will be, so far */
	size_t matched, changed;
	bool may_write; /* the world was asked */
};

/* Walks the image and puts it together anew; without a change the result stays empty. */
int action_run(struct act *a, struct error *err);
void action_free(struct act *a);

/* --- for action*.c only --- */

/* Tells the patch about all messages around and including m. */
int action_enter(struct act *a, struct match *m, struct error *err);

/* As patch_replace; before the first change the world is asked whether the
 * image may be changed. */
int action_replace(struct act *a, struct span old, struct span fresh, struct error *err);

/* Reports what is in a->field, a->before and a->after; where is m, or
 * nowhere when that is NULL. Without before (after) it was not there (is gone). */
int action_report(struct act *a, struct match *m, bool before, bool after, struct error *err);

/* Tells the tracer that a->field of m is v already. */
int action_trace_same(struct act *a, struct match *m, const struct field_type *f,
		      const struct value *v, struct error *err);

int action_set(struct act *a, struct match *m, const struct target *t, struct error *err);
int action_add(struct act *a, struct match *m, const struct target *t, struct error *err);
int action_delete_fields(struct act *a, struct match *m, const struct target *t,
			 struct error *err);
int action_delete(struct act *a, struct match *m, struct error *err);
int action_get(struct act *a, struct match *m, const struct target *t, struct error *err);
int action_build(struct eval *ev, const struct write *writes, struct buffer *out,
		 struct error *err); /* a message with constant values */
int action_verb(struct act *a, struct match *m, struct error *err);

#endif
