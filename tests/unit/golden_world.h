/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The world of a golden case: images in memory, facts as given, a few verbs,
 * and everything that happens written down as text. tests/golden/README.md has
 * the notations.
 */
#ifndef CRW_GOLDEN_WORLD_H
#define CRW_GOLDEN_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/criu-rewrite.h"
#include "../../rules/args.h"
#include "../../rules/print.h"
#include "cgroup_text.h"
#include "rules_text.h"

#define WORLD_IMAGES_MAX 16
#define WORLD_FILES_MAX 24

struct world_image {
	char *file;
	const struct image_kind *kind;
	struct buffer bytes, before;
	struct buffer shown;
	enum {
		WORLD_ENTRIES,
		WORLD_HEX,
		WORLD_TREE,
		WORLD_TEXT, /* no image */
	} notation;
};

struct world_file {
	struct span name, text;
};

struct golden_world {
	struct world_image images[WORLD_IMAGES_MAX];
	size_t image_count;
	struct world_file files[WORLD_FILES_MAX];
	size_t file_count;
	struct span facts, env;
	struct buffer report, found, modes, trace, notes, error;
	struct buffer wrong; /* with the case itself */
	bool failed;
	bool report_always; /* it is compared without a section `report`, too */
};

static const struct rules_fact world_facts[] = {
	{ "host.cpus", VALUE_SET, "CPUs" },
	{ "host.mems", VALUE_SET, "memory nodes" },
	{ "host.memory", VALUE_NUMBER, "bytes" },
	{ "host.kernel", VALUE_TEXT, "release" },
	{ "host.hostname", VALUE_TEXT, "name" },
	{ "host.interfaces", VALUE_LIST, "network interfaces" },
	{ "host.virtual", VALUE_BOOL, "is it a virtual machine" },
	{ "host.cgroup.version", VALUE_NUMBER, "1 or 2" },
	{ "host.cgroup.controllers", VALUE_LIST, "controllers" },
	{ "own.cgroup", VALUE_TEXT, "group of criu" },
	{ "own.uid", VALUE_NUMBER, "user" },
	{ "stage", VALUE_TEXT, "restore or dump" },
};

static const char *const world_modes[] = {
	"ignore", "none", "props", "soft", "full", "strict", "opport", "bind", NULL,
};

/* --- images --- */

struct world_builder {
	const struct image_kind *kind;
	struct buffer *out;
};

static inline int world_put_entry(void *ctx, const struct message_type *type, struct span body,
				  struct error *err)
{
	struct world_builder *b = ctx;

	if (type != b->kind->entry && type != b->kind->head)
		return fail(err, "%s is no entry of %s", message_name(type), b->kind->pattern);
	image_put(b->out, body);
	return 0;
}

static inline int world_hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal bytes, blanks between them as you like, up to a line end or '|'. */
static inline struct span world_hex(struct span s, struct buffer *out)
{
	size_t i = 0;

	while (i < s.size && s.data[i] != '\n' && s.data[i] != '|') {
		if (s.data[i] == '#') {
			while (i < s.size && s.data[i] != '\n')
				i++;
		} else if (i + 1 < s.size && world_hex_digit(s.data[i]) >= 0) {
			buffer_byte(out, (uint8_t)(world_hex_digit(s.data[i]) << 4 |
						   world_hex_digit(s.data[i + 1])));
			i += 2;
		} else {
			i++;
		}
	}
	return span_of(s.data + i, s.size - i);
}

/* One entry for each line, "message | payload". */
static inline void world_build_hex(struct span text, struct buffer *out)
{
	while (text.size) {
		struct buffer body = { 0 };

		text = world_hex(text, &body);
		image_put(out, buffer_span(&body));
		buffer_free(&body);
		if (text.size && text.data[0] == '|')
			text = world_hex(span_of(text.data + 1, text.size - 1), out);
		if (text.size)
			text = span_of(text.data + 1, text.size - 1);
	}
}

/* What every task, file and socket has, and nobody wants to read. */
static const char *const world_short_forms[][2] = {
	{ "$tc", "task_state=Alive exit_code=0 personality=0 flags=0 blk_sigset=0 comm=\"a\"" },
	{ "$thread", "futex_rla=0 futex_rla_len=0" },
	{ "$fown", "fown { uid=0 euid=0 signum=0 pid_type=0 pid=0 }" },
	{ "$opts", "so_sndbuf=1 so_rcvbuf=1 so_snd_tmo_sec=0 so_snd_tmo_usec=0 so_rcv_tmo_sec=0 "
		   "so_rcv_tmo_usec=0" },
};

#define WORLD_SHORT_FORMS (sizeof(world_short_forms) / sizeof(*world_short_forms))

/* With the short forms written out. */
static inline void world_write_out(struct span text, struct buffer *out)
{
	for (size_t i = 0; i < text.size; i++) {
		size_t row = 0;

		while (row < WORLD_SHORT_FORMS &&
		       !case_starts(span_of(text.data + i, text.size - i),
				    world_short_forms[row][0]))
			row++;
		if (row == WORLD_SHORT_FORMS) {
			buffer_byte(out, text.data[i]);
		} else {
			buffer_text(out, world_short_forms[row][1]);
			i += strlen(world_short_forms[row][0]) - 1;
		}
	}
}

static inline void world_build_tree(struct golden_world *w, struct span text, struct buffer *out)
{
	struct buffer body = { 0 };
	const char *wrong = text_to_image(text, &body);

	if (wrong)
		buffer_printf(&w->wrong, "no line of a tree: %s\n", wrong);
	image_put(out, buffer_span(&body));
	buffer_free(&body);
}

static inline void world_build_entries(struct golden_world *w, const struct world_image *image,
				       struct span text, struct buffer *out)
{
	struct world_builder b = { image->kind, out };
	struct rules_diagnostics d = { .count = 0 };
	struct buffer full = { 0 };

	world_write_out(text, &full);
	if (rules_read_messages(image->file, buffer_span(&full), world_put_entry, &b, &d) < 0)
		rules_diagnostic_print(&w->wrong, &d.items[0]);
	rules_diagnostics_free(&d);
	buffer_free(&full);
}

static inline void world_build(struct golden_world *w, const struct world_image *image,
			       struct span text, struct buffer *out)
{
	if (image->notation == WORLD_TEXT) {
		buffer_append(out, text);
		return;
	}
	image_begin(out, image->kind);
	if (image->notation == WORLD_HEX)
		world_build_hex(text, out);
	else if (image->notation == WORLD_TREE)
		world_build_tree(w, text, out);
	else
		world_build_entries(w, image, text, out);
}

static inline struct world_image *world_new_image(struct golden_world *w, struct span name)
{
	struct world_image *image = &w->images[w->image_count];

	if (w->image_count == WORLD_IMAGES_MAX)
		abort();
	image->file = strndup((const char *)name.data, name.size);
	image->kind = kind_of_file(image->file, NULL);
	if (strcmp(image->file, "config.json") == 0) {
		image->notation = WORLD_TEXT;
	} else if (!image->kind || !image->kind->entry) {
		buffer_printf(&w->wrong, "no kind of image is called %s\n", image->file);
		free(image->file);
		return NULL;
	}
	w->image_count++;
	return image;
}

static inline void world_add_image(struct golden_world *w, struct span name, struct span text,
				   struct span how)
{
	struct world_image *image = world_new_image(w, name);

	if (!image)
		return;
	if (span_is(how, "hex"))
		image->notation = WORLD_HEX;
	else if (span_is(how, "tree") && strcmp(image->kind->name, "cgroup") == 0)
		image->notation = WORLD_TREE;
	else if (how.size)
		buffer_printf(&w->wrong, "%s has no notation '%.*s'\n", image->file, (int)how.size,
			      (const char *)how.data);
	world_build(w, image, text, &image->bytes);
	buffer_append(&image->before, buffer_span(&image->bytes));
}

/* The whole file behind its magic, as hexadecimal bytes. */
static inline void world_add_bytes(struct golden_world *w, struct span name, struct span text)
{
	struct world_image *image = world_new_image(w, name);

	if (!image)
		return;
	image->notation = WORLD_HEX;
	image_begin(&image->bytes, image->kind);
	while (text.size) {
		text = world_hex(text, &image->bytes);
		if (text.size)
			text = span_of(text.data + 1, text.size - 1);
	}
	buffer_append(&image->before, buffer_span(&image->bytes));
}

static inline void world_show_hex(struct buffer *out, struct span s)
{
	for (size_t i = 0; i < s.size; i++)
		buffer_printf(out, "%s%02x", i ? " " : "", s.data[i]);
}

static inline void world_indent(struct buffer *out, struct span s, bool indent)
{
	for (size_t i = 0; i < s.size; i++) {
		if (indent && (i == 0 || s.data[i - 1] == '\n'))
			buffer_byte(out, '\t');
		buffer_byte(out, s.data[i]);
	}
}

static inline void world_show_entry(struct world_image *image, const struct image_entry *e)
{
	struct buffer *out = &image->shown;
	struct buffer body = { 0 };
	struct error err;
	size_t start;

	if (image->notation == WORLD_TREE) {
		image_to_text(e->body, out);
		return;
	}
	if (image->notation == WORLD_HEX) {
		world_show_hex(out, e->body);
		buffer_text(out, e->payload.size ? " | " : "");
		world_show_hex(out, e->payload);
		buffer_byte(out, '\n');
		return;
	}
	start = out->size;
	for (int pretty = 0; pretty < 2; pretty++) {
		out->size = start;
		buffer_printf(out, "%s {%s", message_name(e->type), pretty ? "\n" : " ");
		buffer_clear(&body);
		if (print_message(&body, e->type, e->body, pretty, SIZE_MAX, &err) < 0)
			buffer_text(out, err.text);
		world_indent(out, buffer_span(&body), pretty);
		buffer_text(out, pretty ? "}\n" : " }\n");
		if (out->size - start < 90)
			break;
	}
	buffer_free(&body);
}

static inline struct buffer *world_show(struct golden_world *w, struct world_image *image)
{
	struct image file;
	struct image_entry e;
	struct error err;
	int more = -1;

	buffer_clear(&image->shown);
	if (image->notation == WORLD_TEXT) {
		buffer_append(&image->shown, buffer_span(&image->bytes));
		return &image->shown;
	}
	if (image_open(&file, image->kind, buffer_span(&image->bytes), &err) == 0) {
		while ((more = image_next(&file, &e, &err)) > 0)
			world_show_entry(image, &e);
	}
	if (more < 0)
		buffer_printf(&w->wrong, "%s: %s\n", image->file, err.text);
	return &image->shown;
}

/* --- facts, environment, files --- */

/* The value behind "NAME<separator>" in lines of text. */
static inline bool world_look_up(struct span text, const char *name, const char *separator,
				 struct span *value)
{
	size_t skip = strlen(name) + strlen(separator);

	while (text.size) {
		const uint8_t *end = memchr(text.data, '\n', text.size);
		size_t size = end ? (size_t)(end - text.data) : text.size;

		if (size >= skip && memcmp(text.data, name, strlen(name)) == 0 &&
		    memcmp(text.data + strlen(name), separator, strlen(separator)) == 0) {
			*value = span_of(text.data + skip, size - skip);
			return true;
		}
		text = span_of(text.data + size, text.size - size);
		if (text.size)
			text = span_of(text.data + 1, text.size - 1);
	}
	return false;
}

/* "a,b" */
static inline int world_list(struct arena *arena, struct span text, struct value *value)
{
	struct value *items = arena_array(arena, text.size + 1, sizeof(*items));
	size_t count = 0;

	while (text.size) {
		const uint8_t *comma = memchr(text.data, ',', text.size);
		size_t size = comma ? (size_t)(comma - text.data) : text.size;

		items[count++] = value_text(span_of(text.data, size));
		size += comma != NULL;
		text = span_of(text.data + size, text.size - size);
	}
	*value = (struct value){ .type = VALUE_LIST, .items = items, .item_count = count };
	return 1;
}

static inline const struct rules_fact *world_fact_called(struct span name)
{
	for (size_t i = 0; i < sizeof(world_facts) / sizeof(*world_facts); i++)
		if (span_is(name, world_facts[i].name))
			return &world_facts[i];
	return NULL;
}

static inline int world_fact(void *ctx, const char *name, struct arena *arena, struct value *value,
			     struct error *err)
{
	const struct rules_fact *fact = world_fact_called(span_text(name));
	struct golden_world *w = ctx;
	struct span text;

	if (!world_look_up(w->facts, name, " = ", &text))
		return 0;
	if (span_is(text, "!")) /* a fact that cannot be read */
		return fail(err, "permission denied");
	if (fact->type == VALUE_TEXT) {
		*value = value_text(text);
		return 1;
	}
	if (fact->type == VALUE_LIST)
		return world_list(arena, text, value);
	if (rules_read_value(arena, text, value, err) < 0)
		return -1;
	if (fact->type == VALUE_SET && value->type == VALUE_NUMBER)
		return value_set_union(arena, *value, *value, value, err) < 0 ? -1 : 1;
	return 1;
}

static inline void world_check_fact(void *ctx, const char *name, const char *value)
{
	struct golden_world *w = ctx;

	if (!world_fact_called(span_text(name)))
		buffer_printf(&w->wrong, "there is no fact %s here\n", name);
}

static inline const char *world_env(void *ctx, const char *name)
{
	static char copy[256];
	struct golden_world *w = ctx;
	struct span text;

	if (!world_look_up(w->env, name, "=", &text))
		return NULL;
	snprintf(copy, sizeof(copy), "%.*s", (int)text.size, (const char *)text.data);
	return copy;
}

static inline void world_add_file(struct golden_world *w, struct span name, struct span text)
{
	if (w->file_count == WORLD_FILES_MAX)
		abort();
	w->files[w->file_count++] = (struct world_file){ name, text };
}

static inline int world_include(void *ctx, const char *name, const char *from, struct arena *arena,
				struct buffer *text, const char **path, struct error *err)
{
	struct golden_world *w = ctx;

	for (size_t i = 0; i < w->file_count; i++) {
		if (!span_is(w->files[i].name, name))
			continue;
		buffer_append(text, w->files[i].text);
		*path = arena_copy(arena, name, strlen(name));
		return 0;
	}
	return fail(err, "%s: no such file", name);
}

/* --- what happens --- */

static inline int world_writable(void *ctx, const struct image_kind *kind, struct error *err)
{
	if (strcmp(kind->name, "inventory") == 0)
		return fail(err, "CRIU has read it already; use criu-rewrite apply");
	return 0;
}

static inline int world_image_at(void *ctx, const struct image_kind *kind, size_t index,
				 struct rules_image *image, struct error *err)
{
	struct golden_world *w = ctx;

	for (size_t i = 0; i < w->image_count; i++) {
		if (w->images[i].kind != kind || index-- > 0)
			continue;
		*image = (struct rules_image){
			.kind = kind,
			.file = w->images[i].file,
			.bytes = buffer_span(&w->images[i].bytes),
			.handle = &w->images[i],
		};
		return 1;
	}
	return 0;
}

static inline int world_update(void *ctx, const struct rules_image *image,
			       const struct rules_edit *by, struct content *fresh,
			       struct error *err)
{
	struct world_image *mine = image->handle;

	buffer_clear(&mine->bytes);
	buffer_append(&mine->bytes, fresh->bytes);
	content_free(fresh);
	return 0;
}

/* As `plan` shows it. */
static inline void world_put_change(struct golden_world *w, const struct crw_change *c)
{
	char text[8192];

	if (crw_change_text(c, text, sizeof(text)) >= (int)sizeof(text))
		abort();
	buffer_printf(&w->report, "%s\n", text);
}

static inline void world_report(struct golden_world *w, const char *file,
				const struct rules_texts *t, struct rules_place place,
				const char *note)
{
	const struct crw_change change = {
		.image = file,
		.where = t->where,
		.field = t->field,
		.before = t->before,
		.after = t->after,
		.file = place.file,
		.line = place.line,
		.note = note,
	};

	world_put_change(w, &change);
}

static inline int world_change(void *ctx, const struct rules_change *c, struct error *err)
{
	struct arena arena = { 0 };
	struct rules_texts texts;
	int status = rules_change_show(c, &arena, NULL, &texts, err);

	if (status == 0)
		world_report(ctx, c->image->file, &texts, c->place,
			     texts.note ? texts.note : c->rule);
	arena_free(&arena);
	return status;
}

static inline int world_found(void *ctx, const struct rules_image *image, const char *where,
			      const char *text, struct error *err)
{
	struct golden_world *w = ctx;

	buffer_printf(&w->found, "%s: %s%s%s\n", image->file, where, *where ? ": " : "", text);
	return 0;
}

static inline int world_set_modes(void *ctx, const char *const *modes, size_t count,
				  const struct rules_place *place, struct error *err)
{
	struct golden_world *w = ctx;

	for (size_t i = 0; i < count; i++)
		buffer_printf(&w->modes, "%s%s", i ? ", " : "", modes[i]);
	buffer_printf(&w->modes, " (%s:%u)\n", place->file, place->line);
	return 0;
}

static inline void world_trace(void *ctx, const struct rules_trace *t)
{
	struct golden_world *w = ctx;

	if (!t->text)
		return;
	buffer_printf(&w->trace, "%s:%u: %s%s%s%s\n", t->place.file, t->place.line,
		      t->type == TRACE_SKIPPED ? "not run: " : "", t->image ? t->image : "",
		      t->image ? ": " : "", t->text);
}

/* --- verbs --- */

/* echo ARGUMENTS: reports them. */
static inline int world_echo(struct rules_call *call, struct error *err)
{
	struct rules_texts texts = { .where = message_name(call->type), .field = "echo" };
	struct buffer b = { 0 };

	for (size_t i = 0; i < call->arg_count; i++) {
		const struct rules_argument *a = &call->args[i];

		buffer_text(&b, i ? " " : "");
		if (a->type == ARGUMENT_COMMA)
			buffer_text(&b, ",");
		else if (a->type == ARGUMENT_WORD)
			value_print(&b, a->value);
		else
			value_print_quoted(&b, a->value);
	}
	buffer_byte(&b, '\0');
	texts.after = (const char *)b.data;
	world_report(call->world->ctx, call->image->file, &texts, call->place, call->rule);
	buffer_free(&b);
	return 0;
}

/* rename TEXT: replaces the first field of the message. */
static inline int world_rename(struct rules_call *call, struct error *err)
{
	struct span rest = call->body;
	struct wire_field first;
	struct buffer b = { 0 };
	int status;

	if (wire_next(&rest, &first, err) <= 0)
		return fail(err, "there is no name");
	if (call->args[0].value.text.size) /* "": breaks the message */
		wire_put_bytes(&b, first.number, call->args[0].value.text);
	status = patch_replace(call->patch, first.raw, buffer_span(&b), err);
	buffer_free(&b);
	return status;
}

static inline int world_read_rename(struct verb_args *a, void *wish, struct error *err)
{
	if (args_at_end(a))
		return fail(err, "the new name is missing");
	if (a->args[0].type != ARGUMENT_VALUE ||
	    (a->args[0].value.type != VALUE_TEXT && a->args[0].value.type != VALUE_NONE))
		return fail(err, "the new name is a text");
	a->at++;
	return args_at_end(a) ? 0 : fail(err, "there is one name only");
}

static const struct rules_verb world_echo_groups = { .message = "cgroup_entry",
						     .name = "echo",
						     .usage = "echo [ARGUMENT ...]",
						     .run = world_echo },
			       world_echo_group = { .message = "cgroup_dir_entry",
						    .name = "echo",
						    .usage = "echo [ARGUMENT ...]",
						    .run = world_echo },
			       world_rename_host = { .message = "utsns_entry",
						     .name = "rename",
						     .usage = "rename TEXT",
						     .read = world_read_rename,
						     .run = world_rename };

static const struct rules_verb *const world_verbs[] = { &world_echo_groups, &world_echo_group,
							&world_rename_host };

static inline struct rules_setting world_setting(struct golden_world *w)
{
	return (struct rules_setting){
		.facts = world_facts,
		.fact_count = sizeof(world_facts) / sizeof(*world_facts),
		.verbs = world_verbs,
		.verb_count = sizeof(world_verbs) / sizeof(*world_verbs),
		.modes = world_modes,
		.include = world_include,
		.ctx = w,
	};
}

static inline struct rules_world world_callbacks(struct golden_world *w)
{
	return (struct rules_world){
		.ctx = w,
		.fact = world_fact,
		.env = world_env,
		.writable = world_writable,
		.image = world_image_at,
		.update = world_update,
		.change = world_change,
		.found = world_found,
		.modes = world_set_modes,
		.trace = world_trace,
		.trace_all = true,
	};
}

static inline void world_free(struct golden_world *w)
{
	for (size_t i = 0; i < w->image_count; i++) {
		free(w->images[i].file);
		buffer_free(&w->images[i].bytes);
		buffer_free(&w->images[i].before);
		buffer_free(&w->images[i].shown);
	}
	buffer_free(&w->report);
	buffer_free(&w->found);
	buffer_free(&w->modes);
	buffer_free(&w->trace);
	buffer_free(&w->notes);
	buffer_free(&w->error);
	buffer_free(&w->wrong);
}

#endif
