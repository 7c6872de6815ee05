/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "image.h"
#include "netlink.h"
#include "raw.h"

#define NUMBER_LINE 1u
#define NUMBER_UNENDED 2u

const struct image_kind *raw_kind_of_magic(struct span file)
{
	uint32_t magic = file.size >= 4 ? span_u32(file) : 0;
	const struct image_kind *kind;

	for (size_t i = 0; magic && (kind = kind_at(i)); i++)
		if (kind->raw_magic == magic)
			return kind;
	return NULL;
}

/* Gives what is in `piece` to *out, and empties it. */
static int pass_on(struct content *out, struct buffer *piece, struct error *err)
{
	int status = piece->failed ? fail_memory(err) :
				     content_append(out, buffer_span(piece), err);

	buffer_clear(piece);
	if (status == 0 && out->size > IMAGE_SIZE_MAX)
		return fail(err, "bigger than the limit of %u bytes", IMAGE_SIZE_MAX);
	return status;
}

/* --- from the file --- */

/* The next line as an entry's message; what it ends with goes without saying. */
static int read_line(struct span *rest, struct buffer *out)
{
	const uint8_t *end = rest->size ? memchr(rest->data, '\n', rest->size) : NULL;
	size_t size = end ? (size_t)(end - rest->data) : rest->size;

	if (rest->size == 0)
		return 0;
	wire_put_bytes(out, NUMBER_LINE, span_of(rest->data, size));
	if (!end)
		wire_put_scalar(out, NUMBER_UNENDED, WIRE_VARINT, 1);
	size += end != NULL;
	*rest = span_of(rest->data + size, rest->size - size);
	return 1;
}

static int read_piece(const struct image_kind *kind, struct span *rest, struct buffer *out,
		      struct error *err)
{
	return kind->raw == RAW_TEXT ? read_line(rest, out) :
				       netlink_read(kind->entry, rest, out, err);
}

static int take_magic(const struct image_kind *kind, struct span *rest, struct error *err)
{
	if (!kind->raw_magic)
		return 0;
	if (rest->size < 4)
		return fail(err, "cut off: the magic takes 4 bytes but only %zu are left",
			    rest->size);
	if (span_u32(*rest) != kind->raw_magic)
		return fail(err, "its magic 0x%08x is not the one of %s", span_u32(*rest),
			    kind->pattern);
	*rest = span_of(rest->data + 4, rest->size - 4);
	return 0;
}

static int expand(const struct image_kind *kind, struct span rest, struct content *out,
		  struct error *err)
{
	cleanup_buffer struct buffer entry = { 0 }, fields = { 0 };
	int more;

	buffer_u32(&entry, MAGIC_COMMON);
	buffer_u32(&entry, RAW_ENTRIES_MAGIC);
	if (take_magic(kind, &rest, err) < 0 || pass_on(out, &entry, err) < 0)
		return -1;
	for (size_t i = 0; (more = read_piece(kind, &rest, &fields, err)); i++) {
		if (more < 0)
			return error_context(err, "entry %zu", i);
		if (i == IMAGE_ENTRIES_MAX)
			return fail(err, "more than %u entries", IMAGE_ENTRIES_MAX);
		buffer_u32(&entry, (uint32_t)fields.size);
		buffer_append(&entry, buffer_span(&fields));
		entry.failed |= fields.failed;
		buffer_clear(&fields);
		if (pass_on(out, &entry, err) < 0)
			return -1;
	}
	return content_seal(out, err);
}

/* --- and back --- */

/* A line that ended the text without an end gets one when others follow. */
static int write_line(struct span fields, bool is_last, struct buffer *out, struct error *err)
{
	struct wire_field field;
	bool unended = false;
	int more;

	while ((more = wire_next(&fields, &field, err)) > 0) {
		if (field.number == NUMBER_LINE)
			buffer_append(out, field.bytes);
		if (field.number == NUMBER_UNENDED)
			unended = field.scalar != 0;
	}
	if (!unended || !is_last)
		buffer_byte(out, '\n');
	return more;
}

int raw_collapse(const struct image_kind *kind, struct span entries, struct content *file,
		 struct error *err)
{
	cleanup_buffer struct buffer piece = { 0 };
	struct image_entry entry;
	struct image image;
	int more;

	if (image_open(&image, kind, entries, err) < 0)
		return -1;
	if (kind->raw_magic)
		buffer_u32(&piece, kind->raw_magic);
	while ((more = image_next(&image, &entry, err)) > 0) {
		int status = kind->raw == RAW_TEXT ?
				     write_line(entry.body, image.rest.size == 0, &piece, err) :
				     netlink_write(kind->entry, entry.body, &piece, err);

		if (status < 0)
			return error_context(err, "entry %zu", entry.index);
		if (pass_on(file, &piece, err) < 0)
			return -1;
	}
	if (more < 0 || pass_on(file, &piece, err) < 0)
		return -1;
	return content_seal(file, err);
}

int raw_expand(const struct image_kind *kind, struct content *c, struct error *err)
{
	struct content entries = { .size = 0 };

	if (kind->raw == RAW_NOT)
		return 0;
	if (c->bytes.size > RAW_SIZE_MAX)
		return fail(err, "bigger than the limit of %u bytes", RAW_SIZE_MAX);
	if (expand(kind, c->bytes, &entries, err) < 0) {
		content_free(&entries);
		return -1;
	}
	content_free(c);
	*c = entries;
	return 0;
}

/* --- what is not deleted --- */

#define TABLE_LOCAL 255u
#define ACTION_TABLE 1u

static bool has_number(const struct image_kind *kind, struct span fields, const char *name,
		       uint64_t number)
{
	const struct field_type *f = message_field(kind->entry, name, strlen(name));
	struct wire_field field;
	struct error ignored;

	while (f && wire_next_of(&fields, field_number(f), &field, &ignored) > 0) {
		if (field.scalar == number)
			return true;
	}
	return false;
}

const char *raw_is_kept(const struct image_kind *kind, struct span fields)
{
	if (kind->raw != RAW_NETLINK || strcmp(kind->name, "rule") != 0 ||
	    !has_number(kind, fields, "table", TABLE_LOCAL) ||
	    !has_number(kind, fields, "frh_action", ACTION_TABLE))
		return NULL;
	return "the rule for the table local stays: without it the tasks reach nothing";
}
