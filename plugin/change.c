/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "change.h"

#include <string.h>

#include "cgroup/properties.h"
#include "cgroup/subject.h"
#include "context.h"

static const struct {
	const char *name;
	const char *field; /* what is shown where the change has no name */
} types[] = {
	[CHANGE_FIELD] = { "field", "" },
	[CHANGE_PROPERTY] = { "property", "" },
	[CHANGE_GROUP] = { "group", "group" },
	[CHANGE_CONTROLLER] = { "controller", "controller" },
	[CHANGE_MEMBERSHIP] = { "membership", "threads" },
	[CHANGE_OPTION] = { "option", "" },
	[CHANGE_HOST_GROUP] = { "host group", "group" },
};

/* ---- one name for one field -------------------------------------------------- */

static void put_part(struct buffer *key, struct span part)
{
	buffer_append(key, span_of(&part.size, sizeof(part.size)));
	buffer_append(key, part);
}

/*
 * Rules that come one after the other may see a hierarchy with several controllers
 * by different names. So of a property it is the controller that the property
 * begins with, and the first where it begins with none.
 */
static struct span controller_of(const struct change *c)
{
	const uint8_t *dot = c->name.size ? memchr(c->name.data, '.', c->name.size) : NULL;
	struct span own = span_of(c->name.data, dot ? (size_t)(dot - c->name.data) : 0);

	if (own.size && !span_is(own, "cgroup"))
		return own;
	return span_of(c->hierarchy, strcspn(c->hierarchy, ","));
}

static int put_key(struct buffer *key, const struct change *c, struct error *err)
{
	bool property = c->type == CHANGE_PROPERTY && c->hierarchy;

	buffer_append(key, span_of(&c->type, sizeof(c->type)));
	put_part(key, span_text(c->image));
	put_part(key, property ? controller_of(c) : span_text(c->hierarchy ? c->hierarchy : ""));
	put_part(key, span_text(c->group ? c->group : ""));
	put_part(key, c->name);
	return key->failed ? fail_memory(err) : 0;
}

static int put_edit_key(struct buffer *key, const struct change *subject,
			const struct rules_change *edit, struct error *err)
{
	if (subject->type == CHANGE_PROPERTY)
		return put_key(key, subject, err);
	return rules_change_key(edit, key, err);
}

int change_edit_key(const struct rules_change *edit, struct subject_memo *memo, struct buffer *key,
		    struct error *err)
{
	cleanup_arena struct arena arena = { 0 };
	struct change subject;

	if (cgroup_subject(edit, memo, &arena, &subject, err) < 0)
		return -1;
	return put_edit_key(key, &subject, edit, err);
}

/* ---- what is kept ------------------------------------------------------------- */

struct keeping {
	struct crw *crw;
	struct crw_change kept, last;
	struct buffer key; /* empty: it overrides nothing */
	bool failed;
};

static const char *keep_span(struct keeping *k, struct span text)
{
	char *copy = text.data ? arena_copy(&k->crw->outcome, text.data, text.size) : NULL;

	k->failed |= text.data && !copy;
	return copy;
}

static const char *keep(struct keeping *k, const char *text)
{
	return keep_span(k, span_of(text, text ? strlen(text) : 0));
}

/* The same as of the change before is kept once. */
static const char *keep_again(struct keeping *k, const char *last, const char *text)
{
	return last && text && strcmp(last, text) == 0 ? last : keep(k, text);
}

static struct keeping keeping_of(struct crw *crw)
{
	size_t count = crw_change_count(crw);
	struct keeping k = { .crw = crw };

	if (count)
		k.last = *crw_change(crw, count - 1);
	return k;
}

/* What both kinds of changes have. */
static void keep_subject(struct keeping *k, const struct change *c)
{
	k->kept.image = keep_again(k, k->last.image, c->image);
	k->kept.type = types[c->type].name;
	k->kept.hierarchy = keep(k, c->hierarchy);
	k->kept.group = keep(k, c->group);
	if (c->type == CHANGE_PROPERTY || c->hierarchy)
		k->kept.property = keep_span(k, c->name);
	k->kept.note = keep(k, c->note);
	k->kept.file = keep_again(k, k->last.file, c->place.file);
	k->kept.line = c->place.line;
	k->kept.rule = keep_again(k, k->last.rule, c->rule);
}

/* "cpuset:/ct" */
static const char *where_of(struct keeping *k, const struct change *c)
{
	const char *group = c->seen ? c->seen : c->group;
	bool both = c->hierarchy && group && c->type != CHANGE_GROUP;
	const char *where = arena_printf(&k->crw->outcome, "%s%s%s",
					 c->hierarchy ? c->hierarchy : "", both ? ":" : "",
					 both || (!c->hierarchy && group) ? group : "");

	k->failed |= !where;
	return where;
}

/* With the new name before it when there is one. */
static const char *after_of(struct keeping *k, const struct change *c)
{
	const char *text;

	if (!c->renamed || !c->after.data)
		return keep_span(k, c->after);
	text = arena_printf(&k->crw->outcome, "%s %.*s", c->renamed, (int)c->after.size,
			    (const char *)c->after.data);
	k->failed |= !text;
	return text;
}

static void keep_texts(struct keeping *k, const struct change *c)
{
	k->kept.where = where_of(k, c);
	k->kept.field = c->name.size ? keep_span(k, c->name) : types[c->type].field;
	k->kept.before = keep_span(k, c->before);
	k->kept.after = after_of(k, c);
}

static int keep_change(struct keeping *k, struct error *err)
{
	struct crw *crw = k->crw;

	if (k->failed)
		return fail_memory(err);
	explain_change(crw, &k->kept);
	if (k->key.size && explain_override(crw, &k->kept, buffer_span(&k->key), err) < 0)
		return -1;
	buffer_append(&crw->changes, span_of(&k->kept, sizeof(k->kept)));
	return crw->changes.failed ? fail_memory(err) : 0;
}

static int keep_noted(struct crw *crw, const struct change *change, struct error *err)
{
	struct keeping k = keeping_of(crw);
	int status = 0;

	keep_subject(&k, change);
	keep_texts(&k, change);
	/* What has another name now is said in other words, not overridden. */
	if (!change->renamed)
		status = put_key(&k.key, change, err);
	if (status == 0)
		status = keep_change(&k, err);
	buffer_free(&k.key);
	return status;
}

/* Is it one that is kept? */
static bool count(struct crw *crw, const char *image, struct rules_place by)
{
	if (strcmp(image, "cgroup.img") == 0 || strcmp(image, "host") == 0)
		crw->groups_changed = by;
	return crw->changes_counted++ < crw->changes_kept_max;
}

int change_note(struct crw *crw, const struct change *change, struct error *err)
{
	return count(crw, change->image, change->place) ? keep_noted(crw, change, err) : 0;
}

int change_by(const struct rules_call *call, struct change change, struct error *err)
{
	change.place = call->place;
	change.rule = call->rule;
	if (!change.image)
		change.image = call->image->file;
	return change_note(call->world->ctx, &change, err);
}

/* CRIU would fail late, when the kernel refuses it. */
static int judge_value(const struct rules_change *edit, struct error *err)
{
	const struct value *after = edit->after.value;

	return after && after->type == VALUE_TEXT ?
		       property_value_check(cgroup_property(edit), after->text, err) :
		       0;
}

static int keep_edit(struct keeping *k, const struct rules_change *edit, struct error *err)
{
	struct rules_texts texts;
	struct change subject;

	if (rules_change_show(edit, &k->crw->outcome, &k->crw->texts_memo, &texts, err) < 0 ||
	    cgroup_subject(edit, &k->crw->subject_memo, &k->crw->outcome, &subject, err) < 0 ||
	    put_edit_key(&k->key, &subject, edit, err) < 0)
		return -1;
	keep_subject(k, &subject);
	k->kept.where = texts.where;
	k->kept.field = texts.field;
	k->kept.before = texts.before;
	k->kept.after = texts.after;
	if (texts.note)
		k->kept.note = texts.note;
	return keep_change(k, err);
}

static int keep_noted_edit(struct crw *crw, const struct rules_change *edit, struct error *err)
{
	struct keeping k = keeping_of(crw);
	int status = keep_edit(&k, edit, err);

	buffer_free(&k.key);
	return status;
}

int change_note_edit(struct crw *crw, const struct rules_change *edit, struct error *err)
{
	bool kept = count(crw, edit->image->file, edit->place);

	if (judge_value(edit, err) < 0)
		return -1;
	return kept ? keep_noted_edit(crw, edit, err) : 0;
}
