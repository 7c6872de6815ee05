/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Types of values as the checker sees them, and in words.
 */
#include "check.h"
#include "shown.h"

static const enum value_type kind_values[] = {
	[FIELD_SIGNED] = VALUE_NUMBER, [FIELD_UNSIGNED] = VALUE_NUMBER, [FIELD_FLOAT] = VALUE_NONE,
	[FIELD_BOOL] = VALUE_BOOL,     [FIELD_ENUM] = VALUE_NUMBER,     [FIELD_TEXT] = VALUE_TEXT,
	[FIELD_BYTES] = VALUE_TEXT,    [FIELD_MESSAGE] = VALUE_NONE,
};

struct type type_of_field(const struct field_type *f)
{
	return (struct type){
		.base = shown_is_mac(f) ? VALUE_ADDRESS : kind_values[field_kind(f)],
		.field = f,
		.message = field_kind(f) == FIELD_MESSAGE,
	};
}

const char *type_words(const struct type *t)
{
	static const char *const words[] = {
		[VALUE_NONE] = "anything",      [VALUE_NUMBER] = "a number",
		[VALUE_BOOL] = "a boolean",     [VALUE_TEXT] = "text",
		[VALUE_SET] = "a set",          [VALUE_LIST] = "a list",
		[VALUE_ADDRESS] = "an address",
	};

	return t->message ? "a message" : words[t->base];
}
