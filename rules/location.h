/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where something stands in an image, for people: the path to it, with a key
 * for each element of a list: controllers[cpuset].dirs[ct], sets[id=1],
 * [pid=7].threads[2].
 */
#ifndef CRW_LOCATION_H
#define CRW_LOCATION_H

#include "match.h"

/* Indexes are counted on from the last one, so that many reports in one long
 * list do not count it over and over. Zero-initialise for each image. */
struct location_memo {
	struct span list;
	uint32_t number;
	const uint8_t *at;
	size_t index;
};

int location_put(struct buffer *out, struct location_memo *memo, const struct rules_image *image,
		 struct match *m, struct error *err);

/* "name" or "name[key]" of what stands in its parent; of an entry its
 * message's name and key. */
int location_put_last(struct buffer *out, struct location_memo *memo, struct match *m,
		      struct error *err);

/* What a message that the walk is at is known by; without a field, by nothing. */
const struct match_key *location_match_key(struct match *m);

/* The place as bytes, which are the same for the same steps only. */
void location_put_data(struct buffer *out, struct location_memo *memo,
		       const struct rules_image *image, struct match *m);

/* For those who want the keys of many messages of one type: the fields that may
 * be one, the best first, and what a message is known by, if anything. */
#define LOCATION_KEYS_MAX 64

struct location_keys {
	const struct message_type *type;
	const struct field_type *fields[LOCATION_KEYS_MAX];
	size_t count;
};

void location_keys_of(const struct message_type *type, struct location_keys *keys);
bool location_key(const struct location_keys *keys, struct span body, struct match_key *key);

/* Appends "[key]" of a message if it has one of its own; returns whether. */
bool location_put_key(struct buffer *out, const struct message_type *type, struct span body);

#endif
