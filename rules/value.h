/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The values of the language: numbers, text, booleans, number sets such as
 * 0-3,8, addresses of networks (address.h) and lists. Values are small and copied; what they point to lives in
 * an arena or in the image that they were read from.
 */
#ifndef CRW_VALUE_H
#define CRW_VALUE_H

#include "../proto/schema.h"

enum value_type {
	VALUE_NONE, /* an optional field that is not there */
	VALUE_NUMBER,
	VALUE_BOOL,
	VALUE_TEXT, /* text and bytes */
	VALUE_SET,  /* numbers as sorted, disjoint, non-adjacent ranges: "0-3,8" */
	VALUE_LIST,
	VALUE_ADDRESS, /* 10.0.0.5, 10.0.0.0/24, ::1, 02:42:ac:11:00:02 */
};

#define VALUE_TYPES (VALUE_ADDRESS + 1)

struct range {
	uint64_t first, last;
};

struct value {
	enum value_type type;
	uint8_t address_size; /* of an ADDRESS, bytes: 4, 16, or 6 of a MAC */
	uint8_t prefix;       /* bits of it that count: all, or those of a subnet */
	union {
		number_t number;
		bool boolean;
		struct span text;
		struct {
			const struct range *ranges;
			size_t range_count;
		};
		struct {
			const struct value *items;
			size_t item_count;
		};
		uint8_t address[16];
	};
};

#define SET_RANGES_MAX 4096 /* of one set */

const char *value_type_name(enum value_type t);

struct value value_number(number_t n);
struct value value_bool(bool b);
struct value value_text(struct span s);

/* "0-3,8", as the kernel writes cpu lists, and "0-7:2/4", which it reads, too: of each 4 the
 * first 2; "" is the empty set. -1 when the text is no set. */
int value_set_parse(struct arena *a, struct span text, struct value *out, struct error *err);

/* Sets: all of them accept a number for a set of one. NULL arena memory: -1. */
int value_set_union(struct arena *a, struct value x, struct value y, struct value *out,
		    struct error *err);
int value_set_intersect(struct arena *a, struct value x, struct value y, struct value *out,
			struct error *err);
int value_set_minus(struct arena *a, struct value x, struct value y, struct value *out,
		    struct error *err);
uint64_t value_set_count(struct value set);
bool value_set_within(struct value inner, struct value outer);

/* Texts and lists of words that stand for an address are equal to it. */
bool value_equal(struct value a, struct value b);

/* As it would go into a text field: 5, 0-3,8, text without quotes. */
void value_print(struct buffer *out, struct value v);
/* As it would stand in a rule: text quoted and escaped. */
void value_print_quoted(struct buffer *out, struct value v);

#endif
