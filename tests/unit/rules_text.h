/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single messages and values out of text, in the notation of the language.
 */
#ifndef CRW_RULES_TEXT_H
#define CRW_RULES_TEXT_H

#include "../../rules/parse.h"
#include "../../rules/run.h"
#include "../../rules/source.h"
#include "../../rules/suggest_names.h"

/* What a rules text has, without rules. */
struct rules_builder {
	struct unit unit;
	struct diag diag;
	struct rules_setting setting;
	struct parse parse;
	struct check check;
	struct diag_source *source;
};

static inline int rules_start_text(struct rules_builder *b, const char *name, struct span text,
				   struct rules_diagnostics *diagnostics)
{
	b->diag.list = diagnostics;
	b->parse = (struct parse){
		.diag = &b->diag,
		.arena = &b->unit.arena,
		.setting = &b->setting,
	};
	b->check = (struct check){ .diag = &b->diag, .unit = &b->unit, .setting = &b->setting };
	b->source = source_add(&b->diag, &b->unit.arena, name, text);
	if (b->source)
		return source_judge(&b->diag, b->source) ? 0 : -1;
	diag_report(&b->diag, (struct extent){ { name, 1, 1 }, 1 }, "out of memory");
	return -1;
}

static inline void rules_finish_text(struct rules_builder *b)
{
	for (struct pattern *p = b->unit.patterns; p; p = p->next)
		regfree(&p->regex);
	arena_free(&b->unit.arena);
}

static inline const struct message_type *rules_message_called(struct rules_builder *b,
							      const struct assignment *a)
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

static inline int rules_build_message(struct rules_builder *b, const struct assignment *a,
				      struct buffer *body, const struct message_type **type)
{
	struct eval eval = { .setting = &b->setting, .scratch = &b->unit.arena };
	struct object_type nothing = { 0 };
	size_t before = b->diag.count;
	struct write *writes;
	struct error why;

	eval.steps = EVAL_STEPS_MAX;
	*type = rules_message_called(b, a);
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

/* { NAME block } */
static inline struct assignment *rules_parse_messages(struct parse *shared,
						      const struct diag_source *source)
{
	struct assignment *first = NULL, **tail = &first;
	struct parser p;

	parser_start(&p, shared, source);
	while (!p.broken) {
		struct assignment *a;

		parser_skip_lines(&p);
		if (p.token.type == TOKEN_END)
			return first;
		a = parse_field_names(&p);
		if (!a)
			break;
		a->is_block = true;
		a->block = parse_assignment_block(&p);
		*tail = a;
		tail = &a->next;
	}
	return NULL;
}

/* Reads messages such as "core_entry { mtype=X86_64 ... }", each of them complete,
 * and gives them one by one. -1 with diagnostics. */
static inline int rules_read_messages(const char *name, struct span text,
				      int (*each)(void *ctx, const struct message_type *type,
						  struct span body, struct error *err),
				      void *ctx, struct rules_diagnostics *diagnostics)
{
	struct rules_builder b = { 0 };
	struct assignment *list = NULL;
	int status = rules_start_text(&b, name, text, diagnostics);

	if (status == 0)
		list = rules_parse_messages(&b.parse, b.source);
	for (struct assignment *a = list; a && status == 0; a = a->next) {
		const struct message_type *type;
		struct buffer body = { 0 };
		struct error why;

		status = rules_build_message(&b, a, &body, &type);
		if (status == 0 && each(ctx, type, buffer_span(&body), &why) < 0)
			check_wrong(&b.check, a->at, "%s", why.text);
		buffer_free(&body);
	}
	rules_finish_text(&b);
	return b.diag.count ? -1 : 0;
}

static inline int rules_parse_value(struct rules_builder *b, struct value *out)
{
	struct object_type nothing = { 0 };
	struct parser p;
	struct expr *e;

	parser_start(&p, &b->parse, b->source);
	e = parse_expression(&p);
	parser_skip_lines(&p);
	if (!e || !parser_expect(&p, TOKEN_END, "the end of the text") ||
	    !check_expr(&b->check, e, &nothing))
		return -1;
	if (e->type != EXPR_VALUE) {
		check_wrong(&b->check, e->at, "a value must be written out");
		return -1;
	}
	*out = e->value;
	return 0;
}

/* Reads one value as it stands in a rule: 5, 512M, "text", 0-3,8, ["a", "b"].
 * What it points to is put into the arena. */
static inline int rules_read_value(struct arena *arena, struct span text, struct value *out,
				   struct error *err)
{
	struct rules_diagnostics diagnostics = { .count = 0 };
	struct rules_builder b = { .unit.arena = *arena };
	int status = rules_start_text(&b, "value", text, &diagnostics);

	if (status == 0)
		status = rules_parse_value(&b, out);
	if (status < 0 && diagnostics.count)
		fail(err, "%s", diagnostics.items[0].message);
	else if (status < 0)
		fail_memory(err);
	for (struct pattern *p = b.unit.patterns; p; p = p->next)
		regfree(&p->regex);
	*arena = b.unit.arena;
	rules_diagnostics_free(&diagnostics);
	return status;
}

#endif
