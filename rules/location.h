/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where something stands in an image, for people: the path to it, with a key
 * for each element of a list: controllers[cpuset].dirs[ct], sets[id=1],
 * [pid=7].threads[2].
 */
#ifndef CRW_LOCATION_H
#define CRW_LOCATION_H

#include "match.h"

/* The fields that messages of a type may be known by, the best first. */
#define LOCATION_KEYS_MAX 16 /* no type has more than eight */

struct location_keys {
	const struct message_type *type;
	const struct field_type *fields[LOCATION_KEYS_MAX];
	size_t count;
};

void location_keys_of(const struct message_type *type, struct location_keys *keys);
/* What a message is known by, if anything. */
bool location_key(const struct location_keys *keys, struct span body, struct match_key *key);

#define LOCATION_TYPES_KEPT 4 /* a way to a field seldom has more with keys */

/* What one report leaves for the next. Zero-initialise for each image. */
struct location_memo {
	/* Indexes are counted on from the last one, so that many reports in one
	 * long list do not count it over and over. */
	struct location_index {
		struct span list;
		uint32_t number;
		const uint8_t *at;
		size_t index;
	} last;
	struct location_keys keys[LOCATION_TYPES_KEPT];
	size_t types;
};

int location_put(struct buffer *out, struct location_memo *memo, const struct rules_image *image,
		 struct match *m, struct error *err);

/* "name" or "name[key]" of what stands in its parent; of an entry its
 * message's name and key. */
int location_put_last(struct buffer *out, struct location_memo *memo, struct match *m,
		      struct error *err);

/* What a message that the walk is at is known by; without a field, by nothing. */
const struct match_key *location_match_key(struct location_memo *memo, struct match *m);

/* The place as bytes, which are the same for the same steps only. */
void location_put_data(struct buffer *out, struct location_memo *memo,
		       const struct rules_image *image, struct match *m);

/* Appends "[key]" of a message if it has one of its own; returns whether. */
bool location_put_key(struct buffer *out, const struct message_type *type, struct span body);

#endif
