/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edits that a verb of the checkpoint makes: for eval.c, which asks it for values. */
#ifndef CRW_SWEEP_H
#define CRW_SWEEP_H

#include "eval.h"

/* What the verb gives for the object, or whether it gives anything. */
int sweep_eval(struct sweep *s, struct eval *ev, const struct match *m, bool whether,
	       struct value *out, struct error *err);

#endif
