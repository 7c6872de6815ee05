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

/* How the kernel reads a number of this property. */
struct number_form {
	bool units; /* memparse(): K to E, and for no limit what a new group has, no other sign */
	bool fraction; /* as of uclamp */
	bool max;      /* the word */
};

static bool fits_64_bits(struct span digits, char unit)
{
	static const char units[] = "KMGTPE";
	const char *u = unit ? strchr(units, unit & ~0x20) : NULL;
	number_t n;

	return text_number(digits, &n) && n <= UINT64_MAX >> (u ? (u - units + 1) * 10 : 0);
}

static bool is_number(struct span word, struct span fresh, struct number_form form)
{
	bool sign = word.size && memchr("-+", word.data[0], 2);
	char unit = 0;

	if (sign && form.units)
		return span_equal(word, fresh);
	if (sign)
		word = span_of(word.data + 1, word.size - 1);
	if (form.units && word.size > 1 && memchr("KkMmGgTtPpEe", word.data[word.size - 1], 12))
		unit = (char)word.data[--word.size];
	if (word.size > 2 && memcmp(word.data, "0x", 2) == 0)
		return is_made_of(span_of(word.data + 2, word.size - 2), "0123456789abcdefABCDEF");
	if (form.fraction)
		return word.size && is_made_of(word, "0123456789.");
	return word.size && is_made_of(word, "0123456789") && fits_64_bits(word, unit);
}

/* Has the property as many words as a new group, at most, and are all of them numbers? */
static bool is_numbers(struct span value, struct span fresh, struct number_form form)
{
	struct span word, pattern;

	while (property_word(&value, &word))
		if (!property_word(&fresh, &pattern) ||
		    !((form.max && span_is(word, "max")) || is_number(word, pattern, form)))
			return false;
	return true;
}

/* The words of a new group are numbers, or max, which is none: "max 100000", "-1". */
static bool has_numbers(struct span fresh)
{
	return fresh.size &&
	       is_numbers(fresh, fresh, (struct number_form){ .fraction = true, .max = true });
}

/* number = digits, of 32 bits, | "N", the last that there can be */
static bool take_place(struct span *s)
{
	size_t i = 0;

	while (i < s->size && s->data[i] >= '0' && s->data[i] <= '9')
		i++;
	if (!i && s->size && s->data[0] == 'N')
		i = 1;
	*s = span_of(s->data + i, s->size - i);
	return i > 0 && i <= 10;
}

static bool take_sign(struct span *s, char sign)
{
	if (!s->size || s->data[0] != (uint8_t)sign)
		return false;
	*s = span_of(s->data + 1, s->size - 1);
	return true;
}

/* "all", or number [ "-" number ], then perhaps ":" used "/" group. */
static bool is_list_part(struct span s)
{
	if (s.size >= 3 && memcmp(s.data, "all", 3) == 0)
		s = span_of(s.data + 3, s.size - 3);
	else if (!take_place(&s) || (take_sign(&s, '-') && !take_place(&s)))
		return false;
	if (take_sign(&s, ':') && !(take_place(&s) && take_sign(&s, '/') && take_place(&s)))
		return false;
	return s.size == 0;
}

int property_list_check(struct span value, struct error *err)
{
	struct span rest = value, part, word;

	while (next_part(&rest, ',', &part))
		while (property_word(&part, &word))
			if (word.size && !is_list_part(word))
				return fail_set(value, err);
	return property_set_check(value, err);
}

int property_value_check(struct span name, struct span value, struct error *err)
{
	const struct property_row *p = property_find(PROPERTY_BOTH, name);
	struct span controller = property_controller(name), fresh;
	struct number_form form = { .units = span_is(controller, "memory") ||
					     span_is(controller, "hugetlb") };

	while (value.size && memchr(" \n", value.data[value.size - 1], 2))
		value.size--;
	if (!p || !p->fresh || !value.size)
		return 0;
	if (!*p->fresh && span_is(controller, "cpuset"))
		return property_list_check(value, err);
	fresh = span_text(p->fresh);
	form.max = p->versions & V2;
	form.fraction = strstr(p->name, ".uclamp.");
	if (!has_numbers(fresh) || is_numbers(value, fresh, form))
		return 0;
	return fail(err, "'%.*s' is no value of %.*s, which is a number%s%s%s", SHOWN(value),
		    (int)name.size, (const char *)name.data, form.units ? " like 64M" : "",
		    form.max ? ", or max" : "", form.units && *p->fresh == '-' ? ", or -1" : "");
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
