/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two messages, field by field. */
#include "../rules/print.h"
#include "../rules/location.h"
#include "diff.h"

/* ---- reporting ---- */

static const char *string_of(struct buffer *b)
{
	buffer_byte(b, 0);
	if (b->failed)
		return NULL;
	b->size--;
	return (const char *)b->data;
}

int diff_report(struct diff *d, bool before, bool after, const char *note, struct error *err)
{
	struct crw_change change = {
		.image = d->image,
		.where = string_of(&d->where),
		.field = string_of(&d->field),
		.before = string_of(&d->before),
		.after = string_of(&d->after),
		.note = note,
	};

	if (d->where.failed || d->field.failed || d->before.failed || d->after.failed)
		return fail_memory(err);
	change.before = before ? change.before : NULL;
	change.after = after ? change.after : NULL;
	if (d->sink(d->arg, &change) == 0)
		return 0;
	d->ended = true;
	return fail(err, "the comparison was ended");
}

static void begin_report(struct diff *d)
{
	buffer_clear(&d->field);
	buffer_clear(&d->before);
	buffer_clear(&d->after);
}

size_t diff_first(struct span a, struct span b)
{
	size_t at = 0;

	while (at < a.size && at < b.size && a.data[at] == b.data[at])
		at++;
	return at;
}

int diff_sizes(struct diff *d, const char *what, uint64_t a, uint64_t b, uint64_t at,
	       struct error *err)
{
	cleanup_buffer struct buffer note = { 0 };

	begin_report(d);
	buffer_text(&d->field, what);
	buffer_printf(&d->before, "%llu bytes", (unsigned long long)a);
	buffer_printf(&d->after, "%llu bytes", (unsigned long long)b);
	buffer_printf(&note, "they differ from byte %llu on", (unsigned long long)at);
	return diff_report(d, true, true, string_of(&note), err);
}

/* Both values as they are shown; what was cut may have been cut before the
 * difference. */
static int report_values(struct diff *d, bool before, bool after, struct error *err)
{
	cleanup_buffer struct buffer note = { 0 };
	size_t at = diff_first(buffer_span(&d->before), buffer_span(&d->after));

	if (before && after && at > RULES_SHOWN_MAX)
		buffer_printf(&note, "they differ from character %zu on", at);
	print_cut(&d->before, 0, RULES_SHOWN_MAX);
	print_cut(&d->after, 0, RULES_SHOWN_MAX);
	return diff_report(d, before, after, note.size ? string_of(&note) : NULL, err);
}

/* ---- fields that are no messages ---- */

static bool has_field(const struct field_type *f, struct span body)
{
	struct wire_field wire;
	struct error ignored;

	return wire_next_of(&body, field_number(f), &wire, &ignored) > 0;
}

/* Values are compared as they are printed, so that it does not count how they
 * are written. In quotes, or else "a, b" would be like "a" and "b". */
static int diff_values(struct diff *d, const struct field_type *f, struct span a, struct span b,
		       struct error *err)
{
	bool repeated = field_label(f) == FIELD_REPEATED;
	bool before = has_field(f, a), after = has_field(f, b);

	if (!before && !after)
		return 0;
	begin_report(d);
	buffer_text(&d->field, field_name_here(f, before ? a : b));
	if (print_field(&d->before, f, a, repeated, SIZE_MAX, err) < 0 ||
	    print_field(&d->after, f, b, repeated, SIZE_MAX, err) < 0)
		return -1;
	if (before == after && span_equal(buffer_span(&d->before), buffer_span(&d->after)))
		return 0;
	return report_values(d, before, after, err);
}

/* ---- messages in messages ---- */

/* "name", "name[key]" or "name[2]" */
static void put_name(struct buffer *out, const struct field_type *f, const struct diff_item *item)
{
	buffer_text(out, field_name(f));
	if (field_label(f) == FIELD_REPEATED && !location_put_key(out, item->type, item->body))
		buffer_printf(out, "[%u]", item->index);
}

int diff_report_lone(struct diff *d, const struct field_type *f, const struct diff_item *item,
		     bool gone, struct error *err)
{
	begin_report(d);
	if (f) {
		put_name(&d->field, f, item);
	} else {
		buffer_text(&d->field, message_name(item->type));
		if (!location_put_key(&d->field, item->type, item->body))
			buffer_printf(&d->field, "[%u]", item->index);
	}
	if (print_message(gone ? &d->before : &d->after, item->type, item->body, false,
			  RULES_SHOWN_MAX, err) < 0)
		return -1;
	return diff_report(d, gone, !gone, NULL, err);
}

static int diff_inner(struct diff *d, const struct field_type *f, const struct diff_item *a,
		      const struct diff_item *b, struct error *err)
{
	size_t start = d->where.size;
	int status;

	if (span_equal(a->body, b->body))
		return 0;
	buffer_text(&d->where, start ? "." : "");
	put_name(&d->where, f, a);
	status = diff_messages(d, a->type, a->body, b->body, err);
	d->where.size = start;
	return status;
}

/* All occurrences of a list, or the last of a single message. */
static int collect(const struct field_type *f, struct span body, struct diff_list *list,
		   struct error *err)
{
	bool single = field_label(f) != FIELD_REPEATED;
	struct wire_field wire;
	size_t index = 0;
	int more;

	while ((more = wire_next_of(&body, field_number(f), &wire, err)) > 0) {
		if (wire.type != WIRE_BYTES)
			return fail(err, "field '%s' is not a message", field_name(f));
		if (single)
			buffer_clear(&list->items);
		if (diff_add(list, field_message(f), wire.bytes, span_of(NULL, 0), index++, err) <
		    0)
			return -1;
	}
	return more;
}

static int diff_lists(struct diff *d, const struct field_type *f, struct diff_list *a,
		      struct diff_list *b, struct error *err)
{
	for (size_t i = 0; i < diff_count(a); i++) {
		const struct diff_item *item = diff_at(a, i);

		if (item->mate == DIFF_NO_MATE ?
			    diff_report_lone(d, f, item, true, err) < 0 :
			    diff_inner(d, f, item, diff_at(b, item->mate), err) < 0)
			return -1;
	}
	for (size_t k = 0; k < diff_count(b); k++)
		if (diff_at(b, k)->mate == DIFF_NO_MATE &&
		    diff_report_lone(d, f, diff_at(b, k), false, err) < 0)
			return -1;
	return 0;
}

/* The only item that has no mate, or NULL. */
static struct diff_item *only_lone(struct diff_list *list, size_t *index)
{
	struct diff_item *lone = NULL;

	for (size_t i = 0; i < diff_count(list); i++) {
		if (diff_at(list, i)->mate != DIFF_NO_MATE)
			continue;
		if (lone)
			return NULL;
		lone = diff_at(list, i);
		*index = i;
	}
	return lone;
}

/* A message that may hold more of its kind is a node of a tree: a group. */
static bool is_node(const struct message_type *type)
{
	size_t i = 0;

	while (i < message_field_count(type) && field_message(message_field_at(type, i)) != type)
		i++;
	return i < message_field_count(type);
}

/* One group there and another here: it has got another name. */
static void pair_renamed(const struct field_type *f, struct diff_list *a, struct diff_list *b)
{
	size_t i = 0, k = 0;
	struct diff_item *x = is_node(field_message(f)) ? only_lone(a, &i) : NULL;
	struct diff_item *y = x ? only_lone(b, &k) : NULL;

	if (y) {
		x->mate = (uint32_t)k;
		y->mate = (uint32_t)i;
	}
}

/* A single message is the same one, whatever its key says. */
static int pair_field(const struct field_type *f, struct diff_list *a, struct diff_list *b,
		      struct error *err)
{
	if (field_label(f) == FIELD_REPEATED) {
		if (diff_pair(a, b, err) < 0)
			return -1;
		pair_renamed(f, a, b);
		return 0;
	}
	if (diff_count(a) && diff_count(b))
		diff_at(a, 0)->mate = diff_at(b, 0)->mate = 0;
	return 0;
}

static int diff_field(struct diff *d, const struct field_type *f, struct span a, struct span b,
		      struct error *err)
{
	struct diff_list left = { .shares = 1 }, right = left;
	int status = -1;

	if (!field_message(f))
		return diff_values(d, f, a, b, err);
	if (collect(f, a, &left, err) == 0 && collect(f, b, &right, err) == 0 &&
	    pair_field(f, &left, &right, err) == 0)
		status = diff_lists(d, f, &left, &right, err);
	diff_list_free(&left);
	diff_list_free(&right);
	return status;
}

/* ---- fields of a newer CRIU ---- */

/* Takes the next field that the schema lacks: 1, 0 (its number, too), -1. */
static int next_unknown(const struct message_type *type, struct span *rest, struct wire_field *wire,
			struct error *err)
{
	int more;

	while ((more = wire_next(rest, wire, err)) > 0)
		if (!message_field_number(type, wire->number))
			return 1;
	wire->number = 0;
	return more;
}

static void show_unknown(struct buffer *out, const struct wire_field *wire)
{
	if (!wire->number)
		return;
	if (wire->type == WIRE_BYTES)
		buffer_printf(out, "%zu bytes", wire->bytes.size);
	else
		buffer_printf(out, "%llu", (unsigned long long)wire->scalar);
}

static int report_unknown(struct diff *d, const struct wire_field *a, const struct wire_field *b,
			  struct error *err)
{
	begin_report(d);
	if (a->number)
		buffer_printf(&d->field, "<%u>", a->number);
	if (b->number && b->number != a->number)
		buffer_printf(&d->field, "<%u>", b->number);
	show_unknown(&d->before, a);
	show_unknown(&d->after, b);
	return diff_report(d, a->number, b->number, "not in the schema", err);
}

/* By their place, since nothing is known of them. */
static int diff_unknown(struct diff *d, const struct message_type *type, struct span a,
			struct span b, struct error *err)
{
	struct wire_field x, y;

	do {
		if (next_unknown(type, &a, &x, err) < 0 || next_unknown(type, &b, &y, err) < 0)
			return -1;
		if (x.number && y.number && span_equal(x.raw, y.raw))
			continue;
		if ((x.number || y.number) && report_unknown(d, &x, &y, err) < 0)
			return -1;
	} while (x.number || y.number);
	return 0;
}

int diff_messages(struct diff *d, const struct message_type *type, struct span a, struct span b,
		  struct error *err)
{
	if (span_equal(a, b))
		return 0;
	if (d->depth == MESSAGE_DEPTH_MAX)
		return fail(err, "messages are nested more than %d deep", MESSAGE_DEPTH_MAX);
	d->depth++;
	for (size_t i = 0; i < message_field_count(type); i++)
		if (diff_field(d, message_field_at(type, i), a, b, err) < 0)
			return -1;
	d->depth--;
	return diff_unknown(d, type, a, b, err);
}
