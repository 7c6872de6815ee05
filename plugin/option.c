/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "option.h"

#include <string.h>

#include "../rules/suggest.h"
#include "../rules/args.h"
#include "context.h"

static const struct row {
	const char *name;
	unsigned values;
	const char *usage;
	const char *refused; /* why, or NULL */
} rows[] = {
#define OPTION(name, values, usage) { name, values, usage, NULL },
#define REFUSED(name, why) { name, 0, "", why },
#include "option.def"
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct asked {
	const struct row *row;
	struct span values[2];
};

/* ---- values ------------------------------------------------------------------ */

static bool begins(struct span s, const char *text)
{
	size_t size = strlen(text);

	return s.size >= size && memcmp(s.data, text, size) == 0;
}

/* KIND[KEY]:VALUE, of the kinds that CRIU looks at when it restores. */
static int judge_external(struct span value, struct error *err)
{
	static const char *const kinds[] = { "mnt[", "veth[", "macvlan[" };
	const uint8_t *end = value.size ? memchr(value.data, ']', value.size) : NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t head = end ? (size_t)(end - value.data) + 1 : 0;

		if (begins(value, kinds[i]) && head + 1 < value.size && value.data[head] == ':')
			return 0;
	}
	return fail(err,
		    "'%.*s' is none of mnt[KEY]:PATH, veth[IN]:OUT@BRIDGE and "
		    "macvlan[IN]:PARENT; namespaces and files go by inherit-fd",
		    (int)(value.size < 200 ? value.size : 200), (const char *)value.data);
}

static int judge_profile(struct span value, struct error *err)
{
	if ((begins(value, "apparmor:") && value.size > strlen("apparmor:")) ||
	    (begins(value, "selinux:") && value.size > strlen("selinux:")))
		return 0;
	return fail(err, "expected apparmor:PROFILE or selinux:LABEL");
}

static int judge_path(struct span value, struct error *err)
{
	return begins(value, "/") ? 0 : fail(err, "expected a full path");
}

static int judge_validation(struct span value, struct error *err)
{
	return span_is(value, "filesize") || span_is(value, "buildid") ?
		       0 :
		       fail(err, "expected filesize or buildid");
}

static int judge_empty(struct span value, struct error *err)
{
	return span_is(value, "net") ? 0 : fail(err, "expected net");
}

/* criu/namespaces.c: join_ns_add(); a pid namespace cannot be joined. */
static int judge_join(struct span value, struct error *err)
{
	static const char *const types[] = {
		"net:/", "uts:/", "ipc:/", "mnt:/", "user:/", "time:/"
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (begins(value, types[i]))
			return 0;
	return fail(err, "expected net, uts, ipc, mnt, user or time, a colon, and a full path");
}

static int judge_cgroup_root(struct span value, struct error *err)
{
	const uint8_t *colon = value.size ? memchr(value.data, ':', value.size) : NULL;
	size_t head = colon && *value.data != '/' ? (size_t)(colon - value.data) + 1 : 0;

	return head < value.size && value.data[head] == '/' ?
		       0 :
		       fail(err, "expected a full path, or CONTROLLER,...: and one");
}

static const struct {
	const char *name;
	unsigned value; /* which of them */
	int (*judge)(struct span value, struct error *err);
} judges[] = {
	{ "external", 0, judge_external }, { "lsm-profile", 0, judge_profile },
	{ "root", 0, judge_path },         { "file-validation", 0, judge_validation },
	{ "empty-ns", 0, judge_empty },    { "inherit-fd", 1, judge_path },
	{ "join-ns", 0, judge_join },      { "cgroup-root", 0, judge_cgroup_root },
};

static int judge(const struct row *row, unsigned value, struct span text, struct error *err)
{
	if (text.size == 0 || memchr(text.data, 0, text.size))
		return fail(err, "expected %s", row->usage);
	for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++) {
		if (judges[i].value == value && strcmp(judges[i].name, row->name) == 0)
			return judges[i].judge(text, err);
	}
	return 0;
}

/* ---- arguments --------------------------------------------------------------- */

static int unknown(struct span name, struct error *err)
{
	struct suggestion s = suggest_for(name);
	cleanup_buffer struct buffer all = { 0 };

	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].refused)
			continue;
		suggest_offer(&s, rows[i].name);
		buffer_printf(&all, "%s%s", all.size ? ", " : "", rows[i].name);
	}
	if (s.best[0] || all.failed)
		return fail(err, "unknown option '%.*s'%s", (int)name.size, (const char *)name.data,
			    suggest_text(&s));
	return fail(err, "unknown option '%.*s'; a rule can give %.*s", (int)name.size,
		    (const char *)name.data, (int)all.size, (const char *)all.data);
}

static int find_row(struct span name, const struct row **row, struct error *err)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!span_is(name, rows[i].name))
			continue;
		*row = &rows[i];
		return rows[i].refused ? fail(err, "%s cannot be given here: %s", rows[i].name,
					      rows[i].refused) :
					 0;
	}
	return unknown(name, err);
}

/* What has no value before it runs counts as right. */
static int take_value(struct verb_args *a, struct asked *asked, unsigned i, struct error *err)
{
	bool known = !args_at_end(a) && a->args[a->at].value.type == VALUE_TEXT;

	if (args_text(a, asked->row->usage, &asked->values[i], err) < 0)
		return -1;
	if (!known || judge(asked->row, i, asked->values[i], err) == 0)
		return 0;
	a->at--;
	return -1;
}

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct asked *asked = out;
	struct span name;

	if (args_text(a, "the name of an option of CRIU", &name, err) < 0)
		return -1;
	if (find_row(name, &asked->row, err) < 0) {
		a->at--;
		return -1;
	}
	for (unsigned i = 0; i < asked->row->values; i++) {
		if (take_value(a, asked, i, err) < 0)
			return -1;
	}
	return args_end(a, asked->row->values ? "no more than that" : "no value", err);
}

/* ---- keeping ------------------------------------------------------------------- */

static const char *keep(struct crw *crw, struct span text)
{
	return text.data ? arena_copy(&crw->outcome, text.data, text.size) : NULL;
}

static int note(struct rules_call *call, const struct option_given *o, struct error *err)
{
	struct crw *crw = call->world->ctx;
	bool offline = strcmp(crw->facts.stage, "offline") == 0;
	const char *after = o->path  ? arena_printf(call->arena, "%s %s", o->value, o->path) :
			    o->value ? o->value :
				       "given";

	if (!after)
		return fail_memory(err);
	return change_by(call,
			 (struct change){
				 .type = CHANGE_OPTION,
				 .image = "criu",
				 .name = span_text(o->name),
				 .before = span_text("(as given)"),
				 .after = span_text(after),
				 .note = offline ? "only by rewrite.so, at the restore" : NULL,
			 },
			 err);
}

/* The verbs on groups ask where CRIU will put them. */
static int note_root(struct crw *crw, const struct option_given *o, struct error *err)
{
	const char *colon = strchr(o->value, ':');
	const char *controller = colon ? arena_copy(&crw->outcome, o->value,
						    (size_t)(colon - o->value)) :
					 NULL;

	if (colon && !controller)
		return fail_memory(err);
	if (crw_set_cgroup_root(crw, controller, colon ? colon + 1 : o->value) == 0)
		return 0;
	return err == &crw->err ? -1 : fail(err, "%s", crw->err.text);
}

static int run(struct rules_call *call, struct error *err)
{
	struct crw *crw = call->world->ctx;
	const struct asked *asked = call->wish;
	struct option_given *o, **end = &crw->options;

	if (strcmp(crw->facts.stage, "dump") == 0)
		return fail(err, "options are given at the restore, not at the dump");
	o = arena_alloc(&crw->outcome, sizeof(*o));
	if (!o)
		return fail_memory(err);
	o->name = asked->row->name;
	o->value = keep(crw, asked->values[0]);
	o->path = keep(crw, asked->values[1]);
	if ((asked->row->values > 0 && !o->value) || (asked->row->values > 1 && !o->path))
		return fail_memory(err);
	while (*end)
		end = &(*end)->next;
	*end = o;
	call->matched++;
	if (strcmp(o->name, "cgroup-root") == 0 && note_root(crw, o, err) < 0)
		return -1;
	return note(call, o, err);
}

const struct rules_verb verb_option = {
	NULL, "option", "option NAME [VALUE ...]", read_arguments, sizeof(struct asked), run,
};
