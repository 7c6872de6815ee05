/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON of images, above all of such as no CRIU writes: each comes back byte
 * for byte, and what is said of it is exact. */
#include "json.h"

static struct buffer image;

/* The JSON of `image` is as wanted, and gives the image again. */
static void is_json(unsigned flags, const char *want, const char *what)
{
	struct buffer back = { 0 };
	struct error err;
	char *text = json_of(buffer_span(&image), flags, &err);

	is_text(text ? text : err.text, want, what);
	if (text && !(flags & JSON_NO_PAYLOAD)) {
		ok(image_of(text, 65536, &back, &err) == 0 &&
			   span_equal(buffer_span(&back), buffer_span(&image)),
		   "and it comes back");
		if (err.text[0])
			printf("# %s\n", err.text);
	}
	buffer_free(&back);
	free(text);
}

static void is_no_json(const char *want, const char *what)
{
	struct error err;
	char *text = json_of(buffer_span(&image), 0, &err);

	ok(!text, what);
	is_text(err.text, want, "and why is said");
	free(text);
}

static void test_usual(void)
{
	begin_image(&image, "pagemap");
	is_json(0, "{\"magic\": \"PAGEMAP\", \"entries\": []}", "an empty image");
	is_json(JSON_PRETTY, "{\n    \"magic\": \"PAGEMAP\",\n    \"entries\": []\n}",
		"the same pretty");
	MESSAGE(&image, "\x08\x07");
	MESSAGE(&image, "\x08\x80\x20\x10\x03\x20\x04");
	is_json(0,
		"{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 7}, "
		"{\"vaddr\": 4096, \"nr_pages\": 3, \"flags\": 4}]}",
		"a pagemap");
	is_json(JSON_PRETTY,
		"{\n    \"magic\": \"PAGEMAP\",\n    \"entries\": [\n        {\n"
		"            \"pages_id\": 7\n        },\n        {\n"
		"            \"vaddr\": \"0x1000\",\n            \"nr_pages\": 3,\n"
		"            \"flags\": \"PE_PRESENT\"\n        }\n    ]\n}",
		"the same pretty");
	begin_image(&image, "inventory");
	is_json(0, "{\"magic\": \"INVENTORY\", \"entries\": []}", "the inventory has one magic");
}

static void test_big(void)
{
	begin_image(&image, "pagemap");
	MESSAGE(&image, "\x08\x07");
	MESSAGE(&image, "\x08\x81\x80\x80\x80\x80\x80\x80\x10\x10\x03\x20\x04");
	is_json(JSON_QUOTE_BIG,
		"{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 7}, "
		"{\"vaddr\": \"9007199254740993\", \"nr_pages\": 3, \"flags\": 4}]}",
		"a number that doubles do not have");
}

/* CRIU 4.2 has given the name of field 2 to field 5. */
static void test_renamed(void)
{
	begin_image(&image, "pagemap");
	MESSAGE(&image, "\x08\x07");
	MESSAGE(&image, "\x08\x01\x10\x00\x20\x04\x28\x03");
	is_json(0,
		"{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 7}, {\"vaddr\": 1, "
		"\"compat_nr_pages\": 0, \"flags\": 4, \"nr_pages\": 3}]}",
		"names of CRIU 4.2");
	begin_image(&image, "pagemap");
	MESSAGE(&image, "\x08\x07");
	MESSAGE(&image, "\x08\x01\x28\x03");
	is_json(0,
		"{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 7}, {\"vaddr\": 1, "
		"\"_unknown\": \"KAM=\\n\", \"_raw\": \"CAEoAw==\\n\"}]}",
		"the new field alone");
}

#define FIFO(rest) "{\"magic\": \"FIFO\", \"entries\": [{\"id\": 1, \"pipe_id\": 2" rest "}]}"

static void test_unusual(void)
{
	static const struct {
		const char *body, *rest, *what;
		size_t size;
	} rows[] = {
#define ROW(body, rest, what) { body, rest, what, sizeof(body) - 1 }
		ROW("\x08\x01\x10\x02\x92\x3e\x03"
		    "abc",
		    FIFO(", \"_unknown\": \"kj4DYWJj\\n\""), "an unknown field"),
		ROW("\x10\x02\x08\x01", FIFO(", \"_raw\": \"EAIIAQ==\\n\""), "another order"),
		ROW("\x08\x81\x00\x10\x02", FIFO(", \"_raw\": \"CIEAEAI=\\n\""), "a long number"),
		ROW("\x88\x00\x01\x10\x02", FIFO(", \"_raw\": \"iAABEAI=\\n\""), "a long tag"),
		ROW("\x08\x07\x08\x01\x10\x02", FIFO(", \"_raw\": \"CAcIARAC\\n\""),
		    "a field twice"),
		ROW("\x08\x81\x80\x80\x80\x10\x10\x02", FIFO(", \"_raw\": \"CIGAgIAQEAI=\\n\""),
		    "a number of more than 32 bits"),
		ROW("\x08\x01\x10\x02\x0d\x01\x02\x03\x04", FIFO(", \"_unknown\": \"DQECAwQ=\\n\""),
		    "a field of another type"),
		ROW("\xf8\x07\x01\x08\x01\x10\x02",
		    FIFO(", \"_unknown\": \"+AcB\\n\", \"_raw\": \"+AcBCAEQAg==\\n\""),
		    "an unknown field in front"),
#undef ROW
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_image(&image, "fifo");
		put_message(&image, rows[i].body, rows[i].size);
		is_json(0, rows[i].rest, rows[i].what);
		is_json(JSON_QUOTE_BIG, rows[i].rest, rows[i].what);
	}
	begin_image(&image, "fifo");
	MESSAGE(&image, "\x08\x01");
	is_json(0, "{\"magic\": \"FIFO\", \"entries\": [{\"id\": 1, \"_raw\": \"CAE=\\n\"}]}",
		"a required field is missing");
}

static void test_values(void)
{
	begin_image(&image, "reg_files");
	MESSAGE(&image, "\x08\x01\x10\x02\x18\x03\x2a\x0a\x08\x00\x10\x00\x18\x00\x20\x00\x28\x00"
			"\x32\x02\xff"
			"A");
	is_json(0,
		"{\"magic\": \"REG_FILES\", \"entries\": [{\"id\": 1, \"flags\": 2, \"pos\": 3, "
		"\"fown\": {\"uid\": 0, \"euid\": 0, \"signum\": 0, \"pid_type\": 0, "
		"\"pid\": 0}, "
		"\"name\": {\"_bytes\": \"/0E=\\n\"}}]}",
		"a name that is not UTF-8");
	begin_image(&image, "fdinfo");
	MESSAGE(&image, "\x08\x01\x10\x02\x18\x63\x20\x04");
	is_json(0,
		"{\"magic\": \"FDINFO\", \"entries\": [{\"id\": 1, \"flags\": 2, \"type\": 99, "
		"\"fd\": 4}]}",
		"an enum without a name for the number");
	begin_image(&image, "rlimit");
	MESSAGE(&image, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x05");
	is_json(JSON_QUOTE_BIG,
		"{\"magic\": \"RLIMIT\", \"entries\": "
		"[{\"cur\": \"18446744073709551615\", \"max\": 5}]}",
		"a big number in quotes");
}

static void test_magic(void)
{
	buffer_clear(&image);
	buffer_u32(&image, kind_named("fifo", 4)->magic);
	is_json(0, "{\"magic\": \"FIFO\", \"_one_magic\": true, \"entries\": []}", "version 1.0");
	buffer_clear(&image);
	buffer_u32(&image, MAGIC_COMMON);
	buffer_u32(&image, kind_named("inventory", 9)->magic);
	is_json(0, "{\"magic\": \"INVENTORY\", \"_one_magic\": false, \"entries\": []}",
		"an inventory with two words");
}

/* --- payloads --- */

static void test_payloads(void)
{
	begin_image(&image, "pipes_data");
	MESSAGE(&image, "\x08\x01\x10\x02");
	buffer_text(&image, "hi");
	is_json(0,
		"{\"magic\": \"PIPES_DATA\", \"entries\": [{\"pipe_id\": 1, \"bytes\": 2, "
		"\"extra\": \"aGk=\\n\"}]}",
		"data of a pipe");
	is_json(JSON_NO_PAYLOAD,
		"{\"magic\": \"PIPES_DATA\", \"entries\": [{\"pipe_id\": 1, "
		"\"bytes\": 2, \"extra\": \"... <2B>\"}]}",
		"its size");
	begin_image(&image, "bpfmap_data");
	MESSAGE(&image, "\x08\x01\x10\x02\x18\x01\x20\x05");
	buffer_text(&image, "abc");
	is_json(0,
		"{\"magic\": \"BPFMAP_DATA\", \"entries\": [{\"map_id\": 1, \"keys_bytes\": 2, "
		"\"values_bytes\": 1, \"count\": 5, \"extra\": \"YWJj\\n\"}]}",
		"a BPF map");
}

#define IPC "\x0a\x0e\x08\x01\x10\x02\x18\x03\x20\x04\x28\x05\x30\x06\x38\x07"

/* What fills up is zeros, as a rule. */
static void test_sysv(void)
{
	struct error err;
	char *text;

	for (int odd = 0; odd < 2; odd++) {
		begin_image(&image, "ipcns_sem");
		MESSAGE(&image, IPC "\x10\x03");
		buffer_append(&image, span_of(odd ? "\1\0\2\0\3\0\0\7" : "\1\0\2\0\3\0\0\0", 8));
		text = json_of(buffer_span(&image), 0, &err);
		ok(text && strstr(text, "\"extra\": [1, 2, 3]"), "semaphores are a list");
		ok(text && !strstr(text, "_raw_extra") == !odd, "and zeros go without saying");
		free(text);
	}
	begin_image(&image, "ipcns_shm");
	MESSAGE(&image, IPC "\x10\x05");
	buffer_append(&image, span_of("hello\0\0\0", 8));
	text = json_of(buffer_span(&image), 0, &err);
	ok(text && strstr(text, "\"extra\": \"aGVsbG8=\\n\"}"), "shared memory is base64");
	free(text);
	begin_image(&image, "ipcns_shm");
	MESSAGE(&image, IPC "\x10\x05\x18\x01");
	MESSAGE(&image, IPC "\x10\x06\x18\x01");
	text = json_of(buffer_span(&image), 0, &err);
	ok(text && !strstr(text, "extra"), "what is in pages has no content here");
	free(text);
}

static void test_bad(void)
{
	begin_image(&image, "fifo");
	MESSAGE(&image, "\x08");
	is_no_json("entry 0: fifo_entry: the message ends inside a varint",
		   "a message that is none");
	begin_image(&image, "reg_files");
	MESSAGE(&image, "\x2a\x01\x08");
	is_no_json("entry 0: reg_file_entry.fown: fown_entry: the message ends inside a varint",
		   "a nested message that is none");
	begin_image(&image, "fifo");
	buffer_u32(&image, 5);
	is_no_json("entry 0: cut off: the message takes 5 bytes but only 0 are left", "cut off");
}

/* A tree that is deeper than messages may be. */
/* whole: no required field is missing at the end. */
static void test_depth(bool whole)
{
	struct buffer body = { 0 }, outer = { 0 };
	struct error err;
	char *text;

	for (int i = 0; i < 120; i++) {
		buffer_clear(&outer);
		wire_put_bytes(&outer, 1, span_text("d"));
		if (i > 0 || !whole)
			wire_put_bytes(&outer, 2, buffer_span(&body));
		buffer_clear(&body);
		buffer_append(&body, buffer_span(&outer));
	}
	buffer_clear(&outer);
	wire_put_bytes(&outer, 2, buffer_span(&body));
	buffer_clear(&body);
	wire_put_bytes(&body, 2, buffer_span(&outer));
	buffer_clear(&outer);
	buffer_append(&outer, buffer_span(&body));
	begin_image(&image, "cgroup");
	put_message(&image, outer.data, outer.size);
	text = json_of(buffer_span(&image), 0, &err);
	ok(!text && strstr(err.text, "nested more than 100 deep"), "nesting has a limit");
	free(text);
	buffer_free(&body);
	buffer_free(&outer);
}

/* An entry of cgroup.img with so many sets, of which the last is `last`. */
static void begin_sets(size_t count, struct span last)
{
	struct buffer body = { 0 };

	for (size_t i = 1; i < count; i++)
		buffer_append(&body, span_of("\x0a\x02\x08\x01", 4));
	buffer_append(&body, last);
	begin_image(&image, "cgroup");
	image_put(&image, buffer_span(&body));
	buffer_free(&body);
}

/* Short entries are written in one go, long ones message by message: what stands at
 * the very end is said in the same way. */
static void test_lengths(size_t count)
{
	struct buffer want = { 0 };

	buffer_text(&want, "{\"magic\": \"CGROUP\", \"entries\": [{\"sets\": [");
	for (size_t i = 1; i < count; i++)
		buffer_text(&want, "{\"id\": 1}, ");
	buffer_text(&want, "{\"id\": 7}]}]}");
	buffer_byte(&want, 0);
	begin_sets(count, span_of("\x0a\x02\x08\x07", 4));
	is_json(0, (const char *)want.data, "sets");
	buffer_free(&want);
	begin_sets(count, span_of("\x0a\x02\x08\x80", 4));
	is_no_json("entry 0: cgroup_entry.sets: cg_set_entry: the message ends inside a varint",
		   "a set that is none");
}

/* A number in two bytes that needs one. */
static void test_longer(size_t count)
{
	struct error err;
	char *text;

	begin_sets(count, span_of("\x0a\x03\x08\x87\x00", 5));
	text = json_of(buffer_span(&image), 0, &err);
	ok(text && strstr(text, "{\"id\": 7}], \"_raw\": \""), "the bytes are given with it");
	free(text);
}

static int refuse(void *arg, struct span bytes, struct error *err)
{
	return fail(err, "no room");
}

static void test_sink(void)
{
	struct json_sink sink = { refuse, NULL };
	struct error err;
	struct image opened;

	begin_image(&image, "fifo");
	for (int i = 0; i < 10000; i++)
		MESSAGE(&image, "\x08\x01\x10\x02");
	ok(image_open(&opened, NULL, buffer_span(&image), &err) == 0 &&
		   json_write_image(&opened, 0, &sink, &err) < 0,
	   "an error of the sink ends it");
	is_text(err.text, "no room", "and stays what it is");
}

int main(void)
{
	test_usual();
	test_big();
	test_renamed();
	test_unusual();
	test_values();
	test_magic();
	test_payloads();
	test_sysv();
	test_bad();
	test_depth(false);
	test_depth(true);
	for (size_t count = 2; count <= 20000; count *= 100) {
		test_lengths(count);
		test_longer(count);
	}
	test_sink();
	buffer_free(&image);
	return test_end();
}
