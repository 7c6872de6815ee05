/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "element.h"
#include "print.h"
#include "shown.h"
#include "text.h"

struct printer {
	struct buffer *out;
	bool pretty;
	size_t end; /* of the output, where it is cut */
	unsigned depth;
	struct span body; /* the message that is printed */
};

static int print_fields(struct printer *p, const struct message_type *type, struct span body,
			struct error *err);

static void separate(struct printer *p, bool first)
{
	if (!p->pretty) {
		buffer_text(p->out, first ? "" : " ");
		return;
	}
	for (unsigned i = 0; i < p->depth; i++)
		buffer_byte(p->out, '\t');
}

static void end_field(struct printer *p)
{
	if (p->pretty)
		buffer_byte(p->out, '\n');
}

static void print_assignment(struct printer *p, const struct field_type *f, const struct value *v)
{
	buffer_printf(p->out, "%s=", field_name_here(f, p->body));
	element_show(p->out, f, v, true);
}

/* All words of the field, wherever they stand in the message. */
static bool read_words(const struct field_type *f, struct span body, struct value words[4],
		       size_t *count)
{
	struct wire_field w;
	struct error ignored;
	struct span raw;

	while (wire_next_of(&body, field_number(f), &w, &ignored) > 0) {
		if (!element_is_run(f, &w)) {
			if (*count == 4 || element_judge(f, &w, &ignored) < 0)
				return false;
			element_read(f, &w, &words[(*count)++]);
			continue;
		}
		while (w.bytes.size) {
			if (*count == 4 ||
			    element_next(f, &w.bytes, &words[(*count)++], &raw, &ignored) <= 0)
				return false;
		}
	}
	return true;
}

bool print_whole(struct buffer *out, const struct field_type *f, struct span body)
{
	struct value words[4], list = { .type = VALUE_LIST };

	list.items = words;
	return shown_whole_type(f) && read_words(f, body, words, &list.item_count) &&
	       shown_put_whole(out, f, &list);
}

/* Is it the first of its field? */
static bool is_first(struct span body, const struct wire_field *wire)
{
	struct wire_field w;
	struct error ignored;

	while (wire_next(&body, &w, &ignored) > 0)
		if (w.number == wire->number)
			return w.raw.data == wire->raw.data;
	return false;
}

static int print_run(struct printer *p, const struct field_type *f, struct span run, bool first,
		     struct error *err)
{
	struct value v;
	struct span raw;
	int more;

	while ((more = element_next(f, &run, &v, &raw, err)) > 0) {
		separate(p, first);
		print_assignment(p, f, &v);
		end_field(p);
		first = false;
	}
	return more;
}

/* "{ f=v ... }" */
static int print_on_line(struct printer *p, const struct message_type *type, struct span body,
			 struct error *err)
{
	buffer_text(p->out, body.size ? "{ " : "{");
	p->depth++;
	if (print_fields(p, type, body, err) < 0)
		return -1;
	p->depth--;
	buffer_text(p->out, " }");
	return 0;
}

#define SHORT_MAX 80 /* columns of a message that is pretty on one line */

/* True when it did; else the output is as it was. */
static bool print_if_short(struct printer *p, const struct message_type *type, struct span body)
{
	size_t start = p->out->size, most = SHORT_MAX - 8 * (p->depth < 8 ? p->depth : 8);
	struct printer line = { .out = p->out, .end = start + most + 1, .depth = p->depth };
	struct error ignored;

	if (body.size <= SHORT_MAX && print_on_line(&line, type, body, &ignored) == 0 &&
	    p->out->size - start <= most)
		return true;
	p->out->size = start;
	return false;
}

static int print_inner(struct printer *p, const struct field_type *f, const struct wire_field *wire,
		       struct error *err)
{
	const struct message_type *type = field_message(f);

	if (wire->type != WIRE_BYTES)
		return fail(err, "field '%s' is not a message", field_name(f));
	buffer_printf(p->out, "%s ", field_name(f));
	if (!p->pretty)
		return print_on_line(p, type, wire->bytes, err);
	if (print_if_short(p, type, wire->bytes))
		return 0;
	buffer_text(p->out, "{\n");
	p->depth++;
	if (print_fields(p, type, wire->bytes, err) < 0)
		return -1;
	p->depth--;
	separate(p, false);
	buffer_byte(p->out, '}');
	return 0;
}

static void print_unknown(struct printer *p, const struct wire_field *wire)
{
	if (p->pretty)
		buffer_printf(p->out, "# field %u: %zu bytes", wire->number, wire->raw.size);
	else
		buffer_printf(p->out, "<%u>", wire->number);
}

/* With the first of its words. */
static bool print_together(struct printer *p, const struct field_type *f,
			   const struct wire_field *wire, bool first)
{
	cleanup_buffer struct buffer whole = { 0 };

	if (!print_whole(&whole, f, p->body))
		return false;
	if (!is_first(p->body, wire))
		return true;
	separate(p, first);
	buffer_printf(p->out, "%s=", field_name_here(f, p->body));
	buffer_append(p->out, buffer_span(&whole));
	p->out->failed = p->out->failed || whole.failed;
	end_field(p);
	return true;
}

static int print_one(struct printer *p, const struct message_type *type,
		     const struct wire_field *wire, bool first, struct error *err)
{
	const struct field_type *f = message_field_number(type, wire->number);
	struct value v;
	int status = 0;

	if (f && !field_message(f) && element_judge(f, wire, err) < 0)
		return -1;
	if (f && print_together(p, f, wire, first))
		return 0;
	if (f && !field_message(f) && element_is_run(f, wire))
		return print_run(p, f, wire->bytes, first, err);
	separate(p, first);
	if (!f) {
		print_unknown(p, wire);
	} else if (field_message(f)) {
		status = print_inner(p, f, wire, err);
	} else {
		element_read(f, wire, &v);
		print_assignment(p, f, &v);
	}
	end_field(p);
	return status;
}

static int print_fields(struct printer *p, const struct message_type *type, struct span body,
			struct error *err)
{
	struct span outer = p->body;
	struct wire_field wire;
	bool first = true;
	int more;

	if (p->depth > MESSAGE_DEPTH_MAX)
		return fail(err, "messages are nested more than %d deep", MESSAGE_DEPTH_MAX);
	p->body = body;
	while (p->out->size < p->end && (more = wire_next(&body, &wire, err))) {
		if (more < 0 || print_one(p, type, &wire, first, err) < 0)
			return -1;
		first = false;
	}
	p->body = outer;
	return 0;
}

int print_message(struct buffer *out, const struct message_type *type, struct span body,
		  bool pretty, size_t limit, struct error *err)
{
	size_t start = out->size;
	struct printer p = { .out = out, .pretty = pretty };

	p.end = limit < SIZE_MAX - start ? start + limit : SIZE_MAX;
	if (print_fields(&p, type, body, err) < 0)
		return -1;
	print_cut(out, start, limit);
	return out->failed ? fail_memory(err) : 0;
}

void print_cut(struct buffer *out, size_t start, size_t limit)
{
	if (out->failed || out->size - start <= limit)
		return;
	out->size = start + limit;
	while (out->size > start && (out->data[out->size] & 0xc0) == 0x80)
		out->size--;
	buffer_text(out, "...");
}

/* --- single fields --- */

static int print_values(struct buffer *out, const struct field_type *f,
			const struct wire_field *wire, bool quoted, size_t start, struct error *err)
{
	struct span run = wire->bytes, raw;
	struct value v;
	int more;

	if (element_judge(f, wire, err) < 0)
		return -1;
	if (!element_is_run(f, wire)) {
		buffer_text(out, out->size > start ? ", " : "");
		element_read(f, wire, &v);
		element_show(out, f, &v, quoted);
		return 0;
	}
	while ((more = element_next(f, &run, &v, &raw, err)) > 0) {
		buffer_text(out, out->size > start ? ", " : "");
		element_show(out, f, &v, quoted);
	}
	return more;
}

static int print_occurrence(struct buffer *out, const struct field_type *f,
			    const struct wire_field *wire, bool quoted, size_t limit, size_t start,
			    struct error *err)
{
	int status;

	if (!field_message(f))
		return print_values(out, f, wire, quoted, start, err);
	if (wire->type != WIRE_BYTES)
		return fail(err, "field '%s' is not a message", field_name(f));
	buffer_text(out, out->size > start ? ", { " : "{ ");
	status = print_message(out, field_message(f), wire->bytes, false, limit, err);
	buffer_text(out, " }");
	return status;
}

int print_field(struct buffer *out, const struct field_type *f, struct span body, bool quoted,
		size_t limit, struct error *err)
{
	bool single = field_label(f) != FIELD_REPEATED, have = false;
	size_t start = out->size;
	struct wire_field wire, last;
	int more;

	if (print_whole(out, f, body))
		return out->failed ? fail_memory(err) : 0;
	while (out->size - start < limit &&
	       (more = wire_next_of(&body, field_number(f), &wire, err))) {
		if (more < 0)
			return -1;
		last = wire;
		have = true;
		if (!single && print_occurrence(out, f, &wire, quoted, limit, start, err) < 0)
			return -1;
	}
	if (single && have && print_occurrence(out, f, &last, quoted, limit, start, err) < 0)
		return -1;
	print_cut(out, start, limit);
	return out->failed ? fail_memory(err) : 0;
}
