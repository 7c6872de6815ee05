/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two halves: patches written out by hand, and random trees of messages that
 * are changed in random places, once by a patch and once by writing the
 * changed tree anew. Both must give the same bytes.
 */
#include <stdlib.h>

#include "../../proto/patch.h"
#include "test.h"

/* --- by hand --- */

/* message { 1: bytes of `size` x } inside `depth` messages of field 2 */
static void nested(struct buffer *out, size_t size, unsigned depth)
{
	struct buffer inner = { 0 };

	if (depth == 0) {
		memset(buffer_extend(&inner, size), 'x', size);
		wire_put_bytes(out, 1, buffer_span(&inner));
	} else {
		nested(&inner, size, depth - 1);
		wire_put_bytes(out, 2, buffer_span(&inner));
	}
	buffer_free(&inner);
}

/* Walks down to the only leaf and puts `size` x there. */
static int resize_leaf(struct patch *p, struct span body, size_t size, struct error *err)
{
	struct buffer leaf = { 0 };
	struct wire_field f;
	int result;

	if (wire_next(&body, &f, err) != 1)
		return -1;
	if (f.number == 2) {
		if (patch_enter(p, &f, err) < 0 || resize_leaf(p, f.bytes, size, err) < 0)
			return -1;
		return patch_leave(p, err);
	}
	nested(&leaf, size, 0);
	result = patch_replace(p, f.raw, buffer_span(&leaf), err);
	buffer_free(&leaf);
	return result;
}

static bool resizes(size_t from, size_t to, unsigned depth)
{
	struct buffer before = { 0 }, after = { 0 }, out = { 0 };
	struct patch p;
	struct error err = { "" };
	bool same;

	nested(&before, from, depth);
	nested(&after, to, depth);
	patch_begin(&p, buffer_span(&before));
	same = resize_leaf(&p, buffer_span(&before), to, &err) == 0 &&
	       patch_finish(&p, &out, &err) == 0 &&
	       span_equal(buffer_span(&out), buffer_span(&after));
	patch_free(&p);
	buffer_free(&before);
	buffer_free(&after);
	buffer_free(&out);
	return same;
}

/* Lengths take another byte at 128 and at 16384; a message around a message
 * crosses its own border a few bytes earlier. */
static void test_growth(void)
{
	size_t wrong = 0;

	for (size_t border = 128; border <= 16384; border *= 128) {
		for (size_t from = border - 12; from < border + 4; from++) {
			for (size_t to = border - 12; to < border + 4; to++)
				wrong += !resizes(from, to, 3);
		}
	}
	is_number((long long)wrong, 0, "lengths around 127/128 and 16383/16384");
	ok(resizes(2097151, 2097152, 4), "around 2097151/2097152");
	ok(resizes(100, 0, 100) && resizes(0, 100000, 100), "a hundred lengths at once");
}

/* --- in parts --- */

static int take_piece(void *arg, struct span piece, struct error *err)
{
	buffer_append(arg, piece);
	return 0;
}

static int refuse_piece(void *arg, struct span piece, struct error *err)
{
	return fail(err, "no room");
}

/* Room comes too late. */
static int refuse_first(void *arg, struct span piece, struct error *err)
{
	bool *refused = arg;

	if (*refused)
		return 0;
	*refused = true;
	return fail(err, "no room");
}

/* `kept` bytes before an edit and `rest` behind it. */
static void refused(size_t kept, size_t inserted, size_t rest, const char *what)
{
	static const char text[6000], other[6000] = "edit";
	struct error err = { "" };
	struct patch p;
	bool done = false;

	patch_begin(&p, span_of(text, kept + 1 + rest));
	patch_replace(&p, span_of(text + kept, 1), span_of(other, inserted), &err);
	ok(patch_flush(&p, kept + 1 + rest, refuse_first, &done, &err) < 0, what);
	patch_free(&p);
}

static void test_refused(void)
{
	refused(5000, 1, 1, "a taker that fails at a long part");
	refused(1, 5000, 1, "at a long edit");
	refused(1, 1, 5000, "at a long rest");
	refused(3000, 3000, 1, "at what goes together");
	refused(1, 1, 1, "at the end");
}

static void test_flush(void)
{
	const char *text = "one two three";
	struct buffer out = { 0 };
	struct patch p;
	struct error err = { "" };

	patch_begin(&p, span_text(text));
	ok(patch_is_empty(&p), "nothing yet");
	patch_replace(&p, span_of(text, 3), span_text("1"), &err);
	ok(patch_flush(&p, 4, take_piece, &out, &err) == 0 && span_is(buffer_span(&out), "1 "),
	   "the first part");
	ok(p.edits.size == 0 && p.text.size == 0, "is forgotten");
	ok(!patch_is_empty(&p), "but was a change");
	patch_replace(&p, span_of(text + 8, 0), span_text("and "), &err);
	patch_replace(&p, span_of(text + 4, 3), span_text("2"), &err);
	ok(patch_flush(&p, 8, take_piece, &out, &err) == 0 &&
		   span_is(buffer_span(&out), "1 2 and "),
	   "the second, edits out of order");
	ok(patch_finish(&p, &out, &err) == 0 && span_is(buffer_span(&out), "1 2 and three"),
	   "and the rest");
	patch_free(&p);

	patch_begin(&p, span_text(text));
	patch_replace(&p, span_of(text + 4, 3), span_text("2"), &err);
	ok(patch_flush(&p, 5, take_piece, &out, &err) < 0, "an edit beyond the part");
	ok(patch_flush(&p, 7, refuse_piece, NULL, &err) < 0, "a taker that fails");
	is_text(err.text, "no room", "says why");
	patch_free(&p);
	buffer_free(&out);
}

static void test_depth(void)
{
	ok(resizes(1, 2, PATCH_DEPTH_MAX), "as deep as allowed");
	ok(!resizes(1, 2, PATCH_DEPTH_MAX + 1), "not deeper");
}

/* An entry of an image: u32 length. */
static void test_entry(void)
{
	static const char want[] = "before \4\0\0\0\x08\x01\x10\x05"
				   "pay\0\0\0\0";
	static const uint8_t image[] = "\x02\0\0\0\x08\x01"
				       "pay\x02\0\0\0\x08\x02";
	struct span all = span_of(image, 15);
	struct buffer out = { 0 };
	struct patch p;
	struct error err = { "" };

	patch_begin(&p, all);
	ok(patch_is_empty(&p), "a new patch is empty");
	ok(patch_enter_entry(&p, span_of(image, 4), span_of(image + 4, 2), &err) == 0 &&
		   patch_replace(&p, span_of(image + 6, 0), span_text("\x10\x05"), &err) == 0 &&
		   patch_leave(&p, &err) == 0,
	   "a field at the end of the first");
	ok(!patch_is_empty(&p), "no longer empty");
	ok(patch_enter_entry(&p, span_of(image + 9, 4), span_of(image + 13, 2), &err) == 0 &&
		   patch_replace(&p, span_of(image + 13, 2), span_of(NULL, 0), &err) == 0 &&
		   patch_leave(&p, &err) == 0,
	   "nothing left of the second");
	buffer_text(&out, "before ");
	ok(patch_finish(&p, &out, &err) == 0, "finish");
	ok(span_equal(buffer_span(&out), span_of(want, sizeof(want) - 1)),
	   "lengths are right, payload is kept, output is appended");
	patch_free(&p);
	buffer_free(&out);
}

/* Padded lengths are rewritten only when they change. */
static void test_padded_length(void)
{
	static const uint8_t padded[] = { 0x12, 0x82, 0x80, 0x00, 0x08, 0x01 };
	struct span rest = span_of(padded, sizeof(padded));
	struct buffer out = { 0 };
	struct wire_field f;
	struct patch p;
	struct error err = { "" };

	patch_begin(&p, rest);
	wire_next(&rest, &f, &err);
	ok(patch_enter(&p, &f, &err) == 0 &&
		   patch_replace(&p, span_of(padded + 4, 2), span_text("\x08\x07"), &err) == 0 &&
		   patch_leave(&p, &err) == 0 && patch_finish(&p, &out, &err) == 0,
	   "same size");
	ok(span_equal(buffer_span(&out), span_of("\x12\x82\x80\x00\x08\x07", 6)),
	   "length untouched");
	buffer_clear(&out);
	patch_free(&p);
	patch_begin(&p, span_of(padded, sizeof(padded)));
	ok(patch_enter(&p, &f, &err) == 0 &&
		   patch_replace(&p, span_of(padded + 6, 0), span_text("\x08\x07"), &err) == 0 &&
		   patch_leave(&p, &err) == 0 && patch_finish(&p, &out, &err) == 0,
	   "another size");
	ok(span_equal(buffer_span(&out), span_of("\x12\x04\x08\x01\x08\x07", 6)), "length written");
	patch_free(&p);
	buffer_free(&out);
}

static bool becomes(struct patch *p, const char *text)
{
	struct buffer out = { 0 };
	struct error err = { "" };
	bool same = patch_finish(p, &out, &err) == 0 && span_is(buffer_span(&out), text);

	if (!same)
		printf("# %s %.*s\n", err.text, (int)out.size, (const char *)out.data);
	buffer_free(&out);
	patch_free(p);
	return same;
}

#define AT(text, from, size) span_of((text) + (from), (size))

static int replace(struct patch *p, struct span old, const char *fresh)
{
	struct error err;

	return patch_replace(p, old, span_text(fresh), &err);
}

static void test_places(void)
{
	const char *text = "abcdef";
	struct patch p;

	patch_begin(&p, span_text(text));
	ok(becomes(&p, "abcdef"), "no edit");
	patch_begin(&p, span_text(text));
	replace(&p, AT(text, 0, 0), "<");
	replace(&p, AT(text, 6, 0), ">");
	ok(becomes(&p, "<abcdef>"), "insertions at both ends");
	patch_begin(&p, span_text(text));
	replace(&p, AT(text, 0, 1), "");
	replace(&p, AT(text, 5, 1), "");
	ok(becomes(&p, "bcde"), "removals at both ends");
	patch_begin(&p, span_text(text));
	replace(&p, AT(text, 0, 6), "x");
	ok(becomes(&p, "x"), "all of it");
	patch_begin(&p, span_text(text));
	replace(&p, AT(text, 0, 2), "12");
	replace(&p, AT(text, 2, 2), "");
	replace(&p, AT(text, 4, 2), "3");
	ok(becomes(&p, "123"), "edits side by side");
	patch_begin(&p, span_of(text, 0));
	replace(&p, AT(text, 0, 0), "new");
	ok(becomes(&p, "new"), "into nothing");
}

static void test_order(void)
{
	const char *text = "abcdef";
	struct patch p;

	patch_begin(&p, span_text(text));
	replace(&p, AT(text, 4, 1), "5");
	replace(&p, AT(text, 1, 1), "2");
	replace(&p, AT(text, 2, 1), "");
	ok(becomes(&p, "a2d5f"), "edits out of order");
	patch_begin(&p, span_text(text));
	replace(&p, AT(text, 3, 0), "1");
	replace(&p, AT(text, 3, 0), "2");
	replace(&p, AT(text, 3, 0), "3");
	ok(becomes(&p, "abc123def"), "insertions at one place keep their order");
	patch_begin(&p, span_text(text));
	replace(&p, AT(text, 3, 0), "1");
	replace(&p, AT(text, 3, 1), "D");
	replace(&p, AT(text, 3, 0), "2");
	replace(&p, AT(text, 0, 0), "0");
	ok(becomes(&p, "0abc12Def"), "and stand before what is replaced there");
}

static void test_overlap(void)
{
	const char *text = "abcdef";
	struct buffer out = { 0 };
	struct error err;
	struct patch p;

	patch_begin(&p, span_text(text));
	replace(&p, AT(text, 1, 3), "x");
	replace(&p, AT(text, 3, 2), "y");
	is_number(patch_finish(&p, &out, &err), -1, "edits that overlap");
	is_text(err.text, "internal error: two edits of the same bytes", "are refused");
	patch_free(&p);
	patch_begin(&p, span_text(text));
	replace(&p, AT(text, 1, 3), "x");
	replace(&p, AT(text, 2, 0), "y");
	is_number(patch_finish(&p, &out, &err), -1, "an insertion into what is removed");
	patch_free(&p);
	patch_begin(&p, span_text(text));
	replace(&p, AT(text, 1, 3), "x");
	replace(&p, AT(text, 1, 3), "x");
	is_number(patch_finish(&p, &out, &err), -1, "the same twice");
	is_number((long long)out.size, 0, "nothing is written");
	patch_free(&p);
	buffer_free(&out);
}

static void test_misuse(void)
{
	static const uint8_t bytes[] = { 0x12, 0x02, 0x08, 0x01, 0x08, 0x01 };
	struct span rest = span_of(bytes, sizeof(bytes));
	struct wire_field message, number;
	struct buffer out = { 0 };
	struct error err;
	struct patch p;

	wire_next(&rest, &message, &err);
	wire_next(&rest, &number, &err);
	patch_begin(&p, span_of(bytes, sizeof(bytes)));
	is_number(patch_leave(&p, &err), -1, "leaving what was not entered");
	is_number(patch_enter(&p, &number, &err), -1, "entering a number");
	is_number(patch_replace(&p, span_text("elsewhere"), span_text(""), &err), -1,
		  "an edit elsewhere");
	is_number(patch_replace(&p, span_of(NULL, 0), span_text("x"), &err), -1,
		  "an insertion nowhere");
	ok(patch_is_empty(&p), "leave no trace");
	patch_enter(&p, &message, &err);
	is_number(patch_replace(&p, number.raw, span_text(""), &err), -1,
		  "an edit outside the message entered");
	is_number(patch_replace(&p, span_of(bytes + 3, 2), span_text(""), &err), -1,
		  "an edit across its end");
	is_number(patch_finish(&p, &out, &err), -1, "finishing inside a message");
	is_number(patch_leave(&p, &err), 0, "leaving it");
	is_number(patch_finish(&p, &out, &err), 0, "and finishing");
	patch_free(&p);
	buffer_free(&out);
}

/* --- random trees --- */

enum { LEAF_NUMBER = 1, LEAF_BYTES = 2, INNER = 3 };
enum action { KEEP, REPLACE, REMOVE, INSERT, ACTIONS };

struct tree {
	uint32_t seed;
	unsigned leaves; /* counted in the order of the file */
	unsigned inners;
};

static uint32_t mix(uint32_t a, uint32_t b)
{
	uint32_t x = a * 2654435761u ^ (b + 1) * 2246822519u;

	x ^= x >> 15;
	x *= 3266489917u;
	return x ^ x >> 13;
}

/* What happens to the leaf, and the field that takes its place. */
static enum action edit_of(const struct tree *t, unsigned leaf, struct buffer *fresh)
{
	uint32_t random = mix(t->seed, leaf);
	size_t size = random % 40 == 0 ? 300 : random % 11;

	wire_put_bytes(fresh, 9, span_of("0123456789012345678901234567890123456789", size % 41));
	return (enum action)((random >> 8) % 3 ? KEEP : (random >> 12) % ACTIONS);
}

/* Does the message get a field at its end? */
static bool is_extended(const struct tree *t, unsigned inner)
{
	return mix(t->seed ^ 77, inner) % 4 == 0;
}

static void put_leaf(struct tree *t, struct buffer *out, bool changed)
{
	struct buffer leaf = { 0 }, fresh = { 0 };
	unsigned index = t->leaves++;
	uint32_t random = mix(t->seed ^ 5, index);
	enum action action = edit_of(t, index, &fresh);

	if (random % 2)
		wire_put_scalar(&leaf, LEAF_NUMBER, WIRE_VARINT, random);
	else
		wire_put_bytes(&leaf, LEAF_BYTES, span_of("abcdefghijklmnop", random % 16));
	if (changed && (action == REPLACE || action == INSERT))
		buffer_append(out, buffer_span(&fresh));
	if (!changed || action == KEEP || action == INSERT)
		buffer_append(out, buffer_span(&leaf));
	buffer_free(&leaf);
	buffer_free(&fresh);
}

/* Writes the tree as it is, or as it will be. */
static void put_tree(struct tree *t, struct buffer *out, unsigned depth, bool changed)
{
	unsigned inner = t->inners++;
	uint32_t random = mix(t->seed ^ 9, inner);

	for (unsigned i = 0; i < random % 5; i++) {
		struct buffer body = { 0 };

		if (depth == 0 || (random >> (8 + i)) & 1) {
			put_leaf(t, out, changed);
			continue;
		}
		put_tree(t, &body, depth - 1, changed);
		wire_put_bytes(out, INNER, buffer_span(&body));
		buffer_free(&body);
	}
	if (changed && is_extended(t, inner))
		wire_put_scalar(out, 8, WIRE_VARINT, inner);
}

/* How the patch is made: which leaves and messages in this pass, and whether
 * the fields of a message are visited from the last to the first. */
struct walk {
	struct tree tree;
	struct patch *p;
	unsigned pass, passes;
	bool backward;
};

static int patch_leaf(struct walk *w, const struct wire_field *f, unsigned index, struct error *err)
{
	struct buffer fresh = { 0 };
	struct span before = span_of(f->raw.data, 0);
	int result = 0;

	switch (edit_of(&w->tree, index, &fresh)) {
	case REPLACE:
		result = patch_replace(w->p, f->raw, buffer_span(&fresh), err);
		break;
	case REMOVE:
		result = patch_replace(w->p, f->raw, span_of(NULL, 0), err);
		break;
	case INSERT:
		result = patch_replace(w->p, before, buffer_span(&fresh), err);
		break;
	default:
		break;
	}
	buffer_free(&fresh);
	return result;
}

static int patch_end(struct walk *w, struct span body, unsigned inner, struct error *err)
{
	struct buffer fresh = { 0 };
	int result;

	if (!is_extended(&w->tree, inner) || inner % w->passes != w->pass)
		return 0;
	wire_put_scalar(&fresh, 8, WIRE_VARINT, inner);
	result = patch_replace(w->p, span_of(body.data + body.size, 0), buffer_span(&fresh), err);
	buffer_free(&fresh);
	return result;
}

/* A field with the numbers that its leaves and messages start from. */
struct place {
	struct wire_field field;
	unsigned leaves, inners;
};

/* Counts what is inside, in the order of the file. */
static void count_tree(struct span body, unsigned *leaves, unsigned *inners)
{
	struct wire_field f;
	struct error err;

	(*inners)++;
	while (wire_next(&body, &f, &err) > 0) {
		if (f.number == INNER)
			count_tree(f.bytes, leaves, inners);
		else
			(*leaves)++;
	}
}

static size_t list_fields(struct span body, struct place *places, unsigned leaves, unsigned inners)
{
	size_t count = 0;
	struct error err;

	while (wire_next(&body, &places[count].field, &err) > 0) {
		places[count].leaves = leaves;
		places[count].inners = inners;
		if (places[count].field.number == INNER)
			count_tree(places[count].field.bytes, &leaves, &inners);
		else
			leaves++;
		count++;
	}
	return count;
}

static int patch_tree(struct walk *w, struct span body, unsigned leaves, unsigned inners,
		      struct error *err);

static int patch_place(struct walk *w, const struct place *place, struct error *err)
{
	if (place->field.number != INNER)
		return place->leaves % w->passes == w->pass ?
			       patch_leaf(w, &place->field, place->leaves, err) :
			       0;
	if (patch_enter(w->p, &place->field, err) < 0 ||
	    patch_tree(w, place->field.bytes, place->leaves, place->inners, err) < 0)
		return -1;
	return patch_leave(w->p, err);
}

static int patch_tree(struct walk *w, struct span body, unsigned leaves, unsigned inners,
		      struct error *err)
{
	struct place places[8];
	size_t count = list_fields(body, places, leaves, inners + 1);

	if (w->backward && body.data && patch_end(w, body, inners, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (patch_place(w, &places[w->backward ? count - 1 - i : i], err) < 0)
			return -1;
	}
	return !w->backward && body.data ? patch_end(w, body, inners, err) : 0;
}

static bool patched_alike(uint32_t seed, unsigned passes, bool backward)
{
	struct buffer before = { 0 }, after = { 0 }, out = { 0 };
	struct patch p;
	struct walk w = { { .seed = seed }, &p, 0, passes, backward };
	struct error err = { "" };
	bool same = true;

	buffer_extend(&before, 0);
	put_tree(&(struct tree){ .seed = seed }, &before, 5, false);
	put_tree(&(struct tree){ .seed = seed }, &after, 5, true);
	patch_begin(&p, buffer_span(&before));
	for (; w.pass < passes && same; w.pass++)
		same = patch_tree(&w, buffer_span(&before), 0, 0, &err) == 0;
	same = same && patch_finish(&p, &out, &err) == 0 &&
	       span_equal(buffer_span(&out), buffer_span(&after));
	if (!same)
		printf("# seed %u passes %u backward %d: %s\n", seed, passes, backward, err.text);
	patch_free(&p);
	buffer_free(&before);
	buffer_free(&after);
	buffer_free(&out);
	return same;
}

static void test_random(unsigned passes, bool backward, const char *what)
{
	size_t wrong = 0;

	for (uint32_t seed = 0; seed < 3000 && wrong < 5; seed++)
		wrong += !patched_alike(seed, passes, backward);
	is_number((long long)wrong, 0, what);
}

int main(void)
{
	test_growth();
	test_depth();
	test_flush();
	test_refused();
	test_entry();
	test_padded_length();
	test_places();
	test_order();
	test_overlap();
	test_misuse();
	test_random(1, false, "random trees, front to back");
	test_random(1, true, "random trees, back to front");
	test_random(3, false, "random trees, messages entered three times");
	test_random(3, true, "random trees, three times back to front");
	return test_end();
}
