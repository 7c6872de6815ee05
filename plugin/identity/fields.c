/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fields.h"

static const struct {
	enum field_role role;
	const char *path;
} fields[] = {
#define FIELD(role, path) { ROLE_##role, path },
#include "fields.def"
#undef FIELD
};

#define COUNT (sizeof(fields) / sizeof(fields[0]))

int fields_sweep(struct rules_call *call, enum field_role role, rules_judge judge, void *ctx,
		 struct error *err)
{
	for (size_t i = 0; i < COUNT; i++)
		if (fields[i].role == role &&
		    rules_sweep(call, fields[i].path, judge, ctx, err) < 0)
			return -1;
	return 0;
}

int fields_give(const struct rules_object *o, const struct buffer *bytes, struct value *fresh,
		struct error *err)
{
	const char *copy;

	if (bytes->failed)
		return fail_memory(err);
	if (o->now.type == VALUE_TEXT && span_equal(o->now.text, buffer_span(bytes)))
		return 0;
	copy = arena_copy(o->arena, bytes->data, bytes->size);
	*fresh = value_text(span_of(copy, bytes->size));
	return copy ? 1 : fail_memory(err);
}
