/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Statements: lets and where they can be seen, modes, conditions.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"

void *check_make(struct check *c, size_t size)
{
	void *memory = arena_alloc(&c->unit->arena, size);

	if (!memory && !c->no_memory) {
		c->no_memory = true;
		diag_report(c->diag, (struct extent){ { "", 1, 1 }, 1 }, "out of memory");
	}
	return memory;
}

bool check_wrong(struct check *c, struct extent at, const char *format, ...)
{
	struct error text;
	va_list args;

	va_start(args, format);
	vsnprintf(text.text, sizeof(text.text), format, args);
	va_end(args);
	diag_report(c->diag, at, "%s", text.text);
	return false;
}

static void check_block(struct check *c, struct block *block);

static const struct object_type nothing;

static void check_when(struct check *c, struct statement *s)
{
	for (struct arm *arm = s->arms; arm; arm = arm->next) {
		struct scope *outer = c->scope;

		if (arm->condition)
			check_condition(c, arm->condition, &nothing);
		check_block(c, &arm->block);
		c->scope = outer;
	}
}

/* The nearest mode, or all of them. */
static void unknown_mode(struct check *c, const struct modes *m, size_t i)
{
	struct suggestion s = suggest_for(span_text(m->names[i]));
	const char *const *known = c->setting->modes;
	cleanup_buffer struct buffer all = { 0 };

	for (; known && *known; known++) {
		suggest_offer(&s, *known);
		buffer_printf(&all, "%s%s", all.size ? ", " : "; modes are ", *known);
	}
	if (s.best[0] || all.failed)
		check_wrong(c, m->places[i], "unknown mode '%s'%s", m->names[i], suggest_text(&s));
	else
		check_wrong(c, m->places[i], "unknown mode '%s'%.*s", m->names[i], (int)all.size,
			    (const char *)all.data);
}

static void check_mode(struct check *c, const struct modes *m, size_t i)
{
	const char *const *known = c->setting->modes;

	while (known && *known && strcmp(*known, m->names[i]) != 0)
		known++;
	if (!known || !*known)
		unknown_mode(c, m, i);
	for (size_t k = 0; k < i; k++) {
		if (strcmp(m->names[k], m->names[i]) == 0)
			check_wrong(c, m->places[i], "mode '%s' is named twice", m->names[i]);
	}
}

static void check_modes(struct check *c, struct statement *s)
{
	for (size_t i = 0; i < s->modes.count; i++)
		check_mode(c, &s->modes, i);
}

static void check_require(struct check *c, struct statement *s)
{
	check_condition(c, s->require.condition, &nothing);
}

static void refuse_let_again(struct check *c, const struct let *let)
{
	for (const struct scope *s = c->scope; s; s = s->outer) {
		if (!span_equal(s->let->name, let->name))
			continue;
		check_wrong(c, let->name_at, "'%.*s' is already defined, at %s:%u",
			    (int)let->name.size, (const char *)let->name.data,
			    s->let->name_at.place.file, s->let->name_at.place.line);
		return;
	}
}

/* The name is known from here to the end of the block, even when its value
 * is wrong: one complaint is enough. */
static void check_let(struct check *c, struct statement *s)
{
	struct scope *scope = check_make(c, sizeof(*scope));
	struct let *let = &s->let;

	if (!scope)
		return;
	refuse_let_again(c, let);
	if (check_expr(c, let->value, &nothing)) {
		scope->type = let->value->is;
		if (scope->type.message)
			check_wrong(c, let->value->at,
				    "a message has no value; use count(...) or exists(...)");
	}
	scope->type.message = false;
	scope->type.field = NULL;
	let->slot = c->unit->slot_count++;
	scope->let = let;
	scope->outer = c->scope;
	scope->before = c->last;
	c->scope = c->last = scope;
}

/* [name=name] is true of everything, not of those with the name that let gives. */
static void tell_unused_let(struct check *c, const struct scope *s)
{
	const struct let *let = s->let;

	if (s->hidden.place.line)
		check_wrong(c, s->hidden,
			    "'%.*s' is a field here, not what is defined at %s:%u; "
			    "give the latter another name",
			    (int)let->name.size, (const char *)let->name.data,
			    let->name_at.place.file, let->name_at.place.line);
	else
		diag_note(c->diag, let->name_at, "'%.*s' is used nowhere", (int)let->name.size,
			  (const char *)let->name.data);
}

/* A file that is included may have lets for others that include it. */
static void judge_unused_lets(struct check *c)
{
	const struct diag_source *own = c->unit->sources;

	while (own && own->next)
		own = own->next;
	for (const struct scope *s = c->last; s; s = s->before)
		if (!s->used && own && s->let->name_at.place.file == own->name)
			tell_unused_let(c, s);
}

static void refuse_rule_again(struct check *c, const struct rule *rule)
{
	for (const struct check_rule *r = c->rules; r; r = r->next) {
		if (span_equal(r->rule->name, rule->name)) {
			check_wrong(c, rule->name_at,
				    "there is already a rule with this name, at %s:%u",
				    r->rule->name_at.place.file, r->rule->name_at.place.line);
			return;
		}
	}
}

static void check_rule(struct check *c, struct statement *s)
{
	struct check_rule *seen = check_make(c, sizeof(*seen));
	struct scope *outer = c->scope;

	if (!seen)
		return;
	if (s->rule_block.name.size == 0)
		check_wrong(c, s->rule_block.name_at, "a rule needs a name");
	refuse_rule_again(c, &s->rule_block);
	*seen = (struct check_rule){ .next = c->rules, .rule = &s->rule_block };
	c->rules = seen;
	check_block(c, &s->rule_block.block);
	c->scope = outer;
}

/* Lets of an included file are seen by the file that includes it. */
static void check_include(struct check *c, struct statement *s)
{
	check_block(c, &s->included);
}

static void check_edit_statement(struct check *c, struct statement *s)
{
	check_edit(c, s);
}

static void check_block(struct check *c, struct block *block)
{
	static void (*const checks[])(struct check *, struct statement *) = {
		[STATEMENT_EDIT] = check_edit_statement,
		[STATEMENT_WHEN] = check_when,
		[STATEMENT_MODES] = check_modes,
		[STATEMENT_REQUIRE] = check_require,
		[STATEMENT_LET] = check_let,
		[STATEMENT_RULE] = check_rule,
		[STATEMENT_INCLUDE] = check_include,
	};

	for (struct statement *s = block->first; s && !c->no_memory; s = s->next)
		checks[s->type](c, s);
}

int check_unit(struct check *c)
{
	size_t before = c->diag->count;

	check_block(c, &c->unit->block);
	if (c->diag->count == 0)
		judge_unused_lets(c);
	return c->diag->count == before ? 0 : -1;
}
