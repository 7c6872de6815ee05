/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Comparing what two images say. Messages of a list are paired by what people
 * know them by (location.h), the n-th of a name with the n-th of that name, and
 * their order does not count; those that have no key are paired by their
 * place. Two ways to write one value are no difference.
 */
#ifndef CRW_DIFF_H
#define CRW_DIFF_H

#include "../proto/image.h"
#include "../rules/location.h"
#include "criu-rewrite.h"

struct diff {
	const char *image;
	struct buffer where; /* the message that is compared */
	struct buffer field;
	struct buffer before, after; /* as they are shown */
	unsigned depth;
	crw_change_sink sink;
	void *arg;
	bool ended; /* by the sink */
};

/* Two images of one kind. -1 also when the sink ended it. */
int diff_images(struct diff *d, struct image *a, struct image *b, struct error *err);

/* Two messages of one type. */
int diff_messages(struct diff *d, const struct message_type *type, struct span a, struct span b,
		  struct error *err);

/* How many bytes both begin with. */
size_t diff_first(struct span a, struct span b);

/* Reports a difference that is shown as numbers of bytes and the place of the first. */
int diff_sizes(struct diff *d, const char *what, uint64_t a, uint64_t b, uint64_t at,
	       struct error *err);

/* Reports what d->field, d->before and d->after hold. */
int diff_report(struct diff *d, bool before, bool after, const char *note, struct error *err);

struct diff_item;

/* Reports a message that only one of both has, an entry (f NULL) or in a field. */
int diff_report_lone(struct diff *d, const struct field_type *f, const struct diff_item *item,
		     bool gone, struct error *err);

/* ---- lists of messages ---- */

#define DIFF_NO_MATE UINT32_MAX

struct diff_item {
	const struct message_type *type;
	struct span body, payload;
	uint64_t key;   /* hash of what it is known by; 0: it has no key */
	uint32_t index; /* in the whole list */
	uint32_t mate;  /* the item of the other list, or DIFF_NO_MATE */
};

/* A list of any length is compared in shares: all that are known by one name are
 * in one share, and messages without a key are then paired by their number. */
struct diff_list {
	struct buffer items;       /* of struct diff_item */
	size_t shares, share;      /* one share: all of the list */
	size_t keyless;            /* that were met */
	struct location_keys keys; /* of the type that was met last */
};

/* A hash of what a message is known by; 0: nothing. The keys are those of the last
 * type, to be worked out when it is another. */
uint64_t diff_key(struct location_keys *keys, const struct message_type *type, struct span body);

size_t diff_count(const struct diff_list *list);
struct diff_item *diff_at(const struct diff_list *list, size_t index);

/* Appends what is in the list's share, with key and without mate. */
int diff_add(struct diff_list *list, const struct message_type *type, struct span body,
	     struct span payload, size_t index, struct error *err);
void diff_list_free(struct diff_list *list);

/* Sets the mates of both lists. */
int diff_pair(struct diff_list *a, struct diff_list *b, struct error *err);

#endif
