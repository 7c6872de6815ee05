/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "override.h"

#include <stdio.h>
#include <string.h>

#define KEY_MAX 1024 /* bytes of a place; what is longer is compared cut */
#define GROUP_MAX 800 /* the path of its group therein */

void overrides_free(struct overrides *c)
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

/* The value of a property of a group. */
struct property {
	struct span controllers; /* the first of them, or all: "cpu,cpuacct" */
	char path[GROUP_MAX]; /* of the group */
	struct span name;
};

/* As plain rules call it: "controllers[cpu].dirs[ct].properties[cpu.shares]" "value". */
static bool read_plain(struct property *p, const char *path, const char *field)
{
	struct span part;
	size_t size = 0;

	if (strcmp(field, "value") != 0 || !take_part(&path, "controllers", &p->controllers))
		return false;
	while (size < GROUP_MAX &&
	       (take_part(&path, "dirs", &part) || take_part(&path, "children", &part)))
		if (part.size) /* that of the root is empty */
			size += (size_t)snprintf(p->path + size, GROUP_MAX - size, "/%.*s",
						 (int)part.size, (const char *)part.data);
	if (!size)
		strcpy(p->path, "/");
	return take_part(&path, "properties", &p->name) && !*path;
}

/* As verbs do: "cpu,cpuacct:/ct" "cpu.shares". */
static bool read_verb(struct property *p, const char *where, const char *field)
{
	size_t size = strcspn(where, ":[");

	if (where[size] != ':' || where[size + 1] != '/')
		return false;
	p->controllers = span_of(where, size);
	snprintf(p->path, sizeof(p->path), "%s", where + size + 1);
	p->name = span_text(field);
	return true;
}

/*
 * Of a hierarchy with several controllers plain rules name the first, and verbs
 * all, or that of the property, which it begins with; v2 is "v2" or nothing. So
 * it is the property's, or the first where it begins with none.
 */
static struct span controller_of(const struct property *p)
{
	struct span list = p->controllers, name = p->name;
	const uint8_t *dot = name.size ? memchr(name.data, '.', name.size) : NULL;
	const uint8_t *comma = list.size ? memchr(list.data, ',', list.size) : NULL;
	struct span own = span_of(name.data, dot ? (size_t)(dot - name.data) : 0);

	if (own.size && !span_is(own, "cgroup"))
		return own;
	if (span_is(list, "v2"))
		return span_of(list.data, 0);
	return span_of(list.data, comma ? (size_t)(comma - list.data) : list.size);
}

static void put_key(char *key, const char *image, const char *where, const char *field)
{
	struct property p = { .path = "" };
	struct span controller;

	if (field && (read_plain(&p, where, field) || read_verb(&p, where, field))) {
		controller = controller_of(&p);
		snprintf(key, KEY_MAX, "%s %.*s:%s %.*s", image, (int)controller.size,
			 (const char *)controller.data, p.path, (int)p.name.size,
			 (const char *)p.name.data);
	} else {
		snprintf(key, KEY_MAX, "%s %s %s", image, where, field ? field : "");
	}
}

/* ---- the table ----------------------------------------------------------------- */

static uint32_t hash_of(const char *key)
{
	uint32_t hash = 0x811c9dc5;

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * 0x01000193;
	return hash;
}

static struct override_field *field_at(const struct overrides *c, size_t index)
{
	return (struct override_field *)(void *)c->fields.data + index;
}

static uint32_t *slot_of(const struct overrides *c, const char *key)
{
	uint32_t *table = (uint32_t *)(void *)c->table.data;
	size_t count = c->table.size / sizeof(*table);
	char other[KEY_MAX];

	for (size_t i = hash_of(key) & (count - 1);; i = (i + 1) & (count - 1)) {
		const struct override_field *f;

		if (!table[i])
			return &table[i];
		f = field_at(c, table[i] - 1);
		put_key(other, f->image, f->where, f->field);
		if (strcmp(other, key) == 0)
			return &table[i];
	}
}

/* Twice the size, at most half full. */
static int grow(struct overrides *c)
{
	size_t count = c->fields.size / sizeof(struct override_field);
	size_t size = c->table.size ? 2 * c->table.size : 64 * sizeof(uint32_t);
	char key[KEY_MAX];

	if (2 * (count + 1) * sizeof(uint32_t) <= c->table.size)
		return 0;
	buffer_clear(&c->table);
	if (!buffer_extend(&c->table, size))
		return -1;
	memset(c->table.data, 0, size);
	for (size_t i = 0; i < count; i++) {
		const struct override_field *f = field_at(c, i);

		put_key(key, f->image, f->where, f->field);
		*slot_of(c, key) = (uint32_t)i + 1;
	}
	return 0;
}

/* The value is still as the earlier statement left it, which another one of the
 * same name in a damaged image would not be. */
static bool is_overridden(const struct override_field *f, const struct crw_change *change)
{
	if (f->line == change->line && strcmp(f->file, change->file) == 0)
		return false;
	return change->before && strcmp(f->value, change->before) == 0 &&
	       strcmp(f->value, change->after) != 0;
}

/* `convert` says what was wanted in the words of the other version, so "cpu.shares"
 * becomes "cpu.weight 59". That overrides nothing. */
static bool is_translated(const struct crw_change *change)
{
	size_t size = strspn(change->after, "abcdefghijklmnopqrstuvwxyz_");
	struct property p;

	return size && change->after[size] == '.' && strchr(change->after, ' ') &&
	       change->field && read_verb(&p, change->where, change->field);
}

int overrides_note(struct overrides *c, const struct crw_change *change,
		   const struct override_field **earlier)
{
	const struct override_field fresh = {
		change->image, change->where, change->field, change->after, change->file,
		change->line,
	};
	char key[KEY_MAX];
	uint32_t *slot, old;

	*earlier = NULL;
	if (!change->after || is_translated(change))
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
