/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The codec of raw.def. Reading is strict: an attribute becomes a field only when that
 * field written again gives the same bytes; so what was not changed stays as it is.
 */
#include <string.h>

#include "netlink.h"
#include "schema_tables.h"

enum coding {
	CODING_U8,
	CODING_U16,
	CODING_U32,
	CODING_U64,
	CODING_BE16,
	CODING_BE32,
	CODING_BE64,
	CODING_ADDRESS,
	CODING_STRING,
	CODING_BYTES,
	CODING_NESTED,
	CODING_PLAIN,
	CODING_RECORDS,
};

/* Presets that depend on the other fields. */
#define PRESET_FAMILY (-1) /* AF_INET6 with an address of version 6, else AF_INET */
#define PRESET_TABLE (-2)  /* what fits into the byte of `table` */

#define NUMBER_ATTRIBUTES 90u
#define NUMBER_REST 91u

/* Without pointers, so that loading them needs no relocation. */
struct row {
	char name[20];
	uint16_t number;    /* of the field */
	uint16_t attribute; /* 0: it stands in the head */
	uint8_t coding;
	uint16_t inner; /* index of the message inside */
	int64_t preset;
};

#define MESSAGE(name) static const struct row name##_rows[] = {
#define HEAD(number, label, name, coding, preset) { #name, number, 0, CODING_##coding, 0, preset },
#define ATTRIBUTE(number, name, coding) { #name, 10##number, number, CODING_##coding, 0, 0 },
#define INNER(number, name, coding, type)                                                          \
	{ #name, 10##number, number, CODING_##coding, MESSAGE_##type, 0 },
#define FIELD(number, label, name, type) { #name, number, 0, CODING_BYTES, 0, 0 },
#define END(name)                                                                                  \
	}                                                                                          \
	;
#define CLOSED(name) END(name)
#include "raw.def"

/* The rows of a message; in the order of schema_messages. */
struct form {
	const struct row *rows;
	size_t count;
	bool is_open; /* it may have other attributes */
};

#define MESSAGE(name)
#define HEAD(number, label, name, coding, preset)
#define ATTRIBUTE(number, name, coding)
#define INNER(number, name, coding, type)
#define FIELD(number, label, name, type)
#define FORM(name, is_open) { name##_rows, sizeof(name##_rows) / sizeof(name##_rows[0]), is_open },
#define END(name) FORM(name, true)
#define CLOSED(name) FORM(name, false)
static const struct form forms[] = {
#include "raw.def"
};

_Static_assert(sizeof(forms) / sizeof(forms[0]) == MESSAGE_COUNT - MESSAGE_RAW, "all of raw.def");

static const struct form *form_of(size_t message)
{
	return &forms[message - MESSAGE_RAW];
}

/* NULL: it is no message of raw.def. */
static const struct form *form_of_type(const struct message_type *type)
{
	ptrdiff_t index = type - schema_messages;

	return index >= MESSAGE_RAW ? form_of((size_t)index) : NULL;
}

static const struct row *row_of_number(const struct form *form, uint32_t number)
{
	for (size_t i = 0; i < form->count; i++) {
		if (form->rows[i].number == number)
			return &form->rows[i];
	}
	return NULL;
}

bool netlink_is_message(const struct message_type *type)
{
	const struct form *form = form_of_type(type);

	return form && form->rows[0].coding != CODING_BYTES;
}

bool netlink_is_address(const struct message_type *type, uint32_t number)
{
	const struct form *form = form_of_type(type);
	const struct row *row = form ? row_of_number(form, number) : NULL;

	return row && row->coding == CODING_ADDRESS;
}

/* --- numbers --- */

static const struct {
	size_t size; /* bytes; 0: no number */
	bool big;    /* the most significant byte first */
} number_forms[] = {
	[CODING_U8] = { 1, false },  [CODING_U16] = { 2, false }, [CODING_U32] = { 4, false },
	[CODING_U64] = { 8, false }, [CODING_BE16] = { 2, true }, [CODING_BE32] = { 4, true },
	[CODING_BE64] = { 8, true }, [CODING_ADDRESS] = { 0, 0 }, [CODING_STRING] = { 0, 0 },
	[CODING_BYTES] = { 0, 0 },   [CODING_NESTED] = { 0, 0 },  [CODING_PLAIN] = { 0, 0 },
	[CODING_RECORDS] = { 0, 0 },
};

static size_t size_of(enum coding coding)
{
	return number_forms[coding].size;
}

static uint64_t take_number(const uint8_t *bytes, enum coding coding)
{
	size_t size = size_of(coding);
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << 8 * (number_forms[coding].big ? size - 1 - i : i);
	return value;
}

static void put_number(struct buffer *out, enum coding coding, uint64_t value)
{
	size_t size = size_of(coding);

	for (size_t i = 0; i < size; i++)
		buffer_byte(out,
			    (uint8_t)(value >> 8 * (number_forms[coding].big ? size - 1 - i : i)));
}

static size_t align(size_t size)
{
	return (size + NETLINK_ALIGN - 1) & ~(size_t)(NETLINK_ALIGN - 1);
}

/* --- reading --- */

static bool read_message(const struct form *form, struct span bytes, struct buffer *out);

static void put_varint_field(struct buffer *out, uint32_t number, uint64_t value)
{
	wire_put_scalar(out, number, WIRE_VARINT, value);
}

static bool read_address(const struct row *row, struct span data, struct buffer *out)
{
	if (data.size != 4 && data.size != 16)
		return false;
	for (size_t i = 0; i < data.size; i += 4)
		put_varint_field(out, row->number, take_number(data.data + i, CODING_U32));
	return true;
}

static bool read_string(const struct row *row, struct span data, struct buffer *out)
{
	if (data.size == 0 || memchr(data.data, 0, data.size) != data.data + data.size - 1)
		return false;
	wire_put_bytes(out, row->number, span_of(data.data, data.size - 1));
	return true;
}

static bool read_inner(const struct row *row, struct span data, struct buffer *out)
{
	cleanup_buffer struct buffer inner = { 0 };
	bool good = read_message(form_of(row->inner), data, &inner);

	if (good)
		wire_put_bytes(out, row->number, buffer_span(&inner));
	out->failed |= inner.failed;
	return good;
}

/* Takes what begins with its own length, and what fills it up; false when it is not
 * written as put_length() would. */
static bool take_sized(struct span *rest, enum coding length, size_t head, struct span *taken)
{
	uint64_t size;

	if (rest->size < head)
		return false;
	size = take_number(rest->data, length);
	if (size < head || size > rest->size || align((size_t)size) > rest->size ||
	    !span_is_zero(span_of(rest->data + size, align((size_t)size) - (size_t)size)))
		return false;
	*taken = span_of(rest->data, (size_t)size);
	*rest = span_of(rest->data + align((size_t)size), rest->size - align((size_t)size));
	return true;
}

/* Messages one after the other, each with its length in front. */
static bool read_records(const struct row *row, struct span data, struct buffer *out)
{
	cleanup_buffer struct buffer records = { 0 };
	bool good = data.size > 0;
	struct span record;

	while (good && data.size > 0) {
		good = take_sized(&data, CODING_U16, 2, &record) &&
		       read_inner(row, span_of(record.data + 2, record.size - 2), &records);
	}
	if (good)
		buffer_append(out, buffer_span(&records));
	out->failed |= records.failed;
	return good;
}

static bool read_value(const struct row *row, struct span data, struct buffer *out)
{
	switch (row->coding) {
	case CODING_ADDRESS:
		return read_address(row, data, out);
	case CODING_STRING:
		return read_string(row, data, out);
	case CODING_BYTES:
		wire_put_bytes(out, row->number, data);
		return true;
	case CODING_NESTED:
	case CODING_PLAIN:
		return read_inner(row, data, out);
	case CODING_RECORDS:
		return read_records(row, data, out);
	default:
		if (data.size != size_of(row->coding))
			return false;
		put_varint_field(out, row->number, take_number(data.data, row->coding));
		return true;
	}
}

#define FLAG_NESTED 0x8000u

static uint16_t type_of(const struct row *row)
{
	return row->coding == CODING_NESTED ? row->attribute | FLAG_NESTED : row->attribute;
}

static const struct row *row_of_type(const struct form *form, uint64_t type)
{
	for (size_t i = 0; i < form->count; i++) {
		if (form->rows[i].attribute && type_of(&form->rows[i]) == type)
			return &form->rows[i];
	}
	return NULL;
}

static void read_other(uint64_t type, struct span data, struct buffer *out)
{
	cleanup_buffer struct buffer inner = { 0 };

	put_varint_field(&inner, 1, type);
	wire_put_bytes(&inner, 2, data);
	wire_put_bytes(out, NUMBER_ATTRIBUTES, buffer_span(&inner));
	out->failed |= inner.failed;
}

/* Two lists side by side would become one. */
static bool is_list(enum coding coding)
{
	return coding == CODING_ADDRESS || coding == CODING_RECORDS;
}

static void read_attributes(const struct form *form, struct span rest, struct buffer *out)
{
	const struct row *last = NULL;
	struct span attribute, data;

	while (take_sized(&rest, CODING_U16, 4, &attribute)) {
		uint64_t type = take_number(attribute.data + 2, CODING_U16);
		const struct row *row = row_of_type(form, type);
		bool joins = row && row == last && is_list(row->coding);

		data = span_of(attribute.data + 4, attribute.size - 4);
		last = row && !joins && read_value(row, data, out) ? row : NULL;
		if (!last)
			read_other(type, data, out);
	}
	if (rest.size > 0)
		wire_put_bytes(out, NUMBER_REST, rest);
}

static size_t head_size(const struct form *form)
{
	size_t size = 0;

	for (size_t i = 0; i < form->count && !form->rows[i].attribute; i++)
		size += size_of(form->rows[i].coding);
	return size;
}

#define NUMBER_LATE 80u /* the first of those that are of no interest */

static void read_head(const struct form *form, const uint8_t *at, bool late, struct buffer *out)
{
	for (size_t i = 0; i < form->count && !form->rows[i].attribute; i++) {
		const struct row *row = &form->rows[i];

		if ((row->number >= NUMBER_LATE) == late)
			put_varint_field(out, row->number, take_number(at, row->coding));
		at += size_of(row->coding);
	}
}

/* False when the head is not all there, or when something follows that cannot be said. */
static bool read_message(const struct form *form, struct span bytes, struct buffer *out)
{
	size_t head = head_size(form);

	if (bytes.size < head || (!form->is_open && bytes.size > head))
		return false;
	read_head(form, bytes.data, false, out);
	if (form->is_open)
		read_attributes(form, span_of(bytes.data + head, bytes.size - head), out);
	read_head(form, bytes.data, true, out);
	return true;
}

int netlink_read(const struct message_type *type, struct span *rest, struct buffer *out,
		 struct error *err)
{
	struct span message;

	if (rest->size == 0)
		return 0;
	if (!take_sized(rest, CODING_U32, 4, &message))
		return fail(err, "cut off: %zu bytes are left, which are no whole message",
			    rest->size);
	if (!read_message(form_of_type(type), span_of(message.data + 4, message.size - 4), out))
		return fail(err, "a message of %zu bytes is too short for a %s", message.size,
			    message_name(type));
	return out->failed ? fail_memory(err) : 1;
}

/* --- writing --- */

static int write_message(const struct form *form, struct span fields, struct buffer *out,
			 struct error *err);

/* The last field of this number; false when there is none. */
static bool find_field(struct span fields, uint32_t number, struct wire_field *found)
{
	struct wire_field field;
	struct error ignored;
	bool any = false;

	while (wire_next_of(&fields, number, &field, &ignored) > 0) {
		*found = field;
		any = true;
	}
	return any;
}

static int check_number(const struct row *row, uint64_t value, struct error *err)
{
	size_t size = size_of(row->coding);

	if (size < 8 && value >> 8 * size)
		return fail(err, "%s takes numbers from 0 to %llu", row->name,
			    (1ULL << 8 * size) - 1);
	return 0;
}

/* Takes the elements of a list off the front that are of one number. */
static size_t count_words(struct span *rest, uint32_t number, uint32_t *words, size_t room)
{
	struct span ahead = *rest;
	struct wire_field field;
	struct error ignored;
	size_t count = 0;

	while (wire_next(&ahead, &field, &ignored) > 0 && field.number == number) {
		if (count < room)
			words[count] = (uint32_t)field.scalar;
		count++;
		*rest = ahead;
	}
	return count;
}

/* Is one of the addresses of version 6? */
static bool has_long_address(const struct form *form, struct span fields)
{
	struct span rest = fields;
	struct wire_field field;
	struct error ignored;
	size_t count = 0;
	uint32_t last = 0;

	while (wire_next(&rest, &field, &ignored) > 0) {
		const struct row *row = row_of_number(form, field.number);

		count = field.number == last ? count + 1 : 1;
		last = field.number;
		if (count > 1 && row && row->coding == CODING_ADDRESS)
			return true;
	}
	return false;
}

#define TABLE_COMPAT 252u
#define TABLE_MAIN 254u

static uint64_t preset_table(const struct form *form, struct span fields)
{
	struct wire_field table;

	for (size_t i = 0; i < form->count; i++) {
		if (strcmp(form->rows[i].name, "table") != 0 ||
		    !find_field(fields, form->rows[i].number, &table))
			continue;
		return table.scalar <= UINT8_MAX ? table.scalar : TABLE_COMPAT;
	}
	return TABLE_MAIN;
}

static uint64_t preset_of(const struct form *form, const struct row *row, struct span fields)
{
	if (row->preset == PRESET_FAMILY)
		return has_long_address(form, fields) ? 10 : 2;
	if (row->preset == PRESET_TABLE)
		return preset_table(form, fields);
	return (uint64_t)row->preset;
}

static int write_head(const struct form *form, struct span fields, struct buffer *out,
		      struct error *err)
{
	for (size_t i = 0; i < form->count && !form->rows[i].attribute; i++) {
		const struct row *row = &form->rows[i];
		struct wire_field field;
		uint64_t value = find_field(fields, row->number, &field) ?
					 field.scalar :
					 preset_of(form, row, fields);

		if (check_number(row, value, err) < 0)
			return -1;
		put_number(out, row->coding, value);
	}
	return 0;
}

/* Fills in the length of what began at `start`, and fills it up. */
static int put_length(struct buffer *out, size_t start, enum coding length, struct error *err)
{
	size_t size = out->size - start, bytes = size_of(length);

	if (out->failed)
		return fail_memory(err);
	if (bytes == 2 && size > UINT16_MAX)
		return fail(err, "an attribute of %zu bytes is longer than netlink allows", size);
	for (size_t i = 0; i < bytes; i++)
		out->data[start + i] = (uint8_t)(size >> 8 * i);
	for (; size % NETLINK_ALIGN; size++)
		buffer_byte(out, 0);
	return out->failed ? fail_memory(err) : 0;
}

/* Takes all words of the address, of which the first was read. */
static int write_address(const struct row *row, uint64_t first, struct span *rest,
			 struct buffer *out, struct error *err)
{
	uint32_t words[3];
	size_t more = count_words(rest, row->number, words, 3);

	if (more != 0 && more != 3)
		return fail(err, "%s holds %zu words, but an address has 1 or 4", row->name,
			    more + 1);
	put_number(out, CODING_U32, first);
	for (size_t i = 0; i < more; i++)
		put_number(out, CODING_U32, words[i]);
	return 0;
}

static int write_records(const struct row *row, struct span record, struct span *rest,
			 struct buffer *out, struct error *err)
{
	struct span ahead = *rest;
	struct wire_field next = { .number = row->number, .bytes = record };
	int more = 1;

	while (more > 0 && next.number == row->number) {
		size_t start = out->size;

		*rest = ahead;
		put_number(out, CODING_U16, 0);
		if (write_message(form_of(row->inner), next.bytes, out, err) < 0 ||
		    put_length(out, start, CODING_U16, err) < 0)
			return -1;
		more = wire_next(&ahead, &next, err);
	}
	return more < 0 ? -1 : 0;
}

static int write_string(const struct row *row, struct span text, struct buffer *out,
			struct error *err)
{
	if (text.size && memchr(text.data, 0, text.size))
		return fail(err, "%s is a name and takes no NUL", row->name);
	buffer_append(out, text);
	buffer_byte(out, 0);
	return 0;
}

/* The content of an attribute; of a list it takes the elements that follow, too. */
static int write_value(const struct row *row, const struct wire_field *field, struct span *rest,
		       struct buffer *out, struct error *err)
{
	switch (row->coding) {
	case CODING_ADDRESS:
		return write_address(row, field->scalar, rest, out, err);
	case CODING_STRING:
		return write_string(row, field->bytes, out, err);
	case CODING_BYTES:
		buffer_append(out, field->bytes);
		return 0;
	case CODING_NESTED:
	case CODING_PLAIN:
		return write_message(form_of(row->inner), field->bytes, out, err);
	case CODING_RECORDS:
		return write_records(row, field->bytes, rest, out, err);
	default:
		if (check_number(row, field->scalar, err) < 0)
			return -1;
		put_number(out, row->coding, field->scalar);
		return 0;
	}
}

static int write_other(struct span fields, struct buffer *out, struct error *err)
{
	struct wire_field type, data = { .bytes = { NULL, 0 } };
	size_t start = out->size;

	if (!find_field(fields, 1, &type) || type.scalar > UINT16_MAX)
		return fail(err, "attributes.type takes numbers from 0 to %u", UINT16_MAX);
	find_field(fields, 2, &data);
	put_number(out, CODING_U16, 0);
	put_number(out, CODING_U16, type.scalar);
	buffer_append(out, data.bytes);
	return put_length(out, start, CODING_U16, err);
}

static int write_attribute(const struct row *row, const struct wire_field *field, struct span *rest,
			   struct buffer *out, struct error *err)
{
	size_t start = out->size;

	put_number(out, CODING_U16, 0);
	put_number(out, CODING_U16, type_of(row));
	if (write_value(row, field, rest, out, err) < 0)
		return -1;
	return put_length(out, start, CODING_U16, err);
}

static int write_message(const struct form *form, struct span fields, struct buffer *out,
			 struct error *err)
{
	struct span rest = fields;
	struct wire_field field;
	int more, status = write_head(form, fields, out, err);

	while (status == 0 && (more = wire_next(&rest, &field, err))) {
		const struct row *row = row_of_number(form, field.number);

		if (more < 0)
			return -1;
		if (row && row->attribute)
			status = write_attribute(row, &field, &rest, out, err);
		else if (field.number == NUMBER_ATTRIBUTES)
			status = write_other(field.bytes, out, err);
	}
	if (status == 0 && find_field(fields, NUMBER_REST, &field))
		buffer_append(out, field.bytes);
	return status;
}

int netlink_write(const struct message_type *type, struct span fields, struct buffer *out,
		  struct error *err)
{
	size_t start = out->size;

	put_number(out, CODING_U32, 0);
	if (write_message(form_of_type(type), fields, out, err) < 0 ||
	    put_length(out, start, CODING_U32, err) < 0)
		return -1;
	if (out->size - start > NETLINK_MESSAGE_MAX)
		return fail(err, "a message of %zu bytes is longer than `ip` restores (%u)",
			    out->size - start, NETLINK_MESSAGE_MAX);
	return 0;
}
