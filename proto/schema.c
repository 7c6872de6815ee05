/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The schema: looking things up in the tables, and what follows from them. */
#include <string.h>

#include "schema_tables.h"

enum {
	TYPE_INT32,
	TYPE_SINT32,
	TYPE_SFIXED32,
	TYPE_INT64,
	TYPE_SINT64,
	TYPE_SFIXED64,
	TYPE_UINT32,
	TYPE_FIXED32,
	TYPE_UINT64,
	TYPE_FIXED64,
	TYPE_FLOAT,
	TYPE_DOUBLE,
	TYPE_BOOL,
	TYPE_ENUM,
	TYPE_STRING,
	TYPE_BYTES,
	TYPE_MESSAGE,
};

#include "proto/schema_data.h"

static const struct enum_type *enum_of(const struct field_type *f)
{
	return f->type == TYPE_ENUM ? &schema_enums[f->target] : NULL;
}

/* As span_compare, with a name that ends with a NUL. Most differ early. */
static int compare_name(const char *name, size_t size, const char *other)
{
	for (size_t i = 0; i < size; i++)
		if (name[i] != other[i] || !other[i])
			return (uint8_t)name[i] < (uint8_t)other[i] ? -1 : 1;
	return other[size] ? -1 : 0;
}

/* --- messages --- */

const char *message_name(const struct message_type *m)
{
	return schema_text + m->name;
}

static const struct message_type *find_between(size_t low, size_t high, const char *name,
					       size_t size)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct message_type *m = &schema_messages[middle];
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

const struct message_type *message_find(const char *name, size_t size)
{
	const struct message_type *m = find_between(0, MESSAGE_RAW, name, size);

	return m ? m : find_between(MESSAGE_RAW, MESSAGE_COUNT, name, size);
}

size_t message_field_count(const struct message_type *m)
{
	return m->field_count;
}

const struct field_type *message_field_at(const struct message_type *m, size_t index)
{
	return index < m->field_count ? &schema_fields[m->first_field + index] : NULL;
}

const struct field_type *message_field(const struct message_type *m, const char *name, size_t size)
{
	const struct field_type *fields = &schema_fields[m->first_field];
	size_t low = 0, high = m->field_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct field_type *f = &fields[schema_by_name[m->first_field + middle]];
		int order = compare_name(name, size, field_name(f));

		if (order == 0)
			return f;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct message_type *field_owner(const struct field_type *f)
{
	size_t low = 0, high = MESSAGE_COUNT, index = (size_t)(f - schema_fields);

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (schema_messages[middle].first_field <= index)
			low = middle;
		else
			high = middle;
	}
	return &schema_messages[low];
}

/* Fields stand in order of number, mostly 1, 2, 3 without a gap: then the
 * first guess is right. */
static const struct field_type *search_number(const struct message_type *m, uint32_t number)
{
	const struct field_type *fields = &schema_fields[m->first_field];
	size_t low = 0, high = m->field_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fields[middle].number == number)
			return &fields[middle];
		if (number < fields[middle].number)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Numbers mostly go 1, 2, 3 without a gap. */
static inline const struct field_type *find_number(const struct message_type *m, uint32_t number)
{
	const struct field_type *fields = &schema_fields[m->first_field];

	if (number - 1 < m->field_count && fields[number - 1].number == number)
		return &fields[number - 1];
	return search_number(m, number);
}

const struct field_type *message_field_number(const struct message_type *m, uint32_t number)
{
	return find_number(m, number);
}

/* --- names that were given to other fields --- */

static const struct {
	uint16_t message; /* index */
	uint32_t number;  /* of the field that had it before */
	const char *name;
} old_names[] = {
#define MESSAGE(name)
#define DISPLAY(message, number, mark, argument)
#define FLAG(map, bits, name)
#define WORD(map, field, value, word)
#define OLD_NAME(message, number, name) { MESSAGE_##message, number, name },
#include "json/display.def"
#undef MESSAGE
#undef DISPLAY
#undef FLAG
#undef WORD
#undef OLD_NAME
};

#define OLD_NAME_COUNT (sizeof(old_names) / sizeof(old_names[0]))

static const struct message_type *old_name_message(size_t row)
{
	return &schema_messages[old_names[row].message];
}

/* OLD_NAME_COUNT: there is none in the message of the field. */
static size_t find_old_name(const struct field_type *f)
{
	size_t index = (size_t)(f - schema_fields), row = 0;

	while (row < OLD_NAME_COUNT &&
	       index - old_name_message(row)->first_field >= old_name_message(row)->field_count)
		row++;
	return row;
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
	return message_field_number(old_name_message(row), old_names[row].number);
}

static bool is_in(uint32_t number, struct span body)
{
	struct wire_field wire;
	struct error ignored;

	return wire_next_of(&body, number, &wire, &ignored) > 0;
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
	m = old_name_message(find_old_name(f));
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
	[TYPE_INT32] = { FIELD_SIGNED, WIRE_VARINT, 32, false },
	[TYPE_SINT32] = { FIELD_SIGNED, WIRE_VARINT, 32, true },
	[TYPE_SFIXED32] = { FIELD_SIGNED, WIRE_FIXED32, 32, false },
	[TYPE_INT64] = { FIELD_SIGNED, WIRE_VARINT, 64, false },
	[TYPE_SINT64] = { FIELD_SIGNED, WIRE_VARINT, 64, true },
	[TYPE_SFIXED64] = { FIELD_SIGNED, WIRE_FIXED64, 64, false },
	[TYPE_UINT32] = { FIELD_UNSIGNED, WIRE_VARINT, 32, false },
	[TYPE_FIXED32] = { FIELD_UNSIGNED, WIRE_FIXED32, 32, false },
	[TYPE_UINT64] = { FIELD_UNSIGNED, WIRE_VARINT, 64, false },
	[TYPE_FIXED64] = { FIELD_UNSIGNED, WIRE_FIXED64, 64, false },
	[TYPE_FLOAT] = { FIELD_FLOAT, WIRE_FIXED32, 32, false },
	[TYPE_DOUBLE] = { FIELD_FLOAT, WIRE_FIXED64, 64, false },
	[TYPE_BOOL] = { FIELD_BOOL, WIRE_VARINT, 32, false },
	[TYPE_ENUM] = { FIELD_ENUM, WIRE_VARINT, 32, false },
	[TYPE_STRING] = { FIELD_TEXT, WIRE_BYTES, 0, false },
	[TYPE_BYTES] = { FIELD_BYTES, WIRE_BYTES, 0, false },
	[TYPE_MESSAGE] = { FIELD_MESSAGE, WIRE_BYTES, 0, false },
};

static const struct type_traits *traits_of(const struct field_type *f)
{
	return &type_traits[f->type];
}

const char *field_name(const struct field_type *f)
{
	return schema_text + f->name;
}

enum field_kind field_kind(const struct field_type *f)
{
	return traits_of(f)->kind;
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
	return f->type == TYPE_MESSAGE ? &schema_messages[f->target] : NULL;
}

/* --- enums --- */

static const struct enum_value *enum_value_at(const struct enum_type *e, size_t index)
{
	return e && index < e->value_count ? &schema_values[e->first_value + index] : NULL;
}

const char *field_enum_type(const struct field_type *f)
{
	const struct enum_type *e = enum_of(f);

	return e ? schema_text + e->name : NULL;
}

bool field_enum_number(const struct field_type *f, const char *name, size_t size, int32_t *number)
{
	const struct enum_value *value;

	for (size_t i = 0; (value = enum_value_at(enum_of(f), i)); i++) {
		if (compare_name(name, size, schema_text + value->name) != 0)
			continue;
		*number = value->number;
		return true;
	}
	return false;
}

const char *field_enum_name(const struct field_type *f, int32_t number)
{
	const struct enum_value *value;

	for (size_t i = 0; (value = enum_value_at(enum_of(f), i)); i++)
		if (value->number == number)
			return schema_text + value->name;
	return NULL;
}

size_t field_enum_count(const struct field_type *f)
{
	const struct enum_type *e = enum_of(f);

	return e ? e->value_count : 0;
}

const char *field_enum_name_at(const struct field_type *f, size_t index)
{
	const struct enum_value *value = enum_value_at(enum_of(f), index);

	return value ? schema_text + value->name : NULL;
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

/* Fields seen, one bit per field of the descriptor. */
#define SEEN_WORDS 4

struct seen_set {
	uint64_t words[SEEN_WORDS];
	unsigned missing; /* required ones that were not */
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
	enum wire_type wire = field_wire(f);

	if (field->type == wire)
		return f->type == TYPE_MESSAGE ?
			       validate(field_message(f), field->bytes, depth + 1, err) :
			       0;
	if (field->type == WIRE_BYTES && field_label(f) == FIELD_REPEATED)
		return validate_packed(f, field->bytes, err);
	return fail(err, "wire type %u instead of %u", (unsigned)field->type, (unsigned)wire);
}

static void note_seen(struct seen_set *seen, const struct message_type *m,
		      const struct field_type *f)
{
	size_t index = (size_t)(f - &schema_fields[m->first_field]);
	uint64_t bit = (uint64_t)1 << (index % 64);

	if (seen->words[index / 64] & bit)
		return;
	seen->words[index / 64] |= bit;
	seen->missing -= f->label == FIELD_REQUIRED;
}

static int fail_required(const struct message_type *m, const struct seen_set *seen,
			 struct error *err)
{
	const struct field_type *f;

	for (size_t i = 0; (f = message_field_at(m, i)); i++) {
		if (f->label == FIELD_REQUIRED && !(seen->words[i / 64] >> (i % 64) & 1))
			return fail(err, "%s: the required field %s is missing", message_name(m),
				    field_name(f));
	}
	return 0;
}

/* Takes the field in front, when that is quick and nothing in it is to be looked at. */
static inline bool pass_plain(const struct message_type *m, struct span *body,
			      struct seen_set *seen)
{
	size_t size = wire_quick_size(body->data, body->size);
	const struct field_type *f = size ? find_number(m, body->data[0] >> 3) : NULL;

	if (!f || f->type == TYPE_MESSAGE || field_wire(f) != (body->data[0] & 7u))
		return false;
	note_seen(seen, m, f);
	*body = span_of(body->data + size, body->size - size);
	return true;
}

static int validate(const struct message_type *m, struct span body, unsigned depth,
		    struct error *err)
{
	struct seen_set seen = { .missing = m->required_count };
	struct wire_field field;
	int more;

	if (depth > MESSAGE_DEPTH_MAX)
		return fail(err, "messages are nested more than %d deep", MESSAGE_DEPTH_MAX);
	if (m->field_count > 64 * SEEN_WORDS)
		return fail(err, "%s has too many fields to check", message_name(m));
	for (;;) {
		const struct field_type *f;

		while (pass_plain(m, &body, &seen))
			;
		more = wire_next(&body, &field, err);
		if (more <= 0)
			break;
		f = find_number(m, field.number);
		if (!f)
			continue;
		note_seen(&seen, m, f);
		if (validate_field(f, &field, depth, err) < 0)
			return error_context(err, "%s.%s", message_name(m), field_name(f));
	}
	if (more < 0)
		return error_context(err, "%s", message_name(m));
	return seen.missing ? fail_required(m, &seen, err) : 0;
}

int message_validate(const struct message_type *m, struct span body, struct error *err)
{
	return validate(m, body, 1, err);
}
