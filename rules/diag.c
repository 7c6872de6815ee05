/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../proto/utf8.h"
#include "diag.h"
#include "text.h"

/* When there is not even memory for the complaint. */
static const char no_memory[] = "out of memory";

static const struct diag_source *find_source(const struct diag *d, const char *name)
{
	for (const struct diag_source *s = d->sources; s; s = s->next) {
		if (s->name == name)
			return s;
	}
	return NULL;
}

/* The n-th line of the text, without its end. */
static struct span line_of(struct span text, unsigned n)
{
	const uint8_t *end;

	while (--n && (end = memchr(text.data, '\n', text.size)))
		text = span_of(end + 1, text.size - (size_t)(end + 1 - text.data));
	end = text.size ? memchr(text.data, '\n', text.size) : NULL;
	if (end)
		text.size = (size_t)(end - text.data);
	if (text.size && text.data[text.size - 1] == '\r')
		text.size--;
	return text;
}

/* The line as a string; NUL bytes in it become visible. */
static const char *copy_line(const struct diag *d, const char *file, unsigned line)
{
	const struct diag_source *source = find_source(d, file);
	struct span text = { NULL, 0 };
	char *copy;

	if (source)
		text = line_of(source->text, line);
	copy = arena_copy(&d->list->arena, text.data, text.size);
	if (!copy)
		return no_memory;
	for (size_t i = 0; i < text.size; i++) {
		if (copy[i] == '\0')
			copy[i] = '\x01';
	}
	return copy;
}

__attribute__((format(printf, 5, 0))) static void fill(const struct diag *d,
						       struct rules_diagnostic *item,
						       struct extent at, const char *head,
						       const char *format, va_list args)
{
	struct arena *arena = &d->list->arena;
	struct error text;

	vsnprintf(text.text, sizeof(text.text), format, args);
	item->place = at.place;
	item->width = at.width ? at.width : 1;
	item->message = arena_printf(arena, "%s%s", head, text.text);
	if (!item->message)
		item->message = no_memory;
	item->source = copy_line(d, at.place.file, at.place.line);
	item->place.file = arena_copy(arena, at.place.file, strlen(at.place.file));
	if (!item->place.file)
		item->place.file = "";
}

void diag_report(struct diag *d, struct extent at, const char *format, ...)
{
	struct rules_diagnostics *list = d->list;
	va_list args;

	d->count++;
	if (d->muted || list->count == RULES_DIAGNOSTICS_MAX)
		return;
	va_start(args, format);
	fill(d, &list->items[list->count++], at, "", format, args);
	va_end(args);
}

static bool is_noted(const struct rules_diagnostics *list, const struct rules_place *at)
{
	for (size_t i = 0; i < list->note_count; i++) {
		const struct rules_place *place = &list->notes[i].place;

		if (place->line == at->line && place->column == at->column &&
		    strcmp(place->file, at->file) == 0)
			return true;
	}
	return false;
}

/* Types that a path may stand for are tried one by one, all with the same text. */
void diag_note(struct diag *d, struct extent at, const char *format, ...)
{
	struct rules_diagnostics *list = d->list;
	va_list args;

	if (d->muted || list->note_count == RULES_DIAGNOSTICS_MAX || is_noted(list, &at.place))
		return;
	va_start(args, format);
	fill(d, &list->notes[list->note_count++], at, "note: ", format, args);
	va_end(args);
}

bool diag_is_full(const struct diag *d)
{
	return d->list->count == RULES_DIAGNOSTICS_MAX;
}

/* Newest first in the list, so a later position is an older file. */
static size_t source_age(const struct diag *d, const char *name)
{
	size_t age = 0;

	for (const struct diag_source *s = d->sources; s; s = s->next, age++) {
		if (strcmp(s->name, name) == 0)
			break;
	}
	return age;
}

static bool comes_before(const struct diag *d, const struct rules_diagnostic *a,
			 const struct rules_diagnostic *b)
{
	size_t age_a = source_age(d, a->place.file), age_b = source_age(d, b->place.file);

	if (age_a != age_b)
		return age_a > age_b;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line;
	return a->place.column < b->place.column;
}

static void sort(const struct diag *d, struct rules_diagnostic *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct rules_diagnostic moved = items[i];
		size_t at = i;

		for (; at > 0 && comes_before(d, &moved, &items[at - 1]); at--)
			items[at] = items[at - 1];
		items[at] = moved;
	}
}

void diag_sort(struct diag *d)
{
	sort(d, d->list->items, d->list->count);
	sort(d, d->list->notes, d->list->note_count);
}

struct extent extent_join(struct extent from, struct extent to)
{
	if (from.place.file == to.place.file && from.place.line == to.place.line &&
	    to.place.column + to.width > from.place.column)
		from.width = to.place.column + to.width - from.place.column;
	return from;
}

void rules_diagnostics_free(struct rules_diagnostics *d)
{
	arena_free(&d->arena);
	d->count = d->note_count = 0;
}

/*
 * The line and, below it, the marks: a caret under the first column of what
 * is wrong, tildes under the rest. Tabs stay tabs in both lines so that they
 * line up on every terminal; what cannot be shown is escaped.
 */
struct marked {
	struct buffer shown, marks;
};

static void mark_columns(struct marked *m, size_t count, bool wrong, bool first)
{
	for (size_t i = 0; i < count; i++)
		buffer_byte(&m->marks, !wrong ? ' ' : first && i == 0 ? '^' : '~');
}

static void mark_character(struct marked *m, struct span rest, size_t *size, bool wrong, bool first)
{
	size_t before = m->shown.size;
	uint32_t code;

	*size = utf8_decode(rest, &code);
	if (rest.data[0] == '\t') {
		buffer_byte(&m->shown, '\t');
		buffer_byte(&m->marks, wrong ? (first ? '^' : '~') : '\t');
	} else if (rest.data[0] == '\x01') {
		buffer_text(&m->shown, "\\x00");
		mark_columns(m, 4, wrong, first);
	} else {
		if (*size == 0)
			*size = 1;
		text_put_escaped(&m->shown, span_of(rest.data, *size));
		/* a UTF-8 character of several bytes takes one column, as an escape many */
		before = m->shown.size - before;
		mark_columns(m, before == *size ? 1 : before, wrong, first);
	}
}

static void trim_marks(struct buffer *marks)
{
	while (marks->size &&
	       (marks->data[marks->size - 1] == ' ' || marks->data[marks->size - 1] == '\t'))
		marks->size--;
}

/* A very long line is shown from near the place on. */
static size_t window_start(size_t size, size_t column)
{
	return size > DIAG_SHOWN_MAX && column > DIAG_SHOWN_MAX / 2 ? column - DIAG_SHOWN_MAX / 2 :
								      0;
}

static void mark_line(struct marked *m, const struct rules_diagnostic *d)
{
	struct span line = span_text(d->source);
	size_t from = d->place.column - 1, to = from + d->width;
	size_t start = window_start(line.size, from), size;
	bool first = true;

	while (start && start < line.size && (line.data[start] & 0xc0) == 0x80)
		start++;

	for (size_t i = start; i < line.size && i < start + DIAG_SHOWN_MAX; i += size) {
		bool wrong = i >= from && i < to;

		mark_character(m, span_of(line.data + i, line.size - i), &size, wrong, first);
		first = first && !wrong;
	}
	if (first) { /* behind the end of the line */
		trim_marks(&m->marks);
		for (size_t i = m->marks.size; i < from - start; i++)
			buffer_byte(&m->marks, i < line.size && line.data[i] == '\t' ? '\t' : ' ');
		buffer_byte(&m->marks, '^');
	}
	trim_marks(&m->marks);
}

void rules_diagnostic_print(struct buffer *out, const struct rules_diagnostic *d)
{
	struct marked m = { 0 };

	text_put_escaped(out, span_text(d->place.file));
	buffer_printf(out, ":%u:%u: ", d->place.line, d->place.column);
	text_put_escaped(out, span_text(d->message));
	buffer_byte(out, '\n');
	mark_line(&m, d);
	buffer_append(out, buffer_span(&m.shown));
	buffer_byte(out, '\n');
	buffer_append(out, buffer_span(&m.marks));
	buffer_byte(out, '\n');
	out->failed = out->failed || m.shown.failed || m.marks.failed;
	buffer_free(&m.shown);
	buffer_free(&m.marks);
}
