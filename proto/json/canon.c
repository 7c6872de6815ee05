/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checking whole messages and writing is done for what is not plain, which CRIU
 * hardly ever writes, so it may go over a message several times. It takes no
 * memory but for the result.
 */
#include "canon.h"

/* --- checking --- */

/* Is the varint at p in its shortest form? Moves behind it. */
static inline bool is_shortest(const uint8_t **p)
{
	const uint8_t *start = *p, *last = start;

	while (*last & 0x80)
		last++;
	*p = last + 1;
	if (last == start)
		return true;
	/* The tenth byte has one bit, what is above is dropped when reading. */
	return *last != 0 && (last - start < WIRE_VARINT_MAX - 1 || *last == 1);
}

/* Would this number be written as it stands here? */
static bool is_scalar_canonical(const struct json_field *f, uint64_t scalar)
{
	struct error err;
	uint64_t again;

	if (f->kind == FIELD_UNSIGNED)
		return f->is_64 || scalar <= UINT32_MAX;
	return field_encode(f->type, field_decode(f->type, scalar), &again, &err) == 0 &&
	       again == scalar;
}

static bool is_packed_canonical(const struct json_field *f, struct span run, struct error *err)
{
	uint64_t scalar;

	if (f->wire != WIRE_VARINT)
		return run.size > 0 && run.size % (f->wire == WIRE_FIXED32 ? 4 : 8) == 0;
	if (run.size == 0)
		return false;
	while (run.size > 0) {
		const uint8_t *at = run.data;

		if (wire_varint(&run, &scalar, err) < 0 || !is_shortest(&at) ||
		    !is_scalar_canonical(f, scalar))
			return false;
	}
	return true;
}

static int check_message(struct json_plans *plans, struct json_plan *plan, struct span body,
			 unsigned depth, struct error *err);

/* The tag and what follows, a number or a length. */
static bool is_head_canonical(const struct wire_field *field)
{
	const uint8_t *at = field->raw.data;

	if (!is_shortest(&at))
		return false;
	return (field->type != WIRE_VARINT && field->type != WIRE_BYTES) || is_shortest(&at);
}

static int check_value(struct json_plans *plans, struct json_field *f,
		       const struct wire_field *field, unsigned depth, struct error *err)
{
	if (f->packed)
		return is_packed_canonical(f, field->bytes, err);
	if (f->kind == FIELD_MESSAGE) {
		struct json_plan *plan = json_field_plan(plans, f);

		return plan ? check_message(plans, plan, field->bytes, depth + 1, err) :
			      fail_memory(err);
	}
	return field->type == WIRE_BYTES || is_scalar_canonical(f, field->scalar);
}

#define FIELDS_MAX 256 /* of one message */

/* Where the order means nothing, each field has its own place, a list one. */
static bool is_in_order(const struct json_plan *plan, const struct json_field *f, uint32_t last,
			bool present[FIELDS_MAX])
{
	size_t index = (size_t)(f - plan->fields);
	bool before = index < FIELDS_MAX && present[index];

	if (f->number == last)
		return f->repeated && !f->packed;
	if (!plan->unordered)
		return f->number > last;
	if (index < FIELDS_MAX)
		present[index] = true;
	return !before;
}

/* Even where the answer is known to be no, all is read: nested messages that
 * are none are errors in any order. */
static int check_message(struct json_plans *plans, struct json_plan *plan, struct span body,
			 unsigned depth, struct error *err)
{
	struct wire_field field;
	uint32_t last = 0;
	size_t required = 0;
	bool unknown = false, present[FIELDS_MAX] = { false };
	int more, good = 1;

	if (depth > MESSAGE_DEPTH_MAX)
		return fail(err, "messages are nested more than %d deep", MESSAGE_DEPTH_MAX);
	while ((more = wire_next(&body, &field, err)) > 0) {
		struct json_field *f = json_plan_field(plan, field.number);
		int status;

		if (!json_is_known(f, field.type)) {
			/* A list may come packed or not, whatever the schema says. */
			good &= !(f && f->repeated && f->wire != WIRE_BYTES);
			unknown = true;
			continue;
		}
		good &= !unknown && is_in_order(plan, f, last, present);
		last = field.number;
		required += f->required;
		status = check_value(plans, f, &field, depth, err);
		if (status < 0)
			return error_context(err, "%s.%s", plan->name, field_name(f->type));
		good &= status && is_head_canonical(&field);
	}
	if (more < 0)
		return error_context(err, "%s", plan->name);
	return good && required == plan->required;
}

bool json_is_plain(const struct json_plan *plan, struct span body)
{
	struct json_plain plain = json_plain_begin(body);

	while (plain.at < plain.end) {
		if (!json_plain_next(plan, &plain))
			return false;
	}
	return json_plain_end(plan, &plain);
}

int json_canon_check(struct json_plans *plans, struct json_plan *plan, struct span body,
		     struct error *err)
{
	return check_message(plans, plan, body, 1, err);
}

/* --- writing --- */

void json_put_packed(struct buffer *out, const struct json_field *f, uint64_t scalar)
{
	size_t size = f->wire == WIRE_FIXED32 ? 4 : 8;

	if (f->wire == WIRE_VARINT) {
		wire_put_varint(out, scalar);
		return;
	}
	for (size_t i = 0; i < size; i++)
		buffer_byte(out, (uint8_t)(scalar >> (8 * i)));
}

uint64_t json_take_packed(struct span *run, const struct json_field *f)
{
	struct wire_field field = { .type = f->wire };
	struct error err;

	if (wire_value(run, &field, &err) < 0)
		*run = span_of(NULL, 0);
	return field.scalar;
}

static int write_message(struct json_plans *plans, struct json_plan *plan, struct span body,
			 unsigned depth, struct buffer *out, struct error *err);

static int write_nested(struct json_plans *plans, struct json_field *f, struct span body,
			unsigned depth, struct buffer *out, struct error *err)
{
	struct json_plan *plan = json_field_plan(plans, f);
	cleanup_buffer struct buffer nested = { 0 };

	if (!plan)
		return fail_memory(err);
	if (write_message(plans, plan, body, depth + 1, &nested, err) < 0)
		return -1;
	wire_put_bytes(out, f->number, buffer_span(&nested));
	return 0;
}

/* The number as the field holds it; what does not fit is cut, as everywhere. */
static uint64_t canonical_scalar(const struct json_field *f, uint64_t scalar)
{
	struct error err;
	uint64_t again = scalar;

	field_encode(f->type, field_decode(f->type, scalar), &again, &err);
	return again;
}

static void put_element(struct buffer *out, const struct json_field *f, uint64_t scalar)
{
	scalar = canonical_scalar(f, scalar);
	if (f->packed)
		json_put_packed(out, f, scalar);
	else
		wire_put_scalar(out, f->number, f->wire, scalar);
}

/* The run was seen to be a whole one. */
static void put_run(struct buffer *out, const struct json_field *f, struct span run)
{
	while (run.size > 0)
		put_element(out, f, json_take_packed(&run, f));
}

/* All elements of a list of numbers, packed in the message or not. */
static void write_numbers(const struct json_field *f, struct span body, struct buffer *out)
{
	cleanup_buffer struct buffer run = { 0 };
	struct buffer *to = f->packed ? &run : out;
	struct wire_field field;
	struct error err;

	while (wire_next(&body, &field, &err) > 0) {
		if (field.number != f->number)
			continue;
		if (field.type == f->wire)
			put_element(to, f, field.scalar);
		else if (field.type == WIRE_BYTES)
			put_run(to, f, field.bytes);
	}
	if (run.size > 0)
		wire_put_bytes(out, f->number, buffer_span(&run));
	out->failed = out->failed || run.failed;
}

/* A list of messages, texts or bytes. */
static int write_list(struct json_plans *plans, struct json_field *f, struct span body,
		      unsigned depth, struct buffer *out, struct error *err)
{
	struct wire_field field;
	int status = 0;

	while (status == 0 && wire_next(&body, &field, err) > 0) {
		if (field.number != f->number || field.type != f->wire)
			continue;
		if (f->kind == FIELD_MESSAGE)
			status = write_nested(plans, f, field.bytes, depth, out, err);
		else
			wire_put_bytes(out, f->number, field.bytes);
	}
	return status;
}

/* Of a field that should be there once the last counts; messages are merged,
 * which is the same as one behind the other. */
static int write_single(struct json_plans *plans, struct json_field *f, struct span body,
			unsigned depth, struct buffer *out, struct error *err)
{
	cleanup_buffer struct buffer merged = { 0 };
	struct wire_field field, last = { 0 };

	while (wire_next(&body, &field, err) > 0) {
		if (field.number != f->number || field.type != f->wire)
			continue;
		last = field;
		if (f->kind == FIELD_MESSAGE)
			buffer_append(&merged, field.bytes);
	}
	if (merged.failed)
		return fail_memory(err);
	if (f->kind == FIELD_MESSAGE)
		return write_nested(plans, f, buffer_span(&merged), depth, out, err);
	if (f->wire == WIRE_BYTES)
		wire_put_bytes(out, f->number, last.bytes);
	else
		wire_put_scalar(out, f->number, f->wire, canonical_scalar(f, last.scalar));
	return 0;
}

static bool is_list_of_numbers(const struct json_field *f)
{
	return f->repeated && f->wire != WIRE_BYTES;
}

/* May the wire hold the field in this form? */
static bool is_readable(const struct json_field *f, enum wire_type wire)
{
	return wire == f->wire || (is_list_of_numbers(f) && wire == WIRE_BYTES);
}

static void write_unknown(const struct json_plan *plan, struct span body, struct buffer *out)
{
	struct wire_field field;
	struct error err;

	while (wire_next(&body, &field, &err) > 0) {
		const struct json_field *f = json_plan_field(plan, field.number);

		if (!f || !is_readable(f, field.type))
			buffer_append(out, field.raw);
	}
}

static int check_run(const struct json_field *f, struct span run, struct error *err)
{
	uint64_t scalar;

	if (f->wire != WIRE_VARINT)
		return run.size % (f->wire == WIRE_FIXED32 ? 4 : 8) == 0 ?
			       0 :
			       fail(err, "a packed run of %zu bytes", run.size);
	while (run.size > 0) {
		if (wire_varint(&run, &scalar, err) < 0)
			return -1;
	}
	return 0;
}

/* Marks the fields that are there, and sees that all of it can be read. */
static int find_present(const struct json_plan *plan, struct span body, bool present[FIELDS_MAX],
			struct error *err)
{
	struct wire_field field;
	int more;

	if (plan->count > FIELDS_MAX)
		return fail(err, "internal error: %s has more than %d fields", plan->name,
			    FIELDS_MAX);
	while ((more = wire_next(&body, &field, err)) > 0) {
		const struct json_field *f = json_plan_field(plan, field.number);

		if (!f || !is_readable(f, field.type))
			continue;
		present[f - plan->fields] = true;
		if (field.type != f->wire && check_run(f, field.bytes, err) < 0)
			return -1;
	}
	return more;
}

static int write_message(struct json_plans *plans, struct json_plan *plan, struct span body,
			 unsigned depth, struct buffer *out, struct error *err)
{
	bool present[FIELDS_MAX] = { false };
	int status;

	if (depth > MESSAGE_DEPTH_MAX)
		return fail(err, "messages are nested more than %d deep", MESSAGE_DEPTH_MAX);
	status = find_present(plan, body, present, err);
	if (status < 0)
		return error_context(err, "%s", plan->name);
	for (size_t i = 0; i < plan->count && status == 0; i++) {
		struct json_field *f = &plan->fields[i];

		if (!present[i])
			continue;
		if (is_list_of_numbers(f))
			write_numbers(f, body, out);
		else if (f->repeated)
			status = write_list(plans, f, body, depth, out, err);
		else
			status = write_single(plans, f, body, depth, out, err);
		if (status < 0)
			return error_context(err, "%s.%s", plan->name, field_name(f->type));
	}
	write_unknown(plan, body, out);
	return status == 0 && out->failed ? fail_memory(err) : status;
}

int json_canon_write(struct json_plans *plans, struct json_plan *plan, struct span body,
		     struct buffer *out, struct error *err)
{
	return write_message(plans, plan, body, 1, out, err);
}
