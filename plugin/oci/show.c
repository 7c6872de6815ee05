/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "show.h"

#include <string.h>

#include "../../rules/text.h"

static struct span cut(struct span s)
{
	return span_of(s.data, s.size < OCI_SHOWN_MAX ? s.size : OCI_SHOWN_MAX);
}

size_t oci_show_step(struct buffer *path, const struct spec_value *v, size_t index)
{
	size_t before = path->size;
	bool bare = v->name.data && !memchr(v->name.data, '.', v->name.size);

	if (!v->name.data) {
		buffer_printf(path, "[%zu]", index);
		return before;
	}
	buffer_text(path, !bare ? "[\"" : before ? "." : "");
	text_put_escaped(path, cut(v->name));
	buffer_text(path, bare ? "" : "\"]");
	return before;
}

int oci_show(struct spec *spec, const struct spec_value *v, struct buffer *out, struct error *err)
{
	struct span text = v->raw;

	if (v->type == JSON_STRING && spec_text(spec, v, &text, err) < 0)
		return -1;
	text_put_escaped(out, cut(text));
	buffer_text(out, text.size > OCI_SHOWN_MAX ? "..." : "");
	return 0;
}
