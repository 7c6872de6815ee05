/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values: how sets of numbers are read, combined and compared, and how every
 * value is written as text.
 */
#include <stdlib.h>

#include "address.h"
#include "text.h"

static const char *const type_names[] = {
	[VALUE_NONE] = "nothing",    [VALUE_NUMBER] = "number", [VALUE_BOOL] = "boolean",
	[VALUE_TEXT] = "text",       [VALUE_SET] = "set",       [VALUE_LIST] = "list",
	[VALUE_ADDRESS] = "address",
};

const char *value_type_name(enum value_type t)
{
	return type_names[t];
}

struct value value_number(number_t n)
{
	return (struct value){ .type = VALUE_NUMBER, .number = n };
}

struct value value_bool(bool b)
{
	return (struct value){ .type = VALUE_BOOL, .boolean = b };
}

struct value value_text(struct span s)
{
	return (struct value){ .type = VALUE_TEXT, .text = s };
}

/* The ranges of a set while it is made: grows at the end, in order. */
struct set_builder {
	struct range *ranges;
	size_t count, capacity;
	bool failed; /* memory, or more than SET_RANGES_MAX */
};

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Appends a range that starts behind all others, and joins neighbours. */
static void push_range(struct set_builder *b, uint64_t first, uint64_t last)
{
	struct range *tail = b->count ? &b->ranges[b->count - 1] : NULL;

	if (tail && (first <= tail->last || first - 1 == tail->last)) {
		if (last > tail->last)
			tail->last = last;
		return;
	}
	if (b->count == b->capacity) {
		b->failed = true;
		return;
	}
	b->ranges[b->count++] = (struct range){ first, last };
}

static int start_set(struct arena *a, struct set_builder *b, size_t capacity, struct error *err)
{
	*b = (struct set_builder){ .capacity = capacity };
	b->ranges = arena_array(a, capacity ? capacity : 1, sizeof(*b->ranges));
	return b->ranges ? 0 : fail_memory(err);
}

static int finish_set(const struct set_builder *b, struct value *out, struct error *err)
{
	if (b->failed || b->count > SET_RANGES_MAX)
		return fail(err, "a set has more than %d ranges", SET_RANGES_MAX);
	*out = (struct value){ .type = VALUE_SET };
	out->ranges = b->ranges;
	out->range_count = b->count;
	return 0;
}

/* number = digit { digit }; takes it off the front of *s. */
static bool take_number(struct span *s, uint64_t *number)
{
	size_t i = 0;

	*number = 0;
	for (; i < s->size && s->data[i] >= '0' && s->data[i] <= '9'; i++) {
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, s->data[i] - '0', number))
			return false;
	}
	*s = span_of(s->data + i, s->size - i);
	return i > 0;
}

static bool take_byte(struct span *s, char byte)
{
	if (s->size == 0 || s->data[0] != (uint8_t)byte)
		return false;
	*s = span_of(s->data + 1, s->size - 1);
	return true;
}

/* range = number [ "-" number ] */
static bool take_range(struct span *s, struct range *r)
{
	if (!take_number(s, &r->first))
		return false;
	r->last = r->first;
	if (take_byte(s, '-') && !take_number(s, &r->last))
		return false;
	return r->first <= r->last;
}

/* Of each `group` numbers of the range the first `used`. */
static void push_groups(struct set_builder *b, struct range r, uint64_t used, uint64_t group)
{
	while (used && !b->failed) {
		const bool end = r.last - r.first < used;

		b->failed = b->count >= SET_RANGES_MAX;
		if (!b->failed)
			b->ranges[b->count++] = (struct range){ r.first,
								end ? r.last : r.first + used - 1 };
		if (end || r.last - r.first < group)
			return;
		r.first += group;
	}
}

/* part = range [ ":" used "/" group ], as bitmap_parselist() of the kernel has it */
static bool take_part(struct span *s, struct set_builder *b)
{
	struct range r;
	uint64_t used = 1, group = 1;

	if (!take_range(s, &r))
		return false;
	if (!take_byte(s, ':')) {
		b->ranges[b->count++] = r;
		return true;
	}
	if (!take_number(s, &used) || !take_byte(s, '/') || !take_number(s, &group) || !group ||
	    used > group)
		return false;
	push_groups(b, r, used, group);
	return true;
}

static size_t count_of(struct span s, char byte)
{
	size_t n = 0;

	for (size_t i = 0; i < s.size; i++)
		n += s.data[i] == (uint8_t)byte;
	return n;
}

int value_set_parse(struct arena *a, struct span text, struct value *out, struct error *err)
{
	struct span rest = text;
	struct set_builder read, sorted;
	size_t ranges = text.size ? count_of(text, ',') + 1 : 0, i = 0;

	if (ranges > SET_RANGES_MAX)
		return fail(err, "a set has more than %d ranges", SET_RANGES_MAX);
	if (start_set(a, &read, count_of(text, ':') ? 2 * SET_RANGES_MAX : ranges, err) < 0)
		return -1;
	while (i < ranges && !read.failed && (!i || take_byte(&rest, ',')) &&
	       take_part(&rest, &read))
		i++;
	if (!read.failed && (i < ranges || rest.size))
		return fail(err, "'%.*s' is not a set of numbers like 0-3,8",
			    (int)(text.size > 60 ? 60 : text.size), (const char *)text.data);
	if (start_set(a, &sorted, read.count, err) < 0)
		return -1;
	if (read.count)
		qsort(read.ranges, read.count, sizeof(*read.ranges), compare_ranges);
	for (i = 0; i < read.count; i++)
		push_range(&sorted, read.ranges[i].first, read.ranges[i].last);
	sorted.failed = read.failed;
	return finish_set(&sorted, out, err);
}

/* A set as it is, a number as a set of one that lives in *one. */
struct set_view {
	const struct range *ranges;
	size_t count;
};

static struct set_view view_set(const struct value *v, struct range *one)
{
	if (v->type == VALUE_SET)
		return (struct set_view){ v->ranges, v->range_count };
	if (v->type != VALUE_NUMBER || v->number < 0 || v->number > UINT64_MAX)
		return (struct set_view){ NULL, 0 };
	*one = (struct range){ (uint64_t)v->number, (uint64_t)v->number };
	return (struct set_view){ one, 1 };
}

/* Pushes the ranges of the result, in order. */
typedef void set_operation(struct set_builder *b, struct set_view p, struct set_view q);

static int operate(set_operation *operation, struct arena *a, struct value x, struct value y,
		   struct value *out, struct error *err)
{
	struct range one_x, one_y;
	struct set_view p = view_set(&x, &one_x), q = view_set(&y, &one_y);
	struct set_builder b;

	if (start_set(a, &b, p.count + q.count, err) < 0)
		return -1;
	operation(&b, p, q);
	return finish_set(&b, out, err);
}

static void unite(struct set_builder *b, struct set_view p, struct set_view q)
{
	size_t i = 0, j = 0;

	while (i < p.count || j < q.count) {
		bool left = j == q.count || (i < p.count && p.ranges[i].first <= q.ranges[j].first);
		const struct range *r = left ? &p.ranges[i++] : &q.ranges[j++];

		push_range(b, r->first, r->last);
	}
}

static void intersect(struct set_builder *b, struct set_view p, struct set_view q)
{
	size_t i = 0, j = 0;

	while (i < p.count && j < q.count) {
		const struct range *r = &p.ranges[i], *s = &q.ranges[j];
		uint64_t first = r->first > s->first ? r->first : s->first;
		uint64_t last = r->last < s->last ? r->last : s->last;

		if (first <= last)
			push_range(b, first, last);
		if (r->last < s->last)
			i++;
		else
			j++;
	}
}

static void subtract(struct set_builder *b, struct set_view p, struct set_view q)
{
	size_t j = 0;

	for (size_t i = 0; i < p.count; i++) {
		struct range left = p.ranges[i];
		bool gone = false;

		while (j < q.count && q.ranges[j].last < left.first)
			j++;
		for (size_t k = j; k < q.count && q.ranges[k].first <= left.last && !gone; k++) {
			if (q.ranges[k].first > left.first)
				push_range(b, left.first, q.ranges[k].first - 1);
			gone = q.ranges[k].last >= left.last;
			if (!gone)
				left.first = q.ranges[k].last + 1;
		}
		if (!gone)
			push_range(b, left.first, left.last);
	}
}

int value_set_union(struct arena *a, struct value x, struct value y, struct value *out,
		    struct error *err)
{
	return operate(unite, a, x, y, out, err);
}

int value_set_intersect(struct arena *a, struct value x, struct value y, struct value *out,
			struct error *err)
{
	return operate(intersect, a, x, y, out, err);
}

int value_set_minus(struct arena *a, struct value x, struct value y, struct value *out,
		    struct error *err)
{
	return operate(subtract, a, x, y, out, err);
}

uint64_t value_set_count(struct value set)
{
	struct range one;
	struct set_view p = view_set(&set, &one);
	uint64_t count = 0;

	for (size_t i = 0; i < p.count; i++) {
		uint64_t more = p.ranges[i].last - p.ranges[i].first;

		if (__builtin_add_overflow(count, more, &count) || ++count == 0)
			return UINT64_MAX;
	}
	return count;
}

bool value_set_within(struct value inner, struct value outer)
{
	struct range one_x, one_y;
	struct set_view p = view_set(&inner, &one_x), q = view_set(&outer, &one_y);
	size_t j = 0;

	if (inner.type == VALUE_NUMBER && p.count == 0)
		return false;
	for (size_t i = 0; i < p.count; i++) {
		while (j < q.count && q.ranges[j].last < p.ranges[i].first)
			j++;
		if (j == q.count || q.ranges[j].first > p.ranges[i].first ||
		    q.ranges[j].last < p.ranges[i].last)
			return false;
	}
	return true;
}

static bool sets_equal(const struct value *a, const struct value *b)
{
	struct range one_a, one_b;
	struct set_view p = view_set(a, &one_a), q = view_set(b, &one_b);

	if (p.count != q.count)
		return false;
	for (size_t i = 0; i < p.count; i++) {
		if (p.ranges[i].first != q.ranges[i].first || p.ranges[i].last != q.ranges[i].last)
			return false;
	}
	return true;
}

static bool lists_equal(const struct value *a, const struct value *b)
{
	if (a->item_count != b->item_count)
		return false;
	for (size_t i = 0; i < a->item_count; i++) {
		if (!value_equal(a->items[i], b->items[i]))
			return false;
	}
	return true;
}

bool value_equal(struct value a, struct value b)
{
	if ((a.type == VALUE_SET && b.type == VALUE_NUMBER) ||
	    (a.type == VALUE_NUMBER && b.type == VALUE_SET))
		return sets_equal(&a, &b);
	if (a.type == VALUE_ADDRESS || b.type == VALUE_ADDRESS)
		return address_equal(&a, &b);
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case VALUE_NONE:
		return true;
	case VALUE_NUMBER:
		return a.number == b.number;
	case VALUE_BOOL:
		return a.boolean == b.boolean;
	case VALUE_TEXT:
		return span_equal(a.text, b.text);
	case VALUE_SET:
		return sets_equal(&a, &b);
	case VALUE_LIST:
		return lists_equal(&a, &b);
	case VALUE_ADDRESS:
		break;
	}
	return false;
}

static void print_set(struct buffer *out, const struct value *v)
{
	for (size_t i = 0; i < v->range_count; i++) {
		buffer_text(out, i ? "," : "");
		text_put_number(out, v->ranges[i].first);
		if (v->ranges[i].last == v->ranges[i].first)
			continue;
		buffer_byte(out, '-');
		text_put_number(out, v->ranges[i].last);
	}
}

static void print_list(struct buffer *out, const struct value *v, const char *comma,
		       void (*print)(struct buffer *, struct value))
{
	for (size_t i = 0; i < v->item_count; i++) {
		buffer_text(out, i ? comma : "");
		print(out, v->items[i]);
	}
}

void value_print(struct buffer *out, struct value v)
{
	switch (v.type) {
	case VALUE_NONE:
		break;
	case VALUE_NUMBER:
		text_put_number(out, v.number);
		break;
	case VALUE_BOOL:
		buffer_text(out, v.boolean ? "true" : "false");
		break;
	case VALUE_TEXT:
		buffer_append(out, v.text);
		break;
	case VALUE_SET:
		print_set(out, &v);
		break;
	case VALUE_LIST:
		print_list(out, &v, ",", value_print);
		break;
	case VALUE_ADDRESS:
		address_print(out, &v);
		break;
	}
}

void value_print_quoted(struct buffer *out, struct value v)
{
	if (v.type == VALUE_TEXT) {
		text_put_quoted(out, v.text);
	} else if (v.type == VALUE_LIST) {
		buffer_byte(out, '[');
		print_list(out, &v, ", ", value_print_quoted);
		buffer_byte(out, ']');
	} else {
		value_print(out, v);
	}
}
