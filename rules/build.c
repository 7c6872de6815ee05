/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single messages and values out of text, for commands and tests.
 */
#include <stdlib.h>

#include "suggest_names.h"
#include "parse.h"
#include "run.h"
#include "source.h"

/* What a rules text has, without rules. */
struct builder {
	struct unit unit;
	struct diag diag;
	struct rules_setting setting;
	struct parse parse;
	struct check check;
	struct diag_source *source;
};

static int start(struct builder *b, const char *name, struct span text,
		 struct rules_diagnostics *diagnostics)
{
	b->diag.list = diagnostics;
	b->parse = (struct parse){
		.diag = &b->diag, .arena = &b->unit.arena, .setting = &b->setting,
	};
	b->check = (struct check){ .diag = &b->diag, .unit = &b->unit, .setting = &b->setting };
	b->source = source_add(&b->diag, &b->unit.arena, name, text);
	if (b->source)
		return source_judge(&b->diag, b->source) ? 0 : -1;
	diag_report(&b->diag, (struct extent){ { name, 1, 1 }, 1 }, "out of memory");
	return -1;
}

static void finish(struct builder *b)
{
	for (struct pattern *p = b->unit.patterns; p; p = p->next)
		regfree(&p->regex);
	arena_free(&b->unit.arena);
}

static const struct message_type *message_of(struct builder *b, const struct assignment *a)
{
	struct span name = a->names->text;
	const struct message_type *m = message_find((const char *)name.data, name.size);
	struct suggestion s = suggest_for(name);

	if (m && !a->names->next)
		return m;
	names_offer_entries(&s);
	check_wrong(&b->check, a->at, "unknown message '%.*s'%s", (int)name.size,
		    (const char *)name.data, suggest_text(&s));
	return NULL;
}

static int build_one(struct builder *b, const struct assignment *a, struct buffer *body,
		     const struct message_type **type)
{
	struct eval eval = { .setting = &b->setting, .scratch = &b->unit.arena };
	struct object_type nothing = { 0 };
	size_t before = b->diag.count;
	struct write *writes;
	struct error why;

	eval.steps = EVAL_STEPS_MAX;
	*type = message_of(b, a);
	if (!*type)
		return -1;
	writes = check_writes(&b->check, a->block, *type, &nothing, true);
	if (b->diag.count > before)
		return -1;
	if (edit_build(&eval, writes, body, &why) == 0 &&
	    message_validate(*type, buffer_span(body), &why) == 0)
		return 0;
	check_wrong(&b->check, a->at, "%s", why.text);
	return -1;
}

int rules_read_messages(const char *name, struct span text,
			int (*each)(void *ctx, const struct message_type *type, struct span body,
				    struct error *err),
			void *ctx, struct rules_diagnostics *diagnostics)
{
	struct builder b = { 0 };
	struct assignment *list = NULL;
	int status = start(&b, name, text, diagnostics);

	if (status == 0)
		list = parse_messages(&b.parse, b.source);
	for (struct assignment *a = list; a && status == 0; a = a->next) {
		const struct message_type *type;
		struct buffer body = { 0 };
		struct error why;

		status = build_one(&b, a, &body, &type);
		if (status == 0 && each(ctx, type, buffer_span(&body), &why) < 0)
			check_wrong(&b.check, a->at, "%s", why.text);
		buffer_free(&body);
	}
	finish(&b);
	return b.diag.count ? -1 : 0;
}

static int read_value(struct builder *b, struct arena *arena, struct value *out)
{
	struct object_type nothing = { 0 };
	struct expr *e = parse_single(&b->parse, b->source);
	struct error why;

	if (!e || !check_expr(&b->check, e, &nothing))
		return -1;
	if (e->type != EXPR_VALUE) {
		check_wrong(&b->check, e->at, "a value must be written out");
		return -1;
	}
	return run_copy_value(arena, &e->value, out, &why);
}

int rules_read_value(struct arena *arena, struct span text, struct value *out, struct error *err)
{
	struct rules_diagnostics diagnostics = { .count = 0 };
	struct builder b = { 0 };
	int status = start(&b, "value", text, &diagnostics);

	if (status == 0)
		status = read_value(&b, arena, out);
	if (status < 0 && diagnostics.count)
		fail(err, "%s", diagnostics.items[0].message);
	else if (status < 0)
		fail_memory(err);
	finish(&b);
	rules_diagnostics_free(&diagnostics);
	return status;
}
