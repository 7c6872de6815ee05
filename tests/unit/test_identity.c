/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the cases of tests/identity/: rules, the images of a checkpoint, and what they
 * report of their changes and of what is left. tests/identity/README.md says what a
 * file looks like.
 *
 *	test_identity [FILE ...]
 *	test_identity --write FILE	the file with what really happens
 */
#include "../../plugin/context.h"
#include "../../plugin/identity/fields.h"
#include "../../proto/raw.h"
#include "../../rules/suggest_names.h"
#include "cases.h"
#include "fakeroot.h"
#include "golden_world.h"

/* What every file and socket has, and nobody wants to read. */
static const char *const short_forms[][2] = {
	{ "$fown", "fown { uid=0 euid=0 signum=0 pid_type=0 pid=0 }" },
	{ "$opts", "so_sndbuf=1 so_rcvbuf=1 so_snd_tmo_sec=0 so_snd_tmo_usec=0 so_rcv_tmo_sec=0 "
		   "so_rcv_tmo_usec=0" },
};

static void write_out(struct span text, struct buffer *out)
{
	for (size_t i = 0; i < text.size; i++) {
		size_t row = 0;

		while (row < 2 &&
		       !case_starts(span_of(text.data + i, text.size - i), short_forms[row][0]))
			row++;
		if (row == 2) {
			buffer_byte(out, text.data[i]);
		} else {
			buffer_text(out, short_forms[row][1]);
			i += strlen(short_forms[row][0]) - 1;
		}
	}
}

static void put_image(int dir, struct golden_world *w, const struct case_section *s)
{
	struct content raw = { .size = 0 };
	struct buffer text = { 0 };
	struct world_image *image;
	struct error err = { "" };
	struct span bytes;
	int fd;

	write_out(s->body, &text);
	world_add_image(w, case_word(s->head, 1), buffer_span(&text), span_of(NULL, 0));
	image = &w->images[w->image_count - 1];
	if (image->kind->raw != RAW_NOT &&
	    raw_collapse(image->kind, buffer_span(&image->bytes), &raw, &err) < 0)
		cases_fail(image->file, err.text);
	bytes = image->kind->raw != RAW_NOT ? raw.bytes : buffer_span(&image->bytes);
	fd = openat(dir, image->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes.data, bytes.size) != (ssize_t)bytes.size)
		cases_fail(image->file, "cannot be written");
	close(fd);
	content_free(&raw);
	buffer_free(&text);
}

static void put_changes(const struct crw *crw, struct buffer *out)
{
	for (size_t i = 0; i < crw_change_count(crw); i++) {
		const struct crw_change *c = crw_change(crw, i);

		buffer_printf(out, "%s: %s%s%s: %s -> %s\n", c->image, c->where,
			      *c->where ? " " : "", c->field, c->before ? c->before : "(none)",
			      c->after ? c->after : "(gone)");
	}
	for (size_t i = 0; i < crw_trace_count(crw); i++)
		buffer_printf(out, "%s: %s\n", crw_trace(crw, i)->type, crw_trace(crw, i)->text);
}

static void run(const struct test_case *c, struct buffer *report, struct buffer *error)
{
	struct golden_world w = { .failed = false };
	int dir = fakeroot_make();
	struct crw *crw = crw_new();
	struct buffer rules = { 0 };

	write_out(c->rules, &rules);
	for (size_t i = 0; i < c->section_count; i++)
		if (case_is(&c->sections[i], "input"))
			put_image(dir, &w, &c->sections[i]);
	checkpoint_init(&crw->checkpoint, dir, 1u << 20, 1u << 24);
	crw->config.limit_image = 1u << 20;
	crw->config.limit_memory = 1u << 24;
	crw_only_given_facts(crw);
	if (crw_open(crw, dir) < 0 ||
	    crw_add_rules_text(crw, "rules", (const char *)rules.data, rules.size) < 0 ||
	    crw_run(crw) < 0)
		buffer_printf(error, "%s\n",
			      *crw_diagnostics(crw) ? crw_diagnostics(crw) : crw_error(crw));
	else
		put_changes(crw, report);
	buffer_append(error, buffer_span(&w.wrong));
	buffer_free(&rules);
	crw_free(crw);
	world_free(&w);
	close(dir);
	fakeroot_remove();
}

static void compare(const struct buffer *got, const struct case_section *want, const char *name)
{
	char *mine = case_copy(buffer_span(got)), *theirs = case_copy(case_text(want));

	is_text(mine, theirs, name);
	free(mine);
	free(theirs);
}

static void run_case(const struct test_case *c, const char *file)
{
	static const char *const sections[] = { "input", "report", "error", NULL };
	struct buffer report = { 0 }, error = { 0 };
	char *title = case_copy(c->title);

	case_check_sections(c, sections, file);
	run(c, &report, &error);
	compare(&error, case_find(c, "error", NULL), title);
	compare(&report, case_find(c, "report", NULL), "  what is reported");
	free(title);
	buffer_free(&report);
	buffer_free(&error);
}

static void put_section(const char *head, const struct buffer *body)
{
	if (body->size)
		printf("--- %s\n%.*s", head, (int)body->size, (const char *)body->data);
}

static void write_case(const struct test_case *c, const char *file)
{
	struct buffer report = { 0 }, error = { 0 };

	(void)file;
	run(c, &report, &error);
	printf("%.*s=== %.*s\n%.*s", (int)c->before.size, (const char *)c->before.data,
	       (int)c->title.size, (const char *)c->title.data, (int)c->rules.size,
	       (const char *)c->rules.data);
	for (size_t i = 0; i < c->section_count; i++)
		if (case_is(&c->sections[i], "input"))
			printf("--- %.*s\n%.*s", (int)c->sections[i].head.size,
			       (const char *)c->sections[i].head.data,
			       (int)c->sections[i].body.size,
			       (const char *)c->sections[i].body.data);
	put_section("report", &report);
	put_section("error", &error);
	printf("\n");
	buffer_free(&report);
	buffer_free(&error);
}

/* Each row of fields.def leads to a field of an entry. */
static void test_rows(void)
{
	const char *path;

	for (size_t i = 0; (path = fields_path(i)); i++) {
		const struct message_type *m = message_find(path, strcspn(path, "."));
		bool good = m && names_is_entry(m);

		for (path += strcspn(path, "."); good && *path; path += strcspn(path, ".")) {
			const struct field_type *f = m ? message_field(m, path + 1,
								       strcspn(path + 1, ".")) :
							 NULL;

			good = f != NULL;
			m = f ? field_message(f) : NULL;
			path++;
		}
		ok(good && !m, fields_path(i));
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--write") == 0) {
		cases_run(argv[2], write_case);
		return 0;
	}
	test_rows();
	return cases_run_all(argc, argv, "tests/identity", run_case);
}
