/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads files of cases, which look alike wherever they are: a case begins with
 * "=== " and its title; the lines up to the first "--- " are its rules; each
 * "--- HEAD" begins a section. Header only, like the rest of the harness.
 */
#ifndef CRW_CASES_H
#define CRW_CASES_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../proto/bytes.h"
#include "test.h"

#define CASE_SECTIONS_MAX 32

struct case_section {
	struct span head; /* behind "--- ", without the line end */
	struct span body;
};

struct test_case {
	struct span before; /* comments and empty lines above */
	struct span title;
	struct span rules;
	struct case_section sections[CASE_SECTIONS_MAX];
	size_t section_count;
	unsigned line;
};

struct case_reader {
	struct span rest;
	unsigned line;
	const char *wrong; /* with the file */
};

static inline bool case_starts(struct span s, const char *with)
{
	return s.size >= strlen(with) && memcmp(s.data, with, strlen(with)) == 0;
}

/* Takes a line off, with its end. */
static inline struct span case_line(struct case_reader *r)
{
	const uint8_t *end = memchr(r->rest.data, '\n', r->rest.size);
	size_t size = end ? (size_t)(end + 1 - r->rest.data) : r->rest.size;
	struct span line = span_of(r->rest.data, size);

	r->rest = span_of(r->rest.data + size, r->rest.size - size);
	r->line++;
	return line;
}

/* Lines up to the next "---" or "===". */
static inline struct span case_body(struct case_reader *r)
{
	struct span body = span_of(r->rest.data, 0);

	while (r->rest.size && !case_starts(r->rest, "--- ") && !case_starts(r->rest, "=== "))
		body.size += case_line(r).size;
	/* one empty line parts a case from the next */
	if (body.size >= 2 && memcmp(body.data + body.size - 2, "\n\n", 2) == 0)
		body.size--;
	else if (body.size == 1 && body.data[0] == '\n')
		body.size = 0;
	return body;
}

static inline struct span case_head(struct case_reader *r)
{
	struct span line = case_line(r);

	line = span_of(line.data + 4, line.size - 4);
	while (line.size && (line.data[line.size - 1] == '\n' || line.data[line.size - 1] == ' '))
		line.size--;
	return line;
}

static inline bool case_next(struct case_reader *r, struct test_case *c)
{
	*c = (struct test_case){ .before = span_of(r->rest.data, 0) };
	while (r->rest.size && !case_starts(r->rest, "=== "))
		c->before.size += case_line(r).size;
	if (!r->rest.size)
		return false;
	c->line = r->line;
	c->title = case_head(r);
	c->rules = case_body(r);
	while (case_starts(r->rest, "--- ")) {
		struct case_section *s = &c->sections[c->section_count];

		if (c->section_count++ == CASE_SECTIONS_MAX) {
			r->wrong = "a case has too many sections";
			return false;
		}
		s->head = case_head(r);
		s->body = case_body(r);
	}
	return true;
}

/* "output core-1.img hex": word by index, empty beyond the last. */
static inline struct span case_word(struct span head, unsigned index)
{
	size_t i = 0, start;

	for (;; index--) {
		while (i < head.size && head.data[i] == ' ')
			i++;
		start = i;
		while (i < head.size && head.data[i] != ' ')
			i++;
		if (index == 0 || i == head.size)
			return span_of(head.data + start, index ? 0 : i - start);
	}
}

static inline bool case_is(const struct case_section *s, const char *word)
{
	return span_is(case_word(s->head, 0), word);
}

/* The section that begins with word, of that name if one is given; or NULL. */
static inline const struct case_section *case_find(const struct test_case *c, const char *word,
						   const char *name)
{
	for (size_t i = 0; i < c->section_count; i++) {
		const struct case_section *s = &c->sections[i];

		if (case_is(s, word) && (!name || span_is(case_word(s->head, 1), name)))
			return s;
	}
	return NULL;
}

static inline struct span case_text(const struct case_section *s)
{
	return s ? s->body : span_of(NULL, 0);
}

/* A copy that ends in NUL, without line ends before it; to be freed. */
static inline char *case_copy(struct span text)
{
	while (text.size && text.data[text.size - 1] == '\n')
		text.size--;
	return text.size ? strndup((const char *)text.data, text.size) : calloc(1, 1);
}

/* "\n" in a value is a line end. */
static inline void case_unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		bool end = text[0] == '\\' && text[1] == 'n';

		*out++ = end ? '\n' : *text;
		text += end;
	}
	*out = 0;
}

/* Hands each line "NAME = VALUE" of text on, unescaped; one without " = " has
 * an empty value. */
static inline void case_each_pair(struct span text,
				  void (*pair)(void *arg, const char *name, const char *value),
				  void *arg)
{
	char *copy = case_copy(text), *rest = copy, *line, *equal;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line || *line == '#')
			continue;
		equal = strstr(line, " = ");
		if (equal) {
			*equal = 0;
			case_unescape(equal + 3);
		}
		pair(arg, line, equal ? equal + 3 : "");
	}
	free(copy);
}

/* --- files --- */

static inline void cases_fail(const char *name, const char *what)
{
	fprintf(stderr, "%s: %s\n", name, what);
	exit(2);
}

static inline void cases_read(const char *name, struct buffer *text)
{
	FILE *f = fopen(name, "r");
	char part[65536];
	size_t size;

	if (!f)
		cases_fail(name, strerror(errno));
	while ((size = fread(part, 1, sizeof(part), f)) > 0)
		buffer_append(text, span_of(part, size));
	fclose(f);
}

/* The words are those with which a section may begin, the last one NULL. */
static inline void case_check_sections(const struct test_case *c, const char *const *words,
				       const char *file)
{
	for (size_t i = 0; i < c->section_count; i++) {
		const char *const *w = words;

		while (*w && !case_is(&c->sections[i], *w))
			w++;
		if (*w)
			continue;
		fprintf(stderr, "%s:%u: there is no section '%.*s'\n", file, c->line,
			(int)c->sections[i].head.size, (const char *)c->sections[i].head.data);
		exit(2);
	}
}

/* Calls run for each case; file is the name without the directories. */
static inline void cases_run(const char *name,
			     void (*run)(const struct test_case *c, const char *file))
{
	const char *slash = strrchr(name, '/');
	struct buffer text = { 0 };
	struct case_reader reader = { .line = 1 };
	struct test_case c;

	cases_read(name, &text);
	reader.rest = buffer_span(&text);
	while (case_next(&reader, &c))
		run(&c, slash ? slash + 1 : name);
	if (reader.wrong)
		cases_fail(name, reader.wrong);
	buffer_free(&text);
}

static inline int cases_is_file(const struct dirent *d)
{
	size_t size = strlen(d->d_name);

	return size > 5 && strcmp(d->d_name + size - 5, ".test") == 0;
}

/* The cases of all *.test files in the directory. */
static inline void cases_run_directory(const char *directory,
				       void (*run)(const struct test_case *c, const char *file))
{
	struct dirent **list;
	int count = scandir(directory, &list, cases_is_file, alphasort);
	char path[4096];

	if (count <= 0)
		cases_fail(directory, "there are no cases (run from the top of the project)");
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, list[i]->d_name);
		cases_run(path, run);
		free(list[i]);
	}
	free(list);
}

/* Those of the files named on the command line, or of the directories, the last one
 * NULL; returns what main() returns. */
static inline int cases_run_all(int argc, char **argv, const char *const *directories,
				void (*run)(const struct test_case *c, const char *file))
{
	for (int i = 1; i < argc; i++)
		cases_run(argv[i], run);
	for (; argc == 1 && *directories; directories++)
		cases_run_directory(*directories, run);
	return test_end();
}

#endif
