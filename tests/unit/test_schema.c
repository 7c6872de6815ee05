/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../proto/kind.h"
#include "../../proto/schema.h"
#include "test.h"

static const struct message_type *message(const char *name)
{
	return message_find(name, strlen(name));
}

static const struct field_type *field(const char *message_text, const char *name)
{
	return message_field(message(message_text), name, strlen(name));
}

/* --- names --- */

static void test_find(void)
{
	const struct message_type *m = message("cgroup_entry");

	ok(m, "cgroup_entry is known");
	is_text(message_name(m), "cgroup_entry", "and knows its name");
	is_number((long long)message_field_count(m), 2, "and its fields");
	is_text(field_name(message_field_at(m, 0)), "sets", "first field");
	ok(!message_field_at(m, 2), "no third one");
	ok(!message("cgroup_entr") && !message("cgroup_entryx") && !message(""), "near misses");
	ok(!message_find("cgroup_entry", 6), "a part of the name");
	ok(message_find("cgroup_entry.sets", 12) == m, "a name inside a text");
	ok(!message_find("zzzz", 4) && !message_find("\0", 1), "beyond both ends");
	ok(field("core_entry", "tc") && !field("core_entry", "nothing"), "fields by name");
	ok(!field("core_entry", "") && !field("core_entry", "t") && !field("core_entry", "tcc"),
	   "near misses of fields");
}

/* Goes over every message and field that a kind of image can hold. */
static size_t check_message(const struct message_type *m)
{
	const char *name = message_name(m);
	size_t wrong = message_find(name, strlen(name)) != m;
	size_t count = message_field_count(m);

	for (size_t i = 0; i < count; i++) {
		const struct field_type *f = message_field_at(m, i);
		const char *text = field_name(f);

		wrong += message_field(m, text, strlen(text)) != f;
		wrong += message_field_number(m, field_number(f)) != f;
		wrong += (field_kind(f) == FIELD_MESSAGE) != (field_message(f) != NULL);
		wrong += (field_kind(f) == FIELD_ENUM) != (field_enum_type(f) != NULL);
		wrong += (field_wire(f) == WIRE_BYTES) != (field_bits(f) == 0);
	}
	return wrong + (count > 256); /* message_validate keeps a bit for each */
}

static void test_all(void)
{
	size_t wrong = 0;

	for (size_t i = 0; i < kind_count(); i++) {
		if (kind_at(i)->head)
			wrong += check_message(kind_at(i)->head);
		if (kind_at(i)->entry)
			wrong += check_message(kind_at(i)->entry);
	}
	is_number((long long)wrong, 0, "every message and field is found again");
}

static void test_numbers_of_fields(void)
{
	const struct message_type *file = message("file_entry");

	is_text(field_name(message_field_number(message("core_entry"), 3)), "tc", "by number");
	ok(!message_field_number(file, 0) && !message_field_number(file, UINT32_MAX) &&
		   !message_field_number(file, 1000),
	   "numbers that are not there");
	is_text(field_name(message_field_number(message("sk_packet_entry"), 4)), "scm",
		"behind a gap");
	ok(!message_field_number(message("sk_packet_entry"), 3), "in the gap");
	ok(!message_field_number(message("winsize_entry"), 5), "behind the last");
}

static void test_traits(void)
{
	const struct field_type *f = field("cgroup_entry", "controllers");

	ok(field_label(f) == FIELD_REPEATED && field_kind(f) == FIELD_MESSAGE, "repeated message");
	is_text(message_name(field_message(f)), "cg_controller_entry", "of that type");
	f = field("cg_member_entry", "cgns_prefix");
	ok(field_label(f) == FIELD_OPTIONAL && field_kind(f) == FIELD_UNSIGNED, "optional number");
	ok(field_bits(f) == 32 && field_wire(f) == WIRE_VARINT, "of 32 bits");
	f = field("cg_member_entry", "path");
	ok(field_label(f) == FIELD_REQUIRED && field_kind(f) == FIELD_TEXT, "required text");
	ok(!field_message(f) && !field_enum_type(f) && field_bits(f) == 0, "is neither");
	ok(field_kind(field("unix_sk_entry", "name")) == FIELD_BYTES, "bytes");
	ok(field_kind(field("mm_entry", "dumpable")) == FIELD_SIGNED, "int32");
	ok(field_kind(field("inventory_entry", "tcp_close")) == FIELD_BOOL, "bool");
	ok(!field_is_packed(field("thread_info_x86", "gpregs")) &&
		   !field_is_packed(field("cg_controller_entry", "cnames")),
	   "not packed");
}

static void test_enums(void)
{
	const struct field_type *f = field("core_entry", "mtype");
	const struct field_type *type = field("file_entry", "type");
	int32_t number = -1;

	is_text(field_enum_type(f), "core_entry.march", "an enum of a message");
	is_text(field_enum_type(type), "fd_types", "an enum");
	ok(field_enum_number(f, "X86_64", 6, &number) && number == 1, "name to number");
	is_text(field_enum_name(f, 1), "X86_64", "number to name");
	ok(!field_enum_number(f, "X86_6", 5, &number) && !field_enum_number(f, "", 0, &number),
	   "no such name");
	ok(!field_enum_name(f, 4711) && !field_enum_name(f, -1), "no such number");
	is_text(field_enum_name(type, 65534), "CTL_TTY", "behind a gap");
	is_number((long long)field_enum_count(f), 9, "how many there are");
	is_text(field_enum_name_at(f, 0), "UNKNOWN", "the first");
	ok(!field_enum_name_at(f, 9), "and no more");
	f = field("cg_member_entry", "path");
	ok(!field_enum_number(f, "X86_64", 6, &number) && !field_enum_name(f, 1) &&
		   field_enum_count(f) == 0 && !field_enum_name_at(f, 0),
	   "a field that is no enum");
}

/* --- numbers --- */

static bool encodes(const struct field_type *f, number_t value, uint64_t want)
{
	struct error err;
	uint64_t scalar = ~want;

	return field_encode(f, value, &scalar, &err) == 0 && scalar == want &&
	       field_decode(f, scalar) == value;
}

static bool refuses(const struct field_type *f, number_t value)
{
	struct error err;
	uint64_t scalar;

	return field_encode(f, value, &scalar, &err) == -1;
}

static void test_encode(void)
{
	const struct field_type *i32 = field("mm_entry", "dumpable");
	const struct field_type *u32 = field("winsize_entry", "ws_row");
	const struct field_type *u64 = field("vma_entry", "start");
	const struct field_type *i64 = field("file_lock_entry", "start");
	const struct field_type *boolean = field("inventory_entry", "tcp_close");
	const struct field_type *enumeration = field("core_entry", "mtype");
	const number_t big = (number_t)UINT64_MAX;

	ok(encodes(i32, -1, UINT64_MAX) && encodes(i32, INT32_MIN, 0xffffffff80000000ull) &&
		   encodes(i32, INT32_MAX, INT32_MAX) && encodes(i32, 0, 0),
	   "int32");
	ok(refuses(i32, (number_t)INT32_MAX + 1) && refuses(i32, (number_t)INT32_MIN - 1) &&
		   refuses(i32, big),
	   "int32 out of range");
	ok(encodes(u32, UINT32_MAX, UINT32_MAX) && encodes(u32, 0, 0), "uint32");
	ok(refuses(u32, -1) && refuses(u32, (number_t)UINT32_MAX + 1), "uint32 out of range");
	ok(encodes(i64, INT64_MIN, 1ull << 63) && encodes(i64, -1, UINT64_MAX), "int64");
	ok(refuses(i64, (number_t)INT64_MAX + 1), "int64 out of range");
	ok(encodes(u64, big, UINT64_MAX), "uint64");
	ok(refuses(u64, -1) && refuses(u64, big + 1), "uint64 out of range");
	ok(encodes(boolean, 0, 0) && encodes(boolean, 1, 1) && refuses(boolean, 2) &&
		   refuses(boolean, -1),
	   "bool");
	ok(encodes(enumeration, 1, 1) && encodes(enumeration, -5, (uint64_t)-5), "enum");
	ok(refuses(enumeration, (number_t)1 << 31), "enum out of range");
	ok(refuses(field("cg_member_entry", "path"), 1), "text takes not a number");
	ok(refuses(field("core_entry", "tc"), 1), "a message takes not a number");
}

static void test_range_text(void)
{
	struct error err;
	uint64_t scalar;

	field_encode(field("winsize_entry", "ws_row"), -1, &scalar, &err);
	is_text(err.text, "ws_row takes numbers from 0 to 4294967295", "the range is told");
	field_encode(field("vma_entry", "start"), -1, &scalar, &err);
	is_text(err.text, "start takes numbers from 0 to 18446744073709551615", "64 bits of it");
	field_encode(field("mm_entry", "dumpable"), (number_t)1 << 40, &scalar, &err);
	is_text(err.text, "dumpable takes numbers from -2147483648 to 2147483647", "with a sign");
}

static void test_decode(void)
{
	ok(field_decode(field("mm_entry", "dumpable"), 0xffffffffu) == -1,
	   "an int32 written in five bytes is negative all the same");
	ok(field_decode(field("winsize_entry", "ws_row"), 0x1ffffffffull) == 0xffffffffu,
	   "bits above 32 are dropped");
	ok(field_decode(field("inventory_entry", "tcp_close"), 77) == 1, "any number is true");
}

static void test_zigzag(void)
{
	const struct field_type *s32 = field("reg_file_entry", "mnt_id");
	const struct field_type *s64 = field("vma_entry", "fd");

	ok(encodes(s32, -1, 1) && encodes(s32, 1, 2) && encodes(s32, INT32_MIN, UINT32_MAX) &&
		   encodes(s32, INT32_MAX, UINT32_MAX - 1),
	   "sint32");
	ok(refuses(s32, (number_t)INT32_MAX + 1) && refuses(s32, (number_t)INT32_MIN - 1),
	   "sint32 out of range");
	ok(encodes(s64, -1, 1) && encodes(s64, 1, 2) && encodes(s64, INT64_MIN, UINT64_MAX) &&
		   encodes(s64, INT64_MAX, UINT64_MAX - 1),
	   "sint64");
}

static void test_fixed(void)
{
	const struct field_type *f = field("sk_opts_entry", "so_filter");

	ok(field_wire(f) == WIRE_FIXED64 && field_kind(f) == FIELD_UNSIGNED, "fixed64");
	ok(encodes(f, (number_t)UINT64_MAX, UINT64_MAX), "takes 64 bits");
}

/* --- validation --- */

static bool is_valid(const char *name, struct span body, const char *text)
{
	struct error err = { "" };
	bool valid = message_validate(message(name), body, &err) == 0;

	if (strcmp(err.text, text) == 0)
		return valid == !*text;
	printf("#  got: %s\n# want: %s\n", err.text, text);
	return false;
}

#define SPAN(...) span_of(((const uint8_t[]){ __VA_ARGS__ }), sizeof((uint8_t[]){ __VA_ARGS__ }))

static void test_valid(void)
{
	ok(is_valid("cgroup_entry", span_of(NULL, 0), ""), "nothing, where nothing is required");
	ok(is_valid("pagemap_head", SPAN(0x08, 1), ""), "a required field");
	ok(is_valid("pagemap_head", SPAN(0x08, 1, 0x08, 2), ""), "twice is allowed");
	ok(is_valid("pagemap_head", SPAN(0x08, 1, 0xfa, 0x3f, 1, 'x'), ""), "an unknown field");
	ok(is_valid("fown_entry", SPAN(8, 0, 16, 0, 24, 0, 32, 0, 40, 0), ""), "five of them");
	ok(is_valid("creds_entry",
		    SPAN(8, 0, 16, 0, 24, 0, 32, 0, 40, 0, 48, 0, 56, 0, 64, 0, 104, 0, 114, 3, 1,
			 2, 3),
		    ""),
	   "a packed run where none is due");
}

static void test_invalid(void)
{
	ok(is_valid("pagemap_head", span_of(NULL, 0),
		    "pagemap_head: the required field pages_id is missing"),
	   "required");
	ok(is_valid("pagemap_head", SPAN(0x0a, 1, 'x'),
		    "pagemap_head.pages_id: wire type 2 instead of 0"),
	   "wrong wire type");
	ok(is_valid("pagemap_head", SPAN(0x08, 1, 0x80),
		    "pagemap_head: the message ends inside a varint"),
	   "cut off");
	ok(is_valid("cgroup_entry", SPAN(0x0a, 0),
		    "cgroup_entry.sets: cg_set_entry: the required field id is missing"),
	   "inside another message");
	ok(is_valid("sk_opts_entry", SPAN(0x82, 0x01, 7, 1, 2, 3, 4, 5, 6, 7),
		    "sk_opts_entry.so_filter: a packed run of 7 bytes"),
	   "an uneven run");
	ok(is_valid("ipc_var_entry", SPAN(0x0a, 2, 1, 0x80),
		    "ipc_var_entry.sem_ctls: the message ends inside a varint"),
	   "a cut run");
}

/* A cgroup_dir_entry in a cgroup_dir_entry, `depth` in all. */
static void put_dirs(struct buffer *out, unsigned depth)
{
	struct buffer inner = { 0 }, swap;

	for (; depth > 0; depth--) {
		struct buffer dir = { 0 };

		wire_put_bytes(&dir, 1, span_text("d"));
		if (inner.size)
			wire_put_bytes(&dir, 2, buffer_span(&inner));
		swap = inner;
		inner = dir;
		buffer_free(&swap);
	}
	*out = inner;
}

static void test_bomb(void)
{
	const struct message_type *dir = message("cgroup_dir_entry");
	static const unsigned depths[] = { 1, MESSAGE_DEPTH_MAX, MESSAGE_DEPTH_MAX + 1, 20000 };
	struct error err;
	int results[4];

	for (size_t i = 0; i < 4; i++) {
		struct buffer dirs;

		put_dirs(&dirs, depths[i]);
		results[i] = message_validate(dir, buffer_span(&dirs), &err);
		buffer_free(&dirs);
	}
	ok(results[0] == 0 && results[1] == 0, "nested as deep as allowed");
	ok(results[2] == -1 && results[3] == -1, "nested deeper is refused");
	ok(strstr(err.text, "messages are nested more than 100 deep"), "and the text says so");
}

/* A message cut at any byte is refused or, between two fields, lacks one. */
static void test_truncation(void)
{
	struct buffer b = { 0 };
	struct error err;
	size_t wrong = 0;

	wire_put_scalar(&b, 1, WIRE_VARINT, 300);
	wire_put_scalar(&b, 2, WIRE_VARINT, 1);
	wire_put_scalar(&b, 3, WIRE_VARINT, 1);
	wire_put_scalar(&b, 4, WIRE_VARINT, 1);
	wire_put_scalar(&b, 5, WIRE_VARINT, UINT64_MAX);
	for (size_t size = 0; size < b.size; size++)
		wrong += message_validate(message("fown_entry"), span_of(b.data, size), &err) == 0;
	is_number((long long)wrong, 0, "cut at every byte");
	ok(message_validate(message("fown_entry"), buffer_span(&b), &err) == 0, "and whole");
	buffer_free(&b);
}

/* compat_nr_pages was nr_pages before there was another nr_pages. */
static void test_old_names(void)
{
	const struct message_type *m = message("pagemap_entry");
	const struct field_type *old = message_field_number(m, 2),
				*now = message_field_number(m, 5);
	struct span before = span_of("\x10\x03", 2), after = span_of("\x10\x03\x28\x04", 4);
	struct span neither = span_of("\x08\x00", 2);

	is_text(field_old_name(old), "nr_pages", "a field that was renamed");
	ok(!field_old_name(now) && field_older(now) == old && !field_older(old),
	   "and its successor");
	ok(field_here(now, before) == old && field_here(now, after) == now &&
		   field_here(now, neither) == now && field_here(old, after) == old,
	   "the name means the field that has it in the message");
	is_text(field_name_here(old, before), "nr_pages", "which is shown by it");
	is_text(field_name_here(old, after), "compat_nr_pages", "unless it is the other's");
	is_text(field_name_here(now, after), "nr_pages", "as it is then");
}

int main(void)
{
	test_find();
	test_all();
	test_numbers_of_fields();
	test_traits();
	test_enums();
	test_encode();
	test_range_text();
	test_decode();
	test_zigzag();
	test_fixed();
	test_valid();
	test_invalid();
	test_bomb();
	test_truncation();
	test_old_names();
	return test_end();
}
