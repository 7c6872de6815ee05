/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How CRIU's own tools show a field to people: what `crit decode --pretty`
 * makes of numbers. Facts for a printer and a parser of JSON, and for rules, which
 * read and show values alike. All pointers returned are static.
 */
#ifndef CRW_DISPLAY_H
#define CRW_DISPLAY_H

#include "../schema.h"

enum display_mark {
	DISPLAY_HEX,   /* 0x1f; of a message: all numbers in it, at any depth */
	DISPLAY_IPADD, /* repeated 32-bit words in network order: one address */
	DISPLAY_FLAGS, /* names of bits; the argument is the map, see display_flag */
	DISPLAY_DEV,   /* major:minor, 12 and 20 bits, the kernel's own form */
	DISPLAY_ODEV,  /* with DEV: major:minor as user space has them, makedev(3) */
	DISPLAY_DICT,  /* a word for the number; the argument is the map */
	DISPLAY_CONV,  /* bytes; argument "unix_name": quoted-printable, not base64 */
	DISPLAY_MARKS,
};

/* The arguments of a field's marks: "" when a mark takes none, NULL when the
 * field does not bear it. False when it bears none: it is shown plain. */
bool display_find(const struct message_type *m, const struct field_type *f,
		  const char *found[DISPLAY_MARKS]);

/* One name of a map of flags ("mmap.prot"), in the order of printing; a name of several bits
 * stands for all of them. */
#define DISPLAY_MAP_MAX 12 /* bytes of the name of a map, its NUL included */

struct display_flag {
	uint64_t bits;
	char map[DISPLAY_MAP_MAX];
	char name[28];
};

/* The flags of a map, at most `most` of them; returns how many. A map that is not
 * known has none: its numbers are shown as hex. */
size_t display_flags(const char *map, const struct display_flag **rows, size_t most);

/* The word for a field's number in a map ("sk", "family", 2: "INET"), and
 * back; NULL / false when there is none. */
const char *display_word(const char *map, const char *field, number_t value);
bool display_word_number(const char *map, const char *field, struct span word, number_t *value);

#endif
