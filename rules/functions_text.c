/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions of text and of lists of text.
 */
#include <string.h>

#include "address.h"
#include "function_calls.h"
#include "path.h"
#include "pattern.h"
#include "text.h"

static size_t find_text(struct span s, size_t from, struct span wanted)
{
	const uint8_t *at = NULL;

	if (wanted.size && from <= s.size)
		at = memmem(s.data + from, s.size - from, wanted.data, wanted.size);
	return at ? (size_t)(at - s.data) : SIZE_MAX;
}

static size_t count_text(struct span s, struct span wanted)
{
	size_t count = 0;

	for (size_t at = 0; (at = find_text(s, at, wanted)) != SIZE_MAX; at += wanted.size)
		count++;
	return count;
}

int call_split(const struct function_call *c, struct value *out, struct error *err)
{
	struct span s = c->args[0].text, separator = c->args[1].text;
	size_t pieces = s.size ? count_text(s, separator) + 1 : 0, from = 0;
	struct value *items = arena_array(c->arena, pieces ? pieces : 1, sizeof(*items));

	if (!items)
		return fail_memory(err);
	for (size_t i = 0; i < pieces; i++) {
		size_t end = find_text(s, from, separator);

		if (end == SIZE_MAX)
			end = s.size;
		items[i] = value_text(span_of(s.data + from, end - from));
		from = end + separator.size;
	}
	*out = (struct value){ .type = VALUE_LIST };
	out->items = items;
	out->item_count = pieces;
	return 0;
}

static int finish_text(const struct function_call *c, struct buffer *b, struct value *out,
		       struct error *err)
{
	char *copy = b->failed ? NULL : arena_copy(c->arena, b->data, b->size);

	*out = value_text(span_of(copy, b->size));
	buffer_free(b);
	return copy ? 0 : fail_memory(err);
}

int call_join(const struct function_call *c, struct value *out, struct error *err)
{
	struct buffer b = { 0 };

	for (size_t i = 0; i < c->args[0].item_count; i++) {
		if (i)
			buffer_append(&b, c->args[1].text);
		value_print(&b, c->args[0].items[i]);
	}
	return finish_text(c, &b, out, err);
}

int call_text(const struct function_call *c, struct value *out, struct error *err)
{
	struct buffer b = { 0 };

	if (c->args[0].type == VALUE_NONE) {
		*out = c->args[0];
		return 0;
	}
	value_print(&b, c->args[0]);
	return finish_text(c, &b, out, err);
}

int call_len(const struct function_call *c, struct value *out, struct error *err)
{
	*out = value_number((number_t)c->args[0].text.size);
	return 0;
}

int call_replace(const struct function_call *c, struct value *out, struct error *err)
{
	struct span s = c->args[0].text, old = c->args[1].text;
	struct buffer b = { 0 };
	size_t from = 0, at;

	while ((at = find_text(s, from, old)) != SIZE_MAX) {
		buffer_append(&b, span_of(s.data + from, at - from));
		buffer_append(&b, c->args[2].text);
		from = at + old.size;
		if (b.size > FUNCTION_TEXT_MAX) {
			buffer_free(&b);
			return fail(err, "the text that replace() makes is too long");
		}
	}
	buffer_append(&b, span_of(s.data + from, s.size - from));
	return finish_text(c, &b, out, err);
}

#define GROUPS_MAX 10

int call_match(const struct function_call *c, struct value *out, struct error *err)
{
	struct span s = c->args[0].text;
	number_t group = c->count > 2 ? c->args[2].number : 0;
	regmatch_t groups[GROUPS_MAX];
	int matches;

	if (group < 0 || group >= GROUPS_MAX || (size_t)group > c->pattern->re_nsub)
		return fail(err, "the regular expression has no group %ld", (long)group);
	matches = regex_match(c->pattern, s, c->arena, groups, GROUPS_MAX, err);
	*out = (struct value){ .type = VALUE_NONE };
	if (matches > 0 && groups[group].rm_so >= 0)
		*out = value_text(span_of(s.data + groups[group].rm_so,
					  (size_t)(groups[group].rm_eo - groups[group].rm_so)));
	return matches < 0 ? -1 : 0;
}

int call_starts(const struct function_call *c, struct value *out, struct error *err)
{
	struct span s = c->args[0].text, head = c->args[1].text;

	*out = value_bool(s.size >= head.size && span_equal(span_of(s.data, head.size), head));
	return 0;
}

int call_ends(const struct function_call *c, struct value *out, struct error *err)
{
	struct span s = c->args[0].text, tail = c->args[1].text;

	*out = value_bool(s.size >= tail.size &&
			  span_equal(span_of(s.data + (s.size - tail.size), tail.size), tail));
	return 0;
}

int call_below(const struct function_call *c, struct value *out, struct error *err)
{
	*out = value_bool(path_below(c->args[0].text, c->args[1].text, NULL));
	return 0;
}

int call_rebase(const struct function_call *c, struct value *out, struct error *err)
{
	struct buffer b = { 0 };

	path_rebase(&b, c->args[0].text, c->args[1].text, c->args[2].text);
	return finish_text(c, &b, out, err);
}

/* Where the last component begins; slashes at the end do not count. */
static size_t last_component(struct span *s)
{
	size_t at;

	while (s->size > 1 && s->data[s->size - 1] == '/')
		s->size--;
	for (at = s->size; at > 0 && s->data[at - 1] != '/'; at--)
		;
	return at;
}

int call_basename(const struct function_call *c, struct value *out, struct error *err)
{
	struct span s = c->args[0].text;
	size_t at = last_component(&s);

	if (at == s.size && s.size) /* "/" */
		at = 0;
	*out = value_text(span_of(s.data + at, s.size - at));
	return 0;
}

int call_dirname(const struct function_call *c, struct value *out, struct error *err)
{
	struct span s = c->args[0].text;
	size_t at = last_component(&s);

	while (at > 1 && s.data[at - 1] == '/')
		at--;
	*out = at ? value_text(span_of(s.data, at)) : value_text(span_text("."));
	return 0;
}

static int change_case(const struct function_call *c, struct span s, uint8_t from, int offset,
		       struct value *out, struct error *err)
{
	char *copy = arena_copy(c->arena, s.data, s.size);

	if (!copy)
		return fail_memory(err);
	for (size_t i = 0; i < s.size; i++) {
		if (s.data[i] >= from && s.data[i] < from + 26)
			copy[i] = (char)(copy[i] + offset);
	}
	*out = value_text(span_of(copy, s.size));
	return 0;
}

int call_lower(const struct function_call *c, struct value *out, struct error *err)
{
	return change_case(c, c->args[0].text, 'A', 'a' - 'A', out, err);
}

int call_upper(const struct function_call *c, struct value *out, struct error *err)
{
	return change_case(c, c->args[0].text, 'a', 'A' - 'a', out, err);
}

int call_hash(const struct function_call *c, struct value *out, struct error *err)
{
	struct buffer b = { 0 };
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < c->args[0].text.size; i++)
		hash = (hash ^ c->args[0].text.data[i]) * 0x100000001b3;
	buffer_printf(&b, "%016llx", (unsigned long long)hash);
	return finish_text(c, &b, out, err);
}

int call_hex(const struct function_call *c, struct value *out, struct error *err)
{
	struct span s = c->args[0].text;
	struct buffer b = { 0 };

	for (size_t i = 0; i + 1 < s.size; i += 2) {
		char digits[5] = { '0', 'x', (char)s.data[i], (char)s.data[i + 1], 0 };
		number_t byte;

		if (!text_number(span_text(digits), &byte))
			break;
		buffer_byte(&b, (uint8_t)byte);
	}
	if (b.size * 2 == s.size)
		return finish_text(c, &b, out, err);
	buffer_free(&b);
	return fail(err, "hex() takes two hexadecimal digits for each byte");
}

/* --- addresses --- */

static int read_address(const struct value *v, struct value *out, struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };

	if (address_of(v, out))
		return 0;
	value_print(&text, *v);
	return fail(err, "'%.*s' is not an IP address", (int)(text.size < 60 ? text.size : 60),
		    (const char *)text.data);
}

int call_ip(const struct function_call *c, struct value *out, struct error *err)
{
	struct value v;

	if (!address_parse(c->args[0].text, &v) || v.address_size == ADDRESS_MAC ||
	    address_is_subnet(&v))
		return fail(err, "'%.*s' is not an IP address",
			    (int)(c->args[0].text.size < 60 ? c->args[0].text.size : 60),
			    (const char *)c->args[0].text.data);
	*out = v;
	return 0;
}

int call_carry(const struct function_call *c, struct value *out, struct error *err)
{
	struct value v, from, to;

	if (read_address(&c->args[0], &v, err) < 0 || read_address(&c->args[1], &from, err) < 0 ||
	    read_address(&c->args[2], &to, err) < 0)
		return -1;
	return address_carry(&v, &from, &to, out, err);
}

/* --- versions --- */

/* Takes the number that the version begins with, and what parts it from the next. */
static uint64_t take_part(struct span *s)
{
	uint64_t n = 0;
	size_t i = 0;

	for (; i < s->size && s->data[i] >= '0' && s->data[i] <= '9'; i++)
		n = n < UINT32_MAX ? n * 10 + (s->data[i] - '0') : n;
	if (i < s->size && i && s->data[i] == '.')
		i++;
	else
		i = s->size; /* "-rc1", "+deb13": does not count */
	*s = span_of(s->data + i, s->size - i);
	return n;
}

bool version_is_one(struct span s)
{
	size_t i;

	if (!s.size)
		return true;
	do {
		for (i = 0; i < s.size && s.data[i] >= '0' && s.data[i] <= '9'; i++)
			;
		if (!i)
			return false;
		s = span_of(s.data + i, s.size - i);
		i = s.size && s.data[0] == '.';
		s = span_of(s.data + i, s.size - i);
	} while (i);
	return !s.size || !memchr(",:;*?/ ", s.data[0], 7);
}

int call_newer(const struct function_call *c, struct value *out, struct error *err)
{
	struct span a = c->args[0].text, b = c->args[1].text;

	*out = value_bool(true);
	while (a.size || b.size) {
		uint64_t x = take_part(&a), y = take_part(&b);

		if (x == y)
			continue;
		*out = value_bool(x > y);
		break;
	}
	return 0;
}
