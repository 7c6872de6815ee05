/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "match_plan.h"

/* One message type that can be reached. */
struct reached {
	struct reached *next;
	const struct message_type *type;
	uint32_t holds;          /* steps after "//" whose field it has, here or below */
	struct match_plan *plan; /* once made */
};

struct builder {
	struct arena *arena;
	const struct path *path;
	size_t first;
	uint32_t deep; /* the steps after "//" */
	struct reached *types;
	struct reached **tail;
	bool failed;
};

static struct reached *find_type(struct builder *b, const struct message_type *type)
{
	for (struct reached *r = b->types; r; r = r->next) {
		if (r->type == type)
			return r;
	}
	return NULL;
}

static void reach(struct builder *b, const struct message_type *type)
{
	struct reached *r;

	if (find_type(b, type))
		return;
	r = arena_alloc(b->arena, sizeof(*r));
	if (!r) {
		b->failed = true;
		return;
	}
	r->type = type;
	*b->tail = r;
	b->tail = &r->next;
}

/* Steps with the name of the field. */
static uint32_t steps_named(const struct builder *b, const struct field_type *f)
{
	uint32_t steps = 0;

	for (size_t i = b->first; i < b->path->step_count; i++) {
		if (span_is(b->path->table[i]->name, field_name(f)))
			steps |= UINT32_C(1) << i;
	}
	return steps;
}

/* The list grows while it is read: all types below the first. */
static void reach_all(struct builder *b)
{
	for (struct reached *r = b->types; r && !b->failed; r = r->next) {
		for (size_t i = 0; i < message_field_count(r->type); i++) {
			const struct field_type *f = message_field_at(r->type, i);

			if (field_message(f))
				reach(b, field_message(f));
			r->holds |= steps_named(b, f) & b->deep;
		}
	}
}

static bool hold_more(struct builder *b, struct reached *r)
{
	uint32_t before = r->holds;

	for (size_t i = 0; i < message_field_count(r->type); i++) {
		const struct message_type *m = field_message(message_field_at(r->type, i));
		const struct reached *inner = m ? find_type(b, m) : NULL;

		if (inner)
			r->holds |= inner->holds;
	}
	return r->holds != before;
}

/* Types may hold each other: until nothing changes. */
static void spread_holds(struct builder *b)
{
	bool changed = true;

	while (changed && !b->failed) {
		changed = false;
		for (struct reached *r = b->types; r; r = r->next)
			changed = hold_more(b, r) || changed;
	}
}

static struct match_plan *make_plan(struct builder *b, const struct message_type *type);

static void plan_one(struct builder *b, struct match_plan *plan, const struct field_type *f,
		     uint8_t *ordinal)
{
	struct match_plan_field *pf = &plan->fields[field_number(f)];
	const struct message_type *m = field_message(f);
	struct reached *inner = m && b->deep ? find_type(b, m) : NULL;
	uint32_t names = steps_named(b, f), below = inner ? inner->holds : 0;

	if (!names && !below)
		return;
	pf->names = names;
	pf->below = below;
	pf->wire = field_wire(f);
	pf->repeated = field_label(f) == FIELD_REPEATED;
	pf->ordinal = pf->repeated ? 0 : (*ordinal)++;
	if (m)
		pf->inner = make_plan(b, m);
	pf->field = f;
	pf->older = field_older(f);
	if (pf->older)
		plan->renamed = pf;
}

static uint32_t greatest_number(const struct message_type *type)
{
	uint32_t greatest = 0;

	for (size_t i = 0; i < message_field_count(type); i++) {
		uint32_t number = field_number(message_field_at(type, i));

		if (number > greatest)
			greatest = number;
	}
	return greatest;
}

static struct match_plan *make_plan(struct builder *b, const struct message_type *type)
{
	struct reached *r;
	struct match_plan *plan;
	uint8_t ordinal = 0;

	reach(b, type);
	r = find_type(b, type);
	if (!r || r->plan)
		return r ? r->plan : NULL;
	plan = arena_alloc(b->arena, sizeof(*plan));
	if (!plan)
		goto no_memory;
	r->plan = plan;
	plan->type = type;
	plan->number_count = greatest_number(type) + 1;
	plan->fields = arena_array(b->arena, plan->number_count, sizeof(*plan->fields));
	if (!plan->fields)
		goto no_memory;
	for (size_t i = 0; i < message_field_count(type); i++)
		plan_one(b, plan, message_field_at(type, i), &ordinal);
	return plan;
no_memory:
	b->failed = true;
	return NULL;
}

/* path->table is full at most, which compilers do not know. */
static uint32_t deep_steps(const struct path *path, size_t first)
{
	uint32_t steps = 0;

	for (size_t i = first; i < path->step_count && i <= PATH_STEPS_MAX; i++)
		steps |= (uint32_t)(path->table[i]->axis == AXIS_DEEP) << i;
	return steps;
}

struct match_plan *match_plan_build(struct arena *arena, struct path *path, size_t first,
				    const struct message_type *type)
{
	struct builder b = { .arena = arena, .path = path, .first = first };
	struct match_plan *plan;

	b.tail = &b.types;
	b.deep = deep_steps(path, first);
	path->deep = b.deep;
	reach(&b, type);
	if (b.deep) {
		reach_all(&b);
		spread_holds(&b);
	}
	plan = make_plan(&b, type);
	return b.failed ? NULL : plan;
}
