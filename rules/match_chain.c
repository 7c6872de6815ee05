/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values by plain names: the short way for most of what conditions ask.
 */
#include "element.h"
#include "match.h"

typedef int (*chain_visit)(void *ctx, const struct value *v, struct error *err);

struct chain_walk {
	struct eval *eval;
	const struct chain *chain;
	chain_visit visit;
	void *ctx;
};

static int visit_run(const struct chain_walk *w, const struct field_type *f, struct span run,
		     struct error *err)
{
	struct value v;
	struct span raw;
	int more, answer;

	while ((more = element_next(f, &run, &v, &raw, err))) {
		answer = more < 0 ? -1 : w->visit(w->ctx, &v, err);
		if (answer != MATCH_GO_ON)
			return answer;
	}
	return MATCH_GO_ON;
}

static int visit_field(const struct chain_walk *w, const struct field_type *f,
		       const struct wire_field *wire, struct error *err)
{
	struct value v = { .type = VALUE_NONE };

	if (field_message(f)) /* counted, not read */
		return w->visit(w->ctx, &v, err);
	if (element_judge(f, wire, err) < 0)
		return -1;
	if (element_is_run(f, wire))
		return visit_run(w, f, wire->bytes, err);
	element_read(f, wire, &v);
	return w->visit(w->ctx, &v, err);
}

static int chain_level(const struct chain_walk *w, size_t level, struct span body,
		       struct error *err)
{
	const struct field_type *f = field_here(w->chain->fields[level], body);
	bool leaf = level + 1 == w->chain->count;
	bool single = leaf && field_label(f) != FIELD_REPEATED, have = false;
	uint32_t number = field_number(f);
	struct wire_field wire, last;
	int more, answer = MATCH_GO_ON;

	while (answer == MATCH_GO_ON && (more = wire_next(&body, &wire, err))) {
		if (more < 0 || eval_count_step(w->eval, err) < 0)
			return -1;
		if (wire.number != number)
			continue;
		if (single) {
			last = wire;
			have = true;
		} else if (leaf) {
			answer = visit_field(w, f, &wire, err);
		} else if (wire.type != WIRE_BYTES) {
			return fail(err, "field '%s' is not a message", field_name(f));
		} else {
			answer = chain_level(w, level + 1, wire.bytes, err);
		}
	}
	return have ? visit_field(w, f, &last, err) : answer;
}

int match_single(struct eval *ev, const struct field_type *named, struct span body,
		 struct value *out, struct error *err)
{
	const struct field_type *f = field_here(named, body);
	uint32_t number = field_number(f);
	struct wire_field wire, last;
	bool have = false;
	int more;

	while ((more = wire_next(&body, &wire, err))) {
		if (more < 0 || eval_count_step(ev, err) < 0)
			return -1;
		if (wire.number == number) {
			last = wire;
			have = true;
		}
	}
	*out = (struct value){ .type = VALUE_NONE };
	if (!have)
		return 0;
	if (element_judge(f, &last, err) < 0)
		return -1;
	element_read(f, &last, out);
	return 0;
}

int match_chain(struct eval *ev, const struct chain *chain, struct span body, chain_visit visit,
		void *ctx, struct error *err)
{
	struct chain_walk w = { .eval = ev, .chain = chain, .visit = visit, .ctx = ctx };

	return chain_level(&w, 0, body, err);
}
