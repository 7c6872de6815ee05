/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schema: protobuf-c's generated descriptors, and nothing else of
 * protobuf-c. The descriptors are plain tables; reading them here instead of
 * through the library saves the plugin a dependency and lets names come as
 * spans. A message_type is a ProtobufCMessageDescriptor, a field_type a
 * ProtobufCFieldDescriptor.
 */
#include <string.h>

#include "proto/criu.pb-c.h"
#include "schema.h"

typedef ProtobufCMessageDescriptor message_descriptor;
typedef ProtobufCFieldDescriptor field_descriptor;

static const message_descriptor *message_of(const struct message_type *m)
{
	return (const message_descriptor *)m;
}

static const field_descriptor *field_of(const struct field_type *f)
{
	return (const field_descriptor *)f;
}

static const struct field_type *field_type_of(const field_descriptor *f)
{
	return (const struct field_type *)f;
}

static const ProtobufCEnumDescriptor *enum_of(const struct field_type *f)
{
	return field_kind(f) == FIELD_ENUM ? field_of(f)->descriptor : NULL;
}

/* As span_compare, with a name that ends with a NUL. */
static int compare_name(const char *name, size_t size, const char *other)
{
	return span_compare(span_of(name, size), span_text(other));
}

/* --- messages --- */

#define MESSAGE(name) &crw__##name##__descriptor,
#define DISPLAY(message, number, mark, argument)
#define FLAG(map, bits, name)
#define WORD(map, field, value, word)
#define OLD_NAME(message, number, name)
static const message_descriptor *const messages[] = {
#include "json/display.def"
};
#undef MESSAGE
#undef DISPLAY
#undef FLAG
#undef WORD
#undef OLD_NAME

#define MESSAGE_COUNT (sizeof(messages) / sizeof(messages[0]))

const char *message_name(const struct message_type *m)
{
	return message_of(m)->name + strlen(message_of(m)->package_name) + 1;
}

const struct message_type *message_find(const char *name, size_t size)
{
	size_t low = 0, high = MESSAGE_COUNT;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct message_type *m = (const struct message_type *)messages[middle];
		int order = compare_name(name, size, message_name(m));

		if (order == 0)
			return m;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

size_t message_field_count(const struct message_type *m)
{
	return message_of(m)->n_fields;
}

const struct field_type *message_field_at(const struct message_type *m, size_t index)
{
	const message_descriptor *d = message_of(m);

	return index < d->n_fields ? field_type_of(&d->fields[index]) : NULL;
}

const struct field_type *message_field(const struct message_type *m, const char *name, size_t size)
{
	const message_descriptor *d = message_of(m);
	size_t low = 0, high = d->n_fields;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const field_descriptor *f = &d->fields[d->fields_sorted_by_name[middle]];
		int order = compare_name(name, size, f->name);

		if (order == 0)
			return field_type_of(f);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Fields stand in order of number, mostly 1, 2, 3 without a gap: then the
 * first guess is right. */
const struct field_type *message_field_number(const struct message_type *m, uint32_t number)
{
	const message_descriptor *d = message_of(m);
	size_t low = 0, high = d->n_fields;

	if (number - 1 < high && d->fields[number - 1].id == number)
		return field_type_of(&d->fields[number - 1]);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->fields[middle].id == number)
			return field_type_of(&d->fields[middle]);
		if (number < d->fields[middle].id)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* --- names that were given to other fields --- */

static const struct {
	const message_descriptor *message;
	uint32_t number; /* of the field that had it before */
	const char *name;
} old_names[] = {
#define MESSAGE(name)
#define DISPLAY(message, number, mark, argument)
#define FLAG(map, bits, name)
#define WORD(map, field, value, word)
#define OLD_NAME(message, number, name) { &crw__##message##__descriptor, number, name },
#include "json/display.def"
#undef MESSAGE
#undef DISPLAY
#undef FLAG
#undef WORD
#undef OLD_NAME
};

#define OLD_NAME_COUNT (sizeof(old_names) / sizeof(old_names[0]))

/* OLD_NAME_COUNT: there is none in the message of the field. */
static size_t find_old_name(const struct field_type *f)
{
	size_t i = 0;

	while (i < OLD_NAME_COUNT &&
	       (field_of(f) < old_names[i].message->fields ||
		field_of(f) >= old_names[i].message->fields + old_names[i].message->n_fields))
		i++;
	return i;
}

const char *field_old_name(const struct field_type *f)
{
	size_t row = find_old_name(f);
	bool has_one = row < OLD_NAME_COUNT && field_number(f) == old_names[row].number;

	return has_one ? old_names[row].name : NULL;
}

const struct field_type *field_older(const struct field_type *f)
{
	size_t row = find_old_name(f);

	if (row == OLD_NAME_COUNT || strcmp(field_name(f), old_names[row].name) != 0)
		return NULL;
	return message_field_number((const struct message_type *)old_names[row].message,
				    old_names[row].number);
}

static bool is_in(uint32_t number, struct span body)
{
	struct wire_field wire;
	struct error ignored;

	while (wire_next(&body, &wire, &ignored) > 0)
		if (wire.number == number)
			return true;
	return false;
}

const struct field_type *field_here(const struct field_type *f, struct span body)
{
	const struct field_type *older = field_older(f);
	bool is_older = older && !is_in(field_number(f), body) && is_in(field_number(older), body);

	return is_older ? older : f;
}

const char *field_name_here(const struct field_type *f, struct span body)
{
	const char *old = field_old_name(f);
	const struct message_type *m;
	const struct field_type *now;

	if (!old)
		return field_name(f);
	m = (const struct message_type *)old_names[find_old_name(f)].message;
	now = message_field(m, old, strlen(old));
	return now && is_in(field_number(now), body) ? field_name(f) : old;
}

/* --- fields --- */

/* What a type of protobuf's is to us. */
struct type_traits {
	uint8_t kind;
	uint8_t wire;
	uint8_t bits; /* of a number */
	bool zigzag;
};

static const struct type_traits type_traits[] = {
	[PROTOBUF_C_TYPE_INT32] = { FIELD_SIGNED, WIRE_VARINT, 32, false },
	[PROTOBUF_C_TYPE_SINT32] = { FIELD_SIGNED, WIRE_VARINT, 32, true },
	[PROTOBUF_C_TYPE_SFIXED32] = { FIELD_SIGNED, WIRE_FIXED32, 32, false },
	[PROTOBUF_C_TYPE_INT64] = { FIELD_SIGNED, WIRE_VARINT, 64, false },
	[PROTOBUF_C_TYPE_SINT64] = { FIELD_SIGNED, WIRE_VARINT, 64, true },
	[PROTOBUF_C_TYPE_SFIXED64] = { FIELD_SIGNED, WIRE_FIXED64, 64, false },
	[PROTOBUF_C_TYPE_UINT32] = { FIELD_UNSIGNED, WIRE_VARINT, 32, false },
	[PROTOBUF_C_TYPE_FIXED32] = { FIELD_UNSIGNED, WIRE_FIXED32, 32, false },
	[PROTOBUF_C_TYPE_UINT64] = { FIELD_UNSIGNED, WIRE_VARINT, 64, false },
	[PROTOBUF_C_TYPE_FIXED64] = { FIELD_UNSIGNED, WIRE_FIXED64, 64, false },
	[PROTOBUF_C_TYPE_FLOAT] = { FIELD_FLOAT, WIRE_FIXED32, 32, false },
	[PROTOBUF_C_TYPE_DOUBLE] = { FIELD_FLOAT, WIRE_FIXED64, 64, false },
	[PROTOBUF_C_TYPE_BOOL] = { FIELD_BOOL, WIRE_VARINT, 32, false },
	[PROTOBUF_C_TYPE_ENUM] = { FIELD_ENUM, WIRE_VARINT, 32, false },
	[PROTOBUF_C_TYPE_STRING] = { FIELD_TEXT, WIRE_BYTES, 0, false },
	[PROTOBUF_C_TYPE_BYTES] = { FIELD_BYTES, WIRE_BYTES, 0, false },
	[PROTOBUF_C_TYPE_MESSAGE] = { FIELD_MESSAGE, WIRE_BYTES, 0, false },
};

static const struct type_traits *traits_of(const struct field_type *f)
{
	return &type_traits[field_of(f)->type];
}

const char *field_name(const struct field_type *f)
{
	return field_of(f)->name;
}

uint32_t field_number(const struct field_type *f)
{
	return field_of(f)->id;
}

enum field_kind field_kind(const struct field_type *f)
{
	return traits_of(f)->kind;
}

enum field_label field_label(const struct field_type *f)
{
	switch (field_of(f)->label) {
	case PROTOBUF_C_LABEL_REQUIRED:
		return FIELD_REQUIRED;
	case PROTOBUF_C_LABEL_REPEATED:
		return FIELD_REPEATED;
	default:
		return FIELD_OPTIONAL;
	}
}

bool field_is_packed(const struct field_type *f)
{
	return field_of(f)->flags & PROTOBUF_C_FIELD_FLAG_PACKED;
}

unsigned field_bits(const struct field_type *f)
{
	return traits_of(f)->bits;
}

enum wire_type field_wire(const struct field_type *f)
{
	return traits_of(f)->wire;
}

const struct message_type *field_message(const struct field_type *f)
{
	return field_kind(f) == FIELD_MESSAGE ? field_of(f)->descriptor : NULL;
}

/* --- enums --- */

const char *field_enum_type(const struct field_type *f)
{
	const ProtobufCEnumDescriptor *e = enum_of(f);

	return e ? e->name + strlen(e->package_name) + 1 : NULL;
}

bool field_enum_number(const struct field_type *f, const char *name, size_t size, int32_t *number)
{
	const ProtobufCEnumDescriptor *e = enum_of(f);

	for (unsigned i = 0; e && i < e->n_value_names; i++) {
		if (compare_name(name, size, e->values_by_name[i].name) != 0)
			continue;
		*number = e->values[e->values_by_name[i].index].value;
		return true;
	}
	return false;
}

const char *field_enum_name(const struct field_type *f, int32_t number)
{
	const ProtobufCEnumDescriptor *e = enum_of(f);

	for (unsigned i = 0; e && i < e->n_values; i++) {
		if (e->values[i].value == number)
			return e->values[i].name;
	}
	return NULL;
}

size_t field_enum_count(const struct field_type *f)
{
	const ProtobufCEnumDescriptor *e = enum_of(f);

	return e ? e->n_values : 0;
}

const char *field_enum_name_at(const struct field_type *f, size_t index)
{
	return index < field_enum_count(f) ? enum_of(f)->values[index].name : NULL;
}

/* --- numbers --- */

number_t field_decode(const struct field_type *f, uint64_t scalar)
{
	const struct type_traits *t = traits_of(f);

	if (t->zigzag)
		scalar = (t->bits == 32 ? (uint32_t)scalar : scalar) >> 1 ^ -(scalar & 1);
	if (t->kind == FIELD_BOOL)
		return scalar != 0;
	if (t->kind == FIELD_SIGNED || t->kind == FIELD_ENUM)
		return t->bits == 32 ? (int32_t)scalar : (int64_t)scalar;
	return t->bits == 32 ? (uint32_t)scalar : scalar;
}

/* The smallest and the largest number that a field takes. Floats are taken
 * as their bits. */
static void number_range(const struct type_traits *t, number_t *low, number_t *high)
{
	number_t values = (number_t)1 << t->bits;
	bool is_signed = t->kind == FIELD_SIGNED || t->kind == FIELD_ENUM;

	*low = is_signed ? -(values / 2) : 0;
	*high = is_signed ? values / 2 - 1 : values - 1;
	if (t->kind == FIELD_BOOL)
		*high = 1;
}

static int fail_range(const struct field_type *f, number_t low, number_t high, struct error *err)
{
	return fail(err, "%s takes numbers from %lld to %llu", field_name(f), (long long)low,
		    (unsigned long long)high);
}

int field_encode(const struct field_type *f, number_t value, uint64_t *scalar, struct error *err)
{
	const struct type_traits *t = traits_of(f);
	number_t low, high;

	if (t->bits == 0)
		return fail(err, "%s does not take a number", field_name(f));
	number_range(t, &low, &high);
	if (value < low || value > high)
		return fail_range(f, low, high, err);
	*scalar = (uint64_t)value;
	if (t->zigzag)
		*scalar = (uint64_t)value << 1 ^ (uint64_t)(value < 0 ? -1 : 0);
	if (t->wire == WIRE_FIXED32 || (t->zigzag && t->bits == 32))
		*scalar = (uint32_t)*scalar;
	return 0;
}

/* --- validation --- */

/* Required fields seen, one bit per field of the descriptor. */
#define REQUIRED_WORDS 4

struct required_set {
	uint64_t words[REQUIRED_WORDS];
};

static int validate(const struct message_type *m, struct span body, unsigned depth,
		    struct error *err);

/* A run of packed elements: must come out even. */
static int validate_packed(const struct field_type *f, struct span run, struct error *err)
{
	enum wire_type wire = field_wire(f);
	uint64_t scalar;

	if (wire == WIRE_FIXED32 || wire == WIRE_FIXED64) {
		size_t size = wire == WIRE_FIXED32 ? 4 : 8;

		return run.size % size == 0 ? 0 : fail(err, "a packed run of %zu bytes", run.size);
	}
	while (run.size > 0) {
		if (wire_varint(&run, &scalar, err) < 0)
			return -1;
	}
	return 0;
}

static int validate_field(const struct field_type *f, const struct wire_field *field,
			  unsigned depth, struct error *err)
{
	bool repeated = field_label(f) == FIELD_REPEATED;

	if (field->type == WIRE_BYTES && repeated && field_wire(f) != WIRE_BYTES)
		return validate_packed(f, field->bytes, err);
	if (field->type != field_wire(f))
		return fail(err, "wire type %u instead of %u", (unsigned)field->type,
			    (unsigned)field_wire(f));
	if (field_kind(f) == FIELD_MESSAGE)
		return validate(field_message(f), field->bytes, depth + 1, err);
	return 0;
}

static int check_required(const struct message_type *m, const struct required_set *seen,
			  struct error *err)
{
	const message_descriptor *d = message_of(m);

	for (size_t i = 0; i < d->n_fields; i++) {
		if (d->fields[i].label == PROTOBUF_C_LABEL_REQUIRED &&
		    !(seen->words[i / 64] >> (i % 64) & 1))
			return fail(err, "%s: the required field %s is missing", message_name(m),
				    d->fields[i].name);
	}
	return 0;
}

static int validate(const struct message_type *m, struct span body, unsigned depth,
		    struct error *err)
{
	const message_descriptor *d = message_of(m);
	struct required_set seen = { { 0 } };
	struct wire_field field;
	int more;

	if (depth > MESSAGE_DEPTH_MAX)
		return fail(err, "messages are nested more than %d deep", MESSAGE_DEPTH_MAX);
	if (d->n_fields > 64 * REQUIRED_WORDS)
		return fail(err, "%s has too many fields to check", message_name(m));
	while ((more = wire_next(&body, &field, err)) > 0) {
		const struct field_type *f = message_field_number(m, field.number);
		size_t index = f ? (size_t)(field_of(f) - d->fields) : 0;

		if (!f)
			continue;
		seen.words[index / 64] |= (uint64_t)1 << (index % 64);
		if (validate_field(f, &field, depth, err) < 0)
			return error_context(err, "%s.%s", message_name(m), field_name(f));
	}
	if (more < 0)
		return error_context(err, "%s", message_name(m));
	return check_required(m, &seen, err);
}

int message_validate(const struct message_type *m, struct span body, struct error *err)
{
	return validate(m, body, 1, err);
}
