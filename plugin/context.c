/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The object of the public header: its settings, its host and its rules.
 * Running them is run.c, what came of it outcome.c, writing it write.c and replace.c.
 */
#include "context.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../proto/file.h"
#include "known_text.h"
#include "trust.h"
#include "mode.h"
#include "oci/oci.h"

/* An included file counts from the directory of the one that includes it. */
static const char *include_path(struct arena *arena, const char *name, const char *from)
{
	const char *slash = strrchr(from, '/');

	if (name[0] == '/' || !slash)
		return arena_printf(arena, "%s", name);
	return arena_printf(arena, "%.*s/%s", (int)(slash - from), from, name);
}

static int read_include(void *ctx, const char *name, const char *from, struct arena *arena,
			struct buffer *text, const char **path, struct error *err)
{
	int found;

	*path = include_path(arena, name, from);
	if (!*path)
		return fail_memory(err);
	found = trust_read(*path, RULES_TEXT_MAX, text, err);
	if (found == 0)
		return fail(err, "%s: does not exist", *path);
	return found < 0 ? -1 : 0;
}

struct crw *crw_new(void)
{
	struct crw *crw = calloc(1, sizeof(*crw));
	int why;

	if (!crw)
		return NULL;
	crw->setting = (struct rules_setting){
		.facts = facts_table,
		.fact_count = facts_count,
		.verbs = crw_verbs,
		.verb_count = crw_verb_count,
		.modes = mode_names(),
		.include = read_include,
		.text = known_text,
		.text_beside = known_text_beside,
		.ctx = crw,
	};
	crw->lock = -1;
	crw->changes_kept_max = CHANGES_KEPT_MAX;
	config_init(&crw->config);
	checkpoint_init(&crw->checkpoint, -1, 0, 0);
	if (facts_init(&crw->facts, &crw->err) == 0)
		return crw;
	why = errno;
	crw_free(crw);
	errno = why;
	return NULL;
}

void crw_free(struct crw *crw)
{
	if (!crw)
		return;
	checkpoint_free(&crw->checkpoint);
	file_close(&crw->lock);
	oci_free(crw);
	rules_free(crw->rules);
	facts_free(&crw->facts);
	config_free(&crw->config);
	buffer_free(&crw->diagnostics);
	buffer_free(&crw->notes);
	buffer_free(&crw->files);
	buffer_free(&crw->changes);
	buffer_free(&crw->changed);
	buffer_free(&crw->seen);
	buffer_free(&crw->results);
	buffer_free(&crw->captured);
	buffer_free(&crw->affinity_captured);
	buffer_free(&crw->held_threads);
	buffer_free(&crw->affinity_recorded);
	buffer_free(&crw->affinity);
	buffer_free(&crw->trace);
	overrides_free(&crw->overrides);
	arena_free(&crw->traces);
	buffer_free(&crw->fact_text);
	arena_free(&crw->outcome);
	arena_free(&crw->arena);
	free(crw);
}

const char *crw_version(void)
{
	return CRW_VERSION;
}

const char *crw_error(const struct crw *crw)
{
	return crw->err.text;
}

const char *crw_diagnostics(const struct crw *crw)
{
	return crw->diagnostics.size ? (const char *)crw->diagnostics.data : "";
}

const char *crw_notes(const struct crw *crw)
{
	return crw->notes.size ? (const char *)crw->notes.data : "";
}

/* ---- the host ------------------------------------------------------------ */

int crw_set_root(struct crw *crw, int root_fd)
{
	return facts_set_root(&crw->facts, root_fd, &crw->err);
}

int crw_set_fact(struct crw *crw, const char *name, const char *value)
{
	return facts_give(&crw->facts, name, value, &crw->err);
}

void crw_only_given_facts(struct crw *crw)
{
	crw->facts.only_given = true;
}

const struct crw_fact *crw_fact(struct crw *crw, size_t index)
{
	const struct rules_fact *fact = &facts_table[index];
	struct value value;

	if (index >= facts_count)
		return NULL;
	crw->fact = (struct crw_fact){
		.name = fact->name,
		.type = value_type_name(fact->type),
		.help = fact->help,
	};
	buffer_clear(&crw->fact_text);
	if (facts_get(&crw->facts, fact->name, &value, &crw->err) > 0) {
		value_print(&crw->fact_text, value);
		buffer_byte(&crw->fact_text, 0);
		if (!crw->fact_text.failed)
			crw->fact.value = (const char *)crw->fact_text.data;
	}
	return &crw->fact;
}

int crw_set_stage(struct crw *crw, const char *stage)
{
	crw->facts.stage = arena_copy(&crw->arena, stage, strlen(stage));
	return crw->facts.stage ? 0 : fail_memory(&crw->err);
}

int crw_set_cgroup_root(struct crw *crw, const char *controller, const char *root)
{
	const char *name = controller && !*controller ? "v2" : controller;
	char *path = cgroup_path_resolve(&crw->arena, root);
	char *text = path ? arena_printf(&crw->arena, "%s%s%s", name ? name : "", name ? ":" : "",
					 path) :
			    NULL;

	if (!text)
		return fail_memory(&crw->err);
	for (char *c = text; name && c < text + strlen(name); c++)
		if (*c == ',')
			*c = '+';
	return facts_add(&crw->facts, "criu.cgroup.roots", text, &crw->err);
}

int crw_forbid(struct crw *crw, const char *kind, const char *why)
{
	struct forbidden *f = arena_alloc(&crw->arena, sizeof(*f));

	if (!f)
		return fail_memory(&crw->err);
	f->kind = kind_named(kind, strlen(kind));
	f->why = arena_copy(&crw->arena, why, strlen(why));
	if (!f->kind)
		return fail(&crw->err, "there is no image kind '%s'", kind);
	if (!f->why)
		return fail_memory(&crw->err);
	f->next = crw->forbidden;
	crw->forbidden = f;
	return 0;
}

/* ---- configuration and rules ---------------------------------------------- */

static void end_text(struct buffer *text)
{
	buffer_byte(text, 0);
	if (text->failed)
		buffer_free(text);
}

/* Behind those of other files. */
static void print_diagnostics(struct buffer *text, const struct rules_diagnostic *items,
			      size_t count)
{
	text->size -= text->size > 0;
	for (size_t i = 0; i < count; i++)
		rules_diagnostic_print(text, &items[i]);
	end_text(text);
}

static int add_text(struct crw *crw, const char *name, struct span text)
{
	struct rules_diagnostics d = { .count = 0 };
	int status = rules_parse(&crw->rules, &crw->setting, name, text, &d);

	if (status < 0 && d.count) {
		const struct rules_diagnostic *first = &d.items[0];

		print_diagnostics(&crw->diagnostics, d.items, d.count);
		fail(&crw->err, "%s:%u:%u: %s", first->place.file, first->place.line,
		     first->place.column, first->message);
	} else if (status < 0) {
		fail_memory(&crw->err);
	} else if (d.note_count) {
		print_diagnostics(&crw->notes, d.notes, d.note_count);
	}
	rules_diagnostics_free(&d);
	return status;
}

int crw_add_rules_text(struct crw *crw, const char *name, const char *text, size_t size)
{
	buffer_clear(&crw->diagnostics);
	return add_text(crw, name, span_of(text, size));
}

static int add_rules_file(struct crw *crw, const char *path)
{
	cleanup_buffer struct buffer text = { 0 };
	int found = trust_read(path, RULES_TEXT_MAX, &text, &crw->err);

	if (found == 0)
		return fail(&crw->err, "%s: does not exist", path);
	if (found < 0)
		return -1;
	return add_text(crw, path, buffer_span(&text));
}

/* What went wrong with several things: the first is the error, all are in the
 * diagnostics. */
struct failures {
	struct error first;
	size_t count;
	size_t plain; /* of which the rules are not at fault */
};

static void note_failure(struct crw *crw, struct failures *f, bool is_plain)
{
	if (f->count++ == 0)
		f->first = crw->err;
	if (!is_plain)
		return;
	f->plain++;
	crw->diagnostics.size -= crw->diagnostics.size > 0;
	buffer_printf(&crw->diagnostics, "%s\n", crw->err.text);
	end_text(&crw->diagnostics);
}

static int end_failures(struct crw *crw, const struct failures *f)
{
	if (f->count == 0)
		return 0;
	crw->err = f->first;
	if (f->count == 1 && f->plain == 1)
		buffer_clear(&crw->diagnostics);
	return -1;
}

static void add_rules(struct crw *crw, const char *path, struct failures *failures)
{
	struct crw_rules_file *files;
	size_t count, before;

	if (config_list_rules(path, &crw->arena, &files, &count, &crw->err) < 0) {
		if (crw->config.path)
			error_context(&crw->err, "%s", crw->config.path);
		note_failure(crw, failures, true);
	}
	for (size_t i = 0; i < count; i++) {
		buffer_append(&crw->files, span_of(&files[i], sizeof(files[i])));
		before = crw->diagnostics.size;
		if (!files[i].masked_by && add_rules_file(crw, files[i].path) < 0)
			note_failure(crw, failures, crw->diagnostics.size == before);
	}
}

int crw_add_rules(struct crw *crw, const char *path)
{
	struct failures failures = { .count = 0 };

	buffer_clear(&crw->diagnostics);
	add_rules(crw, path, &failures);
	return end_failures(crw, &failures);
}

/* All lines of the configuration that are wrong. */
static void note_config(struct crw *crw, struct failures *f)
{
	const struct buffer *wrong = &crw->config.wrong;

	f->first = crw->err;
	for (size_t i = 0; i < wrong->size; i++)
		f->count += wrong->data[i] == '\n';
	f->plain = f->count;
	buffer_append(&crw->diagnostics, buffer_span(wrong));
	end_text(&crw->diagnostics);
}

static int load_config(struct crw *crw, const char *path)
{
	struct failures failures = { .count = 0 };
	int found = config_load(&crw->config, path, &crw->err);

	buffer_clear(&crw->diagnostics);
	if (found < 0 && crw->config.wrong.size == 0)
		return -1;
	if (found < 0)
		note_config(crw, &failures);
	for (size_t i = 0; i < crw->config.rules.count; i++)
		add_rules(crw, crw->config.rules.items[i], &failures);
	return end_failures(crw, &failures);
}

/* What went wrong is a finding of the doctor, too. */
int crw_load_config(struct crw *crw, const char *path)
{
	int status = load_config(crw, path);

	if (status < 0)
		crw->config_error = arena_copy(&crw->arena, crw->err.text, strlen(crw->err.text));
	return status;
}

const char *crw_config_path(const struct crw *crw)
{
	return crw->config.path;
}

const char *crw_config_masked(const struct crw *crw)
{
	return crw->config.masked;
}

size_t crw_rules_file_count(const struct crw *crw)
{
	return crw->files.size / sizeof(struct crw_rules_file);
}

const struct crw_rules_file *crw_rules_file(const struct crw *crw, size_t index)
{
	return (const struct crw_rules_file *)(const void *)crw->files.data + index;
}

bool crw_has_rules(const struct crw *crw)
{
	return !rules_is_empty(crw->rules);
}

bool crw_on_error_continue(const struct crw *crw)
{
	return crw->config.continue_on_error;
}

const char *crw_program(const struct crw *crw, enum crw_program_kind kind, size_t index)
{
	const struct config_paths *programs = &crw->config.programs[kind];

	return index < programs->count ? programs->items[index] : NULL;
}

int crw_trust_program(struct crw *crw, const char *path)
{
	int found = trust_program(path, &crw->err);

	return found ? found < 0 ? -1 : 0 : fail(&crw->err, "%s: does not exist", path);
}

int crw_trust_programs(struct crw *crw)
{
	struct failures failures = { .count = 0 };
	const char *path;

	buffer_clear(&crw->diagnostics);
	for (int kind = 0; kind < CRW_PROGRAM_KINDS; kind++)
		for (size_t i = 0; (path = crw_program(crw, kind, i)); i++)
			if (crw_trust_program(crw, path) < 0) {
				error_context(&crw->err, "%s", crw_config_path(crw));
				note_failure(crw, &failures, true);
			}
	return end_failures(crw, &failures);
}

void crw_keep_changes(struct crw *crw, size_t max)
{
	crw->changes_kept_max = max < CHANGES_KEPT_MAX ? max : CHANGES_KEPT_MAX;
}

void crw_on_result(struct crw *crw, crw_result_sink sink, void *arg)
{
	crw->result_sink = sink;
	crw->result_arg = arg;
}

void crw_on_progress(struct crw *crw, crw_progress_sink sink, void *arg)
{
	crw->progress_sink = sink;
	crw->progress_arg = arg;
}

bool crw_dry_run(const struct crw *crw)
{
	return crw->config.dry_run;
}

const char *crw_report_path(const struct crw *crw)
{
	return crw->config.report;
}

enum crw_log_level crw_log_level(const struct crw *crw)
{
	return crw->config.log_level;
}

enum crw_syslog crw_syslog(const struct crw *crw)
{
	return crw->config.syslog;
}

enum crw_view crw_view_kind(const struct crw *crw)
{
	return crw->config.view;
}
