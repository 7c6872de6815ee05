/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options that criu will be given at the restore: those that the caller names, and
 * those of CRIU's own configuration. */
#ifndef CRW_DOCTOR_OPTIONS_H
#define CRW_DOCTOR_OPTIONS_H

#include "../../proto/bytes.h"
#include "../../proto/error.h"

struct options {
	struct buffer list;       /* of struct option_given */
	const char *const *words; /* that the caller gave; NULL: they are not known */
};

/* Takes the words of a command line, NULL-terminated, or NULL: not known. Their text is
 * borrowed. */
int options_take(struct options *options, const char *const *words, struct error *err);

/* Adds those of a configuration file of CRIU below `root`, if it is there; their text is
 * in the arena. */
int options_read(struct options *options, int root, const char *path, struct arena *arena,
		 struct error *err);

/* The value of the index-th option of that name: "" if it has none, NULL: no more. */
const char *options_get(const struct options *options, const char *name, size_t index);

/* What stands behind "KEY:" in an option of that name, where KEY may be written in
 * brackets behind a word: --external mnt[KEY]:VALUE, --ext-mount-map KEY:VALUE. NULL:
 * there is none. */
const char *options_of_key(const struct options *options, const char *name, const char *word,
			   const char *key);

/* Is a descriptor named for it: --inherit-fd fd[N]:KEY? */
bool options_inherit(const struct options *options, const char *key);

void options_end(struct options *options);

#endif
