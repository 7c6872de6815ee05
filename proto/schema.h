/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The names, numbers and types of every message of CRIU's images, as
 * criu.proto has them. Nobody above this folder sees in what form.
 * All pointers returned are static and never freed.
 */
#ifndef CRW_SCHEMA_H
#define CRW_SCHEMA_H

#include "bytes.h"
#include "error.h"
#include "wire.h"

struct message_type; /* opaque */

enum field_kind {
	FIELD_SIGNED,   /* int32, int64, sint*, sfixed* */
	FIELD_UNSIGNED, /* uint32, uint64, fixed* */
	FIELD_FLOAT,    /* float, double: kept, shown, never calculated with */
	FIELD_BOOL,
	FIELD_ENUM,
	FIELD_TEXT,
	FIELD_BYTES,
	FIELD_MESSAGE,
};

enum field_label { FIELD_REQUIRED, FIELD_OPTIONAL, FIELD_REPEATED };

/* A row of schema_tables.h; only the functions here look into it. */
struct field_type {
	uint32_t number;
	uint32_t name;
	uint16_t target; /* the index of its enum or message */
	uint8_t type;    /* in type_traits */
	uint8_t label;   /* enum field_label */
	bool packed;
};

static inline uint32_t field_number(const struct field_type *f)
{
	return f->number;
}

static inline enum field_label field_label(const struct field_type *f)
{
	return (enum field_label)f->label;
}

/* Is it written as one packed run? */
static inline bool field_is_packed(const struct field_type *f)
{
	return f->packed;
}

/* By the name in the schema ("cgroup_entry"); NULL when there is none. */
const struct message_type *message_find(const char *name, size_t size);
const char *message_name(const struct message_type *m);
size_t message_field_count(const struct message_type *m);
const struct field_type *message_field_at(const struct message_type *m, size_t index);
const struct field_type *message_field(const struct message_type *m, const char *name, size_t size);
const struct field_type *message_field_number(const struct message_type *m, uint32_t number);

const struct message_type *field_owner(const struct field_type *f); /* whose it is */
const char *field_name(const struct field_type *f);
enum field_kind field_kind(const struct field_type *f);
unsigned field_bits(const struct field_type *f);                      /* 32 or 64, for numbers */
enum wire_type field_wire(const struct field_type *f);                /* of one element */
const struct message_type *field_message(const struct field_type *f); /* NULL unless a message */
const char *field_enum_type(const struct field_type *f);              /* NULL unless an enum */

/* CRIU has given the names of some fields to new ones that stand beside them. What
 * a message has of the name of `f`: that field, or else the older one. */
const struct field_type *field_here(const struct field_type *f, struct span body);
/* The name of the field in a message, as `crit decode` has it. */
const char *field_name_here(const struct field_type *f, struct span body);
/* The field that had the name of `f` before; NULL for nearly all. */
const struct field_type *field_older(const struct field_type *f);
/* What older CRIUs call the field; NULL for nearly all. */
const char *field_old_name(const struct field_type *f);

/* Enums: name to number and back; false / NULL when there is none. */
bool field_enum_number(const struct field_type *f, const char *name, size_t size, int32_t *number);
const char *field_enum_name(const struct field_type *f, int32_t number);
size_t field_enum_count(const struct field_type *f);
const char *field_enum_name_at(const struct field_type *f, size_t index);

/*
 * A number of a field as it stands on the wire, and back. Negative int32 are
 * ten-byte varints, sint are zigzag, fixed are little-endian; callers see
 * the number only. __int128 holds every 64-bit value of either sign.
 */
__extension__ typedef __int128 number_t;

number_t field_decode(const struct field_type *f, uint64_t scalar);
/* -1 with the allowed range in the text when the value does not fit. */
int field_encode(const struct field_type *f, number_t value, uint64_t *scalar, struct error *err);

/*
 * Every required field present, every field of its wire type, enums known
 * or not, messages nested at most MESSAGE_DEPTH_MAX deep.
 */
#define MESSAGE_DEPTH_MAX 100
int message_validate(const struct message_type *m, struct span body, struct error *err);

#endif
