/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walk of an edit. What takes a match away or shows it is done when the
 * walk meets it; what changes it is done when the walk has been through all
 * below it, so that the patch gets most edits in the order of the image.
 */
#include <endian.h>
#include <string.h>

#include "args.h"
#include "edit.h"
#include "element.h"
#include "print.h"
#include "trace.h"

int edit_enter(struct edit_run *a, struct match *m, struct error *err)
{
	int status;

	if (m->entered)
		return 0;
	if (m->parent && edit_enter(a, m->parent, err) < 0)
		return -1;
	status = m->entry ? patch_enter_entry(&a->patch, m->entry->size, m->body, err) :
			    patch_enter(&a->patch, &m->wire, err);
	m->entered = status == 0;
	return status;
}

static int may_write(struct edit_run *a, struct error *err)
{
	if (!a->may_write && a->world->writable &&
	    a->world->writable(a->world->ctx, a->image->kind, err) < 0)
		return -1;
	a->may_write = true;
	return 0;
}

int edit_replace(struct edit_run *a, struct span old, struct span fresh, struct error *err)
{
	return may_write(a, err) < 0 ? -1 : patch_replace(&a->patch, old, fresh, err);
}

/* --- reports --- */

/* As a string that lives until the buffer changes; the NUL is behind the content. */
static const char *string_of(struct buffer *b)
{
	buffer_byte(b, '\0');
	if (b->failed)
		return "";
	b->size--;
	return (const char *)b->data;
}

void edit_push_field(struct edit_run *a, const struct field_type *f)
{
	buffer_append(&a->fields, span_of(&f, sizeof(f)));
}

static struct rules_change change_of(struct edit_run *a, struct match *m, struct match *element)
{
	return (struct rules_change){
		.image = a->image,
		.place = a->statement->at.place,
		.rule = a->statement->rule,
		.object = m,
		.element = element,
		.fields = (const void *)a->fields.data,
		.field_count = element ? 0 : a->fields.size / sizeof(const struct field_type *),
		.memo = &a->memo,
	};
}

int edit_report(struct edit_run *a, struct match *m, struct match *element,
		struct rules_side before, struct rules_side after, struct error *err)
{
	struct rules_change change = change_of(a, m, element);

	a->changed++;
	if (a->fields.failed)
		return fail_memory(err);
	change.before = before;
	change.after = after;
	return a->world->change ? a->world->change(a->world->ctx, &change, err) : 0;
}

int edit_trace_same(struct edit_run *a, struct match *m, struct match *element,
		    const struct field_type *f, const struct value *v, struct error *err)
{
	struct rules_change same = change_of(a, m, element);

	if (a->fields.failed)
		return fail_memory(err);
	same.after = (struct rules_side){ .field = f, .value = v };
	return a->tracer ? trace_same(a->tracer, &same, err) : 0;
}

/* --- get --- */

/* A chain may lead through repeated messages: all values, one after the other. */
static int show_chain(struct edit_run *a, const struct chain *chain, size_t level, struct span body,
		      struct error *err)
{
	const struct field_type *f = field_here(chain->fields[level], body);
	struct wire_field wire;
	size_t start = a->text.size;
	int more;

	if (level + 1 == chain->count)
		return print_field(&a->text, f, body, true, RULES_SHOWN_MAX, err);
	while ((more = wire_next_of(&body, field_number(f), &wire, err))) {
		if (more < 0)
			return -1;
		if (wire.type != WIRE_BYTES)
			return fail(err, "field '%s' is not a message", field_name(f));
		buffer_text(&a->text, a->text.size > start ? ", " : "");
		if (show_chain(a, chain, level + 1, wire.bytes, err) < 0)
			return -1;
	}
	return 0;
}

static int show_fields(struct edit_run *a, struct match *m, const struct target_edit *action,
		       struct error *err)
{
	for (size_t i = 0; i < action->field_count; i++) {
		const struct chain *chain = &action->fields[i];
		size_t start;

		buffer_text(&a->text, i ? " " : "");
		for (size_t k = 0; k < chain->count; k++)
			buffer_printf(&a->text, "%s%s", k ? "." : "", field_name(chain->fields[k]));
		buffer_byte(&a->text, '=');
		start = a->text.size;
		if (show_chain(a, chain, 0, m->body, err) < 0)
			return -1;
		if (a->text.size == start)
			buffer_text(&a->text, "(nothing)");
	}
	return 0;
}

static int show(struct edit_run *a, struct match *m, const struct target *t, struct error *err)
{
	int status = 0;

	if (t->action->field_count)
		status = show_fields(a, m, t->action, err);
	else if (m->message)
		status = print_message(&a->text, m->message, m->body, false, SIZE_MAX, err);
	else
		element_show(&a->text, m->field, &m->value, true);
	return status < 0 ? -1 : location_put(&a->where, &a->memo, a->image, m, err);
}

/* Several words that are one value, unless they are asked for one by one. */
static bool is_whole(struct edit_run *a, const struct match *m, const struct target *t)
{
	return !m->message && m->parent && !t->conditions &&
	       print_whole(&a->text, m->field, m->parent->body);
}

/* With its first word. */
static int show_whole(struct edit_run *a, struct match *m, struct error *err)
{
	a->shown = m->parent->body.data;
	if (location_put(&a->where, &a->memo, a->image, m->parent, err) < 0)
		return -1;
	buffer_printf(&a->where, "%s%s", a->where.size ? "." : "", field_name(m->field));
	return 0;
}

static int get(struct edit_run *a, struct match *m, const struct target *t, struct error *err)
{
	const char *where, *text;
	bool address;

	if (!a->world->found)
		return 0;
	buffer_clear(&a->text);
	buffer_clear(&a->where);
	address = is_whole(a, m, t);
	if (address && m->parent->body.data == a->shown)
		return 0;
	if ((address ? show_whole(a, m, err) : show(a, m, t, err)) < 0)
		return -1;
	where = string_of(&a->where);
	text = string_of(&a->text);
	if (a->where.failed || a->text.failed)
		return fail_memory(err);
	trace_found(a->tracer, a->image->file, where, text);
	return a->world->found(a->world->ctx, a->image, where, text, err);
}

/* --- verbs --- */

void edit_tell(const struct edit_run *a, const char *text)
{
	const struct rules_trace t = {
		.type = TRACE_NOTHING,
		.place = a->statement->at.place,
		.statement = a->statement->at.place,
		.rule = a->statement->rule,
		.image = a->image->file,
		.text = text,
	};

	if (text && a->world->trace)
		a->world->trace(a->world->ctx, &t);
}

static int run_verb(struct edit_run *a, struct match *m, struct error *err)
{
	struct rules_call call = {
		.world = a->world,
		.image = a->image,
		.type = m->message,
		.body = m->body,
		.patch = &a->patch,
		.arena = a->arena,
		.args = a->args,
		.arg_count = a->statement->edit.argument_count,
		.place = a->statement->at.place,
		.rule = a->statement->rule,
	};

	size_t edits = a->patch.edits.size;

	if (edit_enter(a, m, err) < 0 || verb_run(a->statement->edit.verb, &call, err) < 0)
		return -1;
	if (call.missed && a->statement->edit.must)
		return fail(err, "%s, but 'must' asks for a match", call.missed);
	edit_tell(a, call.missed);
	if (a->patch.edits.size == edits)
		return 0;
	a->changed++;
	return may_write(a, err);
}

/* --- the result --- */

#define PENDING_MAX (1u << 16) /* bytes of changes that wait in the patch */

static int append_result(void *arg, struct span piece, struct error *err)
{
	return content_append(arg, piece, err);
}

static int take_piece(void *arg, struct span piece, struct error *err)
{
	struct edit_run *a = arg;

	return content_give(a->image->content, piece, append_result, &a->result, err);
}

static int flush(struct edit_run *a, size_t upto, struct error *err)
{
	return patch_flush(&a->patch, upto, take_piece, a, err);
}

/* Where an entry ends in its image. */
static size_t end_of(const struct edit_run *a, const struct image_entry *e)
{
	return (size_t)(e->body.data - a->image->bytes.data) + e->body.size + e->payload.size;
}

static int finish(struct edit_run *a, struct error *err)
{
	if (patch_is_empty(&a->patch))
		return 0;
	if (flush(a, a->image->bytes.size, err) < 0)
		return -1;
	return content_seal(&a->result, err);
}

/* --- the walk --- */

/* Scratch memory is for one match. */
static void forget_scratch(struct edit_run *a)
{
	arena_clear(a->eval->scratch);
}

static int met_value(struct edit_run *a, struct match *m, const struct target *t, struct error *err)
{
	switch (a->statement->edit.action) {
	case EDIT_SET:
		return edit_set(a, m, t, err);
	case EDIT_GET:
		return get(a, m, t, err);
	default:
		return edit_delete(a, m, err);
	}
}

static int met_message(struct edit_run *a, struct match *m, const struct target *t,
		       struct error *err)
{
	switch (a->statement->edit.action) {
	case EDIT_GET:
		return get(a, m, t, err);
	case EDIT_VERB:
		return run_verb(a, m, err) < 0 ? MATCH_ERROR : MATCH_SKIP;
	case EDIT_ADD:
		return a->statement->edit.adds_entry ? MATCH_SKIP : MATCH_GO_ON;
	case EDIT_DELETE:
		if (t->action->field_count)
			return MATCH_GO_ON;
		return edit_delete(a, m, err) < 0 ? MATCH_ERROR : MATCH_SKIP;
	default:
		return MATCH_GO_ON;
	}
}

static int on_found(struct walk *w, struct match *m, const struct target *t, struct error *err)
{
	struct edit_run *a = w->ctx;
	int answer;

	a->matched++;
	answer = m->message ? met_message(a, m, t, err) : met_value(a, m, t, err);
	forget_scratch(a);
	return answer;
}

static int on_left(struct walk *w, struct match *m, const struct target *t, struct error *err)
{
	struct edit_run *a = w->ctx;
	int status = 0;

	if (a->statement->edit.adds_entry)
		t = NULL;
	if (t && a->statement->edit.action == EDIT_SET)
		status = edit_set(a, m, t, err);
	else if (t && a->statement->edit.action == EDIT_ADD)
		status = edit_add(a, m, t, err);
	else if (t && a->statement->edit.action == EDIT_DELETE && t->action->field_count)
		status = edit_delete_fields(a, m, t, err);
	forget_scratch(a);
	if (status == 0 && m->entered)
		status = patch_leave(&a->patch, err);
	if (status == 0 && m->entry && a->patch.edits.size + a->patch.text.size > PENDING_MAX)
		status = flush(a, end_of(a, m->entry), err);
	return status;
}

/* Below a field that "delete f" takes away nothing is to be done. */
static bool is_gone(const struct walk *w, const struct target *t, const struct field_type *f)
{
	const struct edit_run *a = w->ctx;

	if (a->statement->edit.action != EDIT_DELETE)
		return false;
	for (size_t i = 0; i < t->action->field_count; i++) {
		if (t->action->fields[i].count == 1 && t->action->fields[i].fields[0] == f)
			return true;
	}
	return false;
}

/* --- what it may write --- */

static bool writes_field(const struct write *list, const struct field_type *f)
{
	for (const struct write *w = list; w; w = w->next)
		if (w->field == f || writes_field(w->inner, f))
			return true;
	return false;
}

static bool deletes_field(const struct target *t, const struct field_type *f)
{
	const struct target_edit *action = t->action;

	for (size_t i = 0; i < action->field_count; i++)
		if (action->fields[i].fields[action->fields[i].count - 1] == f)
			return true;
	return !action->field_count && (!t->field || t->field == f);
}

bool rules_edit_adds_entry(const struct rules_edit *by)
{
	return by->statement->edit.adds_entry;
}

bool rules_edit_writes(const struct rules_edit *by, const struct field_type *f)
{
	const struct edit *edit = &by->statement->edit;
	const struct target *t;

	if (by->is_verb)
		return true;
	t = edit->path->table[edit->path->step_count - 1]->targets;
	for (; t; t = t->next)
		if (edit->action == EDIT_DELETE ? deletes_field(t, f) :
						  writes_field(t->action->writes, f))
			return true;
	return false;
}

/* --- entries --- */

/* Does the value depend on the image alone, and on no entry? */
static bool is_of_image(const struct expr *e)
{
	switch (e->type) {
	case EXPR_VALUE:
	case EXPR_LET:
	case EXPR_FACT:
	case EXPR_IMAGE_FACT:
		return true;
	case EXPR_UNARY:
		return is_of_image(e->left);
	case EXPR_BINARY:
		return is_of_image(e->left) && is_of_image(e->right);
	case EXPR_LIST:
	case EXPR_CALL:
		for (size_t i = 0; i < e->arg_count; i++)
			if (!is_of_image(e->args[i]))
				return false;
		return true;
	default:
		return false;
	}
}

/* The conditions may be about the image, which may have no entry to ask. */
static int is_meant(struct edit_run *a, const struct condition *list, struct error *err)
{
	int holds = 1;

	for (const struct condition *c = list; c && holds > 0; c = c->next)
		holds = c->expr && is_of_image(c->expr) ?
				eval_condition(a->eval, c->expr, NULL, err) :
				0;
	return holds;
}

/* Behind the last one, if an entry passed the conditions. */
static int add_entry(struct edit_run *a, struct error *err)
{
	const struct target *t = a->statement->edit.path->steps->targets;
	bool nowhere = !t->conditions && kind_is_record(a->image->kind);
	int meant = nowhere ? 0 : a->matched ? 1 : is_meant(a, t->conditions, err);
	struct rules_side made = { .message = t->message };
	struct span end = span_of(a->image->bytes.data + a->image->bytes.size, 0);
	uint32_t size = 0; /* until it is known */

	if (meant <= 0)
		return meant;
	if (t->message != a->image->kind->entry)
		return fail(err, "%s is the first message of the image, and there alone",
			    message_name(t->message));
	buffer_clear(&a->fresh);
	buffer_append(&a->fresh, span_of(&size, sizeof(size)));
	if (edit_build(a->eval, t->action->writes, &a->fresh, err) < 0)
		return -1;
	if (a->fresh.failed)
		return fail_memory(err);
	made.body = span_of(a->fresh.data + sizeof(size), a->fresh.size - sizeof(size));
	size = htole32((uint32_t)made.body.size);
	memcpy(a->fresh.data, &size, sizeof(size));
	a->matched = 1;
	a->added = true;
	if (edit_replace(a, end, buffer_span(&a->fresh), err) < 0)
		return -1;
	return edit_report(a, NULL, NULL, (struct rules_side){ .field = NULL }, made, err);
}

/* --- all of it --- */

int edit_run(struct edit_run *a, struct error *err)
{
	struct walk w = {
		.eval = a->eval,
		.path = a->statement->edit.path,
		.tracer = a->tracer,
		.ctx = a,
		.found = on_found,
		.left = on_left,
		.gone = is_gone,
	};

	a->shown = NULL;
	patch_begin(&a->patch, a->image->bytes);
	if (match_image(&w, err) < 0 || (a->statement->edit.adds_entry && add_entry(a, err) < 0))
		return -1;
	return finish(a, err);
}

void edit_free(struct edit_run *a)
{
	patch_free(&a->patch);
	buffer_free(&a->fields);
	buffer_free(&a->where);
	buffer_free(&a->text);
	buffer_free(&a->fresh);
	buffer_free(&a->made.bytes);
	buffer_free(&a->removed);
	content_free(&a->result);
}
