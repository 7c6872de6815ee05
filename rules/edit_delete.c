/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taking things away: entries, messages, elements of lists, fields.
 */
#include <string.h>

#include "../proto/raw.h"
#include "edit.h"
#include "element.h"

static const struct span no_bytes = { NULL, 0 };

static const struct rules_side nothing = { .field = NULL };

static int report_gone(struct edit_run *a, struct match *m, struct error *err)
{
	const struct rules_side before = {
		.field = m->field,
		.value = m->message ? NULL : &m->value,
		.message = m->message,
		.body = m->body,
	};

	return edit_report(a, m->parent, m, before, nothing, err);
}

static int note_removed(struct edit_run *a, size_t index, struct error *err)
{
	struct buffer *bits = &a->removed;
	size_t byte = index / 8, size = bits->size;

	if (byte >= size) {
		if (!buffer_extend(bits, byte + 1 - size))
			return fail_memory(err);
		memset(bits->data + size, 0, byte + 1 - size);
	}
	bits->data[byte] |= (uint8_t)(1u << index % 8);
	return 0;
}

/* An entry goes with its size and what follows it. */
static int delete_entry(struct edit_run *a, struct match *m, struct error *err)
{
	const struct image_entry *e = m->entry;
	struct span whole = span_of(e->size.data, e->size.size + e->body.size + e->payload.size);
	const char *why = raw_is_kept(a->image->kind, e->body);

	if (why) {
		edit_tell(a, why);
		return 0;
	}
	if (note_removed(a, e->index, err) < 0 || edit_replace(a, whole, no_bytes, err) < 0)
		return -1;
	return report_gone(a, m, err);
}

/* All occurrences of a single field: else an earlier one would count again. */
static int remove_all(struct edit_run *a, const struct field_type *f, struct span body,
		      struct error *err)
{
	struct wire_field wire;
	int more;

	while ((more = wire_next_of(&body, field_number(f), &wire, err))) {
		if (more < 0 || edit_replace(a, wire.raw, no_bytes, err) < 0)
			return -1;
	}
	return 0;
}

static int remove_from_run(struct edit_run *a, struct match *m, struct error *err)
{
	if (patch_enter(&a->patch, &m->wire, err) < 0 ||
	    edit_replace(a, m->element, no_bytes, err) < 0)
		return -1;
	return patch_leave(&a->patch, err);
}

int edit_delete(struct edit_run *a, struct match *m, struct error *err)
{
	int status;

	if (m->entry)
		return delete_entry(a, m, err);
	if (edit_enter(a, m->parent, err) < 0)
		return -1;
	if (m->element.data)
		status = remove_from_run(a, m, err);
	else if (field_label(m->field) == FIELD_REPEATED)
		status = edit_replace(a, m->wire.raw, no_bytes, err);
	else
		status = remove_all(a, m->field, m->parent->body, err);
	return status < 0 ? -1 : report_gone(a, m, err);
}

/* --- delete f, g.h --- */

static int delete_leaf(struct edit_run *a, struct match *m, const struct field_type *f,
		       struct span body, struct error *err)
{
	const struct rules_side before = { .field = f, .body = body };

	if (remove_all(a, f, body, err) < 0)
		return -1;
	return edit_report(a, m, NULL, before, nothing, err);
}

/* The only occurrence of a field: 1, 0 when it is not there. */
static int find_only(const struct field_type *f, struct span body, bool message,
		     struct wire_field *found, struct error *err)
{
	struct wire_field wire;
	int more, count = 0;

	while ((more = wire_next_of(&body, field_number(f), &wire, err))) {
		if (more < 0)
			return -1;
		*found = wire;
		count++;
	}
	if (message && count > 1)
		return fail(err, "field '%s' occurs twice", field_name(f));
	if (message && count && found->type != WIRE_BYTES)
		return fail(err, "field '%s' is not a message", field_name(f));
	return count > 0;
}

static int delete_chain(struct edit_run *a, struct match *m, const struct chain *chain,
			size_t level, struct span body, struct error *err)
{
	const struct field_type *f = field_here(chain->fields[level], body);
	bool leaf = level + 1 == chain->count;
	struct wire_field wire;
	int found = find_only(f, body, !leaf, &wire, err);

	if (found <= 0)
		return found;
	if (edit_enter(a, m, err) < 0)
		return -1;
	edit_push_field(a, f);
	if (leaf)
		return delete_leaf(a, m, f, body, err);
	if (patch_enter(&a->patch, &wire, err) < 0 ||
	    delete_chain(a, m, chain, level + 1, wire.bytes, err) < 0)
		return -1;
	return patch_leave(&a->patch, err);
}

int edit_delete_fields(struct edit_run *a, struct match *m, const struct target *t,
		       struct error *err)
{
	for (size_t i = 0; i < t->action->field_count; i++) {
		buffer_clear(&a->fields);
		if (delete_chain(a, m, &t->action->fields[i], 0, m->body, err) < 0)
			return -1;
	}
	return 0;
}
