/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "suggest_names.h"

#define HOME_DEPTH 4 /* steps of a path that is worth suggesting */

bool names_is_entry(const struct message_type *m)
{
	size_t at = 0;

	return kind_of_message(m, &at) != NULL;
}

void names_offer_entries(struct suggestion *s)
{
	for (size_t i = 0; i < kind_count(); i++) {
		const struct image_kind *kind = kind_at(i);

		if (kind->head)
			suggest_offer(s, message_name(kind->head));
		if (kind->entry)
			suggest_offer(s, message_name(kind->entry));
	}
}

void names_offer_fields(struct suggestion *s, const struct message_type *m)
{
	for (size_t i = 0; i < message_field_count(m); i++)
		suggest_offer(s, field_name(message_field_at(m, i)));
}

/* The field whose message has a field of that name; NULL. */
static const char *holder(const struct message_type *m, struct span name)
{
	for (size_t i = 0; i < message_field_count(m); i++) {
		const struct field_type *f = message_field_at(m, i);
		const struct message_type *inner = field_message(f);

		if (inner && message_field(inner, (const char *)name.data, name.size))
			return field_name(f);
	}
	return NULL;
}

const char *names_field_hint(struct suggestion *s, const struct message_type *m,
			     char text[NAMES_HINT_SIZE])
{
	const char *inner = holder(m, s->wrong);
	size_t count = message_field_count(m), size = 0;

	names_offer_fields(s, m);
	if (inner)
		snprintf(text, NAMES_HINT_SIZE, "; its '%s' has one", inner);
	else
		snprintf(text, NAMES_HINT_SIZE, "%s", suggest_text(s));
	if (*text)
		return text;
	for (size_t i = 0; i < count && i < NAMES_HINT_FIELDS; i++)
		size += (size_t)snprintf(text + size, NAMES_HINT_SIZE - size, "%s%s",
					 i ? ", " : "; it has ",
					 field_name(message_field_at(m, i)));
	if (count > NAMES_HINT_FIELDS)
		snprintf(text + size, NAMES_HINT_SIZE - size, " and %zu more",
			 count - NAMES_HINT_FIELDS);
	return text;
}

void names_offer_enum(struct suggestion *s, const struct field_type *f)
{
	for (size_t i = 0; i < field_enum_count(f); i++)
		suggest_offer(s, field_enum_name_at(f, i));
}

/* Looks exactly `depth` steps below `from`, so that short paths come first. */
static bool find_below(const struct message_type *from, const struct message_type *wanted,
		       unsigned depth, char *out, size_t size)
{
	for (size_t i = 0; i < message_field_count(from); i++) {
		const struct field_type *f = message_field_at(from, i);
		const struct message_type *inner = field_message(f);
		int written = inner ? snprintf(out, size, ".%s", field_name(f)) : -1;

		if (written < 0 || (size_t)written >= size)
			continue;
		if (depth == 1 && inner == wanted)
			return true;
		if (depth > 1 &&
		    find_below(inner, wanted, depth - 1, out + written, size - (size_t)written))
			return true;
	}
	return false;
}

static bool find_in_kinds(const struct message_type *m, unsigned depth, char *out, size_t size)
{
	for (size_t i = 0; i < kind_count(); i++) {
		const struct message_type *entry = kind_at(i)->entry;
		int written = entry ? snprintf(out, size, "%s", message_name(entry)) : -1;

		if (written >= 0 && (size_t)written < size &&
		    find_below(entry, m, depth, out + written, size - (size_t)written))
			return true;
	}
	return false;
}

bool names_find_home(const struct message_type *m, char *out, size_t size)
{
	for (unsigned depth = 1; depth <= HOME_DEPTH; depth++) {
		if (find_in_kinds(m, depth, out, size))
			return true;
	}
	return false;
}
