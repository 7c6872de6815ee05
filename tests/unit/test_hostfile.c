/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of the host that are read and not obeyed. */
#include "../../plugin/hostfile.h"
#include "fakeroot.h"
#include "test.h"

static struct error err;

static void test_read(int here)
{
	struct buffer out = { 0 };

	is_number(hostfile_read(here, "two", 100, &out, &err), 1, "a file below a descriptor");
	ok(span_is(buffer_span(&out), "one\ntwo\n"), "its content");
	is_number(hostfile_read(here, "two", 8, &out, &err), 1, "a file of exactly the limit");
	is_number(out.size, 16, "is appended");
	is_number(hostfile_read(here, "two", 7, &out, &err), -1, "a file beyond the limit");
	ok(strstr(err.text, "limit of 7 bytes"), "and the limit is named");
	is_number(out.size, 16, "nothing of it is kept");
	is_number(hostfile_read(here, "none", 7, &out, &err), 0, "a file that does not exist");
	is_number(hostfile_read(here, "two/none", 7, &out, &err), 0, "nor its directory");
	is_number(hostfile_read(here, ".", 7, &out, &err), -1, "a directory cannot be read");
	is_number(hostfile_read(here, "/proc/self/stat", HOSTFILE_MAX, &out, &err), 1,
		  "an absolute path, a file without a size");
	buffer_free(&out);
}

static void test_line(int here)
{
	struct arena arena = { 0 };
	const char *line = NULL;

	is_number(hostfile_line(here, "two", &arena, &line, &err), 1, "a line");
	is_text(line, "one", "without its end");
	is_number(hostfile_line(here, "empty", &arena, &line, &err), 1, "a line of an empty file");
	is_text(line, "", "is empty");
	is_number(hostfile_line(here, "none", &arena, &line, &err), 0, "a line of no file");
	arena_free(&arena);
}

/* What is read is text, whatever was in the memory before, and however much of
 * the last chunk it fills. */
static void test_end_of_text(int here)
{
	static const size_t sizes[] = { 0, 1, 16383, 16384, 16385, 32768, 100000 };
	static char text[100001];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct buffer out = { 0 };

		memset(text, 'x', sizes[i]);
		text[sizes[i]] = 0;
		fakeroot_put(here, "text", text);
		memset(buffer_extend(&out, 300000), 'A', 300000);
		buffer_clear(&out);
		ok(hostfile_read(here, "text", HOSTFILE_MAX, &out, &err) == 1 &&
			   out.size == sizes[i] && strcmp((char *)out.data, text) == 0,
		   "a NUL stands behind the text");
		buffer_free(&out);
	}
}

static void test_names(int here)
{
	struct buffer out = { 0 };
	char name[20];
	int there = 0;

	fakeroot_put(here, "many/first", "");
	ok(hostfile_names(here, "many", &out), "the names in a directory");
	buffer_byte(&out, 0);
	ok(strstr((char *)out.data, "first/") && strstr((char *)out.data, "../"),
	   "each with a slash behind it");
	buffer_clear(&out);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "many/name-%d", i);
		fakeroot_put(here, name, "");
	}
	ok(hostfile_names(here, "many", &out), "more than are given at once");
	for (size_t i = 0; i < out.size; i++)
		there += out.data[i] == '/';
	is_number(there, 1003, "are all there");
	ok(!hostfile_names(here, "none", &out), "there is no such directory");
	ok(!hostfile_names(here, "two", &out), "a file is none");
	buffer_free(&out);
}

int main(void)
{
	int here = fakeroot_make();

	fakeroot_put(here, "two", "one\ntwo\n");
	fakeroot_put(here, "empty", "");
	test_read(here);
	test_line(here);
	test_end_of_text(here);
	test_names(here);
	close(here);
	fakeroot_remove();
	return test_end();
}
