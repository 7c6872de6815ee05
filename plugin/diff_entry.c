/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two images, entry by entry. */
#include "diff.h"

/* ---- in step ---- */

static bool is_same(const struct image_entry *a, const struct image_entry *b)
{
	return a->type == b->type && span_equal(a->body, b->body) &&
	       span_equal(a->payload, b->payload);
}

static int diff_entry(struct diff *d, const struct image_entry *a, const struct image_entry *b,
		      bool alone, struct error *err)
{
	buffer_clear(&d->where);
	if (!alone && !where_put_key(&d->where, a->type, a->body))
		buffer_printf(&d->where, "[%zu]", a->index);
	d->depth = 0;
	if (diff_messages(d, a->type, a->body, b->body, err) < 0)
		return d->ended ? -1 : error_context(err, "entry %zu", a->index);
	if (span_equal(a->payload, b->payload))
		return 0;
	return diff_bytes(d, "data", a->payload, b->payload, err);
}

/* The only entry of an image is that of the other, whatever its key says. */
static bool are_alone(const struct image *a, const struct image *b)
{
	return a->index == 1 && b->index == 1 && !a->rest.size && !b->rest.size;
}

static bool have_same_key(struct where_keys *keys, const struct image_entry *x,
			  const struct image_entry *y)
{
	uint64_t key = diff_key(keys, x->type, x->body);

	return key && key == diff_key(keys, y->type, y->body);
}

/* 1 when they are compared, 0 when the other image has the entry elsewhere. */
static int diff_next(struct diff *d, struct where_keys *keys, const struct image_entry *x,
		     const struct image_entry *y, bool alone, struct error *err)
{
	if (is_same(x, y))
		return 1;
	if (x->type != y->type || (!alone && !have_same_key(keys, x, y)))
		return 0;
	return diff_entry(d, x, y, alone, err) < 0 ? -1 : 1;
}

/* As long as both images have the same entries in the same order, which mostly
 * is to their end. Then both are at the first entry that the other has not at
 * this place. */
static int diff_in_step(struct diff *d, struct image *a, struct image *b, struct error *err)
{
	struct where_keys keys = { .type = NULL };
	struct image next_a = *a, next_b = *b;
	struct image_entry x, y;
	int more_a, more_b, same;

	for (;;) {
		more_a = image_next(&next_a, &x, err);
		more_b = more_a < 0 ? -1 : image_next(&next_b, &y, err);
		if (more_b < 0)
			return -1;
		same = more_a && more_b ?
			       diff_next(d, &keys, &x, &y, are_alone(&next_a, &next_b), err) :
			       0;
		if (same <= 0)
			return same;
		*a = next_a;
		*b = next_b;
	}
}

/* ---- in shares ---- */

#define SHARE 100000		/* entries that are held of each image, at about 60 bytes */
#define PASSED_PER_ITEM 16384	/* bytes that the kernel brings in for one of them */

static int count_entries(struct image image, size_t *count, struct error *err)
{
	struct image_entry entry;
	int more;

	for (*count = 0; (more = image_next(&image, &entry, err)) > 0; ++*count)
		;
	return more;
}

static int collect_entries(struct image image, struct diff_list *list, struct error *err)
{
	struct image_entry e;
	int more;

	while ((more = image_next(&image, &e, err)) > 0)
		if (diff_add(list, e.type, e.body, e.payload, e.index, err) < 0)
			return -1;
	return more;
}

static struct image_entry entry_of(const struct diff_item *item)
{
	return (struct image_entry){
		.type = item->type, .body = item->body, .payload = item->payload,
		.index = item->index,
	};
}

static int compare_item(struct diff *d, const struct diff_item *item, const struct diff_item *mate,
			bool gone, struct error *err)
{
	struct image_entry x = entry_of(item), y;

	buffer_clear(&d->where);
	if (!mate)
		return diff_report_lone(d, NULL, item, gone, err);
	y = entry_of(mate);
	return diff_entry(d, &x, &y, false, err);
}

/* What is looked at out of order has to be let go of, too. */
static void passed(struct image *a, struct image *b)
{
	content_passed(a->content, PASSED_PER_ITEM);
	content_passed(b->content, PASSED_PER_ITEM);
}

static int compare_items(struct diff *d, struct image *a, struct diff_list *left,
			 struct image *b, struct diff_list *right, struct error *err)
{
	for (size_t i = 0; i < diff_count(left); i++) {
		uint32_t mate = diff_at(left, i)->mate;

		passed(a, b);
		if (compare_item(d, diff_at(left, i),
				 mate == DIFF_NO_MATE ? NULL : diff_at(right, mate), true, err) < 0)
			return -1;
	}
	for (size_t k = 0; k < diff_count(right); k++) {
		passed(a, b);
		if (diff_at(right, k)->mate == DIFF_NO_MATE &&
		    compare_item(d, diff_at(right, k), NULL, false, err) < 0)
			return -1;
	}
	return 0;
}

static int diff_share(struct diff *d, struct image *a, struct image *b, size_t share,
		      size_t shares, struct error *err)
{
	struct diff_list left = { .shares = shares, .share = share }, right = left;
	int status = -1;

	if (collect_entries(*a, &left, err) == 0 && collect_entries(*b, &right, err) == 0 &&
	    diff_pair(&left, &right, err) == 0)
		status = compare_items(d, a, &left, b, &right, err);
	diff_list_free(&left);
	diff_list_free(&right);
	return status;
}

int diff_images(struct diff *d, struct image *a, struct image *b, struct error *err)
{
	size_t count_a, count_b, shares;

	if (diff_in_step(d, a, b, err) < 0 || count_entries(*a, &count_a, err) < 0 ||
	    count_entries(*b, &count_b, err) < 0)
		return -1;
	shares = (count_a > count_b ? count_a : count_b) / SHARE + 1;
	for (size_t share = 0; share < shares; share++)
		if (diff_share(d, a, b, share, shares, err) < 0)
			return -1;
	return 0;
}
