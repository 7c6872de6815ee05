/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came of a run: changes, results, images, and all of it as JSON. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../proto/file.h"
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

/* " (host-fit.rules:4)" */
static void print_place(char *place, size_t size, const struct crw_change *c)
{
	const char *slash = c->file ? strrchr(c->file, '/') : NULL;

	*place = 0;
	if (c->file)
		snprintf(place, size, " (%s:%u)", slash ? slash + 1 : c->file, c->line);
}

int crw_change_text(const struct crw_change *c, char *text, size_t size)
{
	char place[NAME_MAX + 16];

	print_place(place, sizeof(place), c);
	return snprintf(text, size, "%s: %s%s%s %s -> %s%s%s%s", c->image, c->where,
			*c->where && c->field ? " " : "", c->field ? c->field : "",
			c->before ? c->before : "(none)", c->after ? c->after : "(gone)", place,
			c->note ? ": " : "", c->note ? c->note : "");
}

const char *crw_mode(const struct crw *crw)
{
	return crw->mode;
}

struct checkpoint_image *crw_changed_image(const struct crw *crw, size_t index)
{
	for (size_t i = 0; i < checkpoint_count(&crw->checkpoint); i++)
		if (checkpoint_at(&crw->checkpoint, i)->changed && index-- == 0)
			return checkpoint_at(&crw->checkpoint, i);
	return NULL;
}

size_t crw_image_count(const struct crw *crw)
{
	size_t count = 0;

	for (size_t i = 0; i < checkpoint_count(&crw->checkpoint); i++)
		count += checkpoint_at(&crw->checkpoint, i)->changed;
	return count;
}

const char *crw_image_name(const struct crw *crw, size_t index)
{
	const struct checkpoint_image *image = crw_changed_image(crw, index);

	return image ? image->file : NULL;
}

size_t crw_image_size(const struct crw *crw, size_t index)
{
	const struct checkpoint_image *image = crw_changed_image(crw, index);

	return image ? image->content.size : 0;
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

	if (!image)
		return fail(&crw->err, "there is no changed image %zu", index);
	if (content_give(&image->content, image->content.bytes, pass_on, &out, &crw->err) < 0)
		return error_context(&crw->err, "%s", image->file);
	return 0;
}

/* ---- the report ----------------------------------------------------------- */

/* Foreign bytes that are no UTF-8 are kept as the code points of their value. */
static size_t utf8_size(const unsigned char *s)
{
	size_t n = *s < 0x80 ? 1 : *s >> 5 == 6 ? 2 : *s >> 4 == 14 ? 3 : *s >> 3 == 30 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if (s[i] >> 6 != 2)
			return 0;
	return n;
}

static void json_text(struct buffer *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	if (!text) {
		buffer_text(out, "null");
		return;
	}
	buffer_byte(out, '"');
	while (*s) {
		size_t n = utf8_size(s);

		if (*s < 0x20 || *s == '"' || *s == '\\' || *s == 0x7f || n == 0) {
			buffer_printf(out, "\\u%04x", *s++);
		} else {
			buffer_append(out, span_of(s, n));
			s += n;
		}
	}
	buffer_byte(out, '"');
}

static void json_member(struct buffer *out, const char *name, const char *text, bool last)
{
	buffer_printf(out, "\"%s\": ", name);
	json_text(out, text);
	buffer_text(out, last ? "" : ", ");
}

static void json_changes(struct buffer *out, const struct crw *crw)
{
	for (size_t i = 0; i < crw_change_count(crw); i++) {
		const struct crw_change *c = crw_change(crw, i);

		buffer_text(out, i ? ",\n    { " : "\n    { ");
		json_member(out, "image", c->image, false);
		json_member(out, "where", c->where, false);
		json_member(out, "field", c->field, false);
		json_member(out, "before", c->before, false);
		json_member(out, "after", c->after, false);
		json_member(out, "note", c->note, false);
		json_member(out, "rule", c->rule, false);
		json_member(out, "file", c->file, false);
		buffer_printf(out, "\"line\": %u }", c->line);
	}
}

/* The facts that were asked for, so that a report says what it rests on. */
static void json_facts(struct buffer *out, const struct crw *crw)
{
	struct buffer text = { 0 };
	const char *separator = "";

	for (size_t i = 0; i < facts_count; i++) {
		if (crw->facts.slots[i].state != FACT_KNOWN)
			continue;
		buffer_clear(&text);
		value_print(&text, crw->facts.slots[i].value);
		buffer_byte(&text, 0);
		buffer_printf(out, "%s\"%s\": ", separator, facts_table[i].name);
		json_text(out, text.failed ? NULL : (const char *)text.data);
		separator = ", ";
	}
	out->failed |= text.failed;
	buffer_free(&text);
}

static void json_images(struct buffer *out, const struct crw *crw)
{
	const char *separator = "";

	for (size_t i = 0; i < checkpoint_count(&crw->checkpoint); i++) {
		const struct checkpoint_image *image = checkpoint_at(&crw->checkpoint, i);

		if (!image->changed)
			continue;
		buffer_text(out, separator);
		json_text(out, image->file);
		separator = ", ";
	}
}

static void put_report(struct buffer *out, const struct crw *crw)
{
	buffer_text(out, "{\n  \"version\": 1, ");
	json_member(out, "program", "criu-rewrite " CRW_VERSION, false);
	json_member(out, "stage", crw->facts.stage, false);
	json_member(out, "manage_cgroups", crw->mode, false);
	json_member(out, "error", crw->err.text[0] ? crw->err.text : NULL, false);
	buffer_printf(out, "\"change_total\": %zu,\n  \"images\": [", crw->changes_counted);
	json_images(out, crw);
	buffer_text(out, "],\n  \"facts\": { ");
	json_facts(out, crw);
	buffer_text(out, " },\n  \"changes\": [");
	json_changes(out, crw);
	buffer_text(out, "\n  ]\n}\n");
}

char *crw_report(const struct crw *crw)
{
	struct buffer out = { 0 };

	put_report(&out, crw);
	buffer_byte(&out, 0);
	if (out.failed)
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

	put_report(&text, crw);
	if (text.failed)
		return fail_memory(err);
	if (!is_replaceable(path))
		return fail(err, "cannot write the report %s: what is there is no regular file "
			    "(remove it)", path);
	fd = file_replace_begin(AT_FDCWD, path);
	if (fd >= 0 && file_write(fd, buffer_span(&text)) == 0 &&
	    file_replace_end(AT_FDCWD, path) == 0)
		return 0;
	file_replace_cancel(AT_FDCWD, path);
	return fail_errno(err, "cannot write the report %s", path);
}
