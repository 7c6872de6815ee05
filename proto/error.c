/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Error texts. Names and values out of images end up in them, and they end
 * up in CRIU's log and on terminals: control characters are escaped here, in
 * the one place that every text passes.
 */
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "line.h"

static size_t put_format(char *dst, size_t room, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static size_t put_format(char *dst, size_t room, const char *format, va_list args)
{
	char text[ERROR_TEXT_MAX];

	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	return line_put(dst, room, text);
}

int fail(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_format(err->text, sizeof(err->text), format, args);
	va_end(args);
	return -1;
}

int fail_errno(struct error *err, const char *format, ...)
{
	char why[128];
	va_list args;
	size_t used;

	snprintf(why, sizeof(why), "%m");
	va_start(args, format);
	used = put_format(err->text, sizeof(err->text), format, args);
	va_end(args);
	used += line_put(err->text + used, sizeof(err->text) - used, ": ");
	line_put(err->text + used, sizeof(err->text) - used, why);
	return -1;
}

static const char no_memory[] = "out of memory";

int fail_memory(struct error *err)
{
	return fail(err, "%s", no_memory);
}

bool error_is_memory(const struct error *err)
{
	return strcmp(err->text, no_memory) == 0;
}

/* When both do not fit, the middle goes: the place stands at the head, the cause
 * at the end. `inner` is escaped already. */
static void put_inner(struct error *err, size_t used, const char *inner)
{
	size_t size = strlen(inner), room = sizeof(err->text) - used,
	       middle = sizeof(err->text) / 2;
	size_t head = used < middle ? middle - used : 0;

	if (size < room) {
		memcpy(err->text + used, inner, size + 1);
		return;
	}
	memcpy(err->text + used, inner, head);
	used += head;
	memcpy(err->text + used, "...", 3);
	used += 3;
	room = sizeof(err->text) - used;
	memcpy(err->text + used, inner + size - (room - 1), room);
}

int error_context(struct error *err, const char *format, ...)
{
	struct error inner = *err;
	va_list args;
	size_t used;

	va_start(args, format);
	used = put_format(err->text, sizeof(err->text) / 2, format, args);
	va_end(args);
	used += line_put(err->text + used, sizeof(err->text) - used, ": ");
	put_inner(err, used, inner.text);
	return -1;
}
