/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a name in an expression is: a field of the object, a let, a fact, or
 * a message whose images are asked; in this order.
 */
#include "check.h"
#include "functions.h"
#include "lex.h"
#include "suggest_names.h"

/* The path as one dotted name; false when it is more than names, of which `out`
 * then has those in front of what is none. */
static bool dotted_name(const struct path *path, char *out, size_t size)
{
	size_t used = 0;
	bool plain = true;

	out[0] = '\0';
	for (const struct step *s = path->steps; s; s = s->next) {
		if (s->axis != AXIS_CHILD || used + s->name.size + 2 > size) {
			out[used ? used - 1 : 0] = '\0';
			return false;
		}
		plain = plain && !s->conditions;
		for (size_t i = 0; i < s->name.size; i++)
			out[used++] = (char)s->name.data[i];
		out[used++] = s->next ? '.' : '\0';
	}
	return plain;
}

static struct scope *find_let(const struct check *c, struct span name)
{
	for (struct scope *s = c->scope; s; s = s->outer) {
		if (span_equal(s->let->name, name))
			return s;
	}
	return NULL;
}

static size_t find_fact(const struct check *c, const char *name)
{
	size_t i = 0;

	while (i < c->setting->fact_count && !span_is(span_text(name), c->setting->facts[i].name))
		i++;
	return i;
}

static const struct {
	const char *name;
	enum image_fact fact;
	enum value_type type;
} image_facts[] = {
	{ "image.name", IMAGE_NAME, VALUE_TEXT },
	{ "image.kind", IMAGE_KIND, VALUE_TEXT },
	{ "image.pid", IMAGE_PID, VALUE_NUMBER },
	{ "pid", IMAGE_PID, VALUE_NUMBER }, /* where the message has no field of that name */
};

#define IMAGE_FACT_COUNT (sizeof(image_facts) / sizeof(*image_facts))

static bool use_let(struct expr *e, struct scope *s)
{
	s->used = true;
	e->type = EXPR_LET;
	e->slot = s->let->slot;
	e->is = s->type;
	return true;
}

static bool use_image_fact(struct check *c, struct expr *e, size_t i, const struct object_type *o)
{
	if (!o->in_image)
		return check_wrong(c, e->at, "'%s' is known only inside a path",
				   image_facts[i].name);
	e->type = EXPR_IMAGE_FACT;
	e->image_fact = image_facts[i].fact;
	e->is = (struct type){ .base = image_facts[i].type };
	return true;
}

/* A let, a fact or a fact of the image; *found is false when it is none. */
static bool use_plain_name(struct check *c, struct expr *e, const struct object_type *o,
			   bool *found)
{
	struct scope *let = e->path->steps->next ? NULL : find_let(c, e->path->steps->name);
	char name[LEX_NAME_MAX * 4];
	size_t fact;

	*found = true;
	if (!dotted_name(e->path, name, sizeof(name))) {
		*found = false;
		return false;
	}
	if (let)
		return use_let(e, let);
	fact = find_fact(c, name);
	if (fact < c->setting->fact_count) {
		e->type = EXPR_FACT;
		e->fact = fact;
		e->is = (struct type){ .base = c->setting->facts[fact].type };
		return true;
	}
	for (size_t i = 0; i < IMAGE_FACT_COUNT; i++) {
		if (span_is(span_text(name), image_facts[i].name))
			return use_image_fact(c, e, i, o);
	}
	*found = false;
	return false;
}

static bool is_local(const struct expr *e, const struct object_type *o)
{
	const struct step *first = e->path->steps;

	if (!o->message)
		return false;
	return first->axis == AXIS_DEEP ||
	       message_field(o->message, (const char *)first->name.data, first->name.size);
}

static const struct message_type *first_message(const struct expr *e)
{
	const struct step *first = e->path->steps;

	if (first->axis == AXIS_DEEP)
		return NULL;
	return message_find((const char *)first->name.data, first->name.size);
}

/* Names of one word. */
static void offer_words(struct check *c, struct suggestion *s, const struct object_type *o)
{
	if (o->message)
		names_offer_fields(s, o->message);
	for (const struct scope *let = c->scope; let; let = let->outer) {
		char *name = arena_copy(&c->unit->arena, let->let->name.data, let->let->name.size);

		if (name)
			suggest_offer(s, name);
	}
	if (!o->in_image)
		names_offer_entries(s);
}

static void offer_facts(struct check *c, struct suggestion *s, const struct object_type *o)
{
	for (size_t i = 0; i < c->setting->fact_count; i++)
		suggest_offer(s, c->setting->facts[i].name);
	for (size_t i = 0; o->in_image && i < IMAGE_FACT_COUNT; i++)
		suggest_offer(s, image_facts[i].name);
}

static bool unknown_word(struct check *c, const struct expr *e, const struct object_type *o)
{
	const struct step *first = e->path->steps;
	struct suggestion s = suggest_for(first->name);
	char name[LEX_NAME_MAX * 4];
	const char *hint;

	offer_words(c, &s, o);
	if (!first->next)
		offer_facts(c, &s, o);
	hint = suggest_text(&s);
	if (!*hint && !first->next && function_find(first->name))
		hint = "; a function is called with '(...)'";
	else if (!*hint && !first->next && !first->conditions)
		hint = "; text is put in quotes";
	if (!*hint && dotted_name(e->path, name, sizeof(name)))
		return check_wrong(c, e->at, "unknown name '%s'", name);
	return check_wrong(c, first->at, "unknown name '%.*s'%s", (int)first->name.size,
			   (const char *)first->name.data, hint);
}

static bool unknown_name(struct check *c, const struct expr *e, const struct object_type *o)
{
	char name[LEX_NAME_MAX * 4];
	bool plain = dotted_name(e->path, name, sizeof(name));
	struct suggestion s = suggest_for(span_text(name));

	if (e->path->steps->axis == AXIS_DEEP)
		return check_wrong(c, e->at, "there is no object here for '//' to start at");
	if (!plain && find_fact(c, name) < c->setting->fact_count)
		return check_wrong(c, e->at, "a fact has no parts; look into it with 'in'");
	offer_facts(c, &s, o);
	if (!plain || !e->path->steps->next || !s.best[0])
		return unknown_word(c, e, o);
	return check_wrong(c, e->at, "unknown name '%s'%s", name, suggest_text(&s));
}

bool check_find_name(struct check *c, const struct expr *e, const struct object_type *o)
{
	char name[LEX_NAME_MAX * 4];

	if (is_local(e, o) || first_message(e))
		return true;
	if (!dotted_name(e->path, name, sizeof(name)))
		return false;
	if (!e->path->steps->next && find_let(c, e->path->steps->name))
		return true;
	return find_fact(c, name) < c->setting->fact_count || span_is(span_text(name), "pid");
}

bool check_path_name(struct check *c, struct expr *e, const struct object_type *o)
{
	bool found, good;
	struct scope *let;

	if (is_local(e, o)) {
		let = check_is_bare_name(e) ? find_let(c, e->path->steps->name) : NULL;
		if (let)
			let->hidden = e->at;
		return check_local_path(c, e, o);
	}
	good = use_plain_name(c, e, o, &found);
	if (found)
		return good;
	return first_message(e) ? check_global_path(c, e, o) : unknown_name(c, e, o);
}

bool check_is_bare_name(const struct expr *e)
{
	return e->type == EXPR_PATH && !e->path->steps->next && !e->path->steps->conditions &&
	       e->path->steps->axis == AXIS_CHILD;
}
