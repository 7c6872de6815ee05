/* SPDX-License-Identifier: GPL-2.0-only */
/* Image files: the container, the messages, and both ways between them and JSON. */
#include "../../plugin/criu-rewrite.h"
#include "../../rules/print.h"
#include "golden_seeds.h"

static int take(void *arg, const void *data, size_t size)
{
	buffer_append(arg, span_of(data, size));
	return 0;
}

/* Bytes to text and text to bytes, by way of descriptors. */
static int convert(int (*way)(struct crw *, int, unsigned, crw_sink, void *), unsigned flags,
		   struct span in, struct buffer *out)
{
	struct crw *crw = crw_new();
	int fd = fuzz_file(in.data, in.size), status;

	fuzz_never(!crw);
	status = way(crw, fd, flags, take, out);
	fuzz_never(status < 0 && !*crw_error(crw));
	close(fd);
	crw_free(crw);
	return status;
}

static int encode(struct crw *crw, int fd, unsigned flags, crw_sink sink, void *arg)
{
	return crw_encode(crw, fd, sink, arg);
}

/* What decode shows is what encode understands, and the same again. */
static void there_and_back(struct span image)
{
	struct buffer text = { 0 }, bytes = { 0 }, again = { 0 };

	if (convert(crw_decode, 0, image, &text) == 0 &&
	    convert(encode, 0, buffer_span(&text), &bytes) == 0) {
		fuzz_never(convert(crw_decode, 0, buffer_span(&bytes), &again) < 0);
		fuzz_never(!span_equal(buffer_span(&text), buffer_span(&again)));
	}
	buffer_clear(&text);
	convert(crw_decode, CRW_JSON_PRETTY | CRW_JSON_QUOTE_BIG, image, &text);
	buffer_free(&text);
	buffer_free(&bytes);
	buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_entry entry;
	struct image image;
	struct error err;

	if (image_open(&image, NULL, span_of(data, size), &err) == 0) {
		while (image_next(&image, &entry, &err) > 0) {
			struct buffer shown = { 0 };

			if (message_validate(entry.type, entry.body, &err) == 0)
				fuzz_never(print_message(&shown, entry.type, entry.body, false,
							 SIZE_MAX, &err) < 0);
			buffer_free(&shown);
		}
	}
	there_and_back(span_of(data, size));
	return 0;
}

/* Every field that the schema has, once. */
static void put_all(struct buffer *out, const struct message_type *type, unsigned depth)
{
	for (size_t i = 0; i < message_field_count(type); i++) {
		const struct field_type *f = message_field_at(type, i);
		struct buffer inner = { 0 };

		if (field_wire(f) != WIRE_BYTES) {
			wire_put_scalar(out, field_number(f), field_wire(f), 1);
			continue;
		}
		if (field_message(f) && depth < 4)
			put_all(&inner, field_message(f), depth + 1);
		else if (!field_message(f))
			buffer_byte(&inner, field_is_packed(f) ? 1 : 'a');
		if (!field_message(f) || depth < 4 || field_label(f) == FIELD_REQUIRED)
			wire_put_bytes(out, field_number(f), buffer_span(&inner));
		buffer_free(&inner);
	}
}

static void put_entry(struct buffer *out, const struct message_type *type)
{
	struct buffer body = { 0 };

	put_all(&body, type, 0);
	image_put(out, buffer_span(&body));
	buffer_free(&body);
}

/* The images of the golden tests, then one of each kind. */
bool fuzz_seed(size_t index, struct buffer *seed)
{
	struct golden_world w = { .image_count = 0 };
	const struct image_kind *kind;

	golden_read_all();
	if (index < golden_count) {
		golden_set_up(&golden_cases[index], &w);
		if (w.image_count)
			buffer_append(seed, buffer_span(&w.images[w.image_count - 1].bytes));
		world_free(&w);
		return true;
	}
	index -= golden_count;
	if (index >= kind_count())
		return false;
	kind = kind_at(index);
	image_begin(seed, kind);
	if (kind->head)
		put_entry(seed, kind->head);
	if (kind->entry)
		put_entry(seed, kind->entry);
	buffer_append(seed, span_of("payload", 7));
	return true;
}
