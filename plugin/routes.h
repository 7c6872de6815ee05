/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Routes and rules of a network namespace that CRIU loses: it saves the routes of the table
 * main, and rules of IPv4, alone. The verb `routes capture` records the others at the dump, in
 * images beside CRIU's (rewrite-route-N.img, rewrite-rule-N.img, in the form of route-N.img);
 * `routes recall` adds them to CRIU's at the restore.
 */
#ifndef CRW_ROUTES_H
#define CRW_ROUTES_H

#include "../rules/rules.h"

/* A file that is to be written. */
struct routes_captured {
	struct routes_captured *next;
	const char *file;
	struct span content;
};

extern const struct rules_verb verb_routes;

struct crw;

/* Writes what was captured into the image directory. */
int routes_write(const struct crw *crw, int dir, struct error *err);

/* ---- routes_kernel.c ---- */

#define ROUTES_SIZE_MAX (16u << 20) /* bytes of all messages of a namespace */

/* Appends the messages of those routes and rules that CRIU does not save, of the network
 * namespace that ns is open on. The caller must have one thread only. */
int routes_ask(int ns, struct buffer *routes, struct buffer *rules, struct error *err);

#endif
