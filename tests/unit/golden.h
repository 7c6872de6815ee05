/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Golden cases: reading them and running one against a small world of its
 * own. Header only, like the rest of the harness.
 */
#ifndef CRW_GOLDEN_H
#define CRW_GOLDEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../rules/rules.h"
#include "golden_world.h"

#define GOLDEN_SECTIONS_MAX 32

struct golden_section {
	struct span head; /* behind "--- ", without the line end */
	struct span body;
};

struct golden_case {
	struct span before; /* comments and empty lines above */
	struct span title;
	struct span rules;
	struct golden_section sections[GOLDEN_SECTIONS_MAX];
	size_t section_count;
	unsigned line;
};

struct golden_reader {
	struct span rest;
	unsigned line;
	const char *wrong; /* with the file */
};

struct golden_result {
	struct buffer difference; /* empty: as expected */
	struct buffer written;    /* the case with what really happened */
};

static inline void golden_result_free(struct golden_result *r)
{
	buffer_free(&r->difference);
	buffer_free(&r->written);
}

/* --- reading --- */

static inline bool golden_starts(struct span s, const char *with)
{
	return s.size >= strlen(with) && memcmp(s.data, with, strlen(with)) == 0;
}

/* Takes a line off, with its end. */
static inline struct span golden_line(struct golden_reader *r)
{
	const uint8_t *end = memchr(r->rest.data, '\n', r->rest.size);
	size_t size = end ? (size_t)(end + 1 - r->rest.data) : r->rest.size;
	struct span line = span_of(r->rest.data, size);

	r->rest = span_of(r->rest.data + size, r->rest.size - size);
	r->line++;
	return line;
}

/* Lines up to the next "---" or "===". */
static inline struct span golden_body(struct golden_reader *r)
{
	struct span body = span_of(r->rest.data, 0);

	while (r->rest.size && !golden_starts(r->rest, "--- ") && !golden_starts(r->rest, "=== "))
		body.size += golden_line(r).size;
	/* one empty line parts a case from the next */
	if (body.size >= 2 && memcmp(body.data + body.size - 2, "\n\n", 2) == 0)
		body.size--;
	else if (body.size == 1 && body.data[0] == '\n')
		body.size = 0;
	return body;
}

static inline struct span golden_head(struct golden_reader *r)
{
	struct span line = golden_line(r);

	line = span_of(line.data + 4, line.size - 4);
	while (line.size && (line.data[line.size - 1] == '\n' || line.data[line.size - 1] == ' '))
		line.size--;
	return line;
}

static inline bool golden_next(struct golden_reader *r, struct golden_case *c)
{
	*c = (struct golden_case){ .before = span_of(r->rest.data, 0) };
	while (r->rest.size && !golden_starts(r->rest, "=== "))
		c->before.size += golden_line(r).size;
	if (!r->rest.size)
		return false;
	c->line = r->line;
	c->title = golden_head(r);
	c->rules = golden_body(r);
	while (golden_starts(r->rest, "--- ")) {
		struct golden_section *s = &c->sections[c->section_count];

		if (c->section_count++ == GOLDEN_SECTIONS_MAX) {
			r->wrong = "a case has too many sections";
			return false;
		}
		s->head = golden_head(r);
		s->body = golden_body(r);
	}
	return true;
}

/* --- running --- */

/* "output core-1.img hex": word by index, empty beyond the last. */
static inline struct span golden_word(struct span head, unsigned index)
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

static inline bool golden_is(const struct golden_section *s, const char *word)
{
	return span_is(golden_word(s->head, 0), word);
}

/* Inputs, facts and the like: what is copied as it is when a file is written. */
static inline bool golden_is_given(const struct golden_section *s)
{
	return golden_is(s, "input") || golden_is(s, "facts") || golden_is(s, "env") ||
	       golden_is(s, "file") || golden_is(s, "bytes");
}

static inline void golden_differ(struct golden_result *r, const char *what, struct span got,
				 struct span want)
{
	if (span_equal(got, want))
		return;
	buffer_printf(&r->difference, "--- %s, got:\n%.*s\n--- %s, want:\n%.*s\n", what,
		      (int)got.size, (const char *)got.data, what, (int)want.size,
		      (const char *)want.data);
}

static inline struct span golden_wanted(const struct golden_case *c, const char *word,
					const char *name)
{
	for (size_t i = 0; i < c->section_count; i++) {
		if (golden_is(&c->sections[i], word) &&
		    (!name || span_is(golden_word(c->sections[i].head, 1), name)))
			return c->sections[i].body;
	}
	return span_of(NULL, 0);
}

static inline bool golden_wants(const struct golden_case *c, const char *word, const char *name)
{
	for (size_t i = 0; i < c->section_count; i++) {
		if (golden_is(&c->sections[i], word) &&
		    (!name || span_is(golden_word(c->sections[i].head, 1), name)))
			return true;
	}
	return false;
}

/* The world as the sections say. */
static inline void golden_set_up(const struct golden_case *c, struct golden_world *w)
{
	for (size_t i = 0; i < c->section_count; i++) {
		const struct golden_section *s = &c->sections[i];
		struct span name = golden_word(s->head, 1);

		if (golden_is(s, "input"))
			world_add_image(w, name, s->body, golden_word(s->head, 2));
		else if (golden_is(s, "bytes"))
			world_add_bytes(w, name, s->body);
		else if (golden_is(s, "facts"))
			world_add_facts(w, s->body);
		else if (golden_is(s, "env"))
			w->env = s->body;
		else if (golden_is(s, "file"))
			world_add_file(w, name, s->body);
		else if (!golden_is(s, "output") && !golden_is(s, "report") &&
			 !golden_is(s, "found") && !golden_is(s, "modes") &&
			 !golden_is(s, "trace") && !golden_is(s, "error"))
			buffer_printf(&w->wrong, "unknown section '%.*s'\n", (int)s->head.size,
				      (const char *)s->head.data);
	}
}

static inline void golden_parse_and_run(const struct golden_case *c, struct golden_world *w)
{
	struct rules_diagnostics d = { .count = 0 };
	struct rules_setting setting = world_setting(w);
	struct rules_world world = world_callbacks(w);
	struct ruleset *ruleset = NULL;
	struct error err = { "" };

	if (rules_parse(&ruleset, &setting, "rules", c->rules, &d) < 0) {
		w->failed = true;
		for (size_t i = 0; i < d.count; i++)
			rules_diagnostic_print(&w->error, &d.items[i]);
	} else if (rules_run(ruleset, &world, &err) < 0) {
		w->failed = true;
		buffer_printf(&w->error, "%s\n", err.text);
	}
	rules_diagnostics_free(&d);
	rules_free(ruleset);
}

/* Images without an "output" must be as they were, byte for byte. */
static inline void golden_compare_images(const struct golden_case *c, struct golden_world *w,
					 struct golden_result *r)
{
	for (size_t i = 0; i < w->image_count; i++) {
		struct world_image *image = &w->images[i];
		struct buffer want = { 0 };

		if (golden_wants(c, "output", image->file)) {
			world_build(w, image, golden_wanted(c, "output", image->file), &want);
			if (!span_equal(buffer_span(&want), buffer_span(&image->bytes)))
				golden_differ(r, image->file, buffer_span(world_show(w, image)),
					      golden_wanted(c, "output", image->file));
			if (!span_equal(buffer_span(&want), buffer_span(&image->bytes)) &&
			    !r->difference.size)
				buffer_printf(&r->difference, "%s: same notation, other bytes\n",
					      image->file);
		} else if (!span_equal(buffer_span(&image->before), buffer_span(&image->bytes))) {
			golden_differ(r, image->file, buffer_span(world_show(w, image)),
				      span_text("(unchanged)\n"));
		}
		buffer_free(&want);
	}
}

static inline void golden_compare(const struct golden_case *c, struct golden_world *w,
				  struct golden_result *r)
{
	buffer_append(&r->difference, buffer_span(&w->wrong));
	golden_differ(r, "error", buffer_span(&w->error), golden_wanted(c, "error", NULL));
	if (w->failed)
		return;
	golden_compare_images(c, w, r);
	golden_differ(r, "found", buffer_span(&w->found), golden_wanted(c, "found", NULL));
	golden_differ(r, "modes", buffer_span(&w->modes), golden_wanted(c, "modes", NULL));
	if (golden_wants(c, "report", NULL))
		golden_differ(r, "report", buffer_span(&w->report),
			      golden_wanted(c, "report", NULL));
	if (golden_wants(c, "trace", NULL))
		golden_differ(r, "trace", buffer_span(&w->trace), golden_wanted(c, "trace", NULL));
}

static inline void golden_put(struct buffer *out, const char *head, struct span body)
{
	if (!body.size)
		return;
	buffer_printf(out, "--- %s\n", head);
	buffer_append(out, body);
}

static inline void golden_write(const struct golden_case *c, struct golden_world *w,
				struct buffer *out)
{
	buffer_printf(out, "=== %.*s\n", (int)c->title.size, (const char *)c->title.data);
	buffer_append(out, c->rules);
	for (size_t i = 0; i < c->section_count; i++) {
		const struct golden_section *s = &c->sections[i];

		if (golden_is_given(s)) {
			buffer_printf(out, "--- %.*s\n", (int)s->head.size,
				      (const char *)s->head.data);
			buffer_append(out, s->body);
		}
	}
	for (size_t i = 0; i < w->image_count && !w->failed; i++) {
		struct world_image *image = &w->images[i];

		if (span_equal(buffer_span(&image->before), buffer_span(&image->bytes)))
			continue;
		buffer_printf(out, "--- output %s%s\n", image->file, image->hex ? " hex" : "");
		buffer_append(out, buffer_span(world_show(w, image)));
	}
	if (!w->failed && golden_wants(c, "report", NULL))
		golden_put(out, "report", buffer_span(&w->report));
	if (!w->failed && golden_wants(c, "trace", NULL))
		golden_put(out, "trace", buffer_span(&w->trace));
	if (!w->failed) {
		golden_put(out, "found", buffer_span(&w->found));
		golden_put(out, "modes", buffer_span(&w->modes));
	}
	golden_put(out, "error", buffer_span(&w->error));
	golden_put(out, "WRONG", buffer_span(&w->wrong));
	buffer_byte(out, '\n');
}

static inline void golden_run(const struct golden_case *c, struct golden_result *r)
{
	struct golden_world w = { .failed = false };

	golden_set_up(c, &w);
	golden_parse_and_run(c, &w);
	golden_compare(c, &w, r);
	golden_write(c, &w, &r->written);
	world_free(&w);
}

#endif
