/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an edit changed, for those who keep it. */
#include <string.h>

#include "element.h"
#include "location.h"
#include "print.h"
#include "shown.h"

static const char *keep(struct arena *arena, const struct buffer *text)
{
	return text->failed ? NULL : arena_copy(arena, text->data, text->size);
}

static int put_where(const struct rules_change *c, struct buffer *out, struct error *err)
{
	return c->object ? location_put(out, c->memo, c->image, c->object, err) : 0;
}

static int put_field(const struct rules_change *c, struct buffer *out, struct error *err)
{
	const struct rules_side *after = &c->after;

	if (c->element)
		return location_put_last(out, c->memo, c->element, err);
	for (size_t i = 0; i < c->field_count; i++) {
		buffer_text(out, i ? "." : "");
		buffer_text(out, field_name(c->fields[i]));
	}
	if (after->message && !c->field_count) { /* an entry */
		buffer_text(out, message_name(after->message));
		location_put_key(out, after->message, after->body);
	} else if (after->message && field_label(c->fields[c->field_count - 1]) == FIELD_REPEATED)
		location_put_key(out, after->message, after->body);
	return 0;
}

static bool is_nothing(const struct rules_side *s)
{
	/* a list without elements is a field that is not there */
	return (!s->field && !s->message) ||
	       (s->value && s->value->type == VALUE_LIST && s->value->item_count == 0);
}

static void put_value(struct buffer *out, const struct field_type *f, const struct value *v)
{
	size_t count = v->type == VALUE_LIST ? v->item_count : 1;

	if (shown_put_whole(out, f, v))
		return print_cut(out, 0, RULES_SHOWN_MAX);
	for (size_t i = 0; i < count && out->size < RULES_SHOWN_MAX; i++) {
		buffer_text(out, i ? ", " : "");
		element_show(out, f, v->type == VALUE_LIST ? &v->items[i] : v, false);
	}
	print_cut(out, 0, RULES_SHOWN_MAX);
}

static int put_side(const struct rules_side *s, struct buffer *out, struct error *err)
{
	if (s->message)
		return print_message(out, s->message, s->body, false, RULES_SHOWN_MAX, err);
	if (!s->value)
		return print_field(out, s->field, s->body, false, RULES_SHOWN_MAX, err);
	put_value(out, s->field, s->value);
	return 0;
}

/* False when it is something else than one number. */
static bool number_of(const struct rules_side *s, number_t *number)
{
	const struct field_type *f = s->field;
	struct value v = { .type = VALUE_NONE };
	struct span rest = s->body;
	struct wire_field wire;
	struct error ignored;

	if (s->message || !f || field_label(f) == FIELD_REPEATED || field_wire(f) == WIRE_BYTES)
		return false;
	if (s->value)
		v = *s->value;
	while (!s->value && wire_next_of(&rest, field_number(f), &wire, &ignored) > 0) {
		if (element_judge(f, &wire, &ignored) < 0)
			return false;
		element_read(f, &wire, &v);
	}
	*number = v.number;
	return v.type == VALUE_NUMBER;
}

/* What texts are made with. */
struct showing {
	struct buffer scratch;
	struct arena *arena;
	struct rules_texts_memo memo;
};

static int show_side(struct showing *s, const struct rules_side *side,
		     struct rules_number_memo *memo, const char **text, struct error *err)
{
	struct rules_number_memo fresh = { .field = side->field };

	*text = NULL;
	if (is_nothing(side))
		return 0;
	if (!number_of(side, &fresh.number))
		fresh.field = NULL;
	if (fresh.field && fresh.field == memo->field && fresh.number == memo->number) {
		*text = memo->text;
		return 0;
	}
	buffer_clear(&s->scratch);
	if (put_side(side, &s->scratch, err) < 0)
		return -1;
	*text = fresh.text = keep(s->arena, &s->scratch);
	if (fresh.field)
		*memo = fresh;
	return *text ? 0 : fail_memory(err);
}

static int show_field(struct showing *s, const struct rules_change *c, const char **text,
		      struct error *err)
{
	bool name = c->field_count == 1 && !c->element && !c->after.message;

	if (name && c->fields[0] == s->memo.named) {
		*text = s->memo.name;
		return 0;
	}
	buffer_clear(&s->scratch);
	if (put_field(c, &s->scratch, err) < 0)
		return -1;
	*text = keep(s->arena, &s->scratch);
	if (!*text)
		return fail_memory(err);
	if (name) {
		s->memo.named = c->fields[0];
		s->memo.name = *text;
	}
	return 0;
}

static bool is_unknown(struct rules_number_memo *known, const struct field_type *f, number_t n)
{
	if (known->field == f && known->number == n)
		return false;
	if (shown_is_unknown(f, n))
		return true;
	*known = (struct rules_number_memo){ .field = f, .number = n };
	return false;
}

/* The first of a field's numbers that has no name here, or of a message's. */
static bool find_unknown(const struct field_type *f, const struct value *v,
			 struct rules_number_memo *known, struct rules_number_memo *found)
{
	size_t count = v->type == VALUE_LIST ? v->item_count : 1;
	const struct value *items = v->type == VALUE_LIST ? v->items : v;

	for (size_t i = 0; i < count; i++) {
		if (items[i].type != VALUE_NUMBER || !is_unknown(known, f, items[i].number))
			continue;
		*found = (struct rules_number_memo){ .field = f, .number = items[i].number };
		return true;
	}
	return false;
}

static bool find_unknown_in(const struct message_type *m, struct span body, unsigned depth,
			    struct rules_number_memo *known, struct rules_number_memo *found)
{
	struct wire_field wire;
	struct error ignored;

	while (depth < MESSAGE_DEPTH_MAX && wire_next(&body, &wire, &ignored) > 0) {
		const struct field_type *f = message_field_number(m, wire.number);
		struct value v;

		if (!f || (!field_message(f) && element_judge(f, &wire, &ignored) < 0) ||
		    (field_message(f) ? wire.type != WIRE_BYTES : element_is_run(f, &wire)))
			continue;
		if (field_message(f)) {
			if (find_unknown_in(field_message(f), wire.bytes, depth + 1, known, found))
				return true;
			continue;
		}
		element_read(f, &wire, &v);
		if (find_unknown(f, &v, known, found))
			return true;
	}
	return false;
}

/* A number may be of a newer CRIU, or a slip. */
static int note_unknown(struct showing *s, const struct rules_side *after, const char **note,
			struct error *err)
{
	struct rules_number_memo found = { .field = NULL }, *known = &s->memo.known;
	const struct value *value = after->value;
	struct value v;

	*note = NULL;
	if (after->message ? !find_unknown_in(after->message, after->body, 0, known, &found) :
			     !value || !find_unknown(after->field, value, known, &found))
		return 0;
	buffer_clear(&s->scratch);
	v = value_number(found.number);
	value_print(&s->scratch, v);
	buffer_printf(&s->scratch, " is no value of %s that is known here",
		      field_name(found.field));
	*note = keep(s->arena, &s->scratch);
	return *note ? 0 : fail_memory(err);
}

static int show(struct showing *s, const struct rules_change *c, struct rules_texts *texts,
		struct error *err)
{
	if (put_where(c, &s->scratch, err) < 0)
		return -1;
	texts->where = keep(s->arena, &s->scratch);
	if (!texts->where)
		return fail_memory(err);
	if (show_field(s, c, &texts->field, err) < 0 ||
	    show_side(s, &c->before, &s->memo.before, &texts->before, err) < 0)
		return -1;
	if (show_side(s, &c->after, &s->memo.after, &texts->after, err) < 0)
		return -1;
	return note_unknown(s, &c->after, &texts->note, err);
}

int rules_change_show(const struct rules_change *c, struct arena *arena,
		      struct rules_texts_memo *memo, struct rules_texts *texts, struct error *err)
{
	struct showing s = { .arena = arena };
	int status;

	if (memo)
		s.memo = *memo;
	status = show(&s, c, texts, err);
	if (memo)
		*memo = s.memo;
	buffer_free(&s.scratch);
	return status;
}

int rules_change_key(const struct rules_change *c, struct buffer *key, struct error *err)
{
	struct match *last = c->element ? c->element : c->object;

	buffer_append(key, span_of(c->image->file, strlen(c->image->file) + 1));
	if (last)
		location_put_data(key, c->memo, c->image, last);
	for (size_t i = 0; i < c->field_count; i++) {
		uint64_t number = field_number(c->fields[i]);

		buffer_append(key, span_of(&number, sizeof(number)));
	}
	return key->failed ? fail_memory(err) : 0;
}
