/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is printed for files, by their ids. The images of files can be large,
 * and few of their entries may be wanted: names are asked for first, then one
 * pass over the images looks up all that were, and no more than NAMES_MAX are
 * kept.
 */
#ifndef CRW_SUGGEST_NAMES_H
#define CRW_SUGGEST_NAMES_H

#include "entries.h"
#include "id_map.h"

#define NAMES_MAX (1u << 17)

enum name_kind { NAME_REGULAR, NAME_PIPE, NAME_UNIX, NAME_KINDS };

struct names {
	struct entries *images;
	struct id_map of[NAME_KINDS]; /* where in the text, or that it is wanted */
	char *text; /* NUL-terminated ones */
	size_t size, room;
	size_t wanted;
	bool told[NAME_KINDS + 1]; /* that the image of the kind, or files.img, is bad */
	bool failed; /* there was no memory */
};

/* The kind of an fd_types; false: files of that type have no name. */
bool names_kind(const char *type, enum name_kind *kind);

/* The name; NULL: it is to be looked up. It stays where it is until the first
 * that is to be looked up is asked for. */
const char *names_get(struct names *n, enum name_kind kind, uint64_t id);
/* No more can be asked for before the next look-up. */
bool names_full(const struct names *n);
/* Looks up what was asked for. An image that cannot be read is an error, of
 * which it complains once; what is only there is not found. */
enum status names_look_up(struct names *n);
void names_free(struct names *n);

#endif
