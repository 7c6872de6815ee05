/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a path of the language may go on with, for who types one. */
#include <string.h>

#include "../proto/kind.h"
#include "context.h"

#define MESSAGES_MAX 256 /* of the schema */

struct typed {
	const char *name;
	size_t size;
	crw_name_sink sink;
	void *arg;
};

/* All messages at any depth. */
struct reached {
	const struct message_type *messages[MESSAGES_MAX];
	size_t count;
};

static void reach(struct reached *r, const struct message_type *m)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->messages[i] == m)
			return;
	if (r->count == MESSAGES_MAX)
		return;
	r->messages[r->count++] = m;
	for (size_t i = 0; i < message_field_count(m); i++) {
		const struct message_type *inner = field_message(message_field_at(m, i));

		if (inner)
			reach(r, inner);
	}
}

/* ---- what is behind a name ------------------------------------------------- */

static size_t name_size(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

static const struct message_type *below(const struct message_type *m, const char *name, size_t size,
					bool deep)
{
	struct reached r = { .count = 0 };

	if (deep)
		reach(&r, m);
	else
		r.messages[r.count++] = m;
	for (size_t i = 0; i < r.count; i++) {
		const struct field_type *f = message_field(r.messages[i], name, size);

		if (f && field_message(f))
			return field_message(f);
	}
	return NULL;
}

/* Behind the ']' of a condition; NULL: it has none yet. */
static const char *condition_end(const char *text)
{
	unsigned depth = 0;
	char quote = 0;

	for (; *text; text++) {
		if (quote) {
			quote = *text == quote ? 0 : quote;
			continue;
		}
		if (*text == '"')
			quote = *text;
		depth += *text == '[';
		depth -= *text == ']';
		if (!depth)
			return text + 1;
	}
	return NULL;
}

/* Where the names that end the text begin: "tc.cg" of "[pid=1 and tc.cg". */
static const char *last_names(const char *text)
{
	const char *end = text + strlen(text);

	while (end > text && (end[-1] == '.' || name_size(end - 1)))
		end--;
	return end;
}

/* ---- what is offered --------------------------------------------------------- */

static void offer(const struct typed *t, const char *name)
{
	if (strncmp(name, t->name, t->size) == 0)
		t->sink(t->arg, name);
}

static void offer_entries(const struct typed *t)
{
	for (size_t i = 0; i < kind_count(); i++)
		if (kind_at(i)->entry)
			offer(t, message_name(kind_at(i)->entry));
}

static void offer_fields(const struct typed *t, const struct message_type *m, bool deep)
{
	struct reached r = { .messages = { m }, .count = 1 };

	if (deep) {
		r.count = 0;
		reach(&r, m);
	}
	for (size_t i = 0; i < r.count; i++)
		for (size_t k = 0; k < message_field_count(r.messages[i]); k++)
			offer(t, field_name(message_field_at(r.messages[i], k)));
}

/* Over the conditions and what parts names; NULL: there is neither. */
static const char *next_name(const char *text, bool *deep)
{
	while (*text == '[') {
		const char *end = condition_end(text);

		*deep = false;
		if (!end)
			return last_names(text);
		text = end;
	}
	*deep = strncmp(text, "//", 2) == 0;
	return *deep ? text + 2 : *text == '.' ? text + 1 : NULL;
}

size_t crw_path_names(const char *path, crw_name_sink sink, void *arg)
{
	const struct message_type *m = NULL;
	const char *at = path;
	bool deep = false;

	for (;;) {
		size_t size = name_size(at);
		struct typed t = { at, size, sink, arg };

		if (!at[size]) {
			if (m)
				offer_fields(&t, m, deep);
			else
				offer_entries(&t);
			return (size_t)(at - path);
		}
		m = m ? below(m, at, size, deep) : message_find(at, size);
		at = m ? next_name(at + size, &deep) : NULL;
		if (!at)
			return strlen(path);
	}
}
