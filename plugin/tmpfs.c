/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tmpfs.h"

#include <string.h>

#include "added.h"
#include "mount.h"
#include "numbers.h"

static const struct field_type *field_of(const struct rules_call *call, const char *name)
{
	return message_field(call->type, name, strlen(name));
}

static int change_type(struct rules_call *call, const struct wire_field *type, struct error *err)
{
	cleanup_buffer struct buffer fresh = { 0 };
	const struct field_type *name = field_of(call, "fsname");
	const struct change change = {
		.name = span_text("fstype"),
		.before = span_text("tmpfs"),
		.after = span_text("tmpfs, by its name"),
		.note = "it is empty: there is no image of what is in it",
	};

	wire_put_scalar(&fresh, type->number, type->type, MOUNT_AUTO);
	wire_put_bytes(&fresh, field_number(name), span_text("tmpfs"));
	if (fresh.failed)
		return fail_memory(err);
	if (patch_replace(call->patch, type->raw, buffer_span(&fresh), err) < 0)
		return -1;
	return change_by(call, change, err);
}

/* The arguments are the mounts that are meant. */
static bool is_meant(const struct rules_call *call, uint64_t id)
{
	for (size_t i = 0; i < call->arg_count; i++)
		if (call->args[i].value.number == (number_t)id)
			return true;
	return false;
}

static int run(struct rules_call *call, struct error *err)
{
	const struct field_type *id_field = field_of(call, "mnt_id");
	const struct field_type *type_field = field_of(call, "fstype");
	struct wire_field w, type = { .number = 0 };
	struct span rest = call->body;
	uint64_t id = 0;
	int more;

	while ((more = wire_next(&rest, &w, err)) > 0) {
		if (w.number == field_number(id_field))
			id = w.scalar;
		if (w.number == field_number(type_field))
			type = w;
	}
	if (more < 0 || !type.number || !is_meant(call, id))
		return more;
	return change_type(call, &type, err);
}

static int settle(struct crw *crw, const struct rules_world *world, const struct buffer *ids,
		  struct error *err)
{
	static const struct rules_verb verb = { .message = "mnt_entry", .run = run };
	const struct blame *by = &crw->references.added;
	const struct rules_place place = { .file = by->file, .line = by->line, .column = 1 };
	const uint64_t *id = (const uint64_t *)(const void *)ids->data;
	size_t count = numbers_count(ids);
	struct rules_argument *args = arena_array(&crw->outcome, count, sizeof(*args));

	if (!args)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		args[i] = (struct rules_argument){ ARGUMENT_VALUE, value_number((number_t)id[i]),
						   place };
	return rules_run_verb(&verb, args, count, &place, world, err);
}

int tmpfs_settle(struct crw *crw, const struct rules_world *world, struct error *err)
{
	cleanup_buffer struct buffer ids = { 0 };
	struct checkpoint original;
	int status;

	if (!crw->references.added.touched)
		return 0;
	checkpoint_init(&original, crw->checkpoint.dir, crw->checkpoint.limit_image,
			crw->checkpoint.limit_memory);
	status = added_without_content(&crw->checkpoint, &original, &ids, err);
	checkpoint_free(&original);
	return status < 0 || ids.size == 0 ? status : settle(crw, world, &ids, err);
}
