/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "properties.h"

#include <string.h>

#include "../../rules/pattern.h"
#include "../../rules/text.h"

#define V1 PROPERTY_V1
#define V2 PROPERTY_V2
#define BOTH PROPERTY_BOTH
#define ANCHOR PROPERTY_ANCHOR
#define RECORDED PROPERTY_RECORDED
#define OWNER PROPERTY_OWNER
#define HANDED_ON PROPERTY_HANDED_ON
#define LATE PROPERTY_LATE
#define LEFT PROPERTY_LEFT
#define ABOVE PROPERTY_ABOVE

const struct property_row properties[PROPERTIES] = {
#define SETTING(versions, name, fresh, judge, other, convert, why, use)                            \
	{ name, fresh, sizeof(name) - 1, versions, use },
#include "properties.def"
};

/* Most names are no patterns, and differ from others in their size. */
const struct property_row *property_find(enum property_versions versions, struct span name)
{
	for (const struct property_row *p = properties; p < properties + PROPERTIES; p++)
		if (p->versions & versions && p->size == name.size &&
		    memcmp(p->name, name.data, name.size) == 0)
			return p;
	for (const struct property_row *p = properties; p < properties + PROPERTIES; p++)
		if (p->versions & versions && glob_match(span_of(p->name, p->size), name))
			return p;
	return NULL;
}

struct span property_controller(struct span name)
{
	const uint8_t *dot = name.size ? memchr(name.data, '.', name.size) : NULL;

	return span_of(name.data, dot ? (size_t)(dot - name.data) : name.size);
}

/* ---- words and lines ---- */

/* Takes what stands before `end`, and that. */
static bool next_part(struct span *rest, char end, struct span *part)
{
	const uint8_t *at = rest->size ? memchr(rest->data, end, rest->size) : NULL;

	*part = span_of(rest->data, at ? (size_t)(at - rest->data) : rest->size);
	*rest = at ? span_of(at + 1, rest->size - part->size - 1) : span_of(NULL, 0);
	return part->data != NULL;
}

bool property_line(struct span *rest, struct span *line)
{
	return next_part(rest, '\n', line);
}

bool property_word(struct span *rest, struct span *word)
{
	return next_part(rest, ' ', word);
}

/* ---- sets ---- */

#define SHOWN_MAX 60 /* bytes of a value in a message */
#define SHOWN(s) (int)((s).size > SHOWN_MAX ? SHOWN_MAX : (s).size), (const char *)(s).data

static bool is_made_of(struct span value, const char *signs)
{
	for (size_t i = 0; i < value.size; i++)
		if (!memchr(signs, value.data[i], strlen(signs)))
			return false;
	return true;
}

static int fail_set(struct span value, struct error *err)
{
	return fail(err, "'%.*s' is not a set of numbers like 0-3,8", SHOWN(value));
}

int property_set_check(struct span value, struct error *err)
{
	struct span rest = value, part;
	number_t first, last;

	if (!is_made_of(value, "0123456789-,"))
		return 0;
	while (next_part(&rest, ',', &part)) {
		const uint8_t *dash = part.size ? memchr(part.data + 1, '-', part.size - 1) : NULL;
		size_t size = dash ? (size_t)(dash - part.data) : 0;

		if (dash &&
		    (!text_number(span_of(part.data, size), &first) ||
		     !text_number(span_of(dash + 1, part.size - size - 1), &last) || first > last))
			return fail_set(value, err);
	}
	return 0;
}

/* ---- values ---- */

/* strtoull() with base 0, a fraction as of uclamp, and of memory the units of memparse(). */
static bool is_number(struct span word, bool has_units)
{
	bool hex = word.size > 2 && memcmp(word.data, "0x", 2) == 0;

	if (word.size && memchr("-+", word.data[0], 2))
		word = span_of(word.data + 1, word.size - 1);
	if (has_units && word.size > 1 && memchr("KkMmGgTtPpEe", word.data[word.size - 1], 12))
		word.size--;
	if (hex)
		return is_made_of(span_of(word.data + 2, word.size - 2), "0123456789abcdefABCDEF");
	return word.size && is_made_of(word, "0123456789.");
}

/* Has the property as many words as a new group, at most, and are all of them numbers? */
static bool is_numbers(struct span value, struct span fresh, bool has_max, bool has_units)
{
	struct span word, pattern;

	while (property_word(&value, &word))
		if (!property_word(&fresh, &pattern) ||
		    !((has_max && span_is(word, "max")) || is_number(word, has_units)))
			return false;
	return true;
}

/* The words of a new group are numbers, or max, which is none: "max 100000", "-1". */
static bool has_numbers(struct span fresh)
{
	return fresh.size && is_numbers(fresh, fresh, true, false);
}

int property_value_check(struct span name, struct span value, struct error *err)
{
	const struct property_row *p = property_find(PROPERTY_BOTH, name);
	struct span controller = property_controller(name);
	bool has_units = span_is(controller, "memory") || span_is(controller, "hugetlb");
	bool has_max;

	while (value.size && memchr(" \n", value.data[value.size - 1], 2))
		value.size--;
	if (!p || !p->fresh || !value.size)
		return 0;
	if (!*p->fresh && span_is(controller, "cpuset")) /* with the words of bitmap_parselist() */
		return is_made_of(value, "0123456789-,:/Nal ") ? 0 : fail_set(value, err);
	has_max = p->versions & V2;
	if (!has_numbers(span_text(p->fresh)) ||
	    is_numbers(value, span_text(p->fresh), has_max, has_units))
		return 0;
	return fail(err, "'%.*s' is no value of %.*s, which is a number%s%s", SHOWN(value),
		    (int)name.size, (const char *)name.data, has_units ? " like 64M" : "",
		    has_max ? ", or max" : "");
}

/* ---- fresh values ---- */

/* "mlx4_0 hca_handle=max hca_object=max", "eth0 0" */
static bool is_fresh_line(struct span line, struct span fresh)
{
	struct span word;
	const uint8_t *equals;

	property_word(&line, &word);
	while (property_word(&line, &word)) {
		equals = word.size ? memchr(word.data, '=', word.size) : NULL;
		if (equals)
			word = span_of(equals + 1, word.size - (size_t)(equals + 1 - word.data));
		if (!span_equal(word, fresh))
			return false;
	}
	return true;
}

bool property_is_fresh(const struct property_row *p, struct span value)
{
	struct span line, fresh = p->fresh ? span_text(p->fresh) : span_of(NULL, 0);
	number_t n;

	if (!p->fresh)
		return false;
	if (span_equal(value, fresh))
		return true;
	if (span_is(fresh, "-1"))
		return text_number(value, &n) && n >= PROPERTY_UNLIMITED;
	if (fresh.size < 2 || memcmp(fresh.data, "* ", 2) != 0)
		return false;
	fresh = span_of(fresh.data + 2, fresh.size - 2);
	while (property_line(&value, &line))
		if (!is_fresh_line(line, fresh))
			return false;
	return true;
}
