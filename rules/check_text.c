/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text that is written out beside a field or a fact which has known values only:
 * [name="cpuset.cpu"] would match nothing, without a word.
 */
#include <stdio.h>

#include "check.h"

/* What rules_setting calls it; "" for what nobody has a word on. */
static void name_of(const struct check *c, const struct expr *e, char *out, size_t size)
{
	out[0] = '\0';
	if (e->type == EXPR_FACT)
		snprintf(out, size, "%s", c->setting->facts[e->fact].name);
	else if (e->type == EXPR_IMAGE_FACT && e->image_fact == IMAGE_KIND)
		snprintf(out, size, "image.kind");
	else if (e->type == EXPR_IMAGE_FACT && e->image_fact == IMAGE_NAME)
		snprintf(out, size, "image.name");
	else if (e->is.field && !e->is.message)
		snprintf(out, size, "%s.%s", message_name(field_owner(e->is.field)),
			 field_name(e->is.field));
}

/* As it would be written; of lists and of nothing it is empty. */
static bool as_text(struct check *c, const struct value *v, struct extent at, struct span *text)
{
	cleanup_buffer struct buffer out = { 0 };

	if (v->type != VALUE_NONE && v->type != VALUE_LIST)
		value_print(&out, *v);
	*text = span_of(arena_copy(&c->unit->arena, out.data, out.size), out.size);
	return (!out.failed && text->data) || check_wrong(c, at, "out of memory");
}

static bool judge_value(struct check *c, const char *of, const struct value *v, struct extent at)
{
	struct error why;
	struct span text;

	if (!as_text(c, v, at, &text))
		return false;
	if (text.size && c->setting->text(of, text, &why) < 0)
		return check_wrong(c, at, "%s", why.text);
	for (size_t i = 0; v->type == VALUE_LIST && i < v->item_count; i++)
		if (!judge_value(c, of, &v->items[i], at))
			return false;
	return true;
}

/* The value of a let, as it was written. */
static const struct expr *written(const struct check *c, const struct expr *e)
{
	if (e->type != EXPR_LET)
		return e;
	for (const struct scope *s = c->scope; s; s = s->outer)
		if (s->let->slot == e->slot)
			return s->let->value;
	return NULL;
}

static bool judge(struct check *c, const char *of, const struct expr *use)
{
	const struct expr *e = written(c, use);

	if (e && e->type == EXPR_VALUE)
		return judge_value(c, of, &e->value, use->at);
	for (size_t i = 0; e && e->type == EXPR_LIST && i < e->arg_count; i++)
		if (e->args[i]->type == EXPR_VALUE &&
		    !judge_value(c, of, &e->args[i]->value, e->args[i]->at))
			return false;
	return true;
}

bool check_text(struct check *c, const struct expr *of, const struct expr *text)
{
	char name[128];

	if (!c->setting->text)
		return true;
	name_of(c, of, name, sizeof(name));
	return !name[0] || judge(c, name, text);
}

/* ---- beside another field ---- */

static bool judge_beside(struct check *c, const struct field_type *f, const struct expr *other,
			 const struct expr *is, const struct expr *text)
{
	const struct expr of = { .is = { .field = f } };
	char name[128], other_name[128];
	struct error why;
	struct span value;

	if (!other->is.field || other->is.message ||
	    field_owner(other->is.field) != field_owner(f) || is->type != EXPR_VALUE ||
	    is->value.type != VALUE_TEXT)
		return true;
	name_of(c, &of, name, sizeof(name));
	name_of(c, other, other_name, sizeof(other_name));
	return as_text(c, &text->value, text->at, &value) &&
	       (!value.size ||
		c->setting->text_beside(name, other_name, is->value.text, value, &why) == 0 ||
		check_wrong(c, text->at, "%s", why.text));
}

static bool judge_condition(struct check *c, const struct field_type *f, const struct expr *e,
			    const struct expr *text)
{
	if (e->type != EXPR_BINARY)
		return true;
	if (e->op == OP_AND)
		return judge_condition(c, f, e->left, text) &&
		       judge_condition(c, f, e->right, text);
	return e->op != OP_EQUAL || judge_beside(c, f, e->left, e->right, text);
}

bool check_text_of_field(struct check *c, const struct field_type *f, const struct expr *text,
			 const struct object_type *o)
{
	const struct expr of = { .is = { .field = f } }, *e = written(c, text);

	if (!check_text(c, &of, text))
		return false;
	if (!c->setting->text_beside || !e || e->type != EXPR_VALUE)
		return true;
	for (const struct condition *cond = o->where; cond; cond = cond->next)
		if (cond->expr && !judge_condition(c, f, cond->expr, e))
			return false;
	return true;
}
