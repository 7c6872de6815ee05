/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The content of an image, whatever its size: what is small is in memory, what
 * is large in a nameless temporary file that is mapped. The pages of a mapping
 * are let go of behind the place that has been reached, so that memory does
 * not grow with the image.
 *
 *	struct content c = { .size = 0 };
 *	content_append(&c, piece, err);		once or often
 *	content_seal(&c, err);			now c.bytes is all of it
 *	content_free(&c);
 */
#ifndef CRW_CONTENT_H
#define CRW_CONTENT_H

#include "bytes.h"
#include "error.h"

#define CONTENT_MEMORY_MAX (4u << 20) /* bytes; more go to a file */

struct content {
	struct span bytes;    /* all of it, once it is sealed */
	size_t size;          /* what was appended so far */
	struct buffer memory; /* a small one, or what has not been written yet */
	int fd;               /* of the temporary file, if there is one */
	bool has_file;
	bool is_mapped;
	size_t since; /* bytes that were passed since pages were let go of */
};

int content_append(struct content *c, struct span piece, struct error *err);
int content_seal(struct content *c, struct error *err);

/* A sealed copy, which nobody else can change, of `size` bytes of a file. */
int content_copy(struct content *c, int fd, uint64_t size, struct error *err);

/* The same of a pipe, too, or of what is left of a file: more than `limit` bytes
 * are an error. */
int content_open(struct content *c, int fd, uint64_t limit, struct error *err);

/* The descriptor of a temporary file, at its beginning, with `head` and the rest
 * of `from`, of which more than `limit` bytes are an error. */
int content_spool(int from, struct span head, uint64_t limit, struct error *err);

/* So much of it has been gone through. Every page stays readable. c may be NULL. */
void content_passed(struct content *c, size_t bytes);

/* Gives some of its bytes to `take`, piece by piece. */
typedef int (*content_taker)(void *arg, struct span piece, struct error *err);
int content_give(struct content *c, struct span bytes, content_taker take, void *arg,
		 struct error *err);

void content_free(struct content *c); /* leaves an empty content */

#endif
