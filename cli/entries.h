/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entries of an image, one at a time: the JSON text of crw_decode() is cut
 * where an entry ends, so memory does not grow with their number. An entry
 * stays text, of which a member or two are read: a tree of each would take ten
 * times as long as decoding does.
 */
#ifndef CRW_ENTRIES_H
#define CRW_ENTRIES_H

#include <stdint.h>

#include "cli.h"

/* Of a longer one (hostile, or a list of millions) only the beginning is seen. */
#define OBJECT_SIZE_MAX (1u << 20)

struct entries {
	struct crw *crw;
	int dir;
	const char *why; /* what was wrong, until the next call */
};

/* Takes one object, which is valid until it returns. What is not 0 ends the
 * image. */
typedef int (*object_sink)(void *arg, const char *object);

/* The objects of a list of the image: "entries" are its entries, another list
 * is that of the first entry that has it. 1, 0 when there is no such image, or
 * -1. */
int entries_each(struct entries *e, const char *image, const char *list, object_sink each,
		 void *arg);

/* ---- the members of an object --------------------------------------------- */

/* The text of a member's value and what is behind it; NULL when there is none,
 * or no object. */
const char *object_member(const char *object, const char *name);
/* 0 when there is none. */
uint64_t object_number(const char *object, const char *name);
/* Copies the name of a number of an enum. "?" when it has none. */
void object_enum(const char *object, const char *name, char *text, size_t size);
/* "" when there is none, "?" when it is not one of UTF-8. free() it; NULL: it is
 * no text, or there is no memory. */
char *object_text(const char *object, const char *name);

#endif
