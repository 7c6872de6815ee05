/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `option NAME [VALUE ...]`: options of CRIU that a rule gives to the running restore. An
 * allow-list (option.def): what is not in it is refused by name, with the reason.
 */
#ifndef CRW_OPTION_H
#define CRW_OPTION_H

#include "../rules/rules.h"

/* One that a rule gave. Texts live as long as the outcome of the run. */
struct option_given {
	struct option_given *next;
	const char *name;
	const char *value; /* NULL: it takes none */
	const char *path;  /* of inherit-fd, or NULL */
};

/* Keeps it in crw->options, in the order of the rules. */
extern const struct rules_verb verb_option;

#endif
