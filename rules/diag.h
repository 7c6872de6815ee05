/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Diagnostics: remembers the texts that are being read, so that every
 * complaint can show the line that it is about.
 */
#ifndef CRW_DIAG_H
#define CRW_DIAG_H

#include <stdarg.h>

#include "rules.h"

#define DIAG_SHOWN_MAX 200 /* columns of a source line that are printed */

/* A text that is being read: the file itself or an included one. */
struct diag_source {
	struct diag_source *next;
	const char *name;
	struct span text;
};

/* Where complaints go. */
struct diag {
	struct rules_diagnostics *list;
	struct diag_source *sources; /* newest first */
	bool muted;                  /* count, but do not keep: a trial */
	size_t count;                /* of all that were reported, kept or not */
};

/* Part of a line. */
struct extent {
	struct rules_place place;
	unsigned width;
};

/* Keeps one complaint about the extent; beyond RULES_DIAGNOSTICS_MAX it only counts. */
void diag_report(struct diag *d, struct extent at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool diag_is_full(const struct diag *d);
/* Keeps what is odd, but not wrong: once for a place, and only what there is room for. */
void diag_note(struct diag *d, struct extent at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts both lists in order of place; files in the order in which they were read. */
void diag_sort(struct diag *d);

/* From the start of one extent to the end of another, when on the same line. */
struct extent extent_join(struct extent from, struct extent to);

#endif
