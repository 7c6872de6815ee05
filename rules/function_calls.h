/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For functions*.c: what every function of the language looks like. Its
 * arguments have the types that functions.def says, are not missing (but
 * where the letter is a or p), and are as many as it says.
 */
#ifndef CRW_FUNCTION_CALLS_H
#define CRW_FUNCTION_CALLS_H

#include "functions.h"

/* Declares each. */
#define FUNCTION(name, function, letters, result, pure, help)                                      \
	int function(const struct function_call *c, struct value *out, struct error *err);
#include "functions.def"
#undef FUNCTION

#endif
