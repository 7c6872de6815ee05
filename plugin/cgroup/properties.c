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

int property_set_check(struct span value, struct error *err)
{
	static const char signs[] = "0123456789-,";
	struct span rest = value, part;
	number_t first, last;

	for (size_t i = 0; i < value.size; i++)
		if (!memchr(signs, value.data[i], strlen(signs)))
			return 0;
	while (next_part(&rest, ',', &part)) {
		const uint8_t *dash = part.size ? memchr(part.data + 1, '-', part.size - 1) : NULL;
		size_t size = dash ? (size_t)(dash - part.data) : 0;

		if (dash &&
		    (!text_number(span_of(part.data, size), &first) ||
		     !text_number(span_of(dash + 1, part.size - size - 1), &last) || first > last))
			return fail(err, "'%.*s' is not a set of numbers like 0-3,8",
				    (int)(value.size > 60 ? 60 : value.size),
				    (const char *)value.data);
	}
	return 0;
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
