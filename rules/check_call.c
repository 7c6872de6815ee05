/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls of functions: how many arguments, and of which types.
 */
#include "check.h"
#include "functions.h"

static bool wrong_count(struct check *c, const struct expr *e, size_t least, size_t most)
{
	const struct function *f = e->function;
	const char *hint = "";

	for (size_t i = 0; i < e->arg_count; i++) {
		const struct expr *arg = e->args[i];

		if (check_is_comma(arg) || (arg->type == EXPR_BINARY && check_is_comma(arg->right)))
			hint = "; numbers need a blank after the comma";
	}
	if (most == SIZE_MAX)
		return check_wrong(c, e->at, "%s() needs %zu arguments or more, not %zu%s", f->name,
				   least, e->arg_count, hint);
	if (least != most)
		return check_wrong(c, e->at, "%s() needs %zu to %zu arguments, not %zu%s", f->name,
				   least, most, e->arg_count, hint);
	return check_wrong(c, e->at, "%s() needs %zu argument%s, not %zu%s", f->name, least,
			   least == 1 ? "" : "s", e->arg_count, hint);
}

struct letter {
	char letter;
	const char *words;
	const char *hint; /* for text or numbers in its place */
};

static const struct letter letters[] = {
	{ 'n', "a number", "; number(...) reads text" },
	{ 't', "text", "; text(...) makes text of a value" },
	{ 's', "a set", "" },
	{ 'b', "true or false", "" },
	{ 'l', "a list", "" },
	{ 'm', "a number, a set or a list of numbers", "; number(...) reads text" },
	{ 'r', "text", "" },
	{ 'v', "text", "" },
	{ 'i', "an address", "" },
};

static bool fits_letter(char letter, const struct type *t)
{
	if (t->base == VALUE_NONE && !t->message)
		return true;
	switch (letter) {
	case 'n':
		return t->base == VALUE_NUMBER;
	case 't':
	case 'r':
	case 'v':
		return t->base == VALUE_TEXT;
	case 's':
		return t->base == VALUE_SET || t->base == VALUE_NUMBER || t->base == VALUE_TEXT;
	case 'b':
		return t->base == VALUE_BOOL;
	case 'l':
		return t->base == VALUE_LIST;
	case 'i':
		return t->base == VALUE_ADDRESS || t->base == VALUE_TEXT;
	case 'm':
		return t->base == VALUE_NUMBER || t->base == VALUE_SET ||
		       (t->base == VALUE_LIST &&
			(t->element == VALUE_NUMBER || t->element == VALUE_NONE));
	default:
		return !t->message;
	}
}

static bool wrong_argument(struct check *c, const struct expr *e, size_t index, char letter)
{
	const struct expr *arg = e->args[index];
	const struct letter *row = letters;

	for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++) {
		if (letters[i].letter == letter)
			row = &letters[i];
	}
	if (arg->is.message)
		return check_wrong(c, arg->at, "a message has no value; name one of its fields");
	return check_wrong(c, arg->at, "%s() needs %s here, not %s%s", e->function->name,
			   row->words, type_words(&arg->is), row->hint);
}

/* So is exists("core_entry"): what is written out is always there. */
static bool judge_existing(struct check *c, const struct expr *e)
{
	const struct expr *arg = e->args[0];

	if (!span_is(e->name, "exists") || (arg->type != EXPR_VALUE && arg->type != EXPR_LIST))
		return true;
	return check_wrong(c, arg->at, "exists() needs a path here, not %s%s", type_words(&arg->is),
			   arg->is.base == VALUE_TEXT ? "; paths have no quotes" : "");
}

/* count(value) of one text is a slip: it is 1 or 0, not what the text says. */
static bool judge_counted(struct check *c, const struct expr *e)
{
	const struct expr *arg = e->args[0];

	if (!span_is(e->name, "count") || arg->is.message || arg->type == EXPR_IMAGES)
		return true;
	if (arg->is.base == VALUE_TEXT)
		return check_wrong(c, arg->at,
				   "a text has no count; use len(...), "
				   "or set(...) for text like 0-3");
	if (arg->is.base == VALUE_NUMBER || arg->is.base == VALUE_BOOL)
		return check_wrong(c, arg->at, "%s has no count; use exists(...)",
				   type_words(&arg->is));
	return true;
}

bool check_set_text(struct check *c, const struct expr *arg)
{
	struct value read;
	struct error why;

	if (arg->type != EXPR_VALUE || arg->value.type != VALUE_TEXT ||
	    value_set_parse(&c->unit->arena, arg->value.text, &read, &why) == 0)
		return true;
	return check_wrong(c, arg->at, "%s", why.text);
}

static bool judge_version(struct check *c, const struct expr *arg)
{
	if (arg->type != EXPR_VALUE || version_is_one(arg->value.text))
		return true;
	return check_wrong(c, arg->at, "this is not a version such as \"6.15\"");
}

/* Beside a field whose values have names one may be written by its name: bits(flags,
 * O_RDWR). */
static bool check_arg(struct check *c, struct expr *e, size_t i, const struct object_type *o)
{
	const struct field_type *f = i ? e->args[0]->is.field : NULL;
	bool told = false;

	if (f && !e->args[0]->is.message && function_letter(e->function, i) == 'n' &&
	    check_has_names(f) && (check_enum_name(c, e->args[i], f, o, &told) || told))
		return !told;
	return check_expr(c, e->args[i], o);
}

static bool check_args(struct check *c, struct expr *e, const struct object_type *o)
{
	for (size_t i = 0; i < e->arg_count; i++) {
		char letter = function_letter(e->function, i);

		if (!check_arg(c, e, i, o))
			return false;
		if (letter == 'p')
			continue;
		if (!fits_letter(letter, &e->args[i]->is))
			return wrong_argument(c, e, i, letter);
		if (letter == 's' && !check_set_text(c, e->args[i]))
			return false;
		if (letter == 'v' && !judge_version(c, e->args[i]))
			return false;
		if (letter == 'r') {
			e->pattern = check_regex(c, e->args[i]);
			if (!e->pattern)
				return false;
		}
	}
	return judge_counted(c, e) && judge_existing(c, e);
}

/* default(a, b) and choose(c, a, b): both of one type. */
static bool join_types(struct check *c, struct expr *e)
{
	const struct expr *last = e->args[e->arg_count - 1], *other = e->args[e->arg_count - 2];

	e->is = last->is;
	e->is.field = last->is.field ? last->is.field : other->is.field;
	if (last->is.base == VALUE_NONE)
		e->is = other->is;
	if (last->is.base == other->is.base || last->is.base == VALUE_NONE ||
	    other->is.base == VALUE_NONE)
		return true;
	return check_wrong(c, last->at, "%s() needs values of one type, not %s and %s",
			   e->function->name, type_words(&other->is), type_words(&last->is));
}

static bool set_result(struct check *c, struct expr *e)
{
	switch (e->function->result) {
	case 'n':
		e->is.base = VALUE_NUMBER;
		if (e->function->args[0] == 'n') /* bits of a field have its names */
			e->is.field = e->args[0]->is.field;
		return true;
	case 't':
		e->is.base = VALUE_TEXT;
		return true;
	case 's':
		e->is.base = VALUE_SET;
		return true;
	case 'b':
		e->is.base = VALUE_BOOL;
		return true;
	case 'l':
		e->is.base = VALUE_LIST;
		e->is.element = VALUE_TEXT;
		return true;
	case 'i':
		e->is.base = VALUE_ADDRESS;
		return true;
	default:
		return join_types(c, e);
	}
}

bool check_call(struct check *c, struct expr *e, const struct object_type *o)
{
	struct suggestion s = suggest_for(e->name);
	size_t least, most;

	e->function = function_find(e->name);
	if (!e->function) {
		function_offer_names(&s);
		return check_wrong(c, e->name_at, "unknown function '%.*s'%s", (int)e->name.size,
				   (const char *)e->name.data, suggest_text(&s));
	}
	function_arity(e->function, &least, &most);
	if (e->arg_count < least || e->arg_count > most)
		return wrong_count(c, e, least, most);
	return check_args(c, e, o) && set_result(c, e);
}
