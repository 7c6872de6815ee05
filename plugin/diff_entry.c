/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two images, entry by entry. */
#include "diff.h"

static bool is_same(const struct image_entry *a, const struct image_entry *b)
{
	return a->type == b->type && span_equal(a->body, b->body) &&
	       span_equal(a->payload, b->payload);
}

static int diff_entry(struct diff *d, const struct image_entry *a, const struct image_entry *b,
		      bool alone, struct error *err)
{
	buffer_clear(&d->where);
	if (!alone && !location_put_key(&d->where, a->type, a->body))
		buffer_printf(&d->where, "[%zu]", a->index);
	d->depth = 0;
	if (diff_messages(d, a->type, a->body, b->body, err) < 0)
		return d->ended ? -1 : error_context(err, "entry %zu", a->index);
	if (span_equal(a->payload, b->payload))
		return 0;
	return diff_sizes(d, "data", a->payload.size, b->payload.size,
			  diff_first(a->payload, b->payload), err);
}

/* ---- in step ---- */

/* Where one is in an image: at an entry, and before the next. */
struct cursor {
	struct image at, next; /* `at` would give the entry once more */
	struct image_entry entry;
	struct location_keys keys;
	int more; /* 0: behind the last entry */
};

static int advance(struct cursor *c, struct error *err)
{
	c->at = c->next;
	c->more = image_next(&c->next, &c->entry, err);
	return c->more < 0 ? -1 : 0;
}

static bool is_alone(const struct cursor *c)
{
	return c->entry.index == 0 && !c->next.rest.size;
}

static bool is_pair(struct cursor *a, struct cursor *b)
{
	uint64_t key;

	if (a->entry.type != b->entry.type)
		return false;
	if (is_same(&a->entry, &b->entry))
		return true;
	/* The head of an image and its only entry are those of the other,
	 * whatever their keys say. */
	if (a->entry.type == a->at.kind->head || (is_alone(a) && is_alone(b)))
		return true;
	key = diff_key(&a->keys, a->entry.type, a->entry.body);
	return key && key == diff_key(&b->keys, b->entry.type, b->entry.body);
}

static int compare_pair(struct diff *d, struct cursor *a, struct cursor *b, struct error *err)
{
	bool alone = is_alone(a) && is_alone(b);

	if (!is_same(&a->entry, &b->entry) && diff_entry(d, &a->entry, &b->entry, alone, err) < 0)
		return -1;
	return advance(a, err) < 0 || advance(b, err) < 0 ? -1 : 0;
}

static int compare_lone(struct diff *d, struct cursor *c, bool gone, struct error *err)
{
	const struct diff_item item = {
		.type = c->entry.type,
		.body = c->entry.body,
		.index = (uint32_t)c->entry.index,
	};

	buffer_clear(&d->where);
	return diff_report_lone(d, NULL, &item, gone, err) < 0 ? -1 : advance(c, err);
}

/* The number that an entry is known by. */
static bool number_of(struct cursor *c, struct match_key *key)
{
	if (c->keys.type != c->entry.type)
		location_keys_of(c->entry.type, &c->keys);
	return location_key(&c->keys, c->entry.body, key) && key->value.type == VALUE_NUMBER;
}

/* Do the numbers of all entries from here on ascend? *field: which that is. */
static int is_ascending(const struct cursor *from, const struct field_type **field,
			struct error *err)
{
	struct cursor c = *from;
	struct match_key key, last = { .sought = false };

	for (*field = NULL; c.more; *field = key.field, last = key) {
		if (!number_of(&c, &key))
			return 0;
		if (*field && (*field != key.field || key.value.number <= last.value.number))
			return 0;
		if (advance(&c, err) < 0)
			return -1;
	}
	return 1;
}

static int are_ascending(const struct cursor *a, const struct cursor *b, struct error *err)
{
	const struct field_type *of_a, *of_b;
	int status = is_ascending(a, &of_a, err);

	if (status > 0)
		status = is_ascending(b, &of_b, err);
	return status > 0 ? of_a == of_b : status;
}

/* Images whose numbers ascend, as most do. */
static int merge(struct diff *d, struct cursor *a, struct cursor *b, struct error *err)
{
	struct match_key x, y;
	int status = 0;

	while (status == 0 && a->more && b->more) {
		number_of(a, &x);
		number_of(b, &y);
		if (x.value.number == y.value.number)
			status = compare_pair(d, a, b, err);
		else if (x.value.number < y.value.number)
			status = compare_lone(d, a, true, err);
		else
			status = compare_lone(d, b, false, err);
	}
	return status;
}

/* ---- in shares ---- */

#define SHARE 100000          /* entries that are held of each image, at about 60 bytes */
#define PASSED_PER_ITEM 16384 /* bytes that the kernel brings in for one of them */

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
		.type = item->type,
		.body = item->body,
		.payload = item->payload,
		.index = item->index,
	};
}

static int compare_item(struct diff *d, const struct diff_item *item, const struct diff_item *mate,
			bool gone, struct error *err)
{
	struct image_entry x, y;

	buffer_clear(&d->where);
	if (!mate)
		return diff_report_lone(d, NULL, item, gone, err);
	x = entry_of(item);
	y = entry_of(mate);
	return diff_entry(d, &x, &y, false, err);
}

/* What is looked at out of order has to be let go of, too. */
static void passed(struct image *a, struct image *b)
{
	content_passed(a->content, PASSED_PER_ITEM);
	content_passed(b->content, PASSED_PER_ITEM);
}

static int compare_items(struct diff *d, struct image *a, struct diff_list *left, struct image *b,
			 struct diff_list *right, struct error *err)
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

static int diff_share(struct diff *d, struct image *a, struct image *b, size_t share, size_t shares,
		      struct error *err)
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

static int diff_shares(struct diff *d, struct image *a, struct image *b, struct error *err)
{
	size_t count_a, count_b, shares;

	if (count_entries(*a, &count_a, err) < 0 || count_entries(*b, &count_b, err) < 0)
		return -1;
	shares = (count_a > count_b ? count_a : count_b) / SHARE + 1;
	for (size_t share = 0; share < shares; share++)
		if (diff_share(d, a, b, share, shares, err) < 0)
			return -1;
	return 0;
}

/* ---- all of it ---- */

/* In step as long as both have the same entries in the same order, which
 * mostly is to their end; then in the order of their numbers, if they have one;
 * else in shares. What is left when one of them ends is lone. */
static int diff_cursors(struct diff *d, struct cursor *a, struct cursor *b, struct error *err)
{
	int ascending;

	while (a->more && b->more && is_pair(a, b))
		if (compare_pair(d, a, b, err) < 0)
			return -1;
	ascending = a->more && b->more ? are_ascending(a, b, err) : 1;
	if (ascending < 0)
		return -1;
	if (!ascending)
		return diff_shares(d, &a->at, &b->at, err);
	if (merge(d, a, b, err) < 0)
		return -1;
	while (a->more)
		if (compare_lone(d, a, true, err) < 0)
			return -1;
	while (b->more)
		if (compare_lone(d, b, false, err) < 0)
			return -1;
	return 0;
}

int diff_images(struct diff *d, struct image *a, struct image *b, struct error *err)
{
	struct cursor x = { .next = *a }, y = { .next = *b };

	if (advance(&x, err) < 0 || advance(&y, err) < 0)
		return -1;
	return diff_cursors(d, &x, &y, err);
}
