/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What went wrong, in words: owned by the caller, set once where the failure
 * happens, given context on the way up. Nothing below the command and the
 * plugin prints.
 *
 *	if (wire_next(&reader, &field, err) < 0)
 *		return error_context(err, "entry %zu", index);
 */
#ifndef CRW_ERROR_H
#define CRW_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

/* CRIU's log takes lines of up to 1023 bytes; this leaves room for its prefix. */
#define ERROR_TEXT_MAX 960

struct error {
	char text[ERROR_TEXT_MAX];
};

/* Sets the text (cut at the limit, control characters escaped). Returns -1. */
int fail(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As fail(), with ": " and the words for errno appended. Returns -1. */
int fail_errno(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For lack of memory. Returns -1. */
int fail_memory(struct error *err);

/* Was it that? Good until there is a context. */
bool error_is_memory(const struct error *err);

/* Puts "context: " in front of the text that is there. Returns -1. */
int error_context(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
