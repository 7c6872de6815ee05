/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "subject.h"

#include <string.h>

#include "../../rules/location.h"
#include "controller.h"
#include "place.h"

static bool is_field(const struct field_type *f, const char *name)
{
	return f && strcmp(field_name(f), name) == 0;
}

static bool is_cgroup(const struct rules_change *edit)
{
	return strcmp(edit->image->kind->name, "cgroup") == 0;
}

/* The field that was set or taken away; NULL: an entry was. */
static const struct field_type *field_of(const struct rules_change *edit)
{
	return edit->element ? edit->element->field : edit->fields[edit->field_count - 1];
}

/* The message that was changed, or that is gone. */
static struct match *message_of(const struct rules_change *edit)
{
	return edit->element && edit->element->message ? edit->element : edit->object;
}

/* Its key has been looked for. */
static struct span name_of(const struct match *m)
{
	const struct match_key *key = &m->key;

	return key->field && key->value.type == VALUE_TEXT ? key->value.text : span_of("", 0);
}

/* The names of a hierarchy stand among all its groups. */
static const struct raw_controller *controller_of(const struct match *m, struct subject_memo *memo)
{
	struct error ignored;

	if (memo->at.data == m->wire.bytes.data && memo->at.size == m->wire.bytes.size)
		return &memo->controller;
	memo->at = m->wire.bytes;
	if (raw_read_controller(&m->wire, &memo->controller, &ignored) < 0)
		memo->controller.name_count = 0;
	return &memo->controller;
}

/* "cpu,cpuacct", "v2"; NULL: no memory. */
static const char *label_of(struct match *m, struct subject_memo *memo, struct arena *arena)
{
	struct span name = name_of(m);
	const struct raw_controller *c;

	if (is_field(m->field, "ctls"))
		return cgroup_label(&name, 1, arena);
	c = controller_of(m, memo);
	return c->name_count ? cgroup_label(c->names, c->name_count, arena) : "v2";
}

/* Takes one step, from the inside out. */
static int take_step(struct change *out, struct match *m, struct subject_memo *memo,
		     struct arena *arena, struct error *err)
{
	struct span name = name_of(m);
	const char **text = NULL;

	if (is_field(m->field, "properties")) {
		out->name = name;
	} else if (is_field(m->field, "sets")) {
		out->type = CHANGE_MEMBERSHIP;
	} else if (is_field(m->field, "dirs") || is_field(m->field, "children")) {
		text = &out->group;
		*text = arena_printf(arena, "/%.*s%s", (int)name.size, (const char *)name.data,
				     out->group ? out->group : "");
	} else if (is_field(m->field, "controllers") || is_field(m->field, "ctls")) {
		text = &out->hierarchy;
		*text = label_of(m, memo, arena);
	}
	return text && !*text ? fail_memory(err) : 0;
}

struct span cgroup_property(const struct rules_change *edit)
{
	struct match *message = is_cgroup(edit) ? message_of(edit) : NULL;

	if (!message || !is_field(message->field, "properties") ||
	    (message != edit->element && !is_field(field_of(edit), "value")))
		return span_of("", 0);
	location_match_key(edit->memo, message);
	return name_of(message);
}

int cgroup_subject(const struct rules_change *edit, struct subject_memo *memo, struct arena *arena,
		   struct change *out, struct error *err)
{
	struct error ignored;

	*out = (struct change){
		.type = CHANGE_FIELD,
		.image = edit->image->file,
		.place = edit->place,
		.rule = edit->rule,
	};
	for (struct match *m = is_cgroup(edit) ? message_of(edit) : NULL; m; m = m->parent) {
		location_match_key(edit->memo, m);
		if (m->field && take_step(out, m, memo, arena, err) < 0)
			return -1;
	}
	/* What is no path of a group is left as it is. */
	if (out->group && cgroup_path_check(span_text(out->group), &ignored) == 0) {
		out->group = cgroup_path_join(arena, out->group, span_text(""), err);
		if (!out->group)
			return -1;
	}
	if (cgroup_property(edit).size)
		out->type = CHANGE_PROPERTY;
	return 0;
}
