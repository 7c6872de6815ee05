/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images out of JSON: the forms that it takes, and what is refused with which
 * words. The text comes in portions of every size. */
#include "json.h"

static struct buffer image, want;

static void gives(const char *text, const char *what)
{
	struct error err;

	for (size_t step = 1; step < 70000; step = step * 3 + 1) {
		if (image_of(text, step, &image, &err) < 0) {
			is_text(err.text, "", what);
			return;
		}
		if (!span_equal(buffer_span(&image), buffer_span(&want))) {
			ok(false, what);
			return;
		}
	}
	ok(true, what);
}

static void fails(const char *text, const char *words)
{
	struct error err;

	for (size_t step = 3; step < 70000; step *= 20000) {
		ok(image_of(text, step, &image, &err) < 0, "refused");
		is_text(err.text, words, "and why");
	}
}

#define FIFO(members) "{\"magic\": \"FIFO\", \"entries\": [{" members "}]}"

static void want_fifo(void)
{
	begin_image(&want, "fifo");
	MESSAGE(&want, "\x08\x01\x10\x02");
}

static void test_forms(void)
{
	want_fifo();
	gives(FIFO("\"id\": 1, \"pipe_id\": 2"), "plain");
	gives("\xef\xbb\xbf" FIFO("\"id\": 1, \"pipe_id\": 2"), "with a byte order mark");
	gives("{\"magic\":\"FIFO\",\"entries\":[{\"id\":1,\"pipe_id\":2}]}", "no blanks");
	gives(" \n\t{ \"magic\" : \"FIFO\" ,\r\n\"entries\" : [ { \"id\" : 1 , "
	      "\"pipe_id\" : 2 } ] } \n",
	      "many blanks");
	gives(FIFO("\"pipe_id\": 2, \"id\": 1"), "another order");
	gives("{\"entries\": [{\"id\": 1, \"pipe_id\": 2}], \"magic\": \"FIFO\"}", "magic behind");
	gives(FIFO("\"i\\u0064\": 1, \"pipe_id\": 2"), "escapes in names");
	gives(FIFO("\"id\": \"0x1\", \"pipe_id\": \"0b10\""), "numbers as text");
	gives(FIFO("\"id\": 1.0, \"pipe_id\": 20e-1"), "numbers as other tools write them");
	gives(FIFO("\"id\": 0.1e1, \"pipe_id\": 2E0"), "exponents");
	buffer_text(&want, "");
}

static void test_lists(void)
{
	begin_image(&want, "pstree");
	MESSAGE(&want, "\x08\x01\x10\x00\x18\x01\x20\x01\x28\x01\x28\x02");
	gives("{\"magic\": \"PSTREE\", \"entries\": [{\"threads\": [1, 2], \"pid\": 1, "
	      "\"ppid\": 0, \"pgid\": 1, \"sid\": 1}]}",
	      "a list");
	begin_image(&want, "pstree");
	MESSAGE(&want, "\x08\x01\x10\x00\x18\x01\x20\x01");
	gives("{\"magic\": \"PSTREE\", \"entries\": [{\"threads\": [], \"pid\": 1, \"ppid\": 0, "
	      "\"pgid\": 1, \"sid\": 1}]}",
	      "an empty list");
	begin_image(&want, "pstree");
	MESSAGE(&want, "\x08\x01\x10\x00\x18\x01\x20\x01\x28\x01\x28\x02\x28\x03");
	gives("{\"magic\": \"PSTREE\", \"entries\": [{\"pid\": 1, \"ppid\": 0, \"pgid\": 1, "
	      "\"threads\": [1, 2, 3], \"sid\": 1}]}",
	      "a list before what it follows");
}

#define VADDR(number)                                                                              \
	"{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 1}, {\"vaddr\": " number            \
	", \"compat_nr_pages\": 1}]}"

static void test_numbers(void)
{
	static const struct {
		const char *text;
		uint64_t number;
	} rows[] = {
		{ VADDR("0"), 0 },
		{ VADDR("-0"), 0 },
		{ VADDR("1\n"), 1 },
		{ VADDR("1 "), 1 },
		{ VADDR("999999999999999999"), 999999999999999999u },
		{ VADDR("9999999999999999999"), 9999999999999999999u },
		{ VADDR("10000000000000000000"), 10000000000000000000u },
		{ VADDR("18446744073709551615"), UINT64_MAX },
	};
	struct buffer body = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_image(&want, "pagemap");
		MESSAGE(&want, "\x08\x01");
		buffer_clear(&body);
		wire_put_scalar(&body, 1, WIRE_VARINT, rows[i].number);
		wire_put_scalar(&body, 2, WIRE_VARINT, 1);
		put_message(&want, body.data, body.size);
		gives(rows[i].text, "a number");
	}
	buffer_free(&body);
}

/* The window ends in each part of an entry, with what was in it before behind that. */
static void test_window(void)
{
	static const char letters[] = "0123456789abcdefghi\xc3\xa4";
	struct buffer text = { 0 }, body = { 0 };

	begin_image(&want, "fdinfo");
	buffer_text(&text, "{\"magic\": \"FDINFO\", \"entries\": [");
	for (unsigned i = 1; text.size < 2 * JSON_LEX_WINDOW; i++) {
		const char *name = letters + i % (sizeof(letters) - 2);

		buffer_printf(&text, "%s{\"id\": %u, \"flags\": %u, \"type\": 1, \"fd\": %u, ",
			      i > 1 ? ", " : "", i, i * 7919, i % 1000);
		buffer_printf(&text, "\"xattr_security_selinux\": \"%s\"}", name);
		buffer_clear(&body);
		wire_put_scalar(&body, 1, WIRE_VARINT, i);
		wire_put_scalar(&body, 2, WIRE_VARINT, i * 7919);
		wire_put_scalar(&body, 3, WIRE_VARINT, 1);
		wire_put_scalar(&body, 4, WIRE_VARINT, i % 1000);
		wire_put_bytes(&body, 5, span_text(name));
		put_message(&want, body.data, body.size);
	}
	buffer_text(&text, "]}");
	buffer_byte(&text, 0);
	gives((char *)text.data, "more than a window");
	buffer_free(&text);
	buffer_free(&body);
}

static void test_renamed(void)
{
	begin_image(&want, "pagemap");
	MESSAGE(&want, "\x08\x01");
	MESSAGE(&want, "\x08\x01\x10\x03\x20\x04");
#define PAGEMAP(members) "{\"magic\": \"PAGEMAP\", \"entries\": [{\"pages_id\": 1}, {" members "}]}"
	gives(PAGEMAP("\"vaddr\": \"0x1\", \"nr_pages\": 3, \"flags\": \"PE_PRESENT\""),
	      "crit 4.1");
	gives(PAGEMAP("\"flags\": 4, \"nr_pages\": 3, \"vaddr\": 1"), "the same sorted");
	gives(PAGEMAP("\"vaddr\": 1, \"compat_nr_pages\": 3, \"flags\": 4"), "by its present name");
	begin_image(&want, "pagemap");
	MESSAGE(&want, "\x08\x01");
	MESSAGE(&want, "\x08\x01\x10\x00\x20\x04\x28\x03");
	gives(PAGEMAP("\"vaddr\": 1, \"compat_nr_pages\": 0, \"flags\": 4, \"nr_pages\": 3"),
	      "crit 4.2");
	gives(PAGEMAP("\"compat_nr_pages\": 0, \"flags\": 4, \"nr_pages\": 3, \"vaddr\": 1"),
	      "sorted");
	fails(PAGEMAP("\"nr_pages\": 0, \"nr_pages\": 3, \"vaddr\": 1"),
	      "entry 1: line 1, column 79: 'compat_nr_pages' is given twice");
}

/* "_raw" is what the message was, as long as the fields say the same. */
static void test_raw(void)
{
	begin_image(&want, "fifo");
	MESSAGE(&want, "\x10\x02\x08\x01");
	gives(FIFO("\"id\": 1, \"pipe_id\": 2, \"_raw\": \"EAIIAQ==\""), "_raw is taken");
	gives(FIFO("\"_raw\": \"EAIIAQ==\", \"id\": 1, \"pipe_id\": 2"), "wherever it stands");
	begin_image(&want, "fifo");
	MESSAGE(&want, "\x08\x05\x10\x02");
	gives(FIFO("\"id\": 5, \"pipe_id\": 2, \"_raw\": \"EAIIAQ==\""), "not after an edit");
	fails(FIFO("\"id\": 5, \"_raw\": \"CAE=\""),
	      "entry 0: line 1, column 55: the required field pipe_id is missing");
	fails(FIFO("\"id\": 1, \"pipe_id\": 2, \"_raw\": \"CA==\""),
	      "entry 0: line 1, column 69: _raw: fifo_entry: the message ends inside a varint");
	fails(FIFO("\"id\": 1, \"pipe_id\": 2, \"_unknown\": \"CA==\""),
	      "entry 0: line 1, column 67: the message ends inside a varint");
}

static void test_json_errors(void)
{
	static const char *const rows[][2] = {
		{ "", "line 1, column 1: an image must be an object" },
		{ "[]", "line 1, column 1: an image must be an object" },
		{ "{", "line 1, column 2: expected the name of a member" },
		{ "{\"magic\"", "line 1, column 9: expected ':'" },
		{ "{\"magic\": \"FIF", "line 1, column 11: the JSON text ends too early" },
		{ "{\"magic\": \"FIF\"}",
		  "line 1, column 11: there are no images with the magic 'FIF'" },
		{ "{\"magic\": 7}", "line 1, column 11: \"magic\" must be a text" },
		{ "{\"magic\": \"FIFO\"}", "line 1, column 18: the image has no \"entries\"" },
		{ "{\"entries\": []}", "line 1, column 16: the image has no \"magic\"" },
		{ "{\n \"magic\": \"FIFO\",\n \"x\": 1}",
		  "line 3, column 2: an image has \"magic\" and \"entries\", but no 'x'" },
		{ "{\"magic\": \"FIFO\", \"entries\": []} x",
		  "line 1, column 34: 'x' is not JSON here" },
		{ "{\"magic\": \"FIFO\", \"entries\": []} 1",
		  "line 1, column 34: the image has ended, but the text goes on" },
		{ "{\"magic\": \"FIFO\", \"entries\": {}}",
		  "line 1, column 30: \"entries\" must be a list" },
		{ "{\"magic\": \"FIFO\", \"entries\": [], \"entries\": []}",
		  "line 1, column 34: \"entries\" are given twice" },
		{ "{\"magic\": \"FIFO\", \"entries\": [1]}",
		  "entry 0: line 1, column 31: an entry must be an object" },
		{ "{\"magic\": \"FIFO\", \"entries\": [,]}",
		  "line 1, column 31: expected an element of the list" },
		{ "{\"magic\": \"FIFO\" \"entries\": []}",
		  "line 1, column 18: expected ',' or '}'" },
		{ "\x16\x31\x31X", "line 1, column 1: byte 0x16 is not JSON here (is it an image? "
				   "JSON is text)" },
		{ "tru", "line 1, column 1: not JSON: 'true' is incomplete" },
		{ "{\"magic\": 01}", "line 1, column 11: '01' is not a number" },
		{ "{\"magic\": \"\\q\"}",
		  "line 1, column 11: the string has an unknown escape after '\\'" },
		{ "{\"magic\": \"\\ud800x\"}",
		  "line 1, column 11: the string has half of a surrogate pair, which is "
		  "not a character" },
		{ "{\"magic\": \"\\udc00\"}",
		  "line 1, column 11: the string has half of a surrogate pair, which is "
		  "not a character" },
		{ "{\"magic\": \"a\nb\"}",
		  "line 1, column 11: a control character in a string must be written as \\u00XX" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fails(rows[i][0], rows[i][1]);
}

static void test_field_errors(void)
{
	static const char *const rows[][2] = {
		{ FIFO(""), "entry 0: line 1, column 32: the required field id is missing" },
		{ FIFO("\"id\": 1"),
		  "entry 0: line 1, column 39: the required field pipe_id is missing" },
		{ FIFO("\"idd\": 1"), "entry 0: line 1, column 32: fifo_entry has no field 'idd'" },
		{ FIFO("\"id\": 1, \"id\": 1"), "entry 0: line 1, column 47: 'id' is given twice" },
		{ FIFO("\"id\": -1"),
		  "entry 0: line 1, column 38: id takes numbers from 0 to 4294967295" },
		{ FIFO("\"id\": 4294967296"),
		  "entry 0: line 1, column 38: id takes numbers from 0 to 4294967295" },
		{ FIFO("\"id\": 1e400"),
		  "entry 0: line 1, column 38: id takes numbers from 0 to 4294967295" },
		{ FIFO("\"id\": 00"), "entry 0: line 1, column 38: '00' is not a number" },
		{ FIFO("\"id\": -"), "entry 0: line 1, column 38: '-' is not a number" },
		{ FIFO("\n\"id\": 1,\n  \"pipe_id\": -1\n"),
		  "entry 0: line 3, column 14: pipe_id takes numbers from 0 to 4294967295" },
		{ FIFO("\n\"id\": 1,\n  \"id\" \n: 1"),
		  "entry 0: line 4, column 3: 'id' is given twice" },
		{ FIFO("\n\"id\": 1,\n  \"idd\" \n: 1"),
		  "entry 0: line 3, column 3: fifo_entry has no field 'idd'" },
		{ VADDR("18446744073709551616"),
		  "entry 1: line 1, column 61: vaddr takes numbers from 0 to 18446744073709551615" },
		{ VADDR("1, \"in_parent\": 2"),
		  "entry 1: line 1, column 77: in_parent takes numbers from 0 to 1" },
		{ "{\"magic\": \"FDINFO\", \"entries\": [{\"type\": 2147483648}]}",
		  "entry 0: line 1, column 42: type takes numbers from -2147483648 to 2147483647" },
		{ "{\"magic\": \"PSTREE\", \"entries\": [{\"pid\": 1, \"threads\": [1, 2], \"sid\": 1, "
		  "\"threads\": [3]}]}",
		  "entry 0: line 1, column 86: 'threads' is given twice" },
		{ "{\"magic\": \"PSTREE\", \"entries\": [{\"pid\": 1, \"threads\": [], \"sid\": 1, "
		  "\"threads\": [3]}]}",
		  "entry 0: line 1, column 82: 'threads' is given twice" },
		{ "{\"magic\": \"PSTREE\", \"entries\": [{\"pid\": 1, \"threads\": [], \"sid\": 1}]}",
		  "entry 0: line 1, column 67: the required field ppid is missing" },
		{ FIFO("\"id\": 1.5"), "entry 0: line 1, column 38: 1.5 is not a whole number" },
		{ FIFO("\"id\": \"one\""), "entry 0: line 1, column 38: 'one' is not a number" },
		{ FIFO("\"id\": true"), "entry 0: line 1, column 38: expected a number" },
		{ FIFO("\"id\": null"), "entry 0: line 1, column 38: expected a number" },
		{ FIFO("\"id\": [1]"), "entry 0: line 1, column 38: expected a number" },
		{ FIFO("\"id\": 1, \"pipe_id\": 2, \"extra\": \"\""),
		  "entry 0: line 1, column 55: entries of FIFO have no extra" },
		{ "{\"magic\": \"FDINFO\", \"entries\": [{\"type\": \"REGG\"}]}",
		  "entry 0: line 1, column 42: 'REGG' is not a value of fd_types" },
		{ "{\"magic\": \"PSTREE\", \"entries\": [{\"threads\": 1}]}",
		  "entry 0: line 1, column 45: expected a list" },
		{ "{\"magic\": \"UTSNS\", \"entries\": [{\"nodename\": 1}]}",
		  "entry 0: line 1, column 45: expected a text" },
		{ "{\"magic\": \"UTSNS\", \"entries\": [{\"nodename\": \"\xff\"}]}",
		  "entry 0: line 1, column 45: the text is not UTF-8" },
		{ "{\"magic\": \"UTSNS\", \"entries\": [{\"nodename\": \"1234567\xff\"}]}",
		  "entry 0: line 1, column 45: the text is not UTF-8" },
		{ "{\"magic\": \"UTSNS\", \"entries\": [{\"nodename\": \"1234567\x1f\"}]}",
		  "entry 0: line 1, column 45: a control character in a string must be written as \\u00XX" },
		{ "{\"magic\": \"UTSNS\", \"entries\": [{\"nodename\": {\"x\": 1}}]}",
		  "entry 0: line 1, column 46: expected a text, or \"_bytes\" in an object" },
		{ "{\"magic\": \"SECCOMP\", \"entries\": [{\"seccomp_filters\": "
		  "[{\"filter\": \"A\"}]}]}",
		  "entry 0: line 1, column 66: base64 ends inside a group of four characters" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fails(rows[i][0], rows[i][1]);
}

#define PIPE(extra)                                                                                \
	"{\"magic\": \"PIPES_DATA\", \"entries\": [{\"pipe_id\": 1, \"bytes\": 2" extra "}]}"
#define DESC "\"desc\": {\"key\":1,\"uid\":1,\"gid\":1,\"cuid\":1,\"cgid\":1,\"mode\":1,\"id\":1}"

static void test_payload_errors(void)
{
	static const char *const rows[][2] = {
		{ PIPE(""), "entry 0: line 1, column 62: extra does not fit the message: entry 0: "
			    "cut off: the payload takes 2 bytes but only 0 are left" },
		{ PIPE(", \"extra\": \"YWJj\""),
		  "entry 0: line 1, column 79: extra is 1 bytes longer than the message says" },
		{ PIPE(", \"extra\": \"... <2B>\""),
		  "entry 0: line 1, column 73: '.' is not a base64 character here" },
		{ PIPE(", \"extra\": 1"),
		  "entry 0: line 1, column 73: expected a string with base64" },
		{ "{\"magic\": \"IPCNS_SEM\", \"entries\": [{" DESC
		  ", \"nsems\": 3, \"extra\": [1, 2]}]}",
		  "entry 0: line 1, column 133: nsems is 3, but extra has 2" },
		{ "{\"magic\": \"IPCNS_SEM\", \"entries\": [{" DESC
		  ", \"nsems\": 1, \"extra\": [65536]}]}",
		  "entry 0: line 1, column 128: a semaphore takes numbers from 0 to 65535" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fails(rows[i][0], rows[i][1]);
	begin_image(&want, "pipes_data");
	MESSAGE(&want, "\x08\x01\x10\x02");
	buffer_text(&want, "hi");
	gives("{\"magic\": \"PIPES_DATA\", \"entries\": [{\"extra\": \"aGk=\\n\", \"bytes\": 2, "
	      "\"pipe_id\": 1}]}",
	      "the data may come first");
}

/* Nesting in what is passed over, and in messages. */
static void test_depth(void)
{
	struct buffer text = { 0 };
	struct error err;

	buffer_text(&text, "{\"entries\": ");
	for (int i = 0; i < 100000; i++)
		buffer_byte(&text, '[');
	buffer_byte(&text, 0);
	ok(image_of((char *)text.data, 4096, &image, &err) < 0 &&
		   strstr(err.text, "nested more than 512 deep"),
	   "lists in lists");
	buffer_clear(&text);
	buffer_text(&text, "{\"magic\": \"CGROUP\", \"entries\": [{\"controllers\": [{\"dirs\": [");
	for (int i = 0; i < 200; i++)
		buffer_text(&text, "{\"children\": [");
	buffer_byte(&text, 0);
	ok(image_of((char *)text.data, 4096, &image, &err) < 0 &&
		   strstr(err.text, "nested more than 100 deep"),
	   "messages in messages");
	buffer_free(&text);
}

int main(void)
{
	test_forms();
	test_lists();
	test_numbers();
	test_window();
	test_renamed();
	test_raw();
	test_json_errors();
	test_field_errors();
	test_payload_errors();
	test_depth();
	buffer_free(&image);
	buffer_free(&want);
	return test_end();
}
