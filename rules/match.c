/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walk goes down the messages of an object, guided by the plan of the
 * path. For each message it knows which steps may match its fields: a step
 * behind "." only right here, a step behind "//" also further down.
 */
#include "element.h"
#include "match.h"
#include "trace.h"

/* The children of one message, or the entries of one image, as indexes see
 * them: [0] is the first that passed the conditions before it. */
struct siblings {
	struct match *parent; /* NULL: entries */
	size_t seen[PATH_INDEXES_MAX];
	size_t total[PATH_INDEXES_MAX]; /* plus one; 0: not counted yet */
};

/* A message being walked. */
struct place {
	struct match *match;
	const struct match_plan *plan;
	const struct target *target; /* of the match, when it did match */
	uint32_t here;               /* steps that may match the fields of this message */
	uint32_t below;              /* steps after "//" that were reached further up */
	struct siblings siblings;
};

static int walk_message(struct walk *w, struct place *p, struct error *err);

/* --- conditions --- */

static int count_passing(struct walk *w, struct siblings *s, const struct condition *list,
			 const struct condition *last, const struct match *like, size_t *count,
			 struct error *err);

/* Is it the one that the index asks for? */
static int index_holds(struct walk *w, struct siblings *s, const struct condition *list,
		       const struct condition *c, const struct match *m, struct error *err)
{
	size_t at = s->seen[c->ordinal]++, total;

	if (c->index >= 0)
		return at == (size_t)c->index;
	if (s->total[c->ordinal] == 0) {
		if (count_passing(w, s, list, c, m, &total, err) < 0)
			return -1;
		s->total[c->ordinal] = total + 1;
	}
	return at + (size_t)-c->index == s->total[c->ordinal] - 1;
}

static int condition_holds(struct walk *w, const struct expr *e, const struct match *m,
			   struct error *err)
{
	struct eval *ev = w->eval;
	int holds = eval_condition(ev, e, m, err);

	if (!ev->nested)
		arena_clear(ev->scratch);
	return holds;
}

/* 1 when all conditions up to `last` (NULL: all) hold, 0, or -1. */
static int conditions_hold(struct walk *w, struct siblings *s, const struct condition *list,
			   const struct condition *last, const struct match *m, struct error *err)
{
	for (const struct condition *c = list; c && c != last; c = c->next) {
		int holds = c->expr ? condition_holds(w, c->expr, m, err) :
				      index_holds(w, s, list, c, m, err);

		if (holds <= 0) {
			w->failed = c;
			return holds;
		}
	}
	return 1;
}

/* All conditions of a step of the path. */
static int step_holds(struct walk *w, struct siblings *s, size_t step, const struct target *t,
		      struct match *m, struct error *err)
{
	int holds = conditions_hold(w, s, t->conditions, NULL, m, err);

	if (__builtin_expect(w->tracer && holds >= 0, 0))
		trace_step(w->tracer, step, m, holds ? NULL : w->failed);
	return holds;
}

static const struct target *find_target(const struct step *step, const struct field_type *f)
{
	const struct target *t = step->targets;

	while (t && t->field != f)
		t = t->next;
	return t;
}

/* --- single values --- */

static int act_on(struct walk *w, struct match *m, const struct target *t, struct error *err)
{
	int answer = w->found(w, m, t, err);

	if (answer == MATCH_STOP)
		w->stopped = true;
	return answer;
}

static int try_value(struct walk *w, struct place *p, const struct target *t, struct match *m,
		     struct error *err)
{
	int holds = step_holds(w, &p->siblings, w->path->step_count - 1, t, m, err);

	return holds > 0 ? act_on(w, m, t, err) : holds;
}

static int try_run(struct walk *w, struct place *p, const struct target *t, struct match *m,
		   struct error *err)
{
	struct span run = m->wire.bytes;
	int more;

	while (!w->stopped && (more = element_next(m->field, &run, &m->value, &m->element, err))) {
		if (more < 0 || try_value(w, p, t, m, err) < 0)
			return -1;
	}
	return 0;
}

/* Only the last step can stand at a single value. */
static const struct target *value_target(const struct walk *w, const struct place *p,
					 const struct match_plan_field *pf)
{
	size_t last = w->path->step_count - 1;

	if (!(pf->names & (p->here | p->below) & (UINT32_C(1) << last)))
		return NULL;
	return find_target(w->path->table[last], pf->field);
}

static int walk_value(struct walk *w, struct place *p, const struct match_plan_field *pf,
		      const struct wire_field *wire, struct error *err)
{
	const struct target *t = value_target(w, p, pf);
	struct match m = { .parent = p->match, .field = pf->field, .wire = *wire };

	if (!t)
		return 0;
	if (wire->number != field_number(pf->field))
		m.field = pf->older;
	if (element_judge(m.field, wire, err) < 0)
		return -1;
	if (element_is_run(m.field, wire))
		return try_run(w, p, t, &m, err);
	element_read(m.field, wire, &m.value);
	return try_value(w, p, t, &m, err);
}

/* --- messages --- */

/* Tries the steps that could match this message. *next: the steps that may
 * match its fields; *matched: its target when it is what the path is for. */
static int try_steps(struct walk *w, struct place *p, uint32_t steps, struct match *m,
		     uint32_t *next, const struct target **matched, struct error *err)
{
	*next = 0;
	*matched = NULL;
	for (; steps; steps &= steps - 1) {
		unsigned i = (unsigned)__builtin_ctz(steps);
		const struct target *t = find_target(w->path->table[i], m->field);
		int holds = t ? step_holds(w, &p->siblings, i, t, m, err) : 0;

		if (holds < 0)
			return -1;
		if (holds && i + 1 == w->path->step_count)
			*matched = t;
		else if (holds)
			*next |= UINT32_C(2) << i;
	}
	return 0;
}

/* Only what a message needs: there are many of them. */
static void start_message(struct match *m, const struct place *p, const struct match_plan_field *pf,
			  const struct wire_field *wire)
{
	m->parent = p->match;
	m->field = pf->field;
	m->message = pf->inner->type;
	m->entry = NULL;
	m->wire = *wire;
	m->body = wire->bytes;
	m->entered = false;
	m->element = span_of(NULL, 0);
	m->key.sought = false;
	m->key.field = NULL;
}

static int walk_inner(struct walk *w, const struct match_plan_field *pf, struct match *m,
		      uint32_t next, uint32_t below, const struct target *matched,
		      struct error *err)
{
	struct place inner = {
		.match = m,
		.plan = pf->inner,
		.target = matched,
		.here = next,
		.below = below,
	};

	inner.siblings.parent = m;
	return walk_message(w, &inner, err);
}

static int walk_field(struct walk *w, struct place *p, const struct match_plan_field *pf,
		      const struct wire_field *wire, struct error *err)
{
	struct match m;
	uint32_t below = (p->below | (p->here & w->path->deep)) & pf->below;
	uint32_t steps = pf->names & (p->here | p->below), next;
	const struct target *matched;
	int answer = MATCH_GO_ON;

	if (!steps && !below)
		return 0;
	if (wire->type != WIRE_BYTES)
		return fail(err, "field '%s' is not a message", field_name(pf->field));
	start_message(&m, p, pf, wire);
	if (try_steps(w, p, steps, &m, &next, &matched, err) < 0)
		return -1;
	if (matched)
		answer = act_on(w, &m, matched, err);
	if (answer == MATCH_GO_ON && (next || below) &&
	    walk_inner(w, pf, &m, next, below, matched, err) < 0)
		return -1;
	if (answer == MATCH_ERROR)
		return -1;
	return w->left ? w->left(w, &m, answer == MATCH_SKIP ? NULL : matched, err) : 0;
}

/* A message that comes twice would have to be put together from both;
 * CRIU writes no such image. */
static int refuse_twice(uint64_t *seen, const struct match_plan_field *pf, struct error *err)
{
	uint64_t bit = pf->ordinal < 64 ? UINT64_C(1) << pf->ordinal : 0;

	if (*seen & bit)
		return fail(err, "field '%s' occurs twice", field_name(pf->field));
	*seen |= bit;
	return 0;
}

/* What the plan has for the field. */
static const struct match_plan_field *planned(const struct place *p, uint32_t number)
{
	const struct match_plan_field *pf = p->plan->renamed;

	if (__builtin_expect(pf != NULL, 0) && number == field_number(pf->older) &&
	    field_here(pf->field, p->match->body) == pf->older)
		return pf;
	return match_plan_field(p->plan, number);
}

static int walk_fields(struct walk *w, struct place *p, struct error *err)
{
	struct span rest = p->match->body;
	struct wire_field wire, single;
	const struct match_plan_field *single_pf = NULL;
	uint64_t seen = 0;
	int more;

	while (!w->stopped && (more = wire_next(&rest, &wire, err))) {
		const struct match_plan_field *pf;
		int status = 0;

		if (more < 0 || eval_count_step(w->eval, err) < 0)
			return -1;
		pf = planned(p, wire.number);
		if (!pf || (w->gone && p->target && w->gone(w, p->target, pf->field)))
			continue;
		if (pf->inner) {
			if (!pf->repeated && refuse_twice(&seen, pf, err) < 0)
				return -1;
			status = walk_field(w, p, pf, &wire, err);
		} else if (pf->repeated) {
			status = walk_value(w, p, pf, &wire, err);
		} else { /* the last one counts */
			single_pf = pf;
			single = wire;
		}
		if (status < 0)
			return -1;
	}
	return single_pf && !w->stopped ? walk_value(w, p, single_pf, &single, err) : 0;
}

static int walk_message(struct walk *w, struct place *p, struct error *err)
{
	int status;

	if (w->depth == MESSAGE_DEPTH_MAX)
		return fail(err, "messages are nested more than %d deep", MESSAGE_DEPTH_MAX);
	w->depth++;
	status = walk_fields(w, p, err);
	w->depth--;
	return status;
}

int match_below(struct walk *w, const struct match *object, struct error *err)
{
	struct match top = *object;
	struct place p = { .match = &top, .plan = w->path->plan, .here = 1 };

	p.siblings.parent = &top;
	return walk_message(w, &p, err);
}

/* --- entries --- */

int rules_image_open(const struct rules_image *file, struct image *image, struct error *err)
{
	if (image_open(image, file->kind, file->bytes, err) < 0)
		return -1;
	image->content = file->content;
	return 0;
}

static int walk_entry(struct walk *w, struct siblings *s, const struct image_entry *entry,
		      struct error *err)
{
	const struct target *t = w->path->table[0]->targets, *matched;
	struct match m = { .message = entry->type, .entry = entry, .body = entry->body };
	struct place p = { .match = &m, .plan = w->path->plan, .here = 2 };
	int answer = MATCH_GO_ON, holds;

	holds = step_holds(w, s, 0, t, &m, err);
	if (holds <= 0)
		return holds;
	matched = w->path->step_count == 1 ? t : NULL;
	p.siblings.parent = &m;
	if (matched)
		answer = act_on(w, &m, matched, err);
	if (answer == MATCH_GO_ON && !matched && walk_message(w, &p, err) < 0)
		return -1;
	if (answer == MATCH_ERROR)
		return -1;
	return w->left ? w->left(w, &m, answer == MATCH_SKIP ? NULL : matched, err) : 0;
}

int match_image(struct walk *w, struct error *err)
{
	const struct rules_image *file = w->eval->image;
	const struct message_type *type = w->path->table[0]->targets->message;
	struct siblings siblings = { .parent = NULL };
	struct image_entry entry;
	struct image image;
	int more;

	if (rules_image_open(file, &image, err) < 0)
		return -1;
	while (!w->stopped && (more = image_next(&image, &entry, err))) {
		if (more < 0)
			return -1;
		if (entry.type != type)
			continue;
		if (walk_entry(w, &siblings, &entry, err) < 0)
			return error_context(err, "entry %zu", entry.index);
	}
	return 0;
}

/* --- counting for indexes from the end --- */

struct count {
	struct walk *walk;
	const struct condition *list, *last;
	struct siblings siblings; /* a view of its own for the count */
	size_t passed;
};

static int count_one(struct count *n, const struct match *m, struct error *err)
{
	int holds = conditions_hold(n->walk, &n->siblings, n->list, n->last, m, err);

	n->passed += holds > 0;
	return holds < 0 ? -1 : 0;
}

static int count_run(struct count *n, struct match *m, struct error *err)
{
	struct span run = m->wire.bytes;
	int more;

	while ((more = element_next(m->field, &run, &m->value, &m->element, err))) {
		if (more < 0 || count_one(n, m, err) < 0)
			return -1;
	}
	return 0;
}

static int count_fields(struct count *n, const struct match *like, struct error *err)
{
	struct span rest = like->parent->body;
	struct match m = *like;
	int more, status;

	while ((more = wire_next(&rest, &m.wire, err))) {
		if (more < 0 || eval_count_step(n->walk->eval, err) < 0)
			return -1;
		if (m.wire.number != field_number(like->field))
			continue;
		m.body = m.wire.bytes;
		if (!m.message && element_judge(m.field, &m.wire, err) < 0)
			return -1;
		if (!m.message && !element_is_run(m.field, &m.wire))
			element_read(m.field, &m.wire, &m.value);
		status = !m.message && element_is_run(m.field, &m.wire) ? count_run(n, &m, err) :
									  count_one(n, &m, err);
		if (status < 0)
			return -1;
	}
	return 0;
}

static int count_entries(struct count *n, const struct match *like, struct error *err)
{
	const struct rules_image *file = n->walk->eval->image;
	struct image_entry entry;
	struct image image;
	int more;

	if (rules_image_open(file, &image, err) < 0)
		return -1;
	while ((more = image_next(&image, &entry, err))) {
		struct match m = { .message = like->message, .entry = &entry, .body = entry.body };

		if (more < 0)
			return -1;
		if (entry.type == like->message && count_one(n, &m, err) < 0)
			return -1;
	}
	return 0;
}

static int count_passing(struct walk *w, struct siblings *s, const struct condition *list,
			 const struct condition *last, const struct match *like, size_t *count,
			 struct error *err)
{
	struct count n = { .walk = w, .list = list, .last = last };
	int status;

	n.siblings.parent = s->parent;
	status = s->parent ? count_fields(&n, like, err) : count_entries(&n, like, err);
	*count = n.passed;
	return status;
}
