/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "field_path.h"

#include <string.h>

static size_t first_name(struct span names)
{
	const uint8_t *dot = memchr(names.data, '.', names.size);

	return dot ? (size_t)(dot - names.data) : names.size;
}

void field_path_find(struct field_path *p, const struct message_type *m, struct span names)
{
	*p = (struct field_path){ .message = m };
	while (names.size && p->count < FIELD_PATH_MAX) {
		size_t size = first_name(names), passed = size < names.size ? size + 1 : size;

		p->steps[p->count] = message_field(p->message, (const char *)names.data, size);
		p->message = field_message(p->steps[p->count++]);
		names = (struct span){ names.data + passed, names.size - passed };
	}
}

static void take_level(const struct field_path *p, size_t level, struct span body,
		       field_path_taker take, void *arg)
{
	struct wire_field wire;
	struct error ignored;

	if (level == p->count) {
		take(arg, body);
		return;
	}
	while (wire_next_of(&body, field_number(p->steps[level]), &wire, &ignored) > 0)
		if (wire.type == WIRE_BYTES)
			take_level(p, level + 1, wire.bytes, take, arg);
}

void field_path_each(const struct field_path *p, struct span body, field_path_taker take, void *arg)
{
	if (p->count)
		take_level(p, 0, body, take, arg);
	else
		take(arg, body);
}

uint64_t field_path_number(const char *message, struct span body, const char *field,
			   struct span *bytes)
{
	const struct message_type *m = message_find(message, strlen(message));
	const struct field_type *f = message_field(m, field, strlen(field));
	struct wire_field wire;
	struct error ignored;
	uint64_t number = 0;

	while (wire_next_of(&body, field_number(f), &wire, &ignored) > 0) {
		number = wire.scalar;
		if (bytes)
			*bytes = wire.bytes;
	}
	return number;
}
