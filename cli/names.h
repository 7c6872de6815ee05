/* SPDX-License-Identifier: GPL-2.0-only */
/* What is printed for files, by their ids: these are looked up in the images of
 * files, which stay open. */
#ifndef CRW_NAMES_H
#define CRW_NAMES_H

#include "cli.h"

enum name_kind { NAME_REGULAR, NAME_PIPE, NAME_UNIX, NAME_KINDS };

struct names {
	struct crw *crw;
	int dir;
	struct crw_reader *readers[NAME_KINDS + 1]; /* the last: of files.img */
	bool opened[NAME_KINDS + 1];
	bool told[NAME_KINDS + 1]; /* that it is bad */
	struct crw_message last;   /* the file that was found last; data NULL: none was */
	enum name_kind last_kind;
	uint64_t last_id;
};

/* The kind of an fd_types; false: files of that type have no name. */
bool names_kind(const char *type, enum name_kind *kind);

/* Prints the name. STATUS_ERROR when it complained of an image: once of each, and
 * what is only there has no name. */
enum status names_print(struct names *n, FILE *out, enum name_kind kind, uint64_t id);
void names_free(struct names *n);

#endif
