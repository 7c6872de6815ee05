/* SPDX-License-Identifier: GPL-2.0-only */
#include "criu_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT "criu/default.conf"
#define WHITE " \t\r\n"

/* Behind "libdir", "lib" and the like, as getopt takes them; NULL: another option. */
static const char *behind_name(const char *line)
{
	size_t size = strcspn(line, WHITE "=#");

	return size >= strlen("lib") && strncmp(line, "libdir", size) == 0 ? line + size : NULL;
}

/* "VALUE", or up to a blank or '#'; \" is a quote. False when a quote is not closed. */
static bool take_value(const char *from, char path[static PATH_MAX])
{
	const char *end = *from == '"' ? "\"" : WHITE "#";
	size_t n = 0;

	for (from += *from == '"'; *from && !strchr(end, *from); from++) {
		from += from[0] == '\\' && from[1] == '"';
		if (n < PATH_MAX - 1)
			path[n++] = *from;
	}
	path[n] = 0;
	return n > 0 && (*end != '"' || *from == '"');
}

static bool take_line(const char *line, char path[static PATH_MAX])
{
	char value[PATH_MAX];
	const char *rest = behind_name(line + strspn(line, WHITE));

	if (!rest)
		return false;
	rest += strspn(rest, *rest == '=' ? "=" : WHITE);
	if (!take_value(rest, value))
		return false;
	strcpy(path, value);
	return true;
}

/* The last line counts. What is wrong in a file is criu's to say. */
static bool take_file(const char *file, char path[static PATH_MAX])
{
	FILE *in = file ? fopen(file, "re") : NULL;
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (in && getline(&line, &room, in) > 0)
		found |= take_line(line, path);
	free(line);
	if (in)
		fclose(in);
	return found;
}

/* --config FILE, --config=FILE; "": --no-default-config; NULL: neither. */
static const char *config_given(const char *const *arguments, size_t count)
{
	static const char joined[] = "--config=";
	const char *given = NULL;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(arguments[i], "--config") == 0 && i + 1 < count)
			given = arguments[i + 1];
		else if (strncmp(arguments[i], joined, strlen(joined)) == 0)
			given = arguments[i] + strlen(joined);
		else if (!given && strcmp(arguments[i], "--no-default-config") == 0)
			given = "";
	}
	return given;
}

static bool take_user(char path[static PATH_MAX])
{
	const char *home = getenv("HOME");
	char file[PATH_MAX];

	if (!home || snprintf(file, sizeof(file), "%s/." DEFAULT, home) >= (int)sizeof(file))
		return false;
	return take_file(file, path);
}

bool criu_config_libdir(const char *const *arguments, size_t count, char path[static PATH_MAX])
{
	const char *given = config_given(arguments, count);
	bool found = false;

	if (!given) {
		found |= take_file("/etc/" DEFAULT, path);
		found |= take_user(path);
	}
	found |= take_file(getenv("CRIU_CONFIG_FILE"), path);
	found |= take_file(given && *given ? given : NULL, path);
	return found;
}
