/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "pattern.h"
#include "rules.h"

/* --- globs --- */

/* One element of a pattern: '*', or something that fits one byte. */
struct element {
	bool star, fits;
	size_t size; /* in the pattern */
};

/* "[...]"; size 0 when it has no end. */
static struct element match_class(struct span p, uint8_t byte)
{
	bool negated = p.size > 1 && (p.data[1] == '!' || p.data[1] == '^'), found = false;
	size_t i = negated ? 2 : 1, first = i;

	for (; i < p.size && (p.data[i] != ']' || i == first); i++) {
		uint8_t low = p.data[i], high = low;

		if (i + 2 < p.size && p.data[i + 1] == '-' && p.data[i + 2] != ']') {
			high = p.data[i + 2];
			i += 2;
		}
		found = found || (byte >= low && byte <= high);
	}
	if (i >= p.size)
		return (struct element){ .size = 0 };
	return (struct element){ .fits = found != negated, .size = i + 1 };
}

static struct element match_element(struct span p, uint8_t byte)
{
	switch (p.data[0]) {
	case '*':
		return (struct element){ .star = true, .size = 1 };
	case '?':
		return (struct element){ .fits = true, .size = 1 };
	case '[':
		return match_class(p, byte);
	case '\\':
		if (p.size == 1)
			return (struct element){ .size = 0 };
		return (struct element){ .fits = p.data[1] == byte, .size = 2 };
	default:
		return (struct element){ .fits = p.data[0] == byte, .size = 1 };
	}
}

/* Goes back to the last '*' only: an earlier one cannot help. */
bool glob_match(struct span pattern, struct span text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;

	while (t < text.size || p < pattern.size) {
		struct element e = { .size = 0 };

		if (p < pattern.size)
			e = match_element(span_of(pattern.data + p, pattern.size - p),
					  t < text.size ? text.data[t] : 0);
		if (e.star) {
			star = p + 1;
			resume = t;
			p++;
		} else if (e.size && e.fits && t < text.size) {
			p += e.size;
			t++;
		} else if (star != SIZE_MAX && resume < text.size) {
			p = star;
			t = ++resume;
		} else {
			return false;
		}
	}
	return true;
}

int glob_judge(struct span pattern, struct error *err)
{
	for (size_t i = 0; i < pattern.size;) {
		struct element e = match_element(span_of(pattern.data + i, pattern.size - i), 0);

		if (e.size == 0)
			return fail(err, pattern.data[i] == '[' ? "a '[' without ']' in a pattern" :
								  "a '\\' at the end of a pattern");
		i += e.size;
	}
	return 0;
}

static bool fits_some(struct span class)
{
	for (unsigned byte = 0; byte <= UINT8_MAX; byte++)
		if (match_class(class, (uint8_t)byte).fits)
			return true;
	return false;
}

/* Only a range that runs backwards is empty; of others all bytes are left out. */
static int fail_class(struct span class, struct error *err)
{
	int shown = (int)(class.size < 60 ? class.size : 60);

	if (class.data[1] != '!' && class.data[1] != '^')
		return fail(err, "no character is in '%.*s'; a range runs upwards, [%c-%c]", shown,
			    (const char *)class.data, class.data[3], class.data[1]);
	return fail(err, "'%.*s' leaves every character out", shown, (const char *)class.data);
}

int glob_judge_fits(struct span pattern, struct error *err)
{
	while (pattern.size) {
		size_t size = match_element(pattern, 0).size;

		if (pattern.data[0] == '[' && !fits_some(pattern))
			return fail_class(span_of(pattern.data, size), err);
		pattern = span_of(pattern.data + size, pattern.size - size);
	}
	return 0;
}

/* --- regular expressions --- */

/* The greatest number in "{m,n}"; 0 when that is no repetition. */
static unsigned repetition_of(struct span s)
{
	unsigned number = 0, greatest = 0;

	for (size_t i = 1; i < s.size; i++) {
		if (s.data[i] >= '0' && s.data[i] <= '9') {
			number = number < 10000 ? number * 10 + (s.data[i] - '0') : number;
			if (number > greatest)
				greatest = number;
		} else if (s.data[i] == ',') {
			number = 0;
		} else {
			return s.data[i] == '}' ? greatest : 0;
		}
	}
	return 0;
}

#define REPEATED_MAX 255

/* The size of "[...]", in which '\\' stands for itself and "[:alpha:]" for a class; 0: it has no end. */
static size_t class_size(struct span p)
{
	size_t i = p.size > 1 && p.data[1] == '^' ? 2 : 1, first = i;

	for (; i < p.size && (p.data[i] != ']' || i == first); i++) {
		char end[] = { i + 1 < p.size ? (char)p.data[i + 1] : 0, ']' };
		const uint8_t *found;

		if (p.data[i] != '[' || !end[0] || !strchr(":.=", end[0]))
			continue;
		found = memmem(p.data + i + 2, p.size - i - 2, end, 2);
		if (!found)
			return 0;
		i = (size_t)(found - p.data) + 1;
	}
	return i < p.size ? i + 1 : 0;
}

/* What other languages have, and libc takes for something else. */
static int judge_escape(uint8_t byte, struct error *err)
{
	const bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';

	if (byte >= '1' && byte <= '9')
		return fail(err, "regular expressions have no '\\%c' here", byte);
	if (!letter || strchr("wWsSbB", byte))
		return 0;
	return fail(err, "regular expressions have no '\\%c' here%s", byte,
		    byte == 'd' ? "; a digit is [0-9]" : "");
}

static int judge_class(struct span p, struct error *err)
{
	for (size_t i = 0; i + 1 < p.size; i++)
		if (p.data[i] == '\\' && p.data[i + 1] != '\\')
			return fail(err, "in '[...]' a '\\' stands for itself; "
					 "if it is meant, write it twice");
		else if (p.data[i] == '\\')
			i++;
	return 0;
}

/* libc spells repetitions out: "(a{255}){255}" takes 65 thousand states. */
static int judge_repetition(struct span p, unsigned long *repeated, struct error *err)
{
	unsigned n = repetition_of(p);

	*repeated *= n ? n : 1;
	return *repeated <= REPEATED_MAX ?
		       0 :
		       fail(err, "a regular expression repeats more than %d times", REPEATED_MAX);
}

static int judge_regex(struct span p, struct error *err)
{
	unsigned long repeated = 1;
	bool behind = false; /* a repetition */

	if (p.size > RULES_REGEX_MAX)
		return fail(err, "a regular expression is longer than %d bytes", RULES_REGEX_MAX);
	if (p.size && memchr(p.data, '\0', p.size))
		return fail(err, "a NUL byte in a regular expression");
	for (size_t i = 0; i < p.size; i++) {
		const struct span rest = span_of(p.data + i, p.size - i);
		const size_t class = p.data[i] == '[' ? class_size(rest) : 0;

		if (behind && memchr("*+?", p.data[i], 3))
			return fail(err, "a repetition of a repetition, '%c%c'; none is lazy here",
				    p.data[i - 1], p.data[i]);
		behind = memchr("*+?}", p.data[i], 4);
		if (p.data[i] == '\\' && rest.size > 1 && judge_escape(p.data[++i], err) < 0)
			return -1;
		if (class && judge_class(span_of(rest.data, class), err) < 0)
			return -1;
		if (rest.data[0] == '{' && judge_repetition(rest, &repeated, err) < 0)
			return -1;
		i += class ? class - 1 : 0;
	}
	return 0;
}

/* Our own words: libc's differ between versions and languages. */
static const char *words_for(int code)
{
	static const struct {
		int code;
		const char *words;
	} rows[] = {
		{ REG_EPAREN, "'(' and ')' do not match" },
		{ REG_EBRACK, "a '[' without ']'" },
		{ REG_EBRACE, "'{' and '}' do not match" },
		{ REG_BADBR, "what is between '{' and '}' is not a repetition" },
		{ REG_ERANGE, "a range in '[...]' runs backwards" },
		{ REG_ECTYPE, "unknown class in '[[:...:]]'" },
		{ REG_ECOLLATE, "unknown character in '[[.....]]'" },
		{ REG_EESCAPE, "a '\\' at the end" },
		{ REG_BADRPT, "a repetition of nothing" },
		{ REG_ESPACE, "it takes too much memory" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].code == code)
			return rows[i].words;
	}
	return "libc does not accept it";
}

int regex_compile(regex_t *regex, struct span pattern, struct error *err)
{
	char text[RULES_REGEX_MAX + 1] = "";
	int code;

	if (judge_regex(pattern, err) < 0)
		return -1;
	if (pattern.size)
		memcpy(text, pattern.data, pattern.size);
	code = regcomp(regex, text, REG_EXTENDED);
	return code ? fail(err, "invalid regular expression: %s", words_for(code)) : 0;
}

int regex_match(const regex_t *regex, struct span text, struct arena *arena, regmatch_t *groups,
		size_t group_count, struct error *err)
{
	const char *copy = arena_copy(arena, text.data, text.size);

	if (!copy)
		return fail_memory(err);
	return regexec(regex, copy, group_count, groups, 0) == 0;
}
