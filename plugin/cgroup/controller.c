/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "controller.h"

#include <string.h>

bool cgroup_name_next(struct span *names, struct span *name)
{
	const uint8_t *comma;

	if (!names->data)
		return false;
	comma = names->size ? memchr(names->data, ',', names->size) : NULL;
	*name = span_of(names->data, comma ? (size_t)(comma - names->data) : names->size);
	*names = comma ? span_of(comma + 1, names->size - name->size - 1) : span_of(NULL, 0);
	return true;
}

bool cgroup_list_has(struct span list, const char *separators, struct span word)
{
	size_t start = 0;

	for (size_t i = 0; i <= list.size; i++) {
		if (i < list.size && !(list.data[i] && strchr(separators, list.data[i])))
			continue;
		if (i - start == word.size &&
		    (!word.size || memcmp(list.data + start, word.data, word.size) == 0))
			return true;
		start = i + 1;
	}
	return false;
}

size_t cgroup_names_in(const struct span *names, size_t count, struct span list)
{
	size_t shared = 0;

	for (size_t i = 0; i < count; i++)
		shared += cgroup_list_has(list, ",", names[i]);
	return shared;
}

const char *cgroup_names_list(const struct span *names, size_t count, struct arena *arena)
{
	struct buffer b = { 0 };

	for (size_t i = 0; i < count; i++) {
		buffer_text(&b, i ? "," : "");
		buffer_append(&b, names[i]);
	}
	return arena_take(arena, &b);
}

const char *cgroup_label(const struct span *names, size_t count, struct arena *arena)
{
	const char *list = cgroup_names_list(names, count, arena);

	return list && !*list ? "v2" : list;
}
