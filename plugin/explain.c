/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a run tells of how it came to its changes. */
#include <string.h>

#include "context.h"

#define TRACE_KEPT_MAX 10000 /* of what only those hear who ask */

static const char *const type_names[] = {
	[TRACE_STATEMENT] = "statement", [TRACE_SKIPPED] = "skipped",
	[TRACE_CONDITION] = "condition", [TRACE_STEP] = "step",
	[TRACE_FAILED] = "failed",       [TRACE_SAME] = "same",
	[TRACE_FOUND] = "found",         [TRACE_IMAGE] = "image",
	[TRACE_NOTHING] = "nothing",     [TRACE_UNMET] = "unmet",
};

static const char *keep(struct crw *crw, const char *text)
{
	return text ? arena_copy(&crw->traces, text, strlen(text)) : NULL;
}

/* What a statement did is known before how far each step of its path came. */
static bool comes_after_steps(const struct crw_trace *t)
{
	static const char *const types[] = { "same", "change", "reason", "found", "image", "note" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(t->type, types[i]) == 0)
			return true;
	return false;
}

/* Into the last place, which is free, or before what its statement did. */
static void insert(struct crw *crw, const struct crw_trace *t)
{
	struct crw_trace *all = (struct crw_trace *)(void *)crw->trace.data;
	size_t at = crw_trace_count(crw) - 1;
	bool step = strcmp(t->type, "step") == 0 || strcmp(t->type, "failed") == 0;

	for (; step && at > 0 && comes_after_steps(&all[at - 1]); at--)
		all[at] = all[at - 1];
	all[at] = *t;
}

/* For lack of memory something is missing in the explanation, nothing else. */
static void add(struct crw *crw, const struct crw_trace *t)
{
	const struct crw_trace kept = {
		.type = t->type,
		.file = keep(crw, t->file),
		.line = t->line,
		.column = t->column,
		.rule = keep(crw, t->rule),
		.image = keep(crw, t->image),
		.text = keep(crw, t->text),
	};

	if (kept.file && kept.text && buffer_extend(&crw->trace, sizeof(kept)))
		insert(crw, &kept);
}

static bool has_room(const struct crw *crw)
{
	return crw_trace_count(crw) < TRACE_KEPT_MAX;
}

/* A field that has its value already is one that a later statement may override. */
static void note_same(struct crw *crw, const struct rules_change *c)
{
	const struct override_field *earlier;
	struct buffer key = { 0 };
	struct rules_texts texts;
	struct error ignored;

	if (has_room(crw) && rules_change_show(c, &crw->traces, NULL, &texts, &ignored) == 0 &&
	    texts.after && change_edit_key(c, &crw->subject_memo, &key, &ignored) == 0) {
		const struct override_field same = {
			buffer_span(&key),
			texts.after,
			c->place.file,
			c->place.line,
		};

		(void)overrides_note(&crw->overrides, &same, texts.after, &earlier);
	}
	buffer_free(&key);
}

void explain_trace(void *ctx, const struct rules_trace *t)
{
	struct crw *crw = ctx;
	const struct crw_trace kept = {
		.type = type_names[t->type],
		.file = t->place.file,
		.line = t->place.line,
		.column = t->place.column,
		.rule = t->rule,
		.image = t->image,
		.text = t->text,
	};

	if (t->change)
		note_same(crw, t->change);
	if (t->text && (has_room(crw) || t->type == TRACE_NOTHING))
		add(crw, &kept);
}

static void add_about(struct crw *crw, const char *type, const struct crw_change *change,
		      struct buffer *text)
{
	const struct crw_trace kept = {
		.type = type,
		.file = change->file,
		.line = change->line,
		.rule = change->rule,
		.image = change->image,
		.text = (const char *)text->data,
	};

	buffer_byte(text, 0);
	if (!text->failed)
		add(crw, &kept);
	buffer_free(text);
}

void explain_change(struct crw *crw, const struct crw_change *c)
{
	struct buffer text = { 0 };

	if (!crw->tracing || !has_room(crw))
		return;
	buffer_printf(&text, "%s%s%s %s -> %s%s%s%s", c->where, *c->where && c->field ? " " : "",
		      c->field ? c->field : "", c->before ? c->before : "(none)",
		      c->after ? c->after : "(gone)", c->note ? " (" : "", c->note ? c->note : "",
		      c->note ? ")" : "");
	add_about(crw, "change", c, &text);
}

static void say(const struct rules_call *call, const char *type, const char *text)
{
	struct crw *crw = call->world->ctx;
	const struct crw_trace note = {
		.type = type,
		.file = call->place.file ? call->place.file : "",
		.line = call->place.line,
		.rule = call->rule,
		.text = text,
	};

	if (has_room(crw))
		add(crw, &note);
}

void explain_say(const struct rules_call *call, const char *text)
{
	say(call, "note", text);
}

bool explain_same(const struct rules_call *call, bool same)
{
	if (same)
		explain_say(call, "both are the same");
	return same;
}

void explain_reason(const struct rules_call *call, const char *text)
{
	const struct crw *crw = call->world->ctx;

	if (crw->tracing)
		say(call, "reason", text);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int explain_override(struct crw *crw, struct crw_change *c, struct span key, struct error *err)
{
	const struct override_field fresh = { key, c->after, c->file, c->line }, *earlier;
	struct buffer text = { 0 };

	if (!c->after || !c->file)
		return 0;
	if (overrides_note(&crw->overrides, &fresh, c->before, &earlier) < 0)
		return fail_memory(err);
	if (!earlier)
		return 0;
	c->note = arena_printf(&crw->outcome, "%s%soverrides %s:%u", c->note ? c->note : "",
			       c->note ? "; " : "", base_name(earlier->file), earlier->line);
	if (!c->note)
		return fail_memory(err);
	buffer_printf(&text,
		      "%s%s%s: %s of %s:%u gives way to %s; of two rules for one field the "
		      "later wins",
		      c->where, *c->where && c->field ? " " : "", c->field ? c->field : "",
		      earlier->value, base_name(earlier->file), earlier->line, c->after);
	add_about(crw, "conflict", c, &text);
	return 0;
}

void explain_forget(struct crw *crw)
{
	buffer_clear(&crw->trace);
	arena_free(&crw->traces);
}

/* ---- for others -------------------------------------------------------------- */

void crw_set_trace(struct crw *crw, bool on)
{
	crw->tracing = on;
}

size_t crw_trace_count(const struct crw *crw)
{
	return crw->trace.size / sizeof(struct crw_trace);
}

const struct crw_trace *crw_trace(const struct crw *crw, size_t index)
{
	return (const struct crw_trace *)(const void *)crw->trace.data + index;
}
