/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "args.h"

#include "address.h"
#include "pattern.h"

static struct span text_of(const struct rules_argument *arg)
{
	return arg->value.type == VALUE_TEXT ? arg->value.text : span_text("");
}

int verb_read(const struct rules_verb *verb, struct verb_args *a, struct arena *arena,
	      const void **wish, struct error *err)
{
	void *fresh = verb->wish_size ? arena_alloc(arena, verb->wish_size) : NULL;

	*wish = fresh;
	if (verb->wish_size && !fresh)
		return fail_memory(err);
	return verb->read ? verb->read(a, fresh, err) : 0;
}

int verb_run(const struct rules_verb *verb, struct rules_call *call, struct error *err)
{
	struct verb_args a = { call->args, call->arg_count, 0 };

	if (verb_read(verb, &a, call->arena, &call->wish, err) < 0)
		return -1;
	return verb->run(call, err);
}

bool args_at_end(const struct verb_args *a)
{
	return a->at == a->count;
}

bool args_word(struct verb_args *a, const char *word)
{
	if (args_at_end(a) || a->args[a->at].type != ARGUMENT_WORD ||
	    !span_is(text_of(&a->args[a->at]), word))
		return false;
	a->at++;
	return true;
}

int args_text(struct verb_args *a, const char *what, struct span *text, struct error *err)
{
	const struct rules_argument *arg = &a->args[a->at];

	if (args_at_end(a) || arg->type == ARGUMENT_COMMA ||
	    (arg->value.type != VALUE_TEXT && arg->value.type != VALUE_NONE))
		return fail(err, "expected %s", what);
	if (arg->value.type == VALUE_TEXT && arg->value.text.size == 0)
		return fail(err, "expected %s, not an empty text", what);
	*text = text_of(arg);
	a->at++;
	return 0;
}

int args_address(struct verb_args *a, struct value *address, struct error *err)
{
	const struct rules_argument *arg = &a->args[a->at];

	*address = (struct value){ .type = VALUE_NONE };
	if (args_at_end(a) || (arg->value.type != VALUE_NONE && !address_of(&arg->value, address)))
		return fail(err, "expected an address like 10.0.0.5, or a subnet like 10.0.0.0/24");
	a->at++;
	return 0;
}

int args_number(struct verb_args *a, const char *what, uint64_t least, uint64_t most,
		uint64_t *number, struct error *err)
{
	const struct rules_argument *arg = &a->args[a->at];

	*number = 0;
	if (args_at_end(a) || (arg->value.type != VALUE_NONE && arg->value.type != VALUE_NUMBER))
		return fail(err, "expected %s", what);
	if (arg->value.type == VALUE_NUMBER &&
	    (arg->value.number < least || arg->value.number > most))
		return fail(err, "%s is a number from %llu to %llu", what,
			    (unsigned long long)least, (unsigned long long)most);
	if (arg->value.type == VALUE_NUMBER)
		*number = (uint64_t)arg->value.number;
	a->at++;
	return 0;
}

int args_need(struct verb_args *a, const char *word, struct error *err)
{
	return args_word(a, word) ? 0 : fail(err, "expected '%s'", word);
}

int args_names(struct verb_args *a, const char *what,
	       int (*judge)(struct span name, struct error *err), struct verb_names *names,
	       struct error *err)
{
	struct span text;

	*names = (struct verb_names){ &a->args[a->at], 0, 0 };
	for (;;) {
		if (args_text(a, what, &text, err) < 0)
			return -1;
		if (glob_judge(text, err) < 0 || (text.size && judge(text, err) < 0)) {
			a->at--;
			return -1;
		}
		names->count++;
		if (args_at_end(a) || a->args[a->at].type != ARGUMENT_COMMA)
			return 0;
		a->at++;
	}
}

int args_none(struct verb_args *a, void *wish, struct error *err)
{
	return args_end(a, "the end of the line: there are no arguments", err);
}

int args_end(const struct verb_args *a, const char *expected, struct error *err)
{
	return args_at_end(a) ? 0 : fail(err, "expected %s", expected);
}

bool names_match(const struct verb_names *names, struct span name)
{
	for (size_t i = 0; i < names->count; i++)
		if (glob_match(text_of(&names->first[2 * i]), name))
			return true;
	return false;
}

bool names_find(struct verb_names *names, struct span name)
{
	uint64_t before = names->found;

	for (size_t i = 0; i < names->count && i < 64; i++)
		if (glob_match(text_of(&names->first[2 * i]), name))
			names->found |= UINT64_C(1) << i;
	return names->found != before || names_match(names, name);
}

const char *names_missed(const struct verb_names *names, const char *what, struct arena *arena)
{
	struct buffer text = { 0 };

	for (size_t i = 0; i < names->count && i < 64; i++) {
		struct span name = text_of(&names->first[2 * i]);

		if (names->found >> i & 1)
			continue;
		buffer_printf(&text, text.size ? ", " : "no %s ", what);
		buffer_append(&text, name);
	}
	if (!text.size)
		return NULL;
	buffer_text(&text, " in the checkpoint");
	return arena_take(arena, &text);
}
