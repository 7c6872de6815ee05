/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "override.h"

#include <string.h>

void overrides_free(struct overrides *o)
{
	arena_free(&o->keys);
	buffer_free(&o->fields);
	buffer_free(&o->table);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

static size_t hash_of(struct span key)
{
	uint64_t hash = key.size, word;

	for (; key.size >= sizeof(word);
	     key = span_of(key.data + sizeof(word), key.size - sizeof(word))) {
		memcpy(&word, key.data, sizeof(word));
		hash = mix(hash, word);
	}
	word = 0;
	memcpy(&word, key.data, key.size);
	return (size_t)mix(hash, word);
}

static struct override_field *field_at(const struct overrides *o, size_t index)
{
	return (struct override_field *)(void *)o->fields.data + index;
}

static uint32_t *slot_of(const struct overrides *o, struct span key)
{
	uint32_t *table = (uint32_t *)(void *)o->table.data;
	size_t mask = o->table.size / sizeof(*table) - 1, i = hash_of(key) & mask;

	while (table[i] && !span_equal(field_at(o, table[i] - 1)->key, key))
		i = (i + 1) & mask;
	return &table[i];
}

/* Twice the size, at most half full. */
static int grow(struct overrides *o)
{
	size_t count = o->fields.size / sizeof(struct override_field);
	size_t size = o->table.size ? 2 * o->table.size : 64 * sizeof(uint32_t);

	if (2 * (count + 1) * sizeof(uint32_t) <= o->table.size)
		return 0;
	buffer_clear(&o->table);
	if (!buffer_extend(&o->table, size))
		return -1;
	memset(o->table.data, 0, size);
	for (size_t i = 0; i < count; i++)
		*slot_of(o, field_at(o, i)->key) = (uint32_t)i + 1;
	return 0;
}

/* The value is still as the earlier statement left it, which another one of the
 * same name in a damaged image would not be. */
static bool is_overridden(const struct override_field *f, const struct override_field *fresh,
			  const char *before)
{
	if (f->line == fresh->line && strcmp(f->file, fresh->file) == 0)
		return false;
	return before && strcmp(f->value, before) == 0 && strcmp(f->value, fresh->value) != 0;
}

int overrides_note(struct overrides *o, const struct override_field *fresh, const char *before,
		   const struct override_field **earlier)
{
	struct override_field field = *fresh;
	uint32_t *slot, old;

	*earlier = NULL;
	field.key.data = arena_copy(&o->keys, fresh->key.data, fresh->key.size);
	if (!field.key.data || grow(o) < 0)
		return -1;
	slot = slot_of(o, field.key);
	old = *slot;
	buffer_append(&o->fields, span_of(&field, sizeof(field)));
	if (o->fields.failed)
		return -1;
	*slot = (uint32_t)(o->fields.size / sizeof(field));
	if (old && is_overridden(field_at(o, old - 1), fresh, before))
		*earlier = field_at(o, old - 1);
	return 0;
}
