/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <string.h>

#include "../hostfile.h"

struct option_given {
	struct span name;
	const char *value;
};

/* Short forms of what the checks ask for (criu restore --help). */
static const struct {
	char letter;
	const char *name;
} shorts[] = {
	{ 'j', "shell-job" }, { 'l', "file-locks" }, { 'x', "ext-unix-sk" },
	{ 'r', "root" },      { 'L', "libdir" },
};

static void add(struct options *options, struct span name, const char *value)
{
	const struct option_given given = { name, value };

	buffer_append(&options->list, span_of(&given, sizeof(given)));
}

static const char *long_name(char letter)
{
	for (size_t i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++)
		if (shorts[i].letter == letter)
			return shorts[i].name;
	return NULL;
}

/* criu takes no operands, so a word without a dash is the value of the one before. */
static const char *value_in(const char *word, const char *next)
{
	const char *equals = strchr(word, '=');

	if (equals)
		return equals + 1;
	return next && *next != '-' ? next : "";
}

int options_take(struct options *options, const char *const *words, struct error *err)
{
	options->words = words;
	for (; words && *words; words++) {
		const char *word = *words, *name = NULL;

		if (strncmp(word, "--", 2) == 0)
			add(options, span_of(word + 2, strcspn(word + 2, "=")),
			    value_in(word, words[1]));
		else if (word[0] == '-' && word[1])
			name = long_name(word[1]);
		if (name)
			add(options, span_text(name),
			    word[2] ? word + 2 : value_in(word, words[1]));
	}
	return options->list.failed ? fail_memory(err) : 0;
}

/* "name value", "name" or "# comment". */
static void take_line(struct options *options, char *line)
{
	char *name = line + strspn(line, " \t"), *value;

	name[strcspn(name, "#\n")] = 0;
	value = name + strcspn(name, " \t=");
	if (!*name)
		return;
	if (*value)
		*value++ = 0;
	value += strspn(value, " \t=\"");
	value[strcspn(value, " \t\"")] = 0;
	add(options, span_text(name), value);
}

int options_read(struct options *options, int root, const char *path, struct arena *arena,
		 struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	int found = hostfile_read(root, path, HOSTFILE_MAX, &text, err);
	char *line, *rest;

	if (found <= 0)
		return found;
	line = arena_copy(arena, text.data, text.size);
	if (!line)
		return fail_memory(err);
	for (; *line; line = rest) {
		rest = line + strcspn(line, "\n");
		if (*rest)
			*rest++ = 0;
		take_line(options, line);
	}
	return options->list.failed ? fail_memory(err) : 0;
}

const char *options_get(const struct options *options, const char *name, size_t index)
{
	const struct option_given *given = (const void *)options->list.data;
	size_t count = options->list.size / sizeof(*given);

	for (size_t i = 0; i < count; i++)
		if (span_is(given[i].name, name) && index-- == 0)
			return given[i].value;
	return NULL;
}

/* Behind the text, or NULL when it does not begin with it. */
static const char *behind(const char *text, const char *head)
{
	size_t length = strlen(head);

	return text && strncmp(text, head, length) == 0 ? text + length : NULL;
}

const char *options_of_key(const struct options *options, const char *name, const char *word,
			   const char *key)
{
	const char *value, *rest;

	for (size_t i = 0; (value = options_get(options, name, i)); i++) {
		rest = behind(value, word);
		if (rest && *word)
			rest = behind(rest, "[");
		rest = behind(rest, key);
		if (rest && *word)
			rest = behind(rest, "]");
		if (rest && (*rest == ':' || !*rest))
			return rest + (*rest == ':');
	}
	return NULL;
}

bool options_inherit(const struct options *options, const char *key)
{
	const char *value, *colon;

	for (size_t i = 0; (value = options_get(options, "inherit-fd", i)); i++) {
		colon = strstr(value, "]:");
		if (colon && strcmp(colon + 2, key) == 0)
			return true;
	}
	return false;
}

void options_end(struct options *options)
{
	buffer_free(&options->list);
}
