/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pieces that JSON is made of. What is expected was printed by Python. */
#include "../../proto/json/bytes.h"
#include "../../proto/json/shown.h"
#include "json.h"

/* --- strings --- */

static void test_escapes(void)
{
	struct json_text *t = calloc(1, sizeof(*t));
	struct buffer out = { 0 };
	struct json_sink sink = { append_bytes, &out };
	struct error err;

	json_text_begin(t, &sink, false, &err);
	json_quote(t);
	json_escaped(t, span_text("\x7f\xe2\x82\xac\xf0\x9f\x98\x80/\b\f\n\r\t\x01\"\\"));
	json_escaped(t, span_of("\0", 1));
	json_escaped(t, span_text("\xff\xe2\x82"));
	json_quote(t);
	ok(json_text_end(t) == 0, "text is written");
	buffer_byte(&out, 0);
	is_text((char *)out.data,
		"\"\\u007f\\u20ac\\ud83d\\ude00/\\b\\f\\n\\r\\t\\u0001\\\"\\\\\\u0000\\u00ff\\u00e2\\u0082\"",
		"all but printable ASCII is escaped");
	buffer_free(&out);
	free(t);
}

static void test_numbers(void)
{
	static const int64_t numbers[] = { 0, 9, 10, 99, 100, 12345, INT64_MAX, INT64_MIN, -1 };
	char want[32], got[32];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct json_text *t = calloc(1, sizeof(*t));
		struct buffer out = { 0 };
		struct json_sink sink = { append_bytes, &out };
		struct error err;

		json_text_begin(t, &sink, false, &err);
		json_signed(t, numbers[i]);
		json_text_end(t);
		snprintf(want, sizeof(want), "%lld", (long long)numbers[i]);
		snprintf(got, sizeof(got), "%.*s", (int)out.size, (char *)out.data);
		is_text(got, want, "numbers are decimal");
		buffer_free(&out);
		free(t);
	}
}

static void test_lengths(void)
{
	char want[32], got[32];
	size_t right = 0;

	for (uint64_t power = 1; power && power <= UINT64_MAX / 10; power *= 10) {
		for (uint64_t number = power - 1; number <= power + 1; number++) {
			uint64_t last = UINT64_MAX - number;

			snprintf(want, sizeof(want), "%llu", (unsigned long long)number);
			*json_put_number((uint8_t *)got, number) = '\0';
			right += strcmp(got, want) == 0;
			snprintf(want, sizeof(want), "%llu", (unsigned long long)last);
			*json_put_number((uint8_t *)got, last) = '\0';
			right += strcmp(got, want) == 0;
		}
	}
	is_number(right, 19 * 3 * 2,
		  "numbers about each power of ten, and as far from the largest");
}

/* --- base64 --- */

static int decode64(const char *text, size_t step, struct buffer *out, struct error *err)
{
	struct span rest = span_text(text);
	struct base64 state = { 0 };

	buffer_clear(out);
	while (rest.size > 0) {
		size_t size = rest.size < step ? rest.size : step;

		if (base64_piece(&state, span_of(rest.data, size), out, err) < 0)
			return -1;
		rest = span_of(rest.data + size, rest.size - size);
	}
	return base64_end(&state, err);
}

static void test_base64(void)
{
	static const char *const bad[] = { "A",    "AA",       "AAA",  "AA=A", "=AAA",
					   "A===", "AA==AA==", "A*AA", "AAAA=" };
	struct buffer out = { 0 };
	uint8_t line[BASE64_LINE_TEXT], bytes[BASE64_LINE];
	struct error err;

	for (size_t size = 0; size <= sizeof(bytes); size++) {
		char text[BASE64_LINE_TEXT + 1];

		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)(i * 37 + size);
		snprintf(text, sizeof(text), "%.*s", (int)base64_line(line, span_of(bytes, size)),
			 line);
		ok(decode64(text, 1 + size % 5, &out, &err) == 0 &&
			   span_equal(buffer_span(&out), span_of(bytes, size)),
		   "base64 comes back");
	}
	ok(decode64(" YW\nJj\r\n ZA = =\t", 1, &out, &err) == 0 &&
		   span_is(buffer_span(&out), "abcd"),
	   "white space may stand anywhere");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(decode64(bad[i], 3, &out, &err) < 0, "what is no base64 is refused");
	buffer_free(&out);
}

/* --- quoted-printable --- */

#define A74 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A75 A74 "a"

static void test_quoted(void)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{ "", "" },
		{ "plain_=", "plain_=3D" },
		{ " ", "=20" },
		{ "a \n", "a=20\n" },
		{ "a\tb\t\r\n", "a\tb=09\r\n" },
		{ ".", "=2E" },
		{ "..", ".." },
		{ "\n.\n", "\n=2E\n" },
		{ "a.\n", "a.\n" },
		{ "\x7f\xff\x01", "=7F=FF=01" },
		{ "a\rb", "a\rb" },
		{ A75, A75 },
		{ A75 "a", A75 "a" },
		{ A75 "ab", A75 "=\nab" },
		{ A75 "\n", A75 "\n" },
		{ A74 "=", A74 "=\n=3D" },
		{ A75 " \n", A75 "=20\n" },
		{ A75 " ", A75 "=\n=20" },
		/* Ends of lines of two sorts: Python would make one of them. */
		{ "a\nb\r\n", "a=0Ab=0D=0A" },
		{ "a\r\nb\n", "a=0D=0Ab=0A" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buffer text = { 0 }, back = { 0 };

		quoted_encode(span_text(rows[i].bytes), &text);
		quoted_decode(buffer_span(&text), &back);
		buffer_byte(&text, 0);
		is_text((char *)text.data, rows[i].text, "quoted-printable is Python's");
		ok(span_is(buffer_span(&back), rows[i].bytes), "and comes back");
		buffer_free(&text);
		buffer_free(&back);
	}
}

/* --- numbers as people read them --- */

static struct json_field *field_of(struct json_plans *plans, const char *message, const char *name)
{
	const struct message_type *m = message_find(message, strlen(message));
	struct json_plan *plan = json_plan_of(plans, m);

	return json_plan_field(plan, field_number(message_field(m, name, strlen(name))));
}

static void test_shown(void)
{
	static const struct {
		const char *message, *field;
		number_t value;
		const char *text; /* NULL: a plain number */
	} rows[] = {
		{ "mm_entry", "mm_start_code", 0x400000, "0x400000" },
		{ "mm_entry", "exe_file_id", 7, NULL },
		{ "vma_entry", "prot", 5, "PROT_READ | PROT_EXEC" },
		{ "vma_entry", "prot", 0, "" },
		{ "vma_entry", "prot", 9, "PROT_READ | 0x8" },
		{ "vma_entry", "status", 0x80000001u, "VMA_AREA_REGULAR | VMA_UNSUPP" },
		{ "mnt_entry", "root_dev", 0x800102, "8:258" },
		{ "ghost_file_entry", "rdev", 0x0801, "8:1" },
		{ "ghost_file_entry", "rdev", 0xffffffff, "4095:1048575" },
		{ "inet_sk_entry", "family", 10, "INET6" },
		{ "inet_sk_entry", "state", 99, NULL },
		{ "task_core_entry", "task_state", 6, "Zombie" },
	};
	struct json_plans plans = { 0 };
	char text[JSON_SHOWN_MAX];
	struct error err;
	number_t back;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_field *f = field_of(&plans, rows[i].message, rows[i].field);
		bool shown = json_shown(f, false, rows[i].value, text);

		if (!rows[i].text) {
			ok(!shown, "a plain number");
			continue;
		}
		is_text(shown ? text : NULL, rows[i].text, rows[i].field);
		ok(json_shown_number(f, span_text(text), &back, &err) == 0 && back == rows[i].value,
		   "and back");
	}
	ok(json_shown_number(field_of(&plans, "vma_entry", "prot"), span_text("PROT_RAED"), &back,
			     &err) < 0,
	   "an unknown flag is refused");
	is_text(err.text, "'PROT_RAED' is neither a flag of mmap.prot nor a number", "by name");
	json_plans_free(&plans);
}

static void test_addresses(void)
{
	static const char *const addresses[] = {
		"0.0.0.0",   "10.1.2.255",           "::",
		"::1",       "1:0:0:2::3",           "1::2:3:0:0:4",
		"0:0:1::",   "2001:db8:0:1:1:1:1:1", "::ffff:1.2.3.4",
		"::102:304", "fe80::1:0:0:1",        "1:2:3:4:5:6:7:8",
		"1::",
	};
	char text[JSON_SHOWN_MAX];
	uint32_t words[4];
	struct error err;

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		int count = json_shown_words(span_text(addresses[i]), words, &err);

		ok(count > 0, "an address is read");
		ok(json_shown_address(words, (size_t)count, text), "and shown");
		is_text(text, addresses[i], "in its shortest form");
	}
	ok(json_shown_words(span_text("1.2.3"), words, &err) < 0, "what is no address is refused");
	ok(!json_shown_address(words, 3, text), "three words are no address");
}

int main(void)
{
	test_escapes();
	test_numbers();
	test_lengths();
	test_base64();
	test_quoted();
	test_shown();
	test_addresses();
	return test_end();
}
