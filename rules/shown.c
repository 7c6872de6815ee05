/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shown.h"

#include <string.h>

#include "../proto/json/shown.h"
#include "address.h"
#include "capabilities.h"

/* Fields that crit has no form for. */
static const struct {
	const char *message, *field;
} macs[] = {
	{ "net_device_entry", "address" },
};

static bool find(const struct field_type *f, const struct display_flag *rows[JSON_FLAGS_MAX],
		 struct json_field *shown)
{
	if (field_message(f))
		return false;
	if (!capabilities_is_field(f))
		return json_field_shown(f, rows, shown);
	*shown = (struct json_field){ .type = f, .flags = "capabilities", .flag_rows = rows };
	rows[capabilities_rows(rows, JSON_FLAGS_MAX - 1)] = NULL;
	return true;
}

bool shown_is_address(const struct field_type *f)
{
	const struct display_flag *rows[JSON_FLAGS_MAX];
	struct json_field shown;

	return field_label(f) == FIELD_REPEATED && find(f, rows, &shown) && shown.address;
}

bool shown_is_mac(const struct field_type *f)
{
	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++)
		if (strcmp(field_name(f), macs[i].field) == 0 &&
		    strcmp(message_name(field_owner(f)), macs[i].message) == 0)
			return true;
	return false;
}

bool shown_is_unix_name(const struct field_type *f)
{
	const struct display_flag *rows[JSON_FLAGS_MAX];
	struct json_field shown;

	return field_kind(f) == FIELD_BYTES && find(f, rows, &shown) && shown.quoted;
}

bool shown_has_names(const struct field_type *f)
{
	const struct display_flag *rows[JSON_FLAGS_MAX];
	struct json_field shown;

	return !capabilities_is_field(f) && find(f, rows, &shown) &&
	       (shown.words || shown.device || (shown.flags && rows[0]));
}

bool shown_has_flags(const struct field_type *f)
{
	const struct display_flag *rows[JSON_FLAGS_MAX];
	struct json_field shown;

	return find(f, rows, &shown) && shown.flags && rows[0];
}

bool shown_is_unknown(const struct field_type *f, number_t n)
{
	const struct display_flag *rows[JSON_FLAGS_MAX];
	struct json_field shown;

	if (field_kind(f) == FIELD_ENUM)
		return n < INT32_MIN || n > INT32_MAX || !field_enum_name(f, (int32_t)n);
	return find(f, rows, &shown) && shown.words && !display_word(shown.words, field_name(f), n);
}

static bool put_names(struct buffer *out, const struct field_type *f, number_t n)
{
	const struct display_flag *rows[JSON_FLAGS_MAX];
	char text[JSON_SHOWN_MAX];
	struct json_field shown;

	if (!find(f, rows, &shown) || !json_shown(&shown, false, n, text) || !*text)
		return false;
	buffer_text(out, text);
	return true;
}

bool shown_put(struct buffer *out, const struct field_type *f, number_t n)
{
	return !capabilities_is_field(f) && put_names(out, f, n);
}

bool shown_number(const struct field_type *f, struct span text, number_t *n)
{
	const struct display_flag *rows[JSON_FLAGS_MAX];
	struct json_field shown;
	struct error ignored;

	if (text.size == 0 || !find(f, rows, &shown))
		return false;
	*n = 0;
	/* Of no bits, so crit shows nothing for it. */
	return (shown.flags && strcmp(shown.flags, "rfile.flags") == 0 &&
		span_is(text, "O_RDONLY")) ||
	       json_shown_number(&shown, text, n, &ignored) == 0;
}

/* --- several words that are one value --- */

enum value_type shown_whole_type(const struct field_type *f)
{
	if (field_label(f) != FIELD_REPEATED || field_message(f))
		return VALUE_NONE;
	if (capabilities_is_field(f))
		return VALUE_NUMBER;
	return shown_is_address(f) ? VALUE_ADDRESS : VALUE_NONE;
}

bool shown_whole(const struct field_type *f, const struct value *words, struct value *whole)
{
	return capabilities_is_field(f) ? capabilities_of(words, whole) : address_of(words, whole);
}

bool shown_words(const struct field_type *f, const struct value *whole, struct value words[4],
		 size_t *count)
{
	struct value address, bits = *whole;
	uint32_t numbers[4];

	*count = 0;
	if (!capabilities_is_field(f))
		*count = address_of(whole, &address) && !address_is_subnet(&address) ?
				 address_words(&address, numbers) :
				 0;
	else if ((whole->type != VALUE_TEXT || shown_number(f, whole->text, &bits.number)) &&
		 bits.number >= 0 && bits.number <= UINT64_MAX)
		for (; *count < CAPABILITY_WORDS; ++*count)
			numbers[*count] = (uint32_t)(bits.number >> (32 * *count));
	for (size_t i = 0; i < *count; i++)
		words[i] = value_number(numbers[i]);
	return *count > 0;
}

bool shown_put_whole(struct buffer *out, const struct field_type *f, const struct value *words)
{
	struct value whole;

	if (words->type != VALUE_LIST || !shown_whole_type(f) || !shown_whole(f, words, &whole))
		return false;
	if (whole.type != VALUE_NUMBER || !put_names(out, f, whole.number))
		value_print(out, whole);
	return true;
}

/* --- the names that there are --- */

#define WORDS_MAX 256 /* the largest number that has a word, plus one */

/* The index-th name, or NULL; words are asked for one number after the other. */
static const char *name_at(const struct json_field *shown, size_t *at)
{
	const char *name = NULL;

	while (shown->words && !name && *at < WORDS_MAX)
		name = display_word(shown->words, field_name(shown->type), (number_t)(*at)++);
	if (!shown->words && shown->flags && shown->flag_rows[*at])
		name = shown->flag_rows[(*at)++]->name;
	return name;
}

void shown_offer_names(const struct field_type *f, struct suggestion *s)
{
	const struct display_flag *rows[JSON_FLAGS_MAX];
	struct json_field shown;
	const char *name;
	size_t at = 0;

	if (!find(f, rows, &shown))
		return;
	while ((name = name_at(&shown, &at)))
		suggest_offer(s, name);
}

void shown_put_names(struct buffer *out, const struct field_type *f, size_t most)
{
	const struct display_flag *rows[JSON_FLAGS_MAX];
	struct json_field shown;
	const char *name;
	size_t at = 0, count = 0;

	if (!find(f, rows, &shown))
		return;
	while ((name = name_at(&shown, &at)) && count++ < most)
		buffer_printf(out, "%s%s", count > 1 ? ", " : "", name);
	buffer_text(out, count > most ? ", ..." : "");
}
