/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rename.h"

#include "leftover.h"

int rename_read(struct verb_args *a, const char *what, struct rename *r, struct error *err)
{
	if (args_text(a, what, &r->old, err) < 0 || args_need(a, "to", err) < 0 ||
	    args_text(a, what, &r->fresh, err) < 0)
		return -1;
	return args_end(a, "the end of the line", err);
}

int rename_judge_any(void *ctx, const struct rules_object *o, struct value *fresh,
		     struct error *err)
{
	const struct rename *r = ctx;

	*fresh = value_text(r->fresh);
	return 1;
}

bool rename_is_left(const void *ctx, const struct value *v)
{
	const struct rename *r = ctx;

	return v->type == VALUE_TEXT && leftover_has_word(v->text, r->old);
}
