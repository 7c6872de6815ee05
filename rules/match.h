/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths over wire bytes: one pass over a message finds everything that a
 * path matches in it. Messages that no step can match in are not looked into.
 */
#ifndef CRW_MATCH_H
#define CRW_MATCH_H

#include "eval.h"
#include "match_plan.h"

/* What people know an element of a list by: the value of one of its fields. */
struct match_key {
	bool sought;                    /* was it looked for? */
	const struct field_type *field; /* NULL: it has none */
	struct value value;
};

/* Something that the walk has come to: an entry, a message or a single
 * value. Linked to what it is in, on the stack of the walk. */
struct match {
	struct match *parent;               /* NULL: an entry */
	const struct field_type *field;     /* NULL: an entry */
	const struct message_type *message; /* NULL: a single value */
	const struct image_entry *entry;    /* of an entry */
	struct wire_field wire;             /* of a field */
	struct span body;                   /* of a message */
	struct value value;                 /* of a single value */
	bool entered;                       /* by the patch */
	struct span element;                /* of a value in a packed run: its bytes, else empty */
	struct match_key key; /* kept, because what is reported often lies in one message */
};

enum match_answer {
	MATCH_ERROR = -1,
	MATCH_GO_ON, /* also below what was matched */
	MATCH_SKIP,  /* not below */
	MATCH_STOP,  /* it is enough */
};

struct tracer;

struct walk {
	struct eval *eval;
	const struct path *path;
	void *ctx;
	/* Something matched. Answers with a match_answer. */
	int (*found)(struct walk *w, struct match *m, const struct target *t, struct error *err);
	/* The walk is done with a message, and with all below it; t is not NULL
	 * when it matched. May be NULL. */
	int (*left)(struct walk *w, struct match *m, const struct target *t, struct error *err);
	/* Is this field of a matched message gone, so that nothing in it counts?
	 * May be NULL. */
	bool (*gone)(const struct walk *w, const struct target *t, const struct field_type *f);
	struct tracer *tracer;          /* NULL: nobody asks how far steps came */
	const struct condition *failed; /* the last that did not hold */
	bool stopped;
	unsigned depth;
};

/* Over the entries of the image in eval->image; the path starts with an entry. */
int match_image(struct walk *w, struct error *err);

/* Below one object. */
int match_below(struct walk *w, const struct match *object, struct error *err);

/* The value of a field that is not repeated; the last occurrence counts. */
int match_single(struct eval *ev, const struct field_type *named, struct span body,
		 struct value *out, struct error *err);

/* The values of a chain, in order; visit returns like found. */
int match_chain(struct eval *ev, const struct chain *chain, struct span body,
		int (*visit)(void *ctx, const struct value *v, struct error *err), void *ctx,
		struct error *err);

#endif
