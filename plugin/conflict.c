/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conflict.h"

#include <stdio.h>
#include <string.h>

#define KEY_MAX 1024 /* bytes of a place; what is longer is compared cut */

void conflicts_free(struct conflicts *c)
{
	buffer_free(&c->fields);
	buffer_free(&c->table);
}

/* ---- one name for one field -------------------------------------------------- */

/* Takes "NAME[KEY]" off the front of a path. */
static bool take_part(const char **path, const char *name, struct span *key)
{
	const char *start = *path + strlen(name), *end;

	if (strncmp(*path, name, strlen(name)) != 0 || *start != '[')
		return false;
	end = strpbrk(start + 1, "]");
	if (!end || (end[1] != '.' && end[1]))
		return false;
	*key = span_of(start + 1, (size_t)(end - start - 1));
	*path = end[1] ? end + 2 : end + 1;
	return true;
}

/*
 * Verbs call the value of a property "cpuset:/ct" "cpuset.cpus", plain rules
 * "controllers[cpuset].dirs[ct].properties[cpuset.cpus]" "value": the same in
 * the form of verbs, or false.
 */
static bool put_property(char *key, const char *image, const char *path, const char *field)
{
	struct span part;
	size_t size;

	if (!field || strcmp(field, "value") != 0 || !take_part(&path, "controllers", &part))
		return false;
	size = (size_t)snprintf(key, KEY_MAX, "%s %.*s:", image, (int)part.size,
				(const char *)part.data);
	while (size < KEY_MAX && (take_part(&path, "dirs", &part) ||
				  take_part(&path, "children", &part)))
		size += (size_t)snprintf(key + size, KEY_MAX - size, "/%.*s", (int)part.size,
					 (const char *)part.data);
	if (size >= KEY_MAX || !take_part(&path, "properties", &part) || *path)
		return false;
	snprintf(key + size, KEY_MAX - size, " %.*s", (int)part.size, (const char *)part.data);
	return true;
}

static void put_key(char *key, const char *image, const char *where, const char *field)
{
	if (!put_property(key, image, where, field))
		snprintf(key, KEY_MAX, "%s %s %s", image, where, field ? field : "");
}

/* ---- the table ----------------------------------------------------------------- */

static uint32_t hash_of(const char *key)
{
	uint32_t hash = 0x811c9dc5;

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * 0x01000193;
	return hash;
}

static struct conflict_field *field_at(const struct conflicts *c, size_t index)
{
	return (struct conflict_field *)(void *)c->fields.data + index;
}

static uint32_t *slot_of(const struct conflicts *c, const char *key)
{
	uint32_t *table = (uint32_t *)(void *)c->table.data;
	size_t count = c->table.size / sizeof(*table);
	char other[KEY_MAX];

	for (size_t i = hash_of(key) & (count - 1);; i = (i + 1) & (count - 1)) {
		const struct conflict_field *f;

		if (!table[i])
			return &table[i];
		f = field_at(c, table[i] - 1);
		put_key(other, f->image, f->where, f->field);
		if (strcmp(other, key) == 0)
			return &table[i];
	}
}

/* Twice the size, at most half full. */
static int grow(struct conflicts *c)
{
	size_t count = c->fields.size / sizeof(struct conflict_field);
	size_t size = c->table.size ? 2 * c->table.size : 64 * sizeof(uint32_t);
	char key[KEY_MAX];

	if (2 * (count + 1) * sizeof(uint32_t) <= c->table.size)
		return 0;
	buffer_clear(&c->table);
	if (!buffer_extend(&c->table, size))
		return -1;
	memset(c->table.data, 0, size);
	for (size_t i = 0; i < count; i++) {
		const struct conflict_field *f = field_at(c, i);

		put_key(key, f->image, f->where, f->field);
		*slot_of(c, key) = (uint32_t)i + 1;
	}
	return 0;
}

/* The value is still as the earlier statement left it, which another one of the
 * same name in a damaged image would not be. */
static bool is_overridden(const struct conflict_field *f, const struct crw_change *change)
{
	if (f->line == change->line && strcmp(f->file, change->file) == 0)
		return false;
	return change->before && strcmp(f->value, change->before) == 0 &&
	       strcmp(f->value, change->after) != 0;
}

int conflicts_note(struct conflicts *c, const struct crw_change *change,
		   const struct conflict_field **earlier)
{
	const struct conflict_field fresh = {
		change->image, change->where, change->field, change->after, change->file,
		change->line,
	};
	char key[KEY_MAX];
	uint32_t *slot, old;

	*earlier = NULL;
	if (!change->after)
		return 0;
	if (grow(c) < 0)
		return -1;
	put_key(key, change->image, change->where, change->field);
	slot = slot_of(c, key);
	old = *slot;
	buffer_append(&c->fields, span_of(&fresh, sizeof(fresh)));
	if (c->fields.failed)
		return -1;
	*slot = (uint32_t)(c->fields.size / sizeof(fresh));
	if (old && is_overridden(field_at(c, old - 1), change))
		*earlier = field_at(c, old - 1);
	return 0;
}
