/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages as nearly all are: plain, short, and on one line. They are checked
 * while they are written, which takes half of the instructions; when one turns
 * out to be of another kind, what was written of it is taken back, and write.c
 * has it.
 */
#include <string.h>

#include "writer.h"

#define FIELD_ROOM 16384u /* more than one field of it takes, be each byte escaped */

/* A message, as far as it is written. */
struct written {
	struct json_plain plain;
	struct json_field *list; /* that is open */
	uint32_t numbers;        /* a bit for each of its fields, which are below 16 */
};

static uint8_t *put_message(struct json_writer *w, uint8_t *out, struct json_plan *plan,
			    struct span body, unsigned depth);

/* The key, and what parts it from what is before. */
static inline uint8_t *put_key(uint8_t *out, struct span key, bool first)
{
	const uint8_t *text = key.data - (first ? 0 : 2);
	size_t size = key.size + (first ? 0 : 2);

	memcpy(out, text, JSON_KEY_ROOM - 2);
	if (__builtin_expect(size > JSON_KEY_ROOM - 2, 0))
		memcpy(out, text, size);
	return out + size;
}

/* The name, the brackets around a list, and what is between two of anything. */
static inline uint8_t *put_name(struct written *m, uint8_t *out, bool first)
{
	struct span rest = span_of(m->plain.at, (size_t)(m->plain.end - m->plain.at));
	struct json_field *f = m->plain.field;

	if (f == m->list) {
		memcpy(out, ", ", 2);
		return out + 2;
	}
	if (m->list)
		*out++ = ']';
	out = put_key(out, json_key_of(f, rest), first);
	m->list = f->repeated ? f : NULL;
	if (f->repeated)
		*out++ = '[';
	return out;
}

/* As any other. */
static uint8_t *put_other(struct json_writer *w, uint8_t *out, struct json_field *f,
			  uint64_t scalar, struct span bytes)
{
	struct wire_field field = {
		.number = f->number, .type = f->wire, .scalar = scalar, .bytes = bytes
	};

	w->text.used = (size_t)(out - w->text.window);
	if (json_write_value(w, f, false, &field) < 0)
		return NULL;
	return w->text.window + w->text.used;
}

static inline uint8_t *put_value(struct json_writer *w, uint8_t *out, const struct json_plain *p,
				 unsigned depth)
{
	struct json_field *f = p->field;
	struct json_plan *plan;
	uint8_t *end;

	if (f->kind == FIELD_UNSIGNED)
		return json_put_number(out, p->scalar);
	if (f->kind == FIELD_SIGNED)
		return json_put_signed(out, (int64_t)field_decode(f->type, p->scalar));
	if (f->kind == FIELD_MESSAGE) {
		plan = json_field_plan(&w->plans, f);
		return plan ? put_message(w, out, plan, p->bytes, depth + 1) : NULL;
	}
	end = f->kind == FIELD_TEXT ? json_put_plain(out, p->bytes) : NULL;
	return end ? end : put_other(w, out, f, p->scalar, p->bytes);
}

/* Of two fields that go by one name the second cannot stand without the first. */
static inline bool is_alone(const struct written *m)
{
	uint32_t old = m->plain.field->old_number;

	return old && !(old < 16 && m->numbers >> old & 1);
}

/* Where the text ends, or NULL when it is not to be written here. */
static uint8_t *put_message(struct json_writer *w, uint8_t *out, struct json_plan *plan,
			    struct span body, unsigned depth)
{
	const uint8_t *most = w->text.window + JSON_WINDOW - FIELD_ROOM;
	struct written m = { .plain = json_plain_begin(body) };

	if (depth > MESSAGE_DEPTH_MAX)
		return NULL;
	*out++ = '{';
	for (bool first = true; m.plain.at < m.plain.end; first = false) {
		if (out > most || !json_plain_next(plan, &m.plain) || is_alone(&m))
			return NULL;
		m.numbers |= 1u << m.plain.last;
		out = put_value(w, put_name(&m, out, first), &m.plain, depth);
		if (!out)
			return NULL;
	}
	if (m.list)
		*out++ = ']';
	*out++ = '}';
	return json_plain_end(plan, &m.plain) ? out : NULL;
}

bool json_write_plain(struct json_writer *w, struct json_plan *plan, struct span body)
{
	struct json_text *t = &w->text;
	uint8_t *out;
	size_t used;

	if (body.size > JSON_PLAIN_MAX || w->flags & (JSON_PRETTY | JSON_QUOTE_BIG) ||
	    w->shows_addresses)
		return false;
	out = json_text_room(t, 2 * FIELD_ROOM);
	used = t->used;
	out = put_message(w, out, plan, body, w->depth);
	t->used = out ? (size_t)(out - t->window) : used;
	return out != NULL;
}
