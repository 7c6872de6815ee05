/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What differs between two specs: members are paired by their names, elements by
 * their places, and of what only one has it is told as a whole.
 */
#include <stdlib.h>
#include <string.h>

#include "oci.h"
#include "show.h"
#include "spec.h"

struct comparison {
	struct spec a, b;
	struct crw_change change;
	struct buffer path, before, after;
	crw_change_sink sink;
	void *arg;
	bool ended; /* by the sink */
};

static int tell(struct comparison *c, const struct spec_value *a, const struct spec_value *b,
		struct error *err)
{
	buffer_clear(&c->before);
	buffer_clear(&c->after);
	if ((a && oci_show(&c->a, a, &c->before, err) < 0) ||
	    (b && oci_show(&c->b, b, &c->after, err) < 0))
		return -1;
	buffer_byte(&c->path, 0);
	buffer_byte(&c->before, 0);
	buffer_byte(&c->after, 0);
	if (c->path.failed || c->before.failed || c->after.failed)
		return fail_memory(err);
	c->path.size--;
	c->change.field = (const char *)c->path.data;
	c->change.before = a ? (const char *)c->before.data : NULL;
	c->change.after = b ? (const char *)c->after.data : NULL;
	c->ended = c->sink(c->arg, &c->change) != 0;
	return c->ended ? -1 : 0;
}

static int compare(struct comparison *c, const struct spec_value *a, const struct spec_value *b,
		   struct error *err);

/* A pair, of which one may be missing; the step to `v`, one that is there, is added
 * for that long. */
static int compare_pair(struct comparison *c, const struct spec_value *v,
			const struct spec_value *a, const struct spec_value *b, size_t index,
			struct error *err)
{
	size_t before = oci_show_step(&c->path, v, index);
	int status = a && b ? compare(c, a, b, err) : tell(c, a, b, err);

	c->path.size = before;
	return status;
}

static int compare_lists(struct comparison *c, const struct spec_value *a,
			 const struct spec_value *b, struct error *err)
{
	size_t index = 0;

	for (a = a->first, b = b->first; a || b; index++) {
		if (compare_pair(c, a ? a : b, a, b, index, err) < 0)
			return -1;
		a = a ? a->next : NULL;
		b = b ? b->next : NULL;
	}
	return 0;
}

/* ---- objects ----------------------------------------------------------------- */

struct members {
	const struct spec_value **items;
	size_t count;
};

static int compare_names(const void *a, const void *b)
{
	const struct spec_value *const *x = a, *const *y = b;

	return span_compare((*x)->name, (*y)->name);
}

static int sort_members(struct members *m, const struct spec_value *object, struct error *err)
{
	for (const struct spec_value *v = object->first; v; v = v->next)
		m->count++;
	m->items = calloc(m->count + 1, sizeof(const struct spec_value *));
	if (!m->items)
		return fail_memory(err);
	m->count = 0;
	for (const struct spec_value *v = object->first; v; v = v->next)
		m->items[m->count++] = v;
	qsort(m->items, m->count, sizeof(const struct spec_value *), compare_names);
	return 0;
}

static int compare_members(struct comparison *c, const struct members *a, const struct members *b,
			   struct error *err)
{
	size_t i = 0, k = 0;

	while (i < a->count || k < b->count) {
		const struct spec_value *x = i < a->count ? a->items[i] : NULL;
		const struct spec_value *y = k < b->count ? b->items[k] : NULL;
		int order = !x ? 1 : !y ? -1 : compare_names(&x, &y);

		if (compare_pair(c, order <= 0 ? x : y, order <= 0 ? x : NULL,
				 order >= 0 ? y : NULL, 0, err) < 0)
			return -1;
		i += order <= 0;
		k += order >= 0;
	}
	return 0;
}

static int compare_objects(struct comparison *c, const struct spec_value *a,
			   const struct spec_value *b, struct error *err)
{
	struct members x = { .count = 0 }, y = { .count = 0 };
	int status = sort_members(&x, a, err);

	if (status == 0)
		status = sort_members(&y, b, err);
	if (status == 0)
		status = compare_members(c, &x, &y, err);
	free(x.items);
	free(y.items);
	return status;
}

/* ---- values ------------------------------------------------------------------ */

static int same_text(struct comparison *c, const struct spec_value *a, const struct spec_value *b,
		     struct error *err)
{
	struct span x, y;

	if (spec_text(&c->a, a, &x, err) < 0 || spec_text(&c->b, b, &y, err) < 0)
		return -1;
	return span_equal(x, y);
}

static int compare(struct comparison *c, const struct spec_value *a, const struct spec_value *b,
		   struct error *err)
{
	int same = span_equal(a->raw, b->raw);

	if (!same && a->type == b->type && a->type == JSON_OBJECT)
		return compare_objects(c, a, b, err);
	if (!same && a->type == b->type && a->type == JSON_LIST)
		return compare_lists(c, a, b, err);
	if (!same && a->type == b->type && a->type == JSON_STRING)
		same = same_text(c, a, b, err);
	if (same)
		return same < 0 ? -1 : 0;
	return tell(c, a, b, err);
}

int crw_diff_specs(struct crw *crw, struct crw *other, crw_change_sink sink, void *arg)
{
	struct comparison c = { .sink = sink, .arg = arg };
	struct error *err = &crw->err;
	int status = spec_read(&c.a, buffer_span(&crw->spec.text), err);

	c.change.image = crw->spec.name;
	c.change.where = "";
	if (status == 0)
		status = spec_read(&c.b, buffer_span(&other->spec.text), err);
	if (status == 0)
		status = compare(&c, c.a.top, c.b.top, err);
	spec_free(&c.a);
	spec_free(&c.b);
	buffer_free(&c.path);
	buffer_free(&c.before);
	buffer_free(&c.after);
	return c.ended ? 0 : status;
}
