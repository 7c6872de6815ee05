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

static int show_side(const struct rules_side *s, struct buffer *scratch, struct arena *arena,
		     const char **text, struct error *err)
{
	*text = NULL;
	if (is_nothing(s))
		return 0;
	buffer_clear(scratch);
	if (put_side(s, scratch, err) < 0)
		return -1;
	*text = keep(arena, scratch);
	return *text ? 0 : fail_memory(err);
}

static int show(const struct rules_change *c, struct buffer *scratch, struct arena *arena,
		struct rules_texts *texts, struct error *err)
{
	if (put_where(c, scratch, err) < 0)
		return -1;
	texts->where = keep(arena, scratch);
	buffer_clear(scratch);
	if (put_field(c, scratch, err) < 0)
		return -1;
	texts->field = keep(arena, scratch);
	if (!texts->where || !texts->field)
		return fail_memory(err);
	if (show_side(&c->before, scratch, arena, &texts->before, err) < 0)
		return -1;
	return show_side(&c->after, scratch, arena, &texts->after, err);
}

int rules_change_show(const struct rules_change *c, struct arena *arena, struct rules_texts *texts,
		      struct error *err)
{
	struct buffer scratch = { 0 };
	int status = show(c, &scratch, arena, texts, err);

	buffer_free(&scratch);
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
