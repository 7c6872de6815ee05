/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Golden cases of the language: running one against a small world of its own. */
#ifndef CRW_GOLDEN_H
#define CRW_GOLDEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../rules/rules.h"
#include "cases.h"
#include "golden_world.h"

struct golden_result {
	struct buffer difference; /* empty: as expected */
	struct buffer written;    /* the case with what really happened */
};

static inline void golden_result_free(struct golden_result *r)
{
	buffer_free(&r->difference);
	buffer_free(&r->written);
}

/* Inputs, facts and the like: what is copied as it is when a file is written. */
static inline bool golden_is_given(const struct case_section *s)
{
	return case_is(s, "input") || case_is(s, "facts") || case_is(s, "env") ||
	       case_is(s, "file") || case_is(s, "bytes") || case_is(s, "host");
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

/* The world as the sections say. */
static inline void golden_set_up(const struct test_case *c, struct golden_world *w)
{
	for (size_t i = 0; i < c->section_count; i++) {
		const struct case_section *s = &c->sections[i];
		struct span name = case_word(s->head, 1);

		if (case_is(s, "input"))
			world_add_image(w, name, s->body, case_word(s->head, 2));
		else if (case_is(s, "bytes"))
			world_add_bytes(w, name, s->body);
		else if (case_is(s, "facts"))
			w->facts = s->body;
		else if (case_is(s, "env"))
			w->env = s->body;
		else if (case_is(s, "file"))
			world_add_file(w, name, s->body);
	}
}

static inline void golden_parse_and_run(const struct test_case *c, struct golden_world *w)
{
	struct rules_diagnostics d = { .count = 0 };
	struct rules_setting setting = world_setting(w);
	struct rules_world world = world_callbacks(w);
	struct ruleset *ruleset = NULL;
	struct error err = { "" };

	case_each_pair(w->facts, world_check_fact, w);
	if (rules_parse(&ruleset, &setting, "rules", c->rules, &d) < 0) {
		w->failed = true;
		for (size_t i = 0; i < d.count; i++)
			rules_diagnostic_print(&w->error, &d.items[i]);
	} else if (rules_run(ruleset, &world, &err) < 0) {
		w->failed = true;
		buffer_printf(&w->error, "%s\n", err.text);
	}
	for (size_t i = 0; i < d.note_count; i++)
		rules_diagnostic_print(&w->notes, &d.notes[i]);
	rules_diagnostics_free(&d);
	rules_free(ruleset);
}

/* Does a line of the report begin with the name of the image? */
static inline bool golden_is_told(const struct world_image *image, struct span report)
{
	const char *at = (const char *)report.data, *end = at + report.size;
	size_t size = strlen(image->file);

	while (at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		if ((size_t)(end - at) > size && memcmp(at, image->file, size) == 0 &&
		    at[size] == ':')
			return true;
		at = next ? next + 1 : end;
	}
	return false;
}

static inline void golden_compare_image(struct golden_world *w, struct world_image *image,
					struct span output, struct golden_result *r)
{
	struct buffer want = { 0 };

	world_build(w, image, output, &want);
	if (!span_equal(buffer_span(&want), buffer_span(&image->bytes)))
		golden_differ(r, image->file, buffer_span(world_show(w, image)), output);
	if (!span_equal(buffer_span(&want), buffer_span(&image->bytes)) && !r->difference.size)
		buffer_printf(&r->difference, "%s: same notation, other bytes\n", image->file);
	buffer_free(&want);
}

/* Images of which neither an "output" nor the report tells must be as they were, byte for
 * byte. */
static inline void golden_compare_images(const struct test_case *c, struct golden_world *w,
					 struct golden_result *r)
{
	struct span report = case_text(case_find(c, "report", NULL));
	size_t outputs = 0;

	for (size_t i = 0; i < c->section_count; i++)
		outputs += case_is(&c->sections[i], "output");
	for (size_t i = 0; i < w->image_count; i++) {
		struct world_image *image = &w->images[i];
		const struct case_section *output = case_find(c, "output", image->file);

		outputs -= output != NULL;
		if (output)
			golden_compare_image(w, image, output->body, r);
		else if (!golden_is_told(image, report) &&
			 !span_equal(buffer_span(&image->before), buffer_span(&image->bytes)))
			golden_differ(r, image->file, buffer_span(world_show(w, image)),
				      span_text("(unchanged)\n"));
	}
	if (outputs)
		buffer_text(&r->difference, "an output is of no image of the case\n");
}

static inline void golden_compare(const struct test_case *c, struct golden_world *w,
				  struct golden_result *r)
{
	const struct case_section *report = case_find(c, "report", NULL);

	golden_differ(r, "error", buffer_span(&w->error), case_text(case_find(c, "error", NULL)));
	if (!w->failed) {
		golden_compare_images(c, w, r);
		golden_differ(r, "found", buffer_span(&w->found),
			      case_text(case_find(c, "found", NULL)));
		golden_differ(r, "modes", buffer_span(&w->modes),
			      case_text(case_find(c, "modes", NULL)));
		golden_differ(r, "notes", buffer_span(&w->notes),
			      case_text(case_find(c, "notes", NULL)));
		if (report || w->report_always)
			golden_differ(r, "report", buffer_span(&w->report), case_text(report));
		if (case_find(c, "trace", NULL))
			golden_differ(r, "trace", buffer_span(&w->trace),
				      case_text(case_find(c, "trace", NULL)));
	}
	buffer_append(&r->difference, buffer_span(&w->wrong));
}

static inline void golden_put(struct buffer *out, const char *head, struct span body)
{
	if (!body.size)
		return;
	buffer_printf(out, "--- %s\n", head);
	buffer_append(out, body);
}

static inline void golden_write(const struct test_case *c, struct golden_world *w,
				struct buffer *out)
{
	buffer_printf(out, "=== %.*s\n", (int)c->title.size, (const char *)c->title.data);
	buffer_append(out, c->rules);
	for (size_t i = 0; i < c->section_count; i++) {
		const struct case_section *s = &c->sections[i];

		if (golden_is_given(s)) {
			buffer_printf(out, "--- %.*s\n", (int)s->head.size,
				      (const char *)s->head.data);
			buffer_append(out, s->body);
		}
	}
	for (size_t i = 0; i < w->image_count && !w->failed; i++) {
		struct world_image *image = &w->images[i];

		if (span_equal(buffer_span(&image->before), buffer_span(&image->bytes)) ||
		    (w->report_always && image->notation == WORLD_ENTRIES))
			continue;
		buffer_printf(out, "--- output %s\n", image->file);
		buffer_append(out, buffer_span(world_show(w, image)));
	}
	if (!w->failed && (w->report_always || case_find(c, "report", NULL)))
		golden_put(out, "report", buffer_span(&w->report));
	if (!w->failed && case_find(c, "trace", NULL))
		golden_put(out, "trace", buffer_span(&w->trace));
	if (!w->failed) {
		golden_put(out, "found", buffer_span(&w->found));
		golden_put(out, "modes", buffer_span(&w->modes));
		golden_put(out, "notes", buffer_span(&w->notes));
	}
	golden_put(out, "error", buffer_span(&w->error));
	golden_put(out, "WRONG", buffer_span(&w->wrong));
	buffer_byte(out, '\n');
}

/* ---- all cases of a program ------------------------------------------------------- */

/* Runs what a case says in a world that has what it gives. */
typedef void golden_runner(const struct test_case *c, struct golden_world *w);

static golden_runner *golden_runner_now;
static const char *const *golden_sections;

static inline void golden_run(const struct test_case *c, struct golden_result *r)
{
	struct golden_world w = { .failed = false };

	golden_set_up(c, &w);
	golden_runner_now(c, &w);
	golden_compare(c, &w, r);
	golden_write(c, &w, &r->written);
	world_free(&w);
}

static inline void golden_show(struct span difference)
{
	char *copy = case_copy(difference), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		printf("# %s\n", line);
	free(copy);
}

static inline void golden_run_case(const struct test_case *c, const char *file)
{
	struct golden_result r = { 0 };
	char what[512];

	case_check_sections(c, golden_sections, file);
	golden_run(c, &r);
	snprintf(what, sizeof(what), "%s: %.*s", file, (int)c->title.size,
		 (const char *)c->title.data);
	if (!test_result(r.difference.size == 0, what, file, (int)c->line))
		golden_show(buffer_span(&r.difference));
	golden_result_free(&r);
}

static inline void golden_write_case(const struct test_case *c, const char *file)
{
	struct golden_result r = { 0 };

	golden_run(c, &r);
	fwrite(c->before.data, 1, c->before.size, stdout);
	fwrite(r.written.data, 1, r.written.size, stdout);
	golden_result_free(&r);
}

/* PROGRAM [FILE ...] | --write FILE: runs the cases of the files, or of all *.test in
 * the directories; or shows the file with what really happens. `sections`: those that a
 * case may have. Both lists end in NULL. */
static inline int golden_main(int argc, char **argv, const char *const *directories,
			      const char *const *sections, golden_runner *runner)
{
	golden_runner_now = runner;
	golden_sections = sections;
	if (argc != 3 || strcmp(argv[1], "--write") != 0)
		return cases_run_all(argc, argv, directories, golden_run_case);
	cases_run(argv[2], golden_write_case);
	return 0;
}

#endif
