/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images to JSON and back in memory, for the tests of proto/json/. */
#ifndef CRW_TEST_JSON_H
#define CRW_TEST_JSON_H

#include <stdlib.h>

#include "../../proto/json/read.h"
#include "../../proto/json/write.h"
#include "test.h"

static inline int append_bytes(void *arg, struct span bytes, struct error *err)
{
	buffer_append(arg, bytes);
	return ((struct buffer *)arg)->failed ? fail_memory(err) : 0;
}

/* The JSON of an image as text, NULL and the error when there is none.
 * free() it. */
static inline char *json_of(struct span bytes, unsigned flags, struct error *err)
{
	struct buffer out = { 0 };
	struct json_sink sink = { append_bytes, &out };
	struct image image;

	err->text[0] = '\0';
	if (image_open(&image, NULL, bytes, err) < 0 ||
	    json_write_image(&image, flags, &sink, err) < 0) {
		buffer_free(&out);
		return NULL;
	}
	buffer_byte(&out, 0);
	return (char *)out.data;
}

/* A text that is read in portions of `step` bytes. */
struct portions {
	struct span text;
	size_t at, step;
};

static inline int read_portion(void *arg, void *data, size_t room, size_t *size, struct error *err)
{
	struct portions *p = arg;
	size_t left = p->text.size - p->at;

	*size = left < p->step ? left : p->step;
	if (*size > room)
		*size = room;
	if (*size > 0)
		memcpy(data, p->text.data + p->at, *size);
	p->at += *size;
	return 0;
}

static inline int restart_portions(void *arg, struct span seen, struct error *err)
{
	((struct portions *)arg)->at = 0;
	return 0;
}

/* The image of a JSON text; -1 and the error when there is none. */
static inline int image_of(const char *text, size_t step, struct buffer *out, struct error *err)
{
	struct portions portions = { span_text(text), 0, step };
	struct json_source source = { read_portion, restart_portions, &portions };
	struct json_sink sink = { append_bytes, out };

	buffer_clear(out);
	err->text[0] = '\0';
	return json_read_image(&source, &sink, err);
}

/* --- making images --- */

static inline void begin_image(struct buffer *b, const char *name)
{
	const struct image_kind *kind = kind_named(name, strlen(name));

	buffer_clear(b);
	if (!json_has_one_magic(kind))
		buffer_u32(b, kind->service ? MAGIC_SERVICE : MAGIC_COMMON);
	buffer_u32(b, kind->magic);
}

static inline void put_message(struct buffer *b, const void *body, size_t size)
{
	image_put(b, span_of(body, size));
}

#define MESSAGE(b, text) put_message(b, text, sizeof(text) - 1)

#endif
