/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "path.h"

static struct span without_slash(struct span path, size_t least)
{
	while (path.size > least && path.data[path.size - 1] == '/')
		path.size--;
	return path;
}

bool path_below(struct span path, struct span top, struct span *rest)
{
	top = without_slash(top, 1);
	if (path.size < top.size || !span_equal(span_of(path.data, top.size), top))
		return false;
	if (path.size > top.size && path.data[top.size] != '/' && !span_is(top, "/"))
		return false;
	if (rest)
		*rest = span_of(path.data + top.size, path.size - top.size);
	return true;
}

void path_rebase(struct buffer *out, struct span path, struct span old, struct span fresh)
{
	size_t start = out->size;
	struct span rest;

	if (!path_below(path, old, &rest)) {
		buffer_append(out, path);
		return;
	}
	buffer_append(out, without_slash(fresh, 0));
	if (rest.size && rest.data[0] != '/')
		buffer_byte(out, '/');
	buffer_append(out, rest);
	if (out->size == start)
		buffer_byte(out, '/');
}
