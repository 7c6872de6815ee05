/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "element.h"
#include "print.h"
#include "location.h"

#define KEY_MAX 256 /* bytes of a key that are shown: any name of a group */

/* Fields that people know things by, the best first. */
static const char *const name_keys[] = { "name", "dir_name", "mountpoint", "cnames" };
static const char *const number_keys[] = { "start", "vaddr", "fd", "pid", "id", "ino" };

static const struct field_type *field_called(const struct message_type *type, const char *name)
{
	return message_field(type, name, strlen(name));
}

static bool is_text(const struct field_type *f)
{
	return field_kind(f) == FIELD_TEXT;
}

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* Which field comes `at`-th when a key is sought: those with well-known names,
 * then any text, then well-known numbers. NULL: this type has none there. */
static const struct field_type *candidate(const struct message_type *type, size_t at)
{
	size_t texts = COUNT(name_keys) + message_field_count(type);
	const struct field_type *f;

	if (at >= texts) {
		f = field_called(type, number_keys[at - texts]);
		return f && !is_text(f) && field_wire(f) != WIRE_BYTES ? f : NULL;
	}
	f = at < COUNT(name_keys) ? field_called(type, name_keys[at]) :
				    message_field_at(type, at - COUNT(name_keys));
	return f && is_text(f) ? f : NULL;
}

static size_t candidate_count(const struct message_type *type)
{
	return COUNT(name_keys) + message_field_count(type) + COUNT(number_keys);
}

void location_keys_of(const struct message_type *type, struct location_keys *keys)
{
	keys->type = type;
	keys->count = 0;
	for (size_t i = 0; i < candidate_count(type) && keys->count < LOCATION_KEYS_MAX; i++) {
		keys->fields[keys->count] = candidate(type, i);
		keys->count += keys->fields[keys->count] != NULL;
	}
}

/* The last occurrence of a single field, the first of a repeated one. */
static bool is_better(const struct location_keys *keys, size_t at, size_t best,
		      const struct wire_field *wire)
{
	const struct field_type *f = keys->fields[at];

	return wire->number == field_number(f) && wire->type == field_wire(f) &&
	       (at < best || field_label(f) != FIELD_REPEATED);
}

bool location_key(const struct location_keys *keys, struct span body, struct match_key *key)
{
	size_t best = keys->count;
	struct wire_field wire, found;
	struct error ignored;

	while (wire_next(&body, &wire, &ignored) > 0) {
		for (size_t i = 0; i <= best && i < keys->count; i++) {
			if (!is_better(keys, i, best, &wire))
				continue;
			best = i;
			found = wire;
		}
	}
	if (best == keys->count)
		return false;
	key->field = keys->fields[best];
	element_read(key->field, &found, &key->value);
	return true;
}

/* Looked up once for each of the last types. */
static const struct location_keys *keys_of(struct location_memo *memo,
					   const struct message_type *type)
{
	struct location_keys *keys;

	for (size_t i = 0; i < LOCATION_TYPES_KEPT; i++)
		if (memo->keys[i].type == type)
			return &memo->keys[i];
	keys = &memo->keys[memo->types++ % LOCATION_TYPES_KEPT];
	location_keys_of(type, keys);
	return keys;
}

/* "[name]" or "[field=number]" */
static bool put_key(struct buffer *out, const struct match_key *key)
{
	size_t start = out->size;

	if (!key->field)
		return false;
	buffer_byte(out, '[');
	if (field_kind(key->field) != FIELD_TEXT) {
		buffer_text(out, field_name(key->field));
		buffer_byte(out, '=');
	}
	element_show(out, key->field, &key->value, false);
	print_cut(out, start, KEY_MAX);
	buffer_byte(out, ']');
	return true;
}

bool location_put_key(struct buffer *out, const struct message_type *type, struct span body)
{
	struct match_key key = { .field = NULL };
	struct location_keys keys;

	location_keys_of(type, &keys);
	location_key(&keys, body, &key);
	return put_key(out, &key);
}

const struct match_key *location_match_key(struct location_memo *memo, struct match *m)
{
	if (!m->key.sought && m->message)
		location_key(keys_of(memo, m->message), m->body, &m->key);
	m->key.sought = true;
	return &m->key;
}

static bool put_match_key(struct buffer *out, struct location_memo *memo, struct match *m)
{
	return put_key(out, location_match_key(memo, m));
}

/* --- indexes --- */

/* How many elements a field adds to the list. */
static size_t elements_in(const struct match *m, const struct wire_field *wire)
{
	if (m->message || !element_is_run(m->field, wire))
		return 1;
	return element_count(m->field, wire->bytes);
}

static size_t index_in_run(const struct match *m)
{
	struct span run = m->wire.bytes, raw;
	struct error ignored;
	struct value v;
	size_t index = 0;

	while (m->element.data && element_next(m->field, &run, &v, &raw, &ignored) > 0 &&
	       raw.data != m->element.data)
		index++;
	return index;
}

static size_t index_of(struct location_memo *memo, const struct match *m)
{
	struct location_index *last = &memo->last;
	struct span list = m->parent->body, rest = list;
	struct wire_field wire;
	struct error ignored;
	size_t index = 0;

	if (last->list.data == list.data && last->list.size == list.size &&
	    last->number == m->wire.number && last->at <= m->wire.raw.data) {
		rest = span_of(last->at, list.size - (size_t)(last->at - list.data));
		index = last->index;
	}
	while (wire_next(&rest, &wire, &ignored) > 0 && wire.raw.data < m->wire.raw.data) {
		if (wire.number == m->wire.number)
			index += elements_in(m, &wire);
	}
	*last = (struct location_index){ list, m->wire.number, m->wire.raw.data, index };
	return index + index_in_run(m);
}

/* --- paths --- */

static bool is_alone(const struct rules_image *image, const struct image_entry *e)
{
	const uint8_t *end = e->body.data + e->body.size + e->payload.size;

	return e->index == 0 && end == image->bytes.data + image->bytes.size;
}

static void put_entry_key(struct buffer *out, struct location_memo *memo, struct match *m)
{
	if (!put_match_key(out, memo, m))
		buffer_printf(out, "[%zu]", m->entry->index);
}

int location_put_last(struct buffer *out, struct location_memo *memo, struct match *m,
		      struct error *err)
{
	if (!m->field) {
		buffer_text(out, message_name(m->message));
		put_entry_key(out, memo, m);
	} else {
		buffer_text(out, field_name_here(m->field, m->parent->body));
		if (field_label(m->field) == FIELD_REPEATED && !put_match_key(out, memo, m))
			buffer_printf(out, "[%zu]", index_of(memo, m));
	}
	return out->failed ? fail_memory(err) : 0;
}

int location_put(struct buffer *out, struct location_memo *memo, const struct rules_image *image,
		 struct match *m, struct error *err)
{
	size_t start = out->size;

	if (!m->field) {
		if (!is_alone(image, m->entry))
			put_entry_key(out, memo, m);
		return out->failed ? fail_memory(err) : 0;
	}
	if (location_put(out, memo, image, m->parent, err) < 0)
		return -1;
	buffer_text(out, out->size > start ? "." : "");
	return location_put_last(out, memo, m, err);
}

/* --- as data --- */

static void put_number(struct buffer *out, uint64_t n)
{
	buffer_append(out, span_of(&n, sizeof(n)));
}

static void put_key_value(struct buffer *out, const struct match_key *key)
{
	if (key->value.type == VALUE_TEXT) {
		put_number(out, key->value.text.size);
		buffer_append(out, key->value.text);
	} else {
		put_number(out, (uint64_t)key->value.number);
	}
}

/* The number of the field, that of the key's field, and the key or the index. */
static void put_data(struct buffer *out, struct location_memo *memo, struct match *m)
{
	const struct match_key *key = location_match_key(memo, m);

	put_number(out, m->field ? field_number(m->field) : 0);
	if (m->field && field_label(m->field) != FIELD_REPEATED)
		return;
	put_number(out, key->field ? field_number(key->field) : 0);
	if (key->field)
		put_key_value(out, key);
	else
		put_number(out, m->field ? index_of(memo, m) : m->entry->index);
}

void location_put_data(struct buffer *out, struct location_memo *memo,
		       const struct rules_image *image, struct match *m)
{
	if (!m->field && is_alone(image, m->entry))
		return;
	if (m->field)
		location_put_data(out, memo, image, m->parent);
	put_data(out, memo, m);
}
