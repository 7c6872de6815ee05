/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Putting values in: set and add. The tree of writes is laid over the
 * message; what is there is replaced in place, what is not is put where its
 * field number belongs.
 */
#include "address.h"
#include "edit.h"
#include "element.h"
#include "family.h"
#include "shown.h"

/* One write and what the message has of its field now. */
struct slot {
	const struct write *write;
	const struct field_type *field; /* that it is about, in this message */
	uint32_t number;                /* of it */
	struct wire_field first, last;
	size_t count;
	struct span place; /* empty: where the field would be put */
};

struct level {
	struct edit_run *act;
	struct match *match; /* that values are about */
	struct span body;    /* of the message that is written to */
	const struct write *writes;
	struct slot *slots;
	size_t slot_count;
	size_t prefix; /* bytes of a->fields: the way down to here */
};

/* --- what is there --- */

static void open_slot(struct slot *s, const struct write *w, struct span body)
{
	s->write = w;
	s->field = field_here(w->field, body);
	s->number = field_number(s->field);
	s->count = 0;
}

/* In front of the first field of a higher number. */
static int find_place(struct slot *s, struct span body, struct error *err)
{
	struct span rest = body;
	struct wire_field wire;
	int more;

	while ((more = wire_next(&rest, &wire, err)) > 0 && wire.number < s->number)
		;
	s->place = span_of(more > 0 ? wire.raw.data : body.data + body.size, 0);
	return more < 0 ? -1 : 0;
}

static int look_at_field(struct slot *s, struct span body, struct error *err)
{
	struct span rest = body;
	struct wire_field wire;
	int more;

	while ((more = wire_next_of(&rest, s->number, &wire, err)) > 0) {
		if (s->count++ == 0)
			s->first = wire;
		s->last = wire;
		s->place = span_of(wire.raw.data + wire.raw.size, 0);
	}
	if (more < 0)
		return -1;
	return s->count ? 0 : find_place(s, body, err);
}

#define FEW 2 /* writes, which take no memory of the arena */

static int find_slots(struct level *l, const struct write *writes, struct slot few[FEW],
		      struct error *err)
{
	size_t i = 0;

	l->writes = writes;
	for (const struct write *w = writes; w; w = w->next)
		l->slot_count++;
	l->slots = few;
	if (l->slot_count > FEW)
		l->slots = arena_array(l->act->eval->scratch, l->slot_count, sizeof(*l->slots));
	if (!l->slots)
		return fail_memory(err);
	for (const struct write *w = writes; w; w = w->next)
		open_slot(&l->slots[i++], w, l->body);
	for (i = 0; i < l->slot_count; i++)
		if (look_at_field(&l->slots[i], l->body, err) < 0)
			return -1;
	return 0;
}

static void name_field(struct level *l, const struct write *w)
{
	l->act->fields.size = l->prefix;
	edit_push_field(l->act, w->field);
}

/* --- values to bytes --- */

static int put_element(struct edit_run *a, struct buffer *out, const struct field_type *f,
		       const struct value *v, bool packed, struct error *err)
{
	struct element e;

	if (element_convert(f, v, a->eval->scratch, &e, err) < 0)
		return -1;
	if (packed)
		element_write_packed(out, f, &e);
	else
		element_write(out, f, &e);
	return 0;
}

/* A value, or each of a list, as fields or as one packed run. */
static int put_value(struct edit_run *a, struct buffer *out, const struct field_type *f,
		     const struct value *v, struct error *err)
{
	const struct value *items = v->type == VALUE_LIST ? v->items : v;
	size_t count = v->type == VALUE_LIST ? v->item_count : 1;
	cleanup_buffer struct buffer run = { 0 };
	bool packed = field_is_packed(f);
	int status = 0;

	if (!packed && v->type != VALUE_LIST)
		return put_element(a, out, f, v, false, err);
	for (size_t i = 0; i < count && status == 0; i++)
		status = put_element(a, packed ? &run : out, f, &items[i], packed, err);
	if (packed && run.size)
		wire_put_bytes(out, field_number(f), buffer_span(&run));
	out->failed = out->failed || run.failed;
	return status;
}

/* What several words are together becomes them. */
static int spell_whole(struct edit_run *a, const struct field_type *f, struct value *v,
		       struct error *err)
{
	enum value_type whole = shown_whole_type(f);
	struct value *words;
	size_t count;

	if (!whole || (v->type != whole && v->type != VALUE_TEXT))
		return 0;
	words = arena_array(a->eval->scratch, 4, sizeof(*words));
	if (!words)
		return fail_memory(err);
	if (!shown_words(f, v, words, &count))
		return fail(err, "'%s' holds %s", field_name(f),
			    whole == VALUE_ADDRESS ? "an IP address" : "capabilities");
	*v = (struct value){ .type = VALUE_LIST };
	v->items = words;
	v->item_count = count;
	return 0;
}

/* What `w`, one of `writes`, writes to the field in the message `body`. */
static int give_value(struct level *l, const struct write *w, const struct field_type *f,
		      const struct write *writes, struct span body, struct value *v,
		      struct error *err)
{
	struct eval *ev = l->act->eval;

	if (eval_expr(ev, w->value, l->match, v, err) < 0 ||
	    family_fit(ev, l->match, f, writes, body, v, err) < 0)
		return -1;
	return spell_whole(l->act, f, v, err);
}

/* The same of a message that was not there. */
static int give_new(struct level *l, const struct write *w, const struct write *writes,
		    struct value *v, struct error *err)
{
	return give_value(l, w, w->field, writes, span_of(NULL, 0), v, err);
}

static int put_writes(struct level *l, const struct write *writes, struct buffer *out,
		      struct error *err);

static int put_message(struct level *l, const struct write *w, struct buffer *out,
		       struct error *err)
{
	cleanup_buffer struct buffer inner = { 0 };

	if (w->lacking)
		return fail(err, "'%s' does not exist, and creating it needs the field '%s'",
			    field_name(w->field), w->lacking);
	if (put_writes(l, w->inner, &inner, err) < 0)
		return -1;
	wire_put_bytes(out, field_number(w->field), buffer_span(&inner));
	out->failed = out->failed || inner.failed;
	return 0;
}

static int put_writes(struct level *l, const struct write *writes, struct buffer *out,
		      struct error *err)
{
	for (const struct write *w = writes; w; w = w->next) {
		struct value v;

		if (!w->value) {
			if (put_message(l, w, out, err) < 0)
				return -1;
			continue;
		}
		if (give_new(l, w, writes, &v, err) < 0 ||
		    put_value(l->act, out, w->field, &v, err) < 0)
			return -1;
	}
	return out->failed ? fail_memory(err) : 0;
}

/* --- reports --- */

static int report_leaf(struct level *l, const struct field_type *f, const struct value *v,
		       bool before, struct error *err)
{
	const struct rules_side old = { .field = before ? f : NULL, .body = l->body };
	const struct rules_side now = { .field = f, .value = v };

	return edit_report(l->act, l->match, NULL, old, now, err);
}

/* All leaves of a message that was not there. */
static int report_made(struct level *l, const struct write *writes, struct error *err)
{
	size_t prefix = l->act->fields.size;
	struct value v;

	for (const struct write *w = writes; w; w = w->next) {
		l->act->fields.size = prefix;
		edit_push_field(l->act, w->field);
		if (!w->value && report_made(l, w->inner, err) < 0)
			return -1;
		if (w->value && (give_new(l, w, writes, &v, err) < 0 ||
				 report_leaf(l, w->field, &v, false, err) < 0))
			return -1;
	}
	return 0;
}

/* --- set --- */

/* Is the field, in all its occurrences, already what would be written? */
static bool is_same(const struct slot *s, struct span body, struct span fresh)
{
	const struct field_type *f = s->field;
	struct wire_field now, then;
	struct error ignored;
	struct element e;

	if (field_label(f) != FIELD_REPEATED) {
		if (!s->count || wire_next(&fresh, &then, &ignored) <= 0)
			return false;
		e = (struct element){ then.scalar, then.bytes };
		return element_equal(f, &e, &s->last);
	}
	while (wire_next_of(&body, field_number(f), &now, &ignored) > 0) {
		if (wire_next(&fresh, &then, &ignored) <= 0 || !span_equal(now.raw, then.raw))
			return false;
	}
	return fresh.size == 0;
}

/* The last occurrence of a single field counts; of a repeated one all go. */
static int replace_field(struct edit_run *a, const struct slot *s, struct span body,
			 struct span fresh, struct error *err)
{
	struct wire_field wire;
	int more;

	if (!s->count)
		return edit_replace(a, s->place, fresh, err);
	if (field_label(s->field) != FIELD_REPEATED)
		return edit_replace(a, s->last.raw, fresh, err);
	if (edit_replace(a, s->first.raw, fresh, err) < 0)
		return -1;
	while ((more = wire_next(&body, &wire, err))) {
		if (more < 0)
			return -1;
		if (wire.number == s->first.number && wire.raw.data != s->first.raw.data &&
		    edit_replace(a, wire.raw, span_of(NULL, 0), err) < 0)
			return -1;
	}
	return 0;
}

/* Does the value depend on nothing in the message? An address does on its family. */
static bool is_constant(const struct write *w, const struct field_type *f)
{
	return w->value->type == EXPR_VALUE && !shown_is_address(f) && !shown_whole_type(f);
}

/* Works out a->made; what is there already is judged in between. */
static int make_value(struct level *l, const struct slot *s, struct error *err)
{
	struct edit_made *made = &l->act->made;
	bool known = made->is_constant && made->write == s->write && made->field == s->field;

	made->is_constant = false;
	if (!known && give_value(l, s->write, s->field, l->writes, l->body, &made->value, err) < 0)
		return -1;
	if (s->count && element_judge(s->field, &s->last, err) < 0)
		return -1;
	if (!known) {
		buffer_clear(&made->bytes);
		if (put_value(l->act, &made->bytes, s->field, &made->value, err) < 0)
			return -1;
		if (made->bytes.failed)
			return fail_memory(err);
		made->write = s->write;
		made->field = s->field;
	}
	made->is_constant = known || is_constant(s->write, s->field);
	return 0;
}

static int set_leaf(struct level *l, const struct slot *s, struct error *err)
{
	struct edit_run *a = l->act;
	struct span fresh;

	if (make_value(l, s, err) < 0)
		return -1;
	fresh = buffer_span(&a->made.bytes);
	if (is_same(s, l->body, fresh))
		return edit_trace_same(a, l->match, NULL, s->field, &a->made.value, err);
	if (edit_enter(a, l->match, err) < 0 || replace_field(a, s, l->body, fresh, err) < 0)
		return -1;
	return report_leaf(l, s->field, &a->made.value, s->count > 0, err);
}

static int make_message(struct level *l, const struct slot *s, struct error *err)
{
	struct edit_run *a = l->act;

	buffer_clear(&a->fresh);
	if (put_message(l, s->write, &a->fresh, err) < 0)
		return -1;
	if (a->fresh.failed)
		return fail_memory(err);
	if (edit_enter(a, l->match, err) < 0 ||
	    edit_replace(a, s->place, buffer_span(&a->fresh), err) < 0)
		return -1;
	return report_made(l, s->write->inner, err);
}

static int set_level(struct level *l, const struct write *writes, struct error *err);

static int set_message(struct level *l, const struct slot *s, struct error *err)
{
	struct edit_run *a = l->act;
	struct level inner = {
		.act = a,
		.match = l->match,
		.body = s->last.bytes,
		.prefix = a->fields.size,
	};

	if (s->count == 0)
		return make_message(l, s, err);
	if (s->count > 1)
		return fail(err, "field '%s' occurs twice", field_name(s->field));
	if (s->last.type != WIRE_BYTES)
		return fail(err, "field '%s' is not a message", field_name(s->field));
	if (edit_enter(a, l->match, err) < 0 || patch_enter(&a->patch, &s->last, err) < 0)
		return -1;
	return set_level(&inner, s->write->inner, err) < 0 ? -1 : patch_leave(&a->patch, err);
}

static int set_level(struct level *l, const struct write *writes, struct error *err)
{
	struct slot few[FEW];

	if (find_slots(l, writes, few, err) < 0)
		return -1;
	for (size_t i = 0; i < l->slot_count; i++) {
		const struct slot *s = &l->slots[i];

		name_field(l, s->write);
		if ((s->write->value ? set_leaf(l, s, err) : set_message(l, s, err)) < 0)
			return -1;
	}
	return 0;
}

/* The element itself: "set .=...". */
static int replace_element(struct edit_run *a, struct match *m, const struct element *e,
			   struct error *err)
{
	buffer_clear(&a->fresh);
	if (m->element.data)
		element_write_packed(&a->fresh, m->field, e);
	else
		element_write(&a->fresh, m->field, e);
	if (a->fresh.failed)
		return fail_memory(err);
	if (!m->element.data)
		return edit_replace(a, m->wire.raw, buffer_span(&a->fresh), err);
	if (patch_enter(&a->patch, &m->wire, err) < 0 ||
	    edit_replace(a, m->element, buffer_span(&a->fresh), err) < 0)
		return -1;
	return patch_leave(&a->patch, err);
}

static int set_element(struct edit_run *a, struct match *m, const struct write *w,
		       struct error *err)
{
	struct element e;
	struct value v;

	if (eval_expr(a->eval, w->value, m, &v, err) < 0 ||
	    element_convert(m->field, &v, a->eval->scratch, &e, err) < 0)
		return -1;
	if (element_same(m->field, &e, &m->value))
		return edit_trace_same(a, m->parent, m, m->field, &v, err);
	if (edit_enter(a, m->parent, err) < 0 || replace_element(a, m, &e, err) < 0)
		return -1;
	return edit_report(a, m->parent, m,
			   (struct rules_side){ .field = m->field, .value = &m->value },
			   (struct rules_side){ .field = m->field, .value = &v }, err);
}

int edit_set(struct edit_run *a, struct match *m, const struct target *t, struct error *err)
{
	struct level l = { .act = a, .match = m, .body = m->body };

	if (!m->message)
		return set_element(a, m, t->action->writes, err);
	return set_level(&l, t->action->writes, err);
}

/* --- add --- */

/* Behind the elements that are there; into the run when they are in one. */
static int append(struct level *l, const struct slot *s, const struct value *v, struct error *err)
{
	struct edit_run *a = l->act;
	const struct field_type *f = s->field;
	bool run = s->count && element_is_run(f, &s->last);
	size_t count = v->type == VALUE_LIST ? v->item_count : 1;
	struct span end;
	int status = 0;

	buffer_clear(&a->fresh);
	for (size_t i = 0; run && i < count && status == 0; i++)
		status = put_element(a, &a->fresh, f, v->type == VALUE_LIST ? &v->items[i] : v,
				     true, err);
	if (!run)
		status = put_value(a, &a->fresh, f, v, err);
	if (status < 0 || a->fresh.failed)
		return status < 0 ? -1 : fail_memory(err);
	if (!run)
		return edit_replace(a, s->place, buffer_span(&a->fresh), err);
	end = span_of(s->last.bytes.data + s->last.bytes.size, 0);
	if (patch_enter(&a->patch, &s->last, err) < 0 ||
	    edit_replace(a, end, buffer_span(&a->fresh), err) < 0)
		return -1;
	return patch_leave(&a->patch, err);
}

static int add_values(struct level *l, const struct slot *s, struct error *err)
{
	struct value v;

	if (give_value(l, s->write, s->field, l->writes, l->body, &v, err) < 0)
		return -1;
	if (v.type == VALUE_LIST && v.item_count == 0)
		return 0;
	if (s->count && shown_whole_type(s->field))
		return fail(err, "'%s' is already there; use set", field_name(s->field));
	return append(l, s, &v, err) < 0 ? -1 : report_leaf(l, s->field, &v, false, err);
}

static int add_message(struct level *l, const struct slot *s, struct error *err)
{
	struct edit_run *a = l->act;
	const struct field_type *f = s->field;
	struct span fresh;
	struct wire_field made;

	if (s->count && field_label(f) != FIELD_REPEATED)
		return fail(err, "'%s' is already there; use set", field_name(f));
	buffer_clear(&a->fresh);
	if (put_message(l, s->write, &a->fresh, err) < 0)
		return -1;
	fresh = buffer_span(&a->fresh);
	if (edit_replace(a, s->place, fresh, err) < 0 || wire_next(&fresh, &made, err) < 0)
		return -1;
	return edit_report(a, l->match, NULL, (struct rules_side){ .field = NULL },
			   (struct rules_side){ .message = field_message(f), .body = made.bytes },
			   err);
}

int edit_add(struct edit_run *a, struct match *m, const struct target *t, struct error *err)
{
	struct level l = { .act = a, .match = m, .body = m->body };
	struct slot few[FEW];

	if (find_slots(&l, t->action->writes, few, err) < 0 || edit_enter(a, m, err) < 0)
		return -1;
	for (size_t i = 0; i < l.slot_count; i++) {
		const struct slot *s = &l.slots[i];

		name_field(&l, s->write);
		if ((s->write->value ? add_values(&l, s, err) : add_message(&l, s, err)) < 0)
			return -1;
	}
	return 0;
}

/* --- messages from nothing --- */

int edit_build(struct eval *ev, const struct write *writes, struct buffer *out, struct error *err)
{
	struct edit_run a = { .eval = ev };
	struct level l = { .act = &a };

	return put_writes(&l, writes, out, err);
}
