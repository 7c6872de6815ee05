/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../proto/json/display.h"
#include "test.h"

static const char *mark_of(const char *message, const char *name, enum display_mark mark)
{
	const struct message_type *m = message_find(message, strlen(message));
	const char *marks[DISPLAY_MARKS];

	return display_find(m, message_field(m, name, strlen(name)), marks) ? marks[mark] : NULL;
}

static void test_marks(void)
{
	is_text(mark_of("vma_entry", "start", DISPLAY_HEX), "", "hex");
	is_text(mark_of("vma_entry", "prot", DISPLAY_FLAGS), "mmap.prot", "flags");
	ok(!mark_of("vma_entry", "prot", DISPLAY_HEX), "not hex as well");
	ok(!mark_of("vma_entry", "pgoff", DISPLAY_HEX), "a field without a mark");
	ok(mark_of("ghost_file_entry", "rdev", DISPLAY_DEV) &&
		   mark_of("ghost_file_entry", "rdev", DISPLAY_ODEV),
	   "two marks");
	ok(mark_of("ghost_file_entry", "dev", DISPLAY_DEV) &&
		   !mark_of("ghost_file_entry", "dev", DISPLAY_ODEV),
	   "one of them");
	is_text(mark_of("unix_sk_entry", "name", DISPLAY_CONV), "unix_name", "conversion");
	is_text(mark_of("inet_sk_entry", "family", DISPLAY_DICT), "sk", "words");
	ok(mark_of("inet_sk_entry", "src_addr", DISPLAY_IPADD), "address");
	ok(!mark_of("cgroup_entry", "sets", DISPLAY_HEX), "a message without any");
	ok(mark_of("bpfmap_file_entry", "flags", DISPLAY_FLAGS), "the first row");
	ok(mark_of("vma_entry", "fdflags", DISPLAY_HEX), "the last row");
}

static void test_flags(void)
{
	const struct display_flag *rows[9];

	is_number((long long)display_flags("mmap.prot", rows, 9), 3, "the flags of a map");
	is_text(rows[0]->name, "PROT_READ", "the first one's name");
	is_number(rows[2]->bits, 4, "the third one's bits");
	is_number((long long)display_flags("mmap.prot", rows, 2), 2, "no more than are wanted");
	ok(!display_flags("mmap", rows, 9) && !display_flags("", rows, 9), "no such map");
}

static void test_words(void)
{
	number_t value = 0;

	is_text(display_word("sk", "state", 10), "LISTEN", "number to word");
	ok(display_word_number("sk", "proto", span_text("UDP"), &value) && value == 17, "and back");
	ok(!display_word("sk", "state", 4711) && !display_word("sk", "nothing", 1) &&
		   !display_word("gen", "state", 1),
	   "no such word");
	ok(!display_word("sk", "state", (number_t)1 << 32 | 10), "no wider number");
	ok(!display_word_number("sk", "proto", span_text("UD"), &value), "no part of a word");
}

int main(void)
{
	test_marks();
	test_flags();
	test_words();
	return test_end();
}
