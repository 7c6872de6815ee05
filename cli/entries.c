/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "entries.h"

#define KEY_MAX 32

/* ---- cutting -------------------------------------------------------------- */

/* Where one is in the text. It comes in pieces, which end anywhere. */
struct cutter {
	const char *list;
	object_sink each;
	void *arg;
	unsigned depth, list_depth; /* of brackets; 0: not in the list */
	bool quoted, escaped;
	bool ended; /* the list is over, or enough of it was seen */
	char key[KEY_MAX]; /* the last string, if it is short */
	size_t key_size;
	char *object; /* what of the current one was in earlier pieces */
	size_t size, room;
};

static bool make_room(struct cutter *c, size_t size)
{
	char *grown;

	if (size <= c->room)
		return true;
	grown = realloc(c->object, size * 2);
	if (!grown)
		return false; /* realloc(3) has set errno, which tells the decoder */
	c->object = grown;
	c->room = size * 2;
	return true;
}

static bool keep(struct cutter *c, const char *text, size_t size)
{
	if (size > OBJECT_SIZE_MAX - c->size)
		size = OBJECT_SIZE_MAX - c->size;
	if (!make_room(c, c->size + size + 1))
		return false;
	memcpy(c->object + c->size, text, size);
	c->size += size;
	c->object[c->size] = 0;
	return true;
}

/* Returns how many characters of the text are in the string. */
static size_t pass_string(struct cutter *c, const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (!c->escaped && text[i] == '"')
			break;
		c->escaped = !c->escaped && text[i] == '\\';
		if (c->key_size < KEY_MAX)
			c->key[c->key_size++] = text[i];
	}
	c->quoted = i == size;
	return i;
}

static bool is_wanted(const struct cutter *c)
{
	return !c->list_depth && c->key_size == strlen(c->list) &&
	       memcmp(c->key, c->list, c->key_size) == 0;
}

static bool is_object(const struct cutter *c)
{
	return c->list_depth && c->depth > c->list_depth;
}

static int end_object(struct cutter *c, const char *text, size_t size)
{
	int status;

	if (!keep(c, text, size))
		return -1;
	status = c->each(c->arg, c->object);
	c->size = 0;
	c->ended = status != 0;
	return c->ended ? -1 : 0;
}

/* Returns whether an object of the list begins with it. */
static bool open_bracket(struct cutter *c, char bracket)
{
	bool begins = c->list_depth && c->depth == c->list_depth;

	c->depth++;
	if (bracket == '[' && is_wanted(c))
		c->list_depth = c->depth;
	return begins;
}

/* The text ends with it, and begins where the object does. */
static int close_bracket(struct cutter *c, const char *text, size_t size)
{
	c->depth--;
	if (!c->list_depth || c->depth > c->list_depth)
		return 0;
	if (c->depth == c->list_depth)
		return end_object(c, text, size);
	c->ended = true;
	return -1;
}

static int take_text(void *arg, const void *data, size_t size)
{
	struct cutter *c = arg;
	const char *text = data;
	size_t start = 0; /* of the object */

	for (size_t i = 0; i < size; i++) {
		char at = text[i];

		if (c->quoted) {
			i += pass_string(c, text + i, size - i);
		} else if (at == '"') {
			c->quoted = true;
			c->key_size = 0;
		} else if (at == '{' || at == '[') {
			start = open_bracket(c, at) ? i : start;
		} else if ((at == '}' || at == ']') &&
			   close_bracket(c, text + start, i + 1 - start) < 0) {
			return -1;
		}
	}
	return !is_object(c) || keep(c, text + start, size - start) ? 0 : -1;
}

static int decode(struct entries *e, int fd, struct cutter *c)
{
	int status = crw_decode(e->crw, fd, CRW_JSON_NO_PAYLOAD, take_text, c);

	free(c->object);
	if (status == 0 || c->ended)
		return 1;
	e->why = crw_error(e->crw);
	return -1;
}

int entries_each(struct entries *e, const char *image, const char *list, object_sink each,
		 void *arg)
{
	struct cutter c = { .list = list, .each = each, .arg = arg };
	int fd = openat(e->dir, image, O_RDONLY | O_CLOEXEC | O_NONBLOCK), status;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0) {
		e->why = strerror(errno);
		return -1;
	}
	status = decode(e, fd, &c);
	close(fd);
	return status;
}

/* ---- the members of an object --------------------------------------------- */

/* From a quote to the one that ends the string, or to the end of the text. */
static const char *end_of_string(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		at += *at == '\\' && at[1];
	return at;
}

/* The comma or the bracket behind a value, or the end of the text. */
static const char *end_of_value(const char *at)
{
	unsigned depth = 0;

	for (; *at; at++) {
		bool closes = *at == '}' || *at == ']';

		if (depth == 0 && (closes || *at == ','))
			break;
		if (*at == '"')
			at = end_of_string(at);
		if (!*at)
			break;
		depth += *at == '{' || *at == '[';
		depth -= closes;
	}
	return at;
}

const char *object_member(const char *object, const char *name)
{
	const char *at = object && *object == '{' ? object + 1 : "";
	size_t length = strlen(name);

	while (*at == '"') {
		const char *end = end_of_string(at);

		if (strncmp(end, "\": ", 3) != 0)
			break;
		if ((size_t)(end - at - 1) == length && memcmp(at + 1, name, length) == 0)
			return end + 3;
		at = end_of_value(end + 3);
		at += strspn(at, ", ");
	}
	return NULL;
}

uint64_t object_number(const char *object, const char *name)
{
	const char *value = object_member(object, name);

	return value ? strtoull(value, NULL, 10) : 0;
}

void object_enum(const char *object, const char *name, char *text, size_t size)
{
	const char *value = object_member(object, name);
	const char *end = value && *value == '"' ? end_of_string(value) : NULL;

	snprintf(text, size, "%.*s", end ? (int)(end - value - 1) : 1, end ? value + 1 : "?");
}

char *object_text(const char *object, const char *name)
{
	const char *value = object_member(object, name);
	json_t *json;
	char *text;

	if (!value || *value == '{')
		return strdup(value ? "?" : "");
	json = json_loadb(value, (size_t)(end_of_value(value) - value),
			  JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	text = json_is_string(json) ? strdup(json_string_value(json)) : NULL;
	json_decref(json);
	return text;
}
