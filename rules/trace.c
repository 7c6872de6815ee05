/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "print.h"
#include "trace.h"
#include "location.h"

#define SHOWN_MAX 160 /* bytes of a value, or of a line of the rules */
#define SAME_MAX 10   /* fields that are named, of one statement */
#define LEAVES_MAX 4  /* values that are shown of one condition */

void tracer_free(struct tracer *t)
{
	for (size_t i = 0; t && i <= PATH_STEPS_MAX; i++)
		buffer_free(&t->steps[i].failed);
}

/* What cannot be said for lack of memory is left out. */
static void tell_change(const struct tracer *t, enum rules_trace_type type,
			struct rules_place place, const char *image, struct buffer *text,
			const struct rules_change *change)
{
	bool silent = text->size == 0;

	buffer_byte(text, '\0');
	if (!text->failed) {
		const struct rules_trace trace = {
			.type = type,
			.place = place,
			.statement = t->statement->at.place,
			.rule = t->statement->rule,
			.image = image,
			.text = silent ? NULL : (const char *)text->data,
			.change = change,
		};

		t->world->trace(t->world->ctx, &trace);
	}
	buffer_free(text);
}

static void tell(const struct tracer *t, enum rules_trace_type type, struct rules_place place,
		 const char *image, struct buffer *text)
{
	tell_change(t, type, place, image, text, NULL);
}

/* --- the text of the rules --- */

static const struct diag_source *source_of(const struct tracer *t, struct rules_place place)
{
	const struct diag_source *s = t->sources;

	while (s && s->name != place.file)
		s = s->next;
	return s;
}

/* From the place to the end of its line. */
static struct span line_at(const struct tracer *t, struct rules_place place)
{
	const struct diag_source *source = source_of(t, place);
	struct span rest = source ? source->text : span_of(NULL, 0);
	const uint8_t *end;

	for (unsigned line = 1;; line++) {
		end = rest.size ? memchr(rest.data, '\n', rest.size) : NULL;
		if (line == place.line || !end)
			break;
		rest = span_of(end + 1, rest.size - (size_t)(end + 1 - rest.data));
	}
	if (end)
		rest.size = (size_t)(end - rest.data);
	if (place.column > rest.size)
		return span_of(NULL, 0);
	return span_of(rest.data + place.column - 1, rest.size - place.column + 1);
}

static void put_source(const struct tracer *t, struct buffer *out, struct extent at)
{
	struct span line = line_at(t, at.place);
	size_t start = out->size;

	if (line.size > at.width)
		line.size = at.width;
	buffer_append(out, line);
	print_cut(out, start, SHOWN_MAX);
}

/* A statement, or as much of it as is on its first line. */
static void put_line(const struct tracer *t, struct buffer *out, const struct statement *s)
{
	struct rules_place place = s->at.place, end = s->end.place;
	struct span line = line_at(t, place);

	if (end.line == place.line && end.column + s->end.width - place.column < line.size)
		line.size = end.column + s->end.width - place.column;
	while (line.size && strchr(" \t\r", line.data[line.size - 1]))
		line.size--;
	buffer_append(out, line);
	print_cut(out, 0, SHOWN_MAX);
}

/* --- values --- */

static void put_value(struct buffer *out, const struct value *v)
{
	size_t start = out->size;

	if (v->type == VALUE_NONE)
		buffer_text(out, "missing");
	else if (v->type != VALUE_LIST)
		value_print_quoted(out, *v);
	else if (v->item_count == 0)
		buffer_text(out, "none");
	for (size_t i = 0; v->type == VALUE_LIST && i < v->item_count; i++) {
		buffer_text(out, i ? ", " : "");
		value_print_quoted(out, v->items[i]);
		if (out->size - start > SHOWN_MAX)
			break;
	}
	print_cut(out, start, SHOWN_MAX);
}

struct leaves {
	const struct expr *found[LEAVES_MAX];
	size_t count;
};

static bool is_leaf(const struct expr *e)
{
	switch (e->type) {
	case EXPR_CHAIN:
	case EXPR_FIELDS:
	case EXPR_IMAGES:
	case EXPR_LET:
	case EXPR_FACT:
	case EXPR_IMAGE_FACT:
	case EXPR_SELF:
		return !e->is.message;
	default:
		return false;
	}
}

/* What the value of an expression depends on. */
static void find_leaves(const struct expr *e, struct leaves *leaves)
{
	if (!e)
		return;
	if (is_leaf(e) && leaves->count < LEAVES_MAX)
		leaves->found[leaves->count++] = e;
	if (e->type == EXPR_UNARY || e->type == EXPR_BINARY)
		find_leaves(e->left, leaves);
	if (e->type == EXPR_BINARY)
		find_leaves(e->right, leaves);
	for (size_t i = 0; (e->type == EXPR_LIST || e->type == EXPR_CALL) && i < e->arg_count; i++)
		find_leaves(e->args[i], leaves);
}

/* "(1)", or "(start is 4, end is 9)" of several. */
static void put_leaves(struct tracer *t, struct buffer *out, const struct expr *e,
		       const struct match *m)
{
	struct leaves leaves = { .count = 0 };
	struct error ignored;

	find_leaves(e, &leaves);
	for (size_t i = 0; i < leaves.count; i++) {
		struct value v = { .type = VALUE_NONE };

		buffer_text(out, i ? ", " : " (");
		if (leaves.count > 1) {
			put_source(t, out, leaves.found[i]->at);
			buffer_text(out, " is ");
		}
		/* As many elements are as many characters. */
		t->eval->list_max = SHOWN_MAX;
		if (eval_expr(t->eval, leaves.found[i], m, &v, &ignored) < 0)
			v.type = VALUE_NONE;
		t->eval->list_max = 0;
		put_value(out, &v);
	}
	buffer_text(out, leaves.count ? ")" : "");
}

/* Of several that are joined by "and", the one that does not hold. */
static const struct expr *first_false(struct tracer *t, const struct expr *e, const struct match *m)
{
	struct error ignored;

	while (e->type == EXPR_BINARY && e->op == OP_AND)
		e = eval_condition(t->eval, e->left, m, &ignored) == 0 ? e->left : e->right;
	return e;
}

static void put_condition(struct tracer *t, struct buffer *out, const struct expr *e, bool holds,
			  const struct match *m)
{
	if (!holds)
		e = first_false(t, e, m);
	put_source(t, out, e->at);
	buffer_text(out, holds ? ": yes" : ": no");
	put_leaves(t, out, e, m);
}

/* --- statements --- */

static void tell_line(struct tracer *t, enum rules_trace_type type, const struct statement *s)
{
	struct buffer text = { 0 };

	t->statement = s;
	put_line(t, &text, s);
	tell(t, type, s->at.place, NULL, &text);
}

void trace_statement(struct tracer *t, const struct statement *s)
{
	if (!t)
		return;
	for (size_t i = 0; i <= PATH_STEPS_MAX; i++) {
		buffer_free(&t->steps[i].failed);
		t->steps[i] = (struct step_trace){ .reached = 0 };
	}
	t->same = 0;
	tell_line(t, TRACE_STATEMENT, s);
}

void trace_skipped(struct tracer *t, const struct block *block)
{
	for (const struct statement *s = t ? block->first : NULL; s; s = s->next) {
		if (s->type == STATEMENT_RULE)
			trace_skipped(t, &s->rule_block.block);
		else if (s->type == STATEMENT_INCLUDE)
			trace_skipped(t, &s->included);
		else
			tell_line(t, TRACE_SKIPPED, s);
		if (s->type != STATEMENT_WHEN)
			continue;
		for (const struct arm *arm = s->arms; arm; arm = arm->next)
			trace_skipped(t, &arm->block);
	}
}

void trace_condition(struct tracer *t, const struct statement *s, const struct expr *e, bool holds)
{
	struct buffer text = { 0 };

	if (!t)
		return;
	t->statement = s;
	put_condition(t, &text, e, holds, NULL);
	tell(t, TRACE_CONDITION, e->at.place, NULL, &text);
}

void trace_unmet(struct tracer *t, const struct statement *s, const struct arm *taken)
{
	struct buffer text = { 0 };

	if (!t)
		return;
	for (const struct arm *arm = s->arms; arm != taken; arm = arm->next) {
		buffer_text(&text, text.size ? "; " : "not in force here: ");
		put_condition(t, &text, arm->condition, false, NULL);
	}
	t->statement = s;
	tell(t, TRACE_UNMET, s->at.place, NULL, &text);
}

void trace_let(struct tracer *t, const struct statement *s, const struct value *v)
{
	struct buffer text = { 0 };

	if (!t)
		return;
	buffer_append(&text, s->let.name);
	buffer_text(&text, " is ");
	put_value(&text, v);
	tell(t, TRACE_CONDITION, s->at.place, NULL, &text);
}

/* --- paths --- */

static void put_failed(struct tracer *t, struct step_trace *step, struct match *m,
		       const struct condition *failed)
{
	struct location_memo memo = { .types = 0 };
	struct error ignored;
	struct buffer *out = &step->failed;

	step->image = t->eval->image->file;
	step->place = failed->at.place;
	if (location_put(out, &memo, t->eval->image, m, &ignored) < 0)
		return;
	buffer_text(out, out->size ? ": " : "");
	if (failed->expr)
		put_condition(t, out, failed->expr, false, m);
	else
		buffer_printf(out, "[%ld]: no", failed->index);
}

void trace_step(struct tracer *t, size_t step, struct match *m, const struct condition *failed)
{
	struct step_trace *s = &t->steps[step];

	s->reached++;
	s->passed += !failed;
	if (failed && !s->image)
		put_failed(t, s, m, failed);
}

int trace_same(struct tracer *t, const struct rules_change *same, struct error *err)
{
	struct arena arena = { 0 };
	struct buffer text = { 0 };
	struct rules_texts shown;
	int status = t->same < SAME_MAX ? rules_change_show(same, &arena, NULL, &shown, err) : 0;

	if (status == 0 && t->same++ < SAME_MAX)
		buffer_printf(&text, "%s%s%s is already %s", shown.where, *shown.where ? " " : "",
			      shown.field, shown.after);
	arena_free(&arena);
	if (status == 0)
		tell_change(t, TRACE_SAME, same->place, same->image->file, &text, same);
	return status;
}

void trace_found(struct tracer *t, const char *image, const char *where, const char *shown)
{
	struct buffer text = { 0 };

	if (!t)
		return;
	buffer_printf(&text, "%s%s%s", where, *where ? " = " : "", shown);
	tell(t, TRACE_FOUND, t->statement->at.place, image, &text);
}

void trace_image(struct tracer *t, const char *image, size_t matched, size_t changed)
{
	struct buffer text = { 0 };

	if (!t || !matched)
		return;
	buffer_printf(&text, "%zu matched, %zu changed", matched, changed);
	tell(t, TRACE_IMAGE, t->statement->at.place, image, &text);
}

static void tell_step(struct tracer *t, const struct step *step, const struct step_trace *s)
{
	struct buffer text = { 0 }, failed = s->failed;

	buffer_append(&text, step->name);
	buffer_printf(&text, ": %zu reached", s->reached);
	if (s->passed < s->reached)
		buffer_printf(&text, ", %zu passed", s->passed);
	tell(t, TRACE_STEP, step->at.place, NULL, &text);
	if (s->image)
		tell(t, TRACE_FAILED, s->place, s->image, &failed);
}

void trace_edit(struct tracer *t, const struct path *path)
{
	struct buffer text = { 0 };

	if (!t)
		return;
	for (size_t i = 0; i < path->step_count; i++) {
		tell_step(t, path->table[i], &t->steps[i]);
		t->steps[i].failed = (struct buffer){ 0 };
		if (t->steps[i].passed == 0 && !path->deep)
			break;
	}
	if (t->same > SAME_MAX) {
		buffer_printf(&text, "and %zu more already have their value", t->same - SAME_MAX);
		tell(t, TRACE_SAME, t->statement->at.place, NULL, &text);
	}
}
