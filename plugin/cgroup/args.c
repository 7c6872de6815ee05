/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "args.h"

#include "../../rules/pattern.h"

static struct span text_of(const struct rules_argument *arg)
{
	return arg->value.type == VALUE_TEXT ? arg->value.text : span_text("");
}

bool args_at_end(const struct cgroup_args *a)
{
	return a->at == a->count;
}

bool args_word(struct cgroup_args *a, const char *word)
{
	if (args_at_end(a) || a->args[a->at].type != ARGUMENT_WORD ||
	    !span_is(text_of(&a->args[a->at]), word))
		return false;
	a->at++;
	return true;
}

int args_text(struct cgroup_args *a, const char *what, struct span *text, struct error *err)
{
	const struct rules_argument *arg = &a->args[a->at];

	if (args_at_end(a) || arg->type == ARGUMENT_COMMA ||
	    (arg->value.type != VALUE_TEXT && arg->value.type != VALUE_NONE))
		return fail(err, "expected %s", what);
	*text = text_of(arg);
	a->at++;
	return 0;
}

int args_names(struct cgroup_args *a, const char *what,
	       int (*judge)(struct span name, struct error *err), struct cgroup_names *names,
	       struct error *err)
{
	struct span text;

	*names = (struct cgroup_names){ &a->args[a->at], 0 };
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

int args_end(const struct cgroup_args *a, const char *expected, struct error *err)
{
	return args_at_end(a) ? 0 : fail(err, "expected %s", expected);
}

bool names_match(const struct cgroup_names *names, struct span name)
{
	for (size_t i = 0; i < names->count; i++)
		if (glob_match(text_of(&names->first[2 * i]), name))
			return true;
	return false;
}
