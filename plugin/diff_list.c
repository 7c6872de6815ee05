/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which message of a list is which of another. */
#include <stdlib.h>

#include "diff.h"

size_t diff_count(const struct diff_list *list)
{
	return list->items.size / sizeof(struct diff_item);
}

struct diff_item *diff_at(const struct diff_list *list, size_t index)
{
	return (struct diff_item *)(void *)list->items.data + index;
}

void diff_list_free(struct diff_list *list)
{
	buffer_free(&list->items);
}

/* FNV-1a. Two keys of one hash make a pair that should be none: then the
 * difference is shown another way, but it is shown. */
static uint64_t hash(const void *data, size_t size, uint64_t sum)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ byte[i]) * 0x100000001b3u;
	return sum;
}

#define HASH_START 0xcbf29ce484222325u

/* As splitmix64 mixes: numbers that are all multiples of something spread, too. */
static uint64_t hash_number(uint64_t number, uint64_t sum)
{
	sum ^= number;
	sum = (sum ^ sum >> 30) * 0xbf58476d1ce4e5b9u;
	sum = (sum ^ sum >> 27) * 0x94d049bb133111ebu;
	return (sum ^ sum >> 31) | 1;
}

uint64_t diff_key(struct location_keys *keys, const struct message_type *type, struct span body)
{
	struct match_key key;
	uint64_t sum;

	if (keys->type != type)
		location_keys_of(type, keys);
	if (!location_key(keys, body, &key))
		return 0;
	sum = hash_number(field_number(key.field), HASH_START);
	if (key.value.type == VALUE_TEXT)
		return hash(key.value.text.data, key.value.text.size, sum) | 1;
	return hash_number(
		key.value.type == VALUE_BOOL ? key.value.boolean : (uint64_t)key.value.number, sum);
}

/* In a share of a list the number of a message without a key is its key. */
static uint64_t key_in(struct diff_list *list, const struct message_type *type, struct span body)
{
	uint64_t key = diff_key(&list->keys, type, body);

	return key || list->shares < 2 ? key : hash_number(++list->keyless, HASH_START);
}

int diff_add(struct diff_list *list, const struct message_type *type, struct span body,
	     struct span payload, size_t index, struct error *err)
{
	struct diff_item item = {
		.type = type,
		.body = body,
		.payload = payload,
		.key = key_in(list, type, body),
		.index = (uint32_t)index,
		.mate = DIFF_NO_MATE,
	};

	if (index >= DIFF_NO_MATE)
		return fail(err, "a list of more than %u messages", DIFF_NO_MATE - 1);
	if (list->shares < 2 || (item.key >> 1) % list->shares == list->share)
		buffer_append(&list->items, span_of(&item, sizeof(item)));
	return list->items.failed ? fail_memory(err) : 0;
}

static void make_pair(struct diff_list *a, size_t i, struct diff_list *b, size_t k)
{
	diff_at(a, i)->mate = (uint32_t)k;
	diff_at(b, k)->mate = (uint32_t)i;
}

/* ---- by key ---- */

static int compare_keys(const void *left, const void *right, void *arg)
{
	const struct diff_list *list = arg;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	uint64_t x = diff_at(list, a)->key, y = diff_at(list, b)->key;

	return x != y ? (x > y) - (x < y) : (a > b) - (a < b);
}

/* The places of the items in order of key; free() it. */
static uint32_t *order_of(struct diff_list *list)
{
	size_t count = diff_count(list);
	uint32_t *order = calloc(count + 1, sizeof(*order));

	for (size_t i = 0; order && i < count; i++)
		order[i] = (uint32_t)i;
	if (order)
		qsort_r(order, count, sizeof(*order), compare_keys, list);
	return order;
}

static void pair_keys(struct diff_list *a, const uint32_t *order_a, struct diff_list *b,
		      const uint32_t *order_b)
{
	size_t i = 0, k = 0;

	while (i < diff_count(a) && k < diff_count(b)) {
		uint64_t x = diff_at(a, order_a[i])->key, y = diff_at(b, order_b[k])->key;

		if (x && x == y && diff_at(a, order_a[i])->type == diff_at(b, order_b[k])->type)
			make_pair(a, order_a[i], b, order_b[k]);
		i += x <= y;
		k += y <= x;
	}
}

/* ---- by place ---- */

static bool same(const struct diff_item *a, const struct diff_item *b)
{
	return a->type == b->type && span_equal(a->body, b->body) &&
	       span_equal(a->payload, b->payload);
}

/* The place of the nearest item without a key from `at` on, or count. */
static size_t keyless_from(const struct diff_list *list, size_t at)
{
	while (at < diff_count(list) && diff_at(list, at)->key)
		at++;
	return at;
}

/* From the end on, as long as they are the same: what was put in or taken out
 * in the middle then does not shift all that comes after it. */
static void pair_tails(struct diff_list *a, struct diff_list *b)
{
	size_t i = diff_count(a), k = diff_count(b);

	for (; i > 0 && k > 0; i--, k--) {
		const struct diff_item *x = diff_at(a, i - 1), *y = diff_at(b, k - 1);

		if (x->key || y->key || !same(x, y))
			return;
		make_pair(a, i - 1, b, k - 1);
	}
}

static void pair_places(struct diff_list *a, struct diff_list *b)
{
	size_t i = keyless_from(a, 0), k = keyless_from(b, 0);

	if (diff_count(a) != diff_count(b))
		pair_tails(a, b);
	while (i < diff_count(a) && k < diff_count(b)) {
		if (diff_at(a, i)->mate != DIFF_NO_MATE || diff_at(b, k)->mate != DIFF_NO_MATE)
			return;
		if (diff_at(a, i)->type == diff_at(b, k)->type)
			make_pair(a, i, b, k);
		i = keyless_from(a, i + 1);
		k = keyless_from(b, k + 1);
	}
}

int diff_pair(struct diff_list *a, struct diff_list *b, struct error *err)
{
	uint32_t *order_a = order_of(a), *order_b = order_of(b);
	int status = order_a && order_b ? 0 : fail_memory(err);

	if (status == 0) {
		pair_keys(a, order_a, b, order_b);
		pair_places(a, b);
	}
	free(order_a);
	free(order_b);
	return status;
}
