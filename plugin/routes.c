/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "routes.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../proto/file.h"
#include "../proto/image.h"
#include "../rules/print.h"
#include "../rules/args.h"
#include "../rules/text.h"
#include "cgroup/capture.h"
#include "context.h"
#include "held.h"

struct routes_wish {
	bool captures; /* else recalls */
};

static int read_arguments(struct verb_args *a, void *out, struct error *err)
{
	struct routes_wish *wish = out;

	wish->captures = args_word(a, "capture");
	if (!wish->captures && !args_word(a, "recall"))
		return fail(err, "expected capture or recall");
	return args_end(a, "nothing", err);
}

/* ---- the dump ------------------------------------------------------------------- */

static int keep_file(struct crw *crw, const char *name, unsigned id, uint32_t magic,
		     const struct buffer *messages, struct error *err)
{
	struct routes_captured *c = arena_alloc(&crw->outcome, sizeof(*c));
	uint8_t *content = arena_alloc(&crw->outcome, sizeof(magic) + messages->size);

	if (!c || !content || messages->failed)
		return fail_memory(err);
	memcpy(content, &magic, sizeof(magic));
	memcpy(content + sizeof(magic), messages->data, messages->size);
	c->file = arena_printf(&crw->outcome, "%s-%u.img", name, id);
	c->content = span_of(content, sizeof(magic) + messages->size);
	c->next = crw->routes;
	crw->routes = c;
	return c->file ? 0 : fail_memory(err);
}

static int keep(struct rules_call *call, const char *kind_name, const char *name, unsigned id,
		const struct buffer *messages, struct error *err)
{
	const struct image_kind *kind = kind_named(kind_name, strlen(kind_name));
	struct crw *crw = call->world->ctx;
	const char *text = arena_printf(call->arena, "%zu bytes", messages->size);

	if (messages->size == 0)
		return 0;
	if (!text)
		return fail_memory(err);
	if (keep_file(crw, name, id, kind->raw_magic, messages, err) < 0)
		return -1;
	call->matched++;
	return change_by(call,
			 (struct change){ .type = CHANGE_FIELD,
					  .image = crw->routes->file,
					  .name = span_text("image"),
					  .after = span_text(text) },
			 err);
}

static int capture_from(struct rules_call *call, const char *path, unsigned id, struct error *err)
{
	cleanup_buffer struct buffer routes = { 0 }, rules = { 0 };
	struct crw *crw = call->world->ctx;
	const char *file = arena_printf(call->arena, "%s/ns/net", path);
	cleanup_close int ns = file ? openat(crw->facts.root, file, O_RDONLY | O_CLOEXEC) : -1;

	if (ns < 0)
		return fail_errno(err, "/%s: cannot open", file ? file : path);
	if (routes_ask(ns, &routes, &rules, err) < 0 ||
	    keep(call, "rewrite_route", "rewrite-route", id, &routes, err) < 0)
		return -1;
	return keep(call, "rewrite_rule", "rewrite-rule", id, &rules, err);
}

static bool is_known(const struct buffer *ids, unsigned id)
{
	const unsigned *known = (const unsigned *)(const void *)ids->data;

	for (size_t i = 0; i < ids->size / sizeof(id); i++) {
		if (known[i] == id)
			return true;
	}
	return false;
}

/* CRIU dumps what is in the namespace of a task only when it belongs to the checkpoint. */
static int is_dumped(const struct crw *crw, unsigned id, struct error *err)
{
	char file[40];
	int found;

	snprintf(file, sizeof(file), "route-%u.img", id);
	found = file_exists(crw->checkpoint.dir, file, AT_SYMLINK_NOFOLLOW);
	return found < 0 ? fail_errno(err, "%s: cannot be looked at", file) : found;
}

static int net_ns_of(struct crw *crw, struct checkpoint_image *ids, unsigned *id, struct error *err)
{
	struct image_entry entry;
	struct wire_field field;
	struct image image;
	const struct field_type *f;
	int more;

	*id = 0;
	if (checkpoint_entries(&crw->checkpoint, ids, &image, err) < 0)
		return -1;
	while ((more = image_next(&image, &entry, err)) > 0) {
		f = message_field(entry.type, "net_ns_id", strlen("net_ns_id"));
		while (f && (more = wire_next_of(&entry.body, field_number(f), &field, err)) > 0)
			*id = (unsigned)field.scalar;
		if (more < 0)
			break;
	}
	return more < 0 ? error_context(err, "%s", ids->file) : 0;
}

/* The namespace of one task, unless another had it. */
static int capture_of(struct rules_call *call, struct checkpoint_image *ids, struct buffer *done,
		      struct error *err)
{
	struct crw *crw = call->world->ctx;
	unsigned thread = 0, id;
	const char *path;
	int dumped;

	if (sscanf(ids->file, "ids-%u.img", &thread) != 1)
		return 0;
	if (net_ns_of(crw, ids, &id, err) < 0 || held_path(crw, thread, &path, err) < 0)
		return -1;
	if (!path || !id || is_known(done, id))
		return 0;
	dumped = is_dumped(crw, id, err);
	if (dumped <= 0)
		return dumped;
	buffer_append(done, span_of(&id, sizeof(id)));
	return done->failed ? fail_memory(err) : capture_from(call, path, id, err);
}

static int capture(struct rules_call *call, struct error *err)
{
	struct crw *crw = call->world->ctx;
	const struct image_kind *kind = kind_named("ids", strlen("ids"));
	cleanup_buffer struct buffer done = { 0 };
	struct checkpoint_image *ids;
	int more;

	if (strcmp(crw->facts.stage, "dump") != 0)
		return fail(err, "capture is for the dump: when stage == \"dump\" { "
				 "routes capture }");
	for (size_t i = 0; (more = checkpoint_find(&crw->checkpoint, kind, i, &ids, err)); i++) {
		if (more < 0 || capture_of(call, ids, &done, err) < 0)
			return -1;
	}
	return 0;
}

int routes_write(const struct crw *crw, int dir, struct error *err)
{
	for (const struct routes_captured *c = crw->routes; c; c = c->next) {
		if (capture_write(dir, c->file, c->content, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the restore ------------------------------------------------------------------- */

/* Where entries go: those of the family that has the field's number. */
static const struct way {
	const char *from, *to;
	const char *family; /* field; NULL: all */
	uint64_t number;
} ways[] = {
	{ "rewrite_route", "route", "rtm_family", 2 },
	{ "rewrite_route", "route6", "rtm_family", 10 },
	{ "rewrite_rule", "rule", NULL, 0 },
};

static bool goes(const struct way *w, const struct image_entry *entry)
{
	const struct field_type *f = w->family ? message_field(entry->type, w->family,
							       strlen(w->family)) :
						 NULL;
	struct span rest = entry->body;
	struct wire_field field;
	struct error ignored;

	if (f && wire_next_of(&rest, field_number(f), &field, &ignored) > 0)
		return field.scalar == w->number;
	return !f;
}

static int tell(struct rules_call *call, const char *file, const struct image_entry *entry,
		struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };

	if (print_message(&text, entry->type, entry->body, false, RULES_SHOWN_MAX, err) < 0)
		return -1;
	if (text.failed)
		return fail_memory(err);
	return change_by(call,
			 (struct change){ .type = CHANGE_FIELD,
					  .image = file,
					  .name = span_text(message_name(entry->type)),
					  .after = buffer_span(&text),
					  .note = "recorded at the dump" },
			 err);
}

/* What CRIU has, and behind it what was recorded. */
static int join(struct rules_call *call, const struct way *w, const struct rules_image *to,
		struct image *from, struct content *fresh, struct error *err)
{
	struct image_entry entry;
	int more;

	if (content_append(fresh, to->bytes, err) < 0)
		return -1;
	while ((more = image_next(from, &entry, err)) > 0) {
		if (!goes(w, &entry))
			continue;
		if (content_append(fresh, entry.size, err) < 0 ||
		    content_append(fresh, entry.body, err) < 0 ||
		    tell(call, to->file, &entry, err) < 0)
			return -1;
		call->matched++;
	}
	return more < 0 ? -1 : content_seal(fresh, err);
}

static int recall_into(struct rules_call *call, const struct way *w, const struct rules_image *from,
		       const struct rules_image *to, struct error *err)
{
	const struct rules_world *world = call->world;
	const struct rules_edit by = {
		.place = call->place,
		.is_verb = true,
		.statement = call->statement,
	};
	size_t before = call->matched;
	struct content fresh = { .size = 0 };
	struct image image;
	int status = rules_image_open(from, &image, err);

	image.content = NULL;
	if (status == 0)
		status = join(call, w, to, &image, &fresh, err);
	if (status == 0 && call->matched > before)
		status = world->writable(world->ctx, to->kind, err) < 0 ?
				 -1 :
				 world->update(world->ctx, to, &by, &fresh, err);
	content_free(&fresh);
	return status < 0 ? error_context(err, "%s", to->file) : 0;
}

/* The next image of the namespace with that id. */
static int next_of(const struct rules_world *world, const struct image_kind *kind, struct span id,
		   size_t *index, struct rules_image *image, struct error *err)
{
	number_t number;
	int more = 1;

	if (world->numbered && text_number(id, &number))
		more = world->numbered(world->ctx, kind, number, index, err);
	return more > 0 ? world->image(world->ctx, kind, *index, image, err) : more;
}

/* The images of one kind, each into that of its namespace. */
static int recall_way(struct rules_call *call, const struct way *w, struct error *err)
{
	const struct rules_world *world = call->world;
	const struct image_kind *from_kind = kind_named(w->from, strlen(w->from));
	const struct image_kind *to_kind = kind_named(w->to, strlen(w->to));
	struct rules_image from, to;
	struct span id, other;
	int more;

	for (size_t i = 0; (more = world->image(world->ctx, from_kind, i, &from, err)) > 0; i++) {
		kind_of_file(from.file, &id);
		for (size_t k = 0; (more = next_of(world, to_kind, id, &k, &to, err)) > 0; k++) {
			kind_of_file(to.file, &other);
			if (span_equal(id, other) && recall_into(call, w, &from, &to, err) < 0)
				return -1;
		}
		if (more < 0)
			return -1;
	}
	return more;
}

static int run(struct rules_call *call, struct error *err)
{
	const struct routes_wish *wish = call->wish;

	if (wish->captures)
		return capture(call, err);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (recall_way(call, &ways[i], err) < 0)
			return -1;
	}
	return 0;
}

const struct rules_verb verb_routes = {
	NULL, "routes", "routes capture | recall", read_arguments, sizeof(struct routes_wish), run,
};
