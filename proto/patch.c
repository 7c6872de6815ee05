/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Patches. An edit in a message changes the lengths of all messages around
 * it, which stand before it. So the first edit in a message reserves an edit
 * for its length, a slot, that patch_leave fills in when it knows the sum.
 * A slot that stays unfilled replaces nothing by nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "patch.h"

void patch_begin(struct patch *p, struct span original)
{
	*p = (struct patch){ .original = original };
}

void patch_free(struct patch *p)
{
	buffer_free(&p->edits);
	buffer_free(&p->text);
	buffer_free(&p->frames);
	p->depth = 0;
}

static struct patch_edit *edits(const struct patch *p)
{
	return (struct patch_edit *)p->edits.data;
}

static struct patch_frame *frame_at(const struct patch *p, size_t index)
{
	return (struct patch_frame *)(void *)p->frames.data + index;
}

static size_t edit_count(const struct patch *p)
{
	return p->edits.size / sizeof(struct patch_edit);
}

static size_t offset_of(const struct patch *p, struct span s)
{
	return (size_t)(s.data - p->original.data);
}

/* Does s lie in the outer bytes? */
static bool lies_in(struct span s, struct span outer)
{
	uintptr_t start = (uintptr_t)s.data, first = (uintptr_t)outer.data;

	return s.data && start >= first && start - first <= outer.size &&
	       s.size <= outer.size - (start - first);
}

/* The bytes that may be edited now: the body of the message entered last. */
static struct span current_body(const struct patch *p)
{
	const struct patch_frame *f;

	if (p->depth == 0)
		return p->original;
	f = frame_at(p, p->depth - 1);
	return span_of(f->length.data + f->length.size, f->body);
}

/* --- frames --- */

static int enter(struct patch *p, struct span length, struct span body, bool fixed,
		 struct error *err)
{
	struct patch_frame *frame;

	if (p->depth == PATCH_DEPTH_MAX)
		return fail(err, "messages are nested more than %d deep", PATCH_DEPTH_MAX);
	if (!lies_in(length, current_body(p)) || !lies_in(body, current_body(p)))
		return fail(err, "internal error: a message outside the one around it");
	frame = (void *)buffer_extend(&p->frames, sizeof(*frame));
	if (!frame)
		return fail_memory(err);
	*frame = (struct patch_frame){
		.length = length,
		.body = body.size,
		.slot = PATCH_NO_SLOT,
		.fixed = fixed,
	};
	p->depth++;
	return 0;
}

int patch_enter_entry(struct patch *p, struct span size, struct span body, struct error *err)
{
	return enter(p, size, body, true, err);
}

/* The length stands between the tag, a varint, and the payload. */
int patch_enter(struct patch *p, const struct wire_field *message, struct error *err)
{
	const uint8_t *length = message->raw.data;

	if (message->type != WIRE_BYTES)
		return fail(err, "internal error: field %u is no message", message->number);
	while (*length++ & 0x80)
		;
	return enter(p, span_of(length, (size_t)(message->bytes.data - length)), message->bytes,
		     false, err);
}

/* By offset. At one place, what inserts comes before what replaces; what
 * stands at the end of an inner message before what follows that message;
 * and for the rest the earlier before the later, whose text stands later. */
static int compare_edits(const void *a, const void *b)
{
	const struct patch_edit *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	if ((x->removed > 0) != (y->removed > 0))
		return x->removed > 0 ? 1 : -1;
	if (x->depth != y->depth)
		return x->depth > y->depth ? -1 : 1;
	return (x->text > y->text) - (x->text < y->text);
}

static int add_edit(struct patch *p, struct patch_edit edit, struct error *err)
{
	size_t count = edit_count(p);
	struct patch_edit *added;

	if (p->original.size > PATCH_SIZE_MAX || p->text.size > PATCH_SIZE_MAX)
		return fail(err, "more than %u bytes to change", PATCH_SIZE_MAX);
	if (edit.offset < p->reached || (count && compare_edits(&edits(p)[count - 1], &edit) > 0))
		p->unordered = true;
	if (edit.offset + (size_t)edit.removed > p->reached)
		p->reached = edit.offset + (size_t)edit.removed;
	added = (void *)buffer_extend(&p->edits, sizeof(*added));
	if (!added)
		return fail_memory(err);
	*added = edit;
	return 0;
}

/* The slot that an earlier visit to the same message has left. Only what
 * stands before the furthest edit can have been visited. An insertion at the
 * same place belongs to what stands before the message. */
static size_t find_slot(const struct patch *p, uint32_t offset)
{
	if (offset >= p->reached)
		return PATCH_NO_SLOT;
	for (size_t i = edit_count(p); i-- > 0;) {
		const struct patch_edit *e = &edits(p)[i];

		if (e->offset == offset && (e->removed > 0 || e->inserted == 0))
			return i;
	}
	return PATCH_NO_SLOT;
}

static uint64_t length_at(const struct patch_frame *f, const uint8_t *bytes)
{
	uint64_t length = 0;
	unsigned shift = f->fixed ? 8 : 7;

	for (size_t i = 0; i < f->length.size; i++)
		length |= (uint64_t)(bytes[i] & (f->fixed ? 0xff : 0x7f)) << (shift * i);
	return length;
}

/* What the edits of an earlier visit added to the message. */
static ptrdiff_t earlier_delta(const struct patch *p, const struct patch_frame *f)
{
	const struct patch_edit *slot = &edits(p)[f->slot];
	struct patch_frame now = *f;

	if (slot->inserted == 0)
		return 0;
	now.length.size = slot->inserted;
	return (ptrdiff_t)length_at(&now, p->text.data + slot->text) - (ptrdiff_t)f->body;
}

static int reserve_slot(struct patch *p, struct patch_frame *f, struct error *err)
{
	uint32_t offset = (uint32_t)offset_of(p, f->length);
	const struct patch_edit *slot;

	f->slot = find_slot(p, offset);
	if (f->slot == PATCH_NO_SLOT) {
		f->slot = edit_count(p);
		return add_edit(
			p, (struct patch_edit){ .offset = offset, .text = (uint32_t)p->text.size },
			err);
	}
	slot = &edits(p)[f->slot];
	f->delta = earlier_delta(p, f);
	f->counted = f->delta + (ptrdiff_t)slot->inserted - (ptrdiff_t)slot->removed;
	return 0;
}

/* Every message around an edit needs a slot, the outermost first. */
static int reserve_slots(struct patch *p, struct error *err)
{
	size_t first = p->depth;

	while (first > 0 && frame_at(p, first - 1)->slot == PATCH_NO_SLOT)
		first--;
	for (; first < p->depth; first++) {
		if (reserve_slot(p, frame_at(p, first), err) < 0)
			return -1;
	}
	return 0;
}

static size_t write_length(const struct patch_frame *f, uint8_t bytes[WIRE_VARINT_MAX],
			   uint64_t length)
{
	if (!f->fixed)
		return wire_varint_write(bytes, length);
	for (size_t i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(length >> (8 * i));
	return 4;
}

/* Puts the length into the slot; returns by how many bytes it grew. */
static ptrdiff_t fill_slot(struct patch *p, const struct patch_frame *f, uint64_t length)
{
	uint8_t bytes[WIRE_VARINT_MAX];
	size_t size = write_length(f, bytes, length), text = p->text.size;

	buffer_append(&p->text, span_of(bytes, size));
	if (p->text.failed)
		return 0;
	edits(p)[f->slot] = (struct patch_edit){
		.offset = edits(p)[f->slot].offset,
		.removed = (uint32_t)f->length.size,
		.inserted = (uint32_t)size,
		.text = (uint32_t)text,
	};
	return (ptrdiff_t)size - (ptrdiff_t)f->length.size;
}

int patch_leave(struct patch *p, struct error *err)
{
	struct patch_frame *f;
	ptrdiff_t grown, length;

	if (p->depth == 0)
		return fail(err, "internal error: no message to leave");
	f = frame_at(p, --p->depth);
	p->frames.size -= sizeof(*f);
	if (f->slot == PATCH_NO_SLOT)
		return 0;
	grown = f->delta;
	length = (ptrdiff_t)f->body + f->delta;
	if (length < 0)
		return fail(err, "internal error: two edits of the same bytes");
	if (length > INT32_MAX)
		return fail(err, "a message of more than %d bytes", INT32_MAX);
	if (f->delta != 0 || edits(p)[f->slot].inserted != 0)
		grown += fill_slot(p, f, (uint64_t)length);
	if (p->depth > 0)
		frame_at(p, p->depth - 1)->delta += grown - f->counted;
	if (p->text.size > PATCH_SIZE_MAX)
		return fail(err, "more than %u bytes to change", PATCH_SIZE_MAX);
	return p->text.failed ? fail_memory(err) : 0;
}

/* --- edits --- */

int patch_replace(struct patch *p, struct span old, struct span fresh, struct error *err)
{
	struct patch_edit edit;

	if (!lies_in(old, current_body(p)))
		return fail(err, "internal error: an edit outside the message");
	if (fresh.size > PATCH_SIZE_MAX || p->original.size > PATCH_SIZE_MAX)
		return fail(err, "more than %u bytes to change", PATCH_SIZE_MAX);
	if (reserve_slots(p, err) < 0)
		return -1;
	edit = (struct patch_edit){
		.offset = (uint32_t)offset_of(p, old),
		.removed = (uint32_t)old.size,
		.inserted = (uint32_t)fresh.size,
		.text = (uint32_t)p->text.size,
		.depth = (uint32_t)p->depth,
	};
	buffer_append(&p->text, fresh);
	if (p->text.failed)
		return fail_memory(err);
	if (p->depth > 0)
		frame_at(p, p->depth - 1)->delta += (ptrdiff_t)fresh.size - (ptrdiff_t)old.size;
	return add_edit(p, edit, err);
}

bool patch_is_empty(const struct patch *p)
{
	return p->edits.size == 0 && p->flushed == 0;
}

/* --- the result --- */

/* They are in order now. */
static int check_edits(const struct patch *p, size_t upto, struct error *err)
{
	size_t done = p->flushed;

	for (size_t i = 0; i < edit_count(p); i++) {
		const struct patch_edit *e = &edits(p)[i];

		if (e->offset < done || e->offset + (size_t)e->removed > upto)
			return fail(err, "internal error: two edits of the same bytes");
		done = (size_t)e->offset + e->removed;
	}
	return 0;
}

/* Puts the edits in order. */
static int settle(struct patch *p, size_t upto, struct error *err)
{
	if (p->depth > 0)
		return fail(err, "internal error: a message is still open");
	if (p->edits.failed || p->text.failed)
		return fail_memory(err);
	if (p->unordered)
		qsort(p->edits.data, edit_count(p), sizeof(struct patch_edit), compare_edits);
	return check_edits(p, upto, err);
}

/* On the way to a taker: small pieces go together, since there are many. */
struct parcel {
	patch_taker take;
	void *arg;
	size_t used;
	uint8_t bytes[4096];
};

static int deliver(struct parcel *to, struct error *err)
{
	struct span bytes = span_of(to->bytes, to->used);

	to->used = 0;
	return bytes.size ? to->take(to->arg, bytes, err) : 0;
}

static int pack(struct parcel *to, struct span piece, struct error *err)
{
	if (piece.size > sizeof(to->bytes) - to->used && deliver(to, err) < 0)
		return -1;
	if (piece.size > sizeof(to->bytes))
		return to->take(to->arg, piece, err);
	memcpy(to->bytes + to->used, piece.data, piece.size);
	to->used += piece.size;
	return 0;
}

static int give(struct patch *p, size_t upto, struct parcel *to, struct error *err)
{
	const uint8_t *original = p->original.data, *text = p->text.data;

	for (size_t i = 0; i < edit_count(p); i++) {
		const struct patch_edit *e = &edits(p)[i];

		if (!e->removed && !e->inserted) /* the slot of a length that stays */
			continue;
		if (e->offset > p->flushed &&
		    pack(to, span_of(original + p->flushed, e->offset - p->flushed), err) < 0)
			return -1;
		if (e->inserted && pack(to, span_of(text + e->text, e->inserted), err) < 0)
			return -1;
		p->flushed = (size_t)e->offset + e->removed;
	}
	if (upto > p->flushed &&
	    pack(to, span_of(original + p->flushed, upto - p->flushed), err) < 0)
		return -1;
	p->flushed = upto;
	return deliver(to, err);
}

int patch_flush(struct patch *p, size_t upto, patch_taker take, void *arg, struct error *err)
{
	struct parcel to = { .take = take, .arg = arg };

	if (settle(p, upto, err) < 0 || give(p, upto, &to, err) < 0)
		return -1;
	buffer_clear(&p->edits);
	buffer_clear(&p->text);
	p->unordered = false;
	return 0;
}

static int append_piece(void *arg, struct span piece, struct error *err)
{
	struct buffer *out = arg;

	buffer_append(out, piece);
	return out->failed ? fail_memory(err) : 0;
}

int patch_finish(struct patch *p, struct buffer *out, struct error *err)
{
	struct parcel to = { .take = append_piece, .arg = out };

	if (settle(p, p->original.size, err) < 0)
		return -1;
	return give(p, p->original.size, &to, err);
}
