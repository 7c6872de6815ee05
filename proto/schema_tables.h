/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schema as tables that hold offsets and no pointers: loading them needs no
 * relocation. What is in them is made while building, by generate/schema.c.
 * Only proto/ includes this.
 */
#ifndef CRW_SCHEMA_TABLES_H
#define CRW_SCHEMA_TABLES_H

#include "schema.h"

/* Index of a message in schema_messages. */
enum {
#define MESSAGE(name) MESSAGE_##name,
#define DISPLAY(message, number, mark, argument)
#define FLAG(map, bits, name)
#define WORD(map, field, value, word)
#define OLD_NAME(message, number, name)
#include "json/display.def"
	MESSAGE_RAW,
	MESSAGE_BEFORE_RAW = MESSAGE_RAW - 1,
#undef MESSAGE
#undef DISPLAY
#undef FLAG
#undef WORD
#undef OLD_NAME
#define MESSAGE(name) MESSAGE_##name,
#define HEAD(number, label, name, coding, preset)
#define ATTRIBUTE(number, name, coding)
#define INNER(number, name, coding, message)
#define FIELD(number, label, name, type)
#define END(name)
#define CLOSED(name)
#include "raw.def"
	MESSAGE_COUNT
};

/* Names are offsets into schema_text. */
struct message_type {
	uint32_t name;
	uint16_t first_field, field_count; /* in schema_fields */
	uint16_t required_count;
};

struct enum_type {
	uint32_t name;
	uint16_t first_value, value_count; /* in schema_values */
};

struct enum_value {
	uint32_t name;
	int32_t number;
};

/* Those of protobuf, and from MESSAGE_RAW on those of raw images, both sorted by name. */
extern const struct message_type schema_messages[];

/* For tables of constants: the message of that name. */
#define MESSAGE_TYPE(message) (&schema_messages[MESSAGE_##message])

#endif
