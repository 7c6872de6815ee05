/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of functions, and those that look something up.
 */
#include "function_calls.h"

int call_exists(const struct function_call *c, struct value *out, struct error *err)
{
	*out = value_bool(c->args[0].type != VALUE_NONE);
	return 0;
}

int call_default(const struct function_call *c, struct value *out, struct error *err)
{
	*out = c->args[0].type != VALUE_NONE ? c->args[0] : c->args[1];
	return 0;
}

int call_choose(const struct function_call *c, struct value *out, struct error *err)
{
	*out = c->args[0].boolean ? c->args[1] : c->args[2];
	return 0;
}

int call_env(const struct function_call *c, struct value *out, struct error *err)
{
	char *name = arena_copy(c->arena, c->args[0].text.data, c->args[0].text.size);
	const char *found = NULL;

	if (!name)
		return fail_memory(err);
	if (c->world && c->world->env)
		found = c->world->env(c->world->ctx, name);
	*out = found ? value_text(span_text(found)) : (struct value){ .type = VALUE_NONE };
	return 0;
}

/* --- the table --- */

static const struct function functions[] = {
#define FUNCTION(name, function, letters, result, pure, help)                                      \
	{ name, letters, result, pure, help, function },
#include "functions.def"
#undef FUNCTION
};

#define FUNCTION_COUNT (sizeof(functions) / sizeof(*functions))

const struct function *function_find(struct span name)
{
	for (size_t i = 0; i < FUNCTION_COUNT; i++) {
		if (span_is(name, functions[i].name))
			return &functions[i];
	}
	return NULL;
}

void function_offer_names(struct suggestion *s)
{
	for (size_t i = 0; i < FUNCTION_COUNT; i++)
		suggest_offer(s, functions[i].name);
}

void function_arity(const struct function *f, size_t *least, size_t *most)
{
	size_t letters = 0;
	bool optional = false;

	*least = 0;
	*most = 0;
	for (const char *a = f->args; *a; a++) {
		if (*a == '?') {
			optional = true;
		} else if (*a == '*') {
			*most = SIZE_MAX;
			return;
		} else {
			*most = ++letters;
			*least += !optional;
		}
	}
}

char function_letter(const struct function *f, size_t index)
{
	char letter = 'a';

	for (const char *a = f->args; *a && *a != '*'; a++) {
		if (*a == '?')
			continue;
		letter = *a;
		if (index-- == 0)
			break;
	}
	return letter;
}
