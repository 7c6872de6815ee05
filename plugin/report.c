/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came of a run: changes, results, images, and all of it as JSON. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../proto/file.h"
#include "../proto/json/text.h"
#include "context.h"

size_t crw_change_count(const struct crw *crw)
{
	return crw->changes.size / sizeof(struct crw_change);
}

size_t crw_change_total(const struct crw *crw)
{
	return crw->changes_counted;
}

const struct crw_change *crw_change(const struct crw *crw, size_t index)
{
	return (const struct crw_change *)(const void *)crw->changes.data + index;
}

/* A text that goes as far as there is room for it, as with snprintf. */
struct line {
	char *text;
	size_t size, length; /* without the NUL; of all that was put, with room or without */
};

static void put_piece(struct line *l, const char *piece, size_t size)
{
	size_t room = l->length < l->size ? l->size - l->length : 0;

	if (room)
		memcpy(l->text + l->length, piece, size < room ? size : room);
	l->length += size;
}

static void put_line(struct line *l, const char *text)
{
	put_piece(l, text, strlen(text));
}

/* " (default.rules:33)" */
static void put_place(struct line *l, const struct crw_change *c)
{
	const char *slash = c->file ? strrchr(c->file, '/') : NULL;
	char number[16];
	size_t at = sizeof(number) - 1;

	if (!c->file)
		return;
	put_line(l, " (");
	put_line(l, slash ? slash + 1 : c->file);
	number[at] = ')';
	for (unsigned line = c->line; line || at == sizeof(number) - 1; line /= 10)
		number[--at] = (char)('0' + line % 10);
	number[--at] = ':';
	put_piece(l, number + at, sizeof(number) - at);
}

#define LONE_MAX 200 /* bytes that are shown of what only one side has */

static void put_value(struct line *l, const struct crw_change *c, const char *value)
{
	size_t length = strlen(value), shown = LONE_MAX;
	char rest[64];

	if ((c->before && c->after) || length <= LONE_MAX) {
		put_piece(l, value, length);
		return;
	}
	while (shown > 0 && (value[shown] & 0xc0) == 0x80)
		shown--;
	put_piece(l, value, shown);
	snprintf(rest, sizeof(rest), "... (%s%zu more bytes)",
		 length > RULES_SHOWN_MAX ? "over " : "", length - shown);
	put_line(l, rest);
}

int crw_change_text(const struct crw_change *c, char *text, size_t size)
{
	struct line l = { text, size ? size - 1 : 0, 0 };

	put_line(&l, c->image);
	put_line(&l, ": ");
	put_line(&l, c->where);
	put_line(&l, *c->where && c->field ? " " : "");
	put_line(&l, c->field ? c->field : "");
	put_line(&l, " ");
	put_value(&l, c, c->before ? c->before : "(none)");
	put_line(&l, " -> ");
	put_value(&l, c, c->after ? c->after : "(gone)");
	put_place(&l, c);
	put_line(&l, c->note ? ": " : "");
	put_line(&l, c->note ? c->note : "");
	if (size)
		text[l.length < l.size ? l.length : l.size] = '\0';
	return (int)l.length;
}

const char *crw_mode(const struct crw *crw)
{
	return crw->mode;
}

size_t crw_image_count(const struct crw *crw)
{
	return crw->changed.size / sizeof(struct checkpoint_image *);
}

struct checkpoint_image *crw_changed_image(const struct crw *crw, size_t index)
{
	if (index >= crw_image_count(crw))
		return NULL;
	return ((struct checkpoint_image **)(void *)crw->changed.data)[index];
}

const char *crw_image_name(const struct crw *crw, size_t index)
{
	const struct checkpoint_image *image = crw_changed_image(crw, index);

	return image ? image->file : NULL;
}

size_t crw_seen_count(const struct crw *crw)
{
	return crw->seen.size / sizeof(struct checkpoint_image *);
}

const char *crw_seen_name(const struct crw *crw, size_t index)
{
	if (index >= crw_seen_count(crw))
		return NULL;
	return ((struct checkpoint_image **)(void *)crw->seen.data)[index]->file;
}

size_t crw_image_size(const struct crw *crw, size_t index)
{
	struct checkpoint_image *image = crw_changed_image(crw, index);

	return image ? checkpoint_written(image)->size : 0;
}

struct output {
	crw_sink sink;
	void *arg;
};

static int pass_on(void *arg, struct span piece, struct error *err)
{
	const struct output *out = arg;

	if (out->sink(out->arg, piece.data, piece.size) < 0)
		return fail_errno(err, "cannot write");
	return 0;
}

int crw_image_write(struct crw *crw, size_t index, crw_sink sink, void *arg)
{
	struct checkpoint_image *image = crw_changed_image(crw, index);
	struct output out = { sink, arg };
	struct content *content;

	if (!image)
		return fail(&crw->err, "there is no changed image %zu", index);
	content = checkpoint_written(image);
	if (content_give(content, content->bytes, pass_on, &out, &crw->err) < 0)
		return error_context(&crw->err, "%s", image->file);
	return 0;
}

/* ---- the report ----------------------------------------------------------- */

static int keep(void *arg, struct span bytes, struct error *err)
{
	struct buffer *out = arg;

	buffer_append(out, bytes);
	return out->failed ? fail_memory(err) : 0;
}

static void put_text(struct json_text *t, const char *text)
{
	if (text)
		json_string(t, span_text(text));
	else
		json_word(t, "null");
}

static void put_key(struct json_text *t, const char *name)
{
	json_item(t);
	json_string(t, span_text(name));
	json_word(t, ": ");
}

static void put_member(struct json_text *t, const char *name, const char *text)
{
	put_key(t, name);
	put_text(t, text);
}

static void put_number(struct json_text *t, const char *name, uint64_t number)
{
	put_key(t, name);
	json_unsigned(t, number);
}

static void put_images(struct json_text *t, const struct crw *crw)
{
	put_key(t, "images");
	t->indented = false;
	json_open(t, '[');
	for (size_t i = 0; i < crw_image_count(crw); i++) {
		json_item(t);
		put_text(t, crw_image_name(crw, i));
	}
	json_close(t, ']');
	t->indented = true;
}

/* The facts that were asked for, so that a report says what it rests on. */
static void put_facts(struct json_text *t, const struct crw *crw)
{
	cleanup_buffer struct buffer text = { 0 };

	put_key(t, "facts");
	json_open(t, '{');
	for (size_t i = 0; i < facts_count && !text.failed; i++) {
		if (crw->facts.slots[i].state != FACT_KNOWN)
			continue;
		buffer_clear(&text);
		value_print(&text, crw->facts.slots[i].value);
		put_key(t, facts_table[i].name);
		json_string(t, buffer_span(&text));
	}
	json_close(t, '}');
	t->failed |= text.failed;
}

/* What of the spec a runtime would refuse. */
static void put_warnings(struct json_text *t, const struct crw *crw)
{
	put_key(t, "warnings");
	json_open(t, '[');
	for (size_t i = 0; i < crw_warning_count(crw); i++) {
		json_item(t);
		put_text(t, crw_warning(crw, i));
	}
	json_close(t, ']');
}

/* Each on a line. */
static void put_change(struct json_text *t, const struct crw_change *c)
{
	json_item(t);
	t->indented = false;
	json_open(t, '{');
	put_member(t, "image", c->image);
	put_member(t, "type", c->type);
	put_member(t, "hierarchy", c->hierarchy);
	put_member(t, "group", c->group);
	put_member(t, "property", c->property);
	put_member(t, "where", c->where);
	put_member(t, "field", c->field);
	put_member(t, "before", c->before);
	put_member(t, "after", c->after);
	put_member(t, "note", c->note);
	put_member(t, "rule", c->rule);
	put_member(t, "file", c->file);
	put_number(t, "line", c->line);
	json_close(t, '}');
	t->indented = true;
}

static void put_changes(struct json_text *t, const struct crw *crw)
{
	put_key(t, "changes");
	json_open(t, '[');
	for (size_t i = 0; i < crw_change_count(crw); i++)
		put_change(t, crw_change(crw, i));
	json_close(t, ']');
}

/* What `get` in the rules found. */
static void put_results(struct json_text *t, const struct crw *crw)
{
	const struct crw_result *results = (const struct crw_result *)(void *)crw->results.data;

	put_number(t, "result_total", crw->results_counted);
	put_key(t, "results");
	json_open(t, '[');
	for (size_t i = 0; i < crw->results.size / sizeof(*results); i++) {
		json_item(t);
		t->indented = false;
		json_open(t, '{');
		put_member(t, "image", results[i].image);
		put_member(t, "where", results[i].where);
		put_member(t, "text", results[i].text);
		json_close(t, '}');
		t->indented = true;
	}
	json_close(t, ']');
}

static void put_report(struct json_text *t, const struct crw *crw)
{
	json_open(t, '{');
	put_number(t, "version", 1);
	put_member(t, "program", "criu-rewrite " CRW_VERSION);
	put_member(t, "stage", crw->facts.stage);
	put_member(t, "manage_cgroups", crw->mode);
	put_member(t, "error", crw->err.text[0] ? crw->err.text : NULL);
	put_number(t, "change_total", crw->changes_counted);
	put_images(t, crw);
	put_facts(t, crw);
	put_warnings(t, crw);
	put_changes(t, crw);
	put_results(t, crw);
	json_close(t, '}');
	json_word(t, "\n");
}

/* Appends the report. Only memory can be lacking. */
static int make_report(const struct crw *crw, struct buffer *out, struct error *err)
{
	struct json_sink sink = { keep, out };
	struct json_text *t = malloc(sizeof(*t));
	int status;

	if (!t)
		return fail_memory(err);
	json_text_begin(t, &sink, true, err);
	put_report(t, crw);
	status = json_text_end(t);
	free(t);
	return status < 0 ? fail_memory(err) : 0;
}

char *crw_report(const struct crw *crw)
{
	struct buffer out = { 0 };
	struct error err;
	int status = make_report(crw, &out, &err);

	buffer_byte(&out, 0);
	if (status < 0 || out.failed)
		buffer_free(&out);
	return (char *)out.data;
}

static bool is_replaceable(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 || S_ISREG(st.st_mode);
}

int report_write(const struct crw *crw, const char *path, struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	cleanup_close int fd = -1;

	if (make_report(crw, &text, err) < 0)
		return -1;
	if (!is_replaceable(path))
		return fail(err,
			    "cannot write the report %s: it is not a regular file "
			    "(remove it)",
			    path);
	fd = file_replace_begin(AT_FDCWD, path);
	if (fd >= 0 && file_write(fd, buffer_span(&text)) == 0 &&
	    file_replace_end(AT_FDCWD, path) == 0)
		return 0;
	file_replace_cancel(AT_FDCWD, path);
	return fail_errno(err, "cannot write the report %s", path);
}
