/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the golden tests: one TAP line for each case of each *.test file.
 * The format of the files is in tests/golden/README.md.
 *
 *	test_golden [FILE | DIRECTORY ...]      default: tests/golden
 *	test_golden --write FILE                the file with what really happens
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "golden.h"
#include "test.h"

static void fail_setup(const char *what, const char *name)
{
	fprintf(stderr, "test_golden: %s: %s\n", name, what);
	exit(2);
}

/* The file with a NUL behind. */
static char *read_file(const char *name, size_t *size)
{
	FILE *f = fopen(name, "r");
	char *text = NULL;
	size_t room = 0;

	if (!f)
		fail_setup(strerror(errno), name);
	*size = 0;
	do {
		room += 65536;
		text = realloc(text, room + 1);
		if (!text)
			fail_setup("no memory", name);
		*size += fread(text + *size, 1, room - *size, f);
	} while (*size == room);
	fclose(f);
	text[*size] = '\0';
	return text;
}

static void show_difference(const struct golden_result *r)
{
	const char *line = (const char *)r->difference.data, *end;

	for (; line && *line; line = end ? end + 1 : NULL) {
		end = strchr(line, '\n');
		printf("# %.*s\n", end ? (int)(end - line) : (int)strlen(line), line);
	}
}

static void run_case(const struct golden_case *c, const char *file)
{
	struct golden_result r = { 0 };
	char what[512];

	golden_run(c, &r);
	snprintf(what, sizeof(what), "%s: %.*s", file, (int)c->title.size,
		 (const char *)c->title.data);
	if (!test_result(r.difference.size == 0, what, file, (int)c->line)) {
		buffer_byte(&r.difference, '\0');
		show_difference(&r);
	}
	golden_result_free(&r);
}

static void run_file(const char *name)
{
	const char *slash = strrchr(name, '/');
	size_t size;
	char *text = read_file(name, &size);
	struct golden_case c = { .line = 0 };
	struct golden_reader reader = { .rest = span_of(text, size), .line = 1 };

	while (golden_next(&reader, &c))
		run_case(&c, slash ? slash + 1 : name);
	if (reader.wrong)
		fail_setup(reader.wrong, name);
	free(text);
}

static int is_test(const struct dirent *d)
{
	size_t size = strlen(d->d_name);

	return size > 5 && strcmp(d->d_name + size - 5, ".test") == 0;
}

static void run_directory(const char *name)
{
	struct dirent **list;
	int count = scandir(name, &list, is_test, alphasort);
	char path[4096];

	if (count < 0) {
		run_file(name);
		return;
	}
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", name, list[i]->d_name);
		run_file(path);
		free(list[i]);
	}
	free(list);
}

static int write_file(const char *name)
{
	size_t size;
	char *text = read_file(name, &size);
	struct golden_case c = { .line = 0 };
	struct golden_reader reader = { .rest = span_of(text, size), .line = 1 };

	while (golden_next(&reader, &c)) {
		struct golden_result r = { 0 };

		golden_run(&c, &r);
		fwrite(c.before.data, 1, c.before.size, stdout);
		fwrite(r.written.data, 1, r.written.size, stdout);
		golden_result_free(&r);
	}
	if (reader.wrong)
		fail_setup(reader.wrong, name);
	free(text);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_file(argv[2]);
	for (int i = 1; i < argc; i++)
		run_directory(argv[i]);
	if (argc == 1)
		run_directory("tests/golden");
	return test_end();
}
