/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Run while building: prints the schema as tables that hold offsets and no
 * pointers, so that loading them costs nothing. protobuf-c's descriptors, which
 * are what it reads, cost a relocation for each name.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/criu.pb-c.h"
#include "proto/raw.pb-c.h"

#define MESSAGE(name) &crw__##name##__descriptor,
#define DISPLAY(message, number, mark, argument)
#define FLAG(map, bits, name)
#define WORD(map, field, value, word)
#define OLD_NAME(message, number, name)
static const ProtobufCMessageDescriptor *const messages[] = {
#include "../json/display.def"
#undef MESSAGE
#define MESSAGE(name) &crw__##name##__descriptor,
#define HEAD(number, label, name, coding, preset)
#define ATTRIBUTE(number, name, coding)
#define INNER(number, name, coding, message)
#define FIELD(number, label, name, type)
#define END(name)
#define CLOSED(name)
#include "../raw.def"
};

#define MESSAGE_COUNT (sizeof(messages) / sizeof(messages[0]))
#define ENUMS_MAX 256

static const ProtobufCEnumDescriptor *enums[ENUMS_MAX];
static size_t enum_count;

/* ---- texts: one after the other, each with its NUL --------------------------- */

static void put_text(const char *text)
{
	printf("\t\"%s\\0\"\n", text);
}

/* Where the text stands: tables have to ask in the order of put_texts(). */
static size_t take_text(const char *text)
{
	static size_t next;
	size_t at = next;

	next += strlen(text) + 1;
	return at;
}

static const char *name_of(const ProtobufCMessageDescriptor *m)
{
	return m->name + strlen(m->package_name) + 1;
}

static const char *enum_name_of(const ProtobufCEnumDescriptor *e)
{
	return e->name + strlen(e->package_name) + 1;
}

static void put_texts(void)
{
	puts("static const char schema_text[] =");
	for (size_t i = 0; i < MESSAGE_COUNT; i++)
		put_text(name_of(messages[i]));
	for (size_t i = 0; i < MESSAGE_COUNT; i++)
		for (unsigned j = 0; j < messages[i]->n_fields; j++)
			put_text(messages[i]->fields[j].name);
	for (size_t i = 0; i < enum_count; i++)
		put_text(enum_name_of(enums[i]));
	for (size_t i = 0; i < enum_count; i++)
		for (unsigned j = 0; j < enums[i]->n_values; j++)
			put_text(enums[i]->values[j].name);
	puts("\t\"\";\n");
}

/* ---- what points where --------------------------------------------------------- */

static size_t enum_index(const ProtobufCEnumDescriptor *e)
{
	for (size_t i = 0; i < enum_count; i++)
		if (enums[i] == e)
			return i;
	if (enum_count == ENUMS_MAX) {
		fputs("more enums than ENUMS_MAX\n", stderr);
		exit(1);
	}
	enums[enum_count] = e;
	return enum_count++;
}

static size_t message_index(const void *descriptor)
{
	for (size_t i = 0; i < MESSAGE_COUNT; i++)
		if (messages[i] == descriptor)
			return i;
	fprintf(stderr, "%s is not in json/display.def or raw.def\n",
		((const ProtobufCMessageDescriptor *)descriptor)->name);
	exit(1);
}

static size_t target_of(const ProtobufCFieldDescriptor *f)
{
	if (f->type == PROTOBUF_C_TYPE_ENUM)
		return enum_index(f->descriptor);
	return f->type == PROTOBUF_C_TYPE_MESSAGE ? message_index(f->descriptor) : 0;
}

static void find_enums(void)
{
	for (size_t i = 0; i < MESSAGE_COUNT; i++)
		for (unsigned j = 0; j < messages[i]->n_fields; j++)
			target_of(&messages[i]->fields[j]);
}

/* ---- tables ------------------------------------------------------------------------ */

static unsigned required_count(const ProtobufCMessageDescriptor *m)
{
	unsigned count = 0;

	for (unsigned i = 0; i < m->n_fields; i++)
		count += m->fields[i].label == PROTOBUF_C_LABEL_REQUIRED;
	return count;
}

static void put_messages(void)
{
	size_t first = 0;

	puts("/* by name: name, first field, number of fields, of the required ones */");
	puts("const struct message_type schema_messages[] = {");
	for (size_t i = 0; i < MESSAGE_COUNT; i++) {
		printf("\t{ %zu, %zu, %u, %u },\n", take_text(name_of(messages[i])), first,
		       messages[i]->n_fields, required_count(messages[i]));
		first += messages[i]->n_fields;
	}
	puts("};\n");
}

static void put_field(const ProtobufCFieldDescriptor *f)
{
	static const char *const types[] = {
		[PROTOBUF_C_TYPE_INT32] = "INT32",       [PROTOBUF_C_TYPE_SINT32] = "SINT32",
		[PROTOBUF_C_TYPE_SFIXED32] = "SFIXED32", [PROTOBUF_C_TYPE_INT64] = "INT64",
		[PROTOBUF_C_TYPE_SINT64] = "SINT64",     [PROTOBUF_C_TYPE_SFIXED64] = "SFIXED64",
		[PROTOBUF_C_TYPE_UINT32] = "UINT32",     [PROTOBUF_C_TYPE_FIXED32] = "FIXED32",
		[PROTOBUF_C_TYPE_UINT64] = "UINT64",     [PROTOBUF_C_TYPE_FIXED64] = "FIXED64",
		[PROTOBUF_C_TYPE_FLOAT] = "FLOAT",       [PROTOBUF_C_TYPE_DOUBLE] = "DOUBLE",
		[PROTOBUF_C_TYPE_BOOL] = "BOOL",         [PROTOBUF_C_TYPE_ENUM] = "ENUM",
		[PROTOBUF_C_TYPE_STRING] = "STRING",     [PROTOBUF_C_TYPE_BYTES] = "BYTES",
		[PROTOBUF_C_TYPE_MESSAGE] = "MESSAGE",
	};
	static const char *const labels[] = {
		[PROTOBUF_C_LABEL_REQUIRED] = "REQUIRED",
		[PROTOBUF_C_LABEL_OPTIONAL] = "OPTIONAL",
		[PROTOBUF_C_LABEL_REPEATED] = "REPEATED",
		[PROTOBUF_C_LABEL_NONE] = "OPTIONAL",
	};
	bool packed = f->flags & PROTOBUF_C_FIELD_FLAG_PACKED;

	printf("\t{ %u, %zu, %zu, TYPE_%s, FIELD_%s, %s },\n", f->id, take_text(f->name),
	       target_of(f), types[f->type], labels[f->label], packed ? "true" : "false");
}

/* schema_by_name has a byte for each. */
static void check_field_count(const ProtobufCMessageDescriptor *m)
{
	if (m->n_fields <= UINT8_MAX)
		return;
	fprintf(stderr, "%s has too many fields\n", m->name);
	exit(1);
}

static void put_fields(void)
{
	puts("/* of each message by number: number, name, enum or message, type, label, packed */");
	puts("static const struct field_type schema_fields[] = {");
	for (size_t i = 0; i < MESSAGE_COUNT; i++)
		for (unsigned j = 0; j < messages[i]->n_fields; j++)
			put_field(&messages[i]->fields[j]);
	puts("};\n");
	puts("/* of each message by name: which of its fields */");
	puts("static const uint8_t schema_by_name[] = {");
	for (size_t i = 0; i < MESSAGE_COUNT; i++) {
		check_field_count(messages[i]);
		for (unsigned j = 0; j < messages[i]->n_fields; j++)
			printf("\t%u,\n", messages[i]->fields_sorted_by_name[j]);
	}
	puts("};\n");
}

static void put_enums(void)
{
	size_t first = 0;

	puts("/* name, first value, number of values */");
	puts("static const struct enum_type schema_enums[] = {");
	for (size_t i = 0; i < enum_count; i++) {
		printf("\t{ %zu, %zu, %u },\n", take_text(enum_name_of(enums[i])), first,
		       enums[i]->n_values);
		first += enums[i]->n_values;
	}
	puts("};\n");
	puts("/* name, value */");
	puts("static const struct enum_value schema_values[] = {");
	for (size_t i = 0; i < enum_count; i++)
		for (unsigned j = 0; j < enums[i]->n_values; j++)
			printf("\t{ %zu, %d },\n", take_text(enums[i]->values[j].name),
			       enums[i]->values[j].value);
	puts("};");
}

int main(void)
{
	puts("/* Made by proto/generate/schema.c of proto/criu.proto and proto/raw.def. */");
	find_enums();
	put_texts();
	put_messages();
	put_fields();
	put_enums();
	return fflush(stdout) != 0 || ferror(stdout);
}
