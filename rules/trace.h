/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What explain is told while rules run: how many objects each step of a path
 * reached, and the first condition that did not hold, with the values that it
 * looked at. Nothing of this happens unless the world asks for it.
 */
#ifndef CRW_TRACE_H
#define CRW_TRACE_H

#include "check.h"
#include "eval.h"

/* What a step came to, in all images of a statement. */
struct step_trace {
	size_t reached, passed;
	const char *image;        /* where the first condition failed; NULL: none did */
	struct rules_place place; /* of that condition */
	struct buffer failed;     /* on what, and why */
};

struct tracer {
	const struct rules_world *world;
	const struct diag_source *sources; /* of the unit that runs */
	const struct statement *statement; /* that runs */
	struct eval *eval;
	struct step_trace steps[PATH_STEPS_MAX + 1];
	size_t same; /* fields that had their value already, of the statement */
};

void tracer_free(struct tracer *t);

/* The functions below take NULL for "nobody asked". */

/* A statement begins, or is passed over with all that is in its block. */
void trace_statement(struct tracer *t, const struct statement *s);
void trace_skipped(struct tracer *t, const struct block *block);
/* The condition of a when or require, and the value of a let. */
void trace_condition(struct tracer *t, const struct statement *s, const struct expr *e, bool holds);
/* The arms of a when before the one that is taken, or all: NULL. */
void trace_unmet(struct tracer *t, const struct statement *s, const struct arm *taken);
void trace_let(struct tracer *t, const struct statement *s, const struct value *v);

/* A step came to an object; `failed` is the condition that does not hold for it, or NULL. */
void trace_step(struct tracer *t, size_t step, struct match *m, const struct condition *failed);
/* A field has the value already that it is set to; `t` is not NULL. */
int trace_same(struct tracer *t, const struct rules_change *same, struct error *err);
/* What a `get` shows. */
void trace_found(struct tracer *t, const char *image, const char *where, const char *shown);
/* What the statement came to in one image. */
void trace_image(struct tracer *t, const char *image, size_t matched, size_t changed);
/* The statement has been through all images. */
void trace_edit(struct tracer *t, const struct path *path);

#endif
