/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of image kinds, and ways to look one up. */
#include <string.h>

#include "kind.h"
#include "raw.h"
#include "schema_tables.h"

#define ENTRIES(name, file, crit, magic, message, payload)                                         \
	{                                                                                          \
		name,    file, crit, magic, false, NULL, MESSAGE_TYPE(message), PAYLOAD_##payload, \
		RAW_NOT, 0                                                                         \
	},
#define HEADED(name, file, crit, magic, first, message, payload)                                   \
	{ name,                                                                                    \
	  file,                                                                                    \
	  crit,                                                                                    \
	  magic,                                                                                   \
	  false,                                                                                   \
	  MESSAGE_TYPE(first),                                                                     \
	  MESSAGE_TYPE(message),                                                                   \
	  PAYLOAD_##payload,                                                                       \
	  RAW_NOT,                                                                                 \
	  0 },
#define SERVICE(name, file, crit, magic, message, payload)                                         \
	{                                                                                          \
		name,    file, crit, magic, true, NULL, MESSAGE_TYPE(message), PAYLOAD_##payload,  \
		RAW_NOT, 0                                                                         \
	},
#define RAW(name, file) { name, file, NULL, 0, false, NULL, NULL, PAYLOAD_NONE, RAW_NOT, 0 },
#define RAW_ENTRIES(name, file, as, magic, message, form)                                          \
	{ name,         file,       as,   RAW_ENTRIES_MAGIC, false, NULL, MESSAGE_TYPE(message),   \
	  PAYLOAD_NONE, RAW_##form, magic },

static const struct image_kind kinds[] = {
#include "kinds.def"
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

size_t kind_count(void)
{
	return KIND_COUNT;
}

const struct image_kind *kind_at(size_t index)
{
	return index < KIND_COUNT ? &kinds[index] : NULL;
}

/* No isalnum: it depends on the locale. */
static bool is_id(struct span s)
{
	for (size_t i = 0; i < s.size; i++) {
		uint8_t c = s.data[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			return false;
	}
	return s.size > 0;
}

/* Does the file have the pattern's name? */
static bool matches(struct span file, const char *pattern, struct span *id)
{
	const char *star;
	struct span head, tail;

	*id = span_of(NULL, 0);
	if (file.size == 0 || memcmp(file.data, pattern, 1) != 0) /* most of them */
		return false;
	star = strchr(pattern, '*');
	if (!star)
		return span_is(file, pattern);
	head = span_of(pattern, (size_t)(star - pattern));
	tail = span_text(star + 1);
	if (file.size < head.size + tail.size)
		return false;
	*id = span_of(file.data + head.size, file.size - head.size - tail.size);
	return span_equal(span_of(file.data, head.size), head) &&
	       span_equal(span_of(file.data + file.size - tail.size, tail.size), tail) &&
	       is_id(*id);
}

bool kind_has_file(const struct image_kind *kind, const char *file, struct span *id_text)
{
	return matches(span_text(file), kind->pattern, id_text);
}

const struct image_kind *kind_of_file(const char *file, struct span *id_text)
{
	struct span id;

	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (!matches(span_text(file), kinds[i].pattern, &id))
			continue;
		if (id_text)
			*id_text = id;
		return &kinds[i];
	}
	return NULL;
}

const struct image_kind *kind_of_magic(uint32_t magic)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (magic != 0 && magic != RAW_ENTRIES_MAGIC && kinds[i].magic == magic)
			return &kinds[i];
	}
	return NULL;
}

const struct image_kind *kind_named(const char *name, size_t size)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (span_equal(span_text(kinds[i].name), span_of(name, size)))
			return &kinds[i];
	}
	return NULL;
}

bool kind_is_record(const struct image_kind *kind)
{
	return strncmp(kind->name, "rewrite_", strlen("rewrite_")) == 0;
}

const struct image_kind *kind_of_message(const struct message_type *m, size_t *at)
{
	for (; m && *at < KIND_COUNT; (*at)++) {
		const struct image_kind *kind = &kinds[*at];

		if (kind->head != m && kind->entry != m)
			continue;
		(*at)++;
		return kind;
	}
	return NULL;
}
