/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leftover.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "../../rules/address.h"
#include "../../rules/location.h"
#include "../../rules/shown.h"
#include "../context.h"

#define FINDS_MAX 20  /* finds that are named */
#define NAMES_MAX 256 /* bytes of the names of fields that lead to one */

struct search {
	struct rules_call *call;
	leftover_judge judge;
	const void *ctx;
	const char *open_why; /* only names of open files, with these words; or NULL */
	const char *file;
	size_t found;
};

/* The message that is looked into, and that which it is in. */
struct level {
	const struct level *outer;
	const struct field_type *field; /* of the outer one */
	const struct message_type *type;
	struct span body;
	unsigned depth;
};

/* --- notes --- */

static void put_names(struct buffer *out, const struct level *l)
{
	if (l->outer)
		put_names(out, l->outer);
	if (l->field)
		buffer_printf(out, "%s%s", out->size ? "." : "", field_name(l->field));
	if (!l->field || field_label(l->field) == FIELD_REPEATED)
		location_put_key(out, l->type, l->body);
}

static void note(struct search *s, const struct level *l, const struct field_type *f,
		 const struct value *v)
{
	cleanup_buffer struct buffer text = { 0 };
	char where[NAMES_MAX];

	if (s->found++ >= FINDS_MAX)
		return;
	put_names(&text, l);
	snprintf(where, sizeof(where), "%.*s", (int)text.size, (const char *)text.data);
	buffer_clear(&text);
	buffer_printf(&text, "%s: %s%s%s is still ", s->file, where, *where ? " " : "",
		      field_name(f));
	value_print(&text, *v);
	if (text.size > RULES_SHOWN_MAX)
		text.size = RULES_SHOWN_MAX;
	buffer_text(&text, s->open_why ? s->open_why : "");
	buffer_byte(&text, 0);
	if (!text.failed)
		explain_say(s->call, (const char *)text.data);
}

static void note_rest(struct search *s)
{
	char text[80];

	if (s->found <= FINDS_MAX)
		return;
	snprintf(text, sizeof(text), "and %zu more fields still have the old value",
		 s->found - FINDS_MAX);
	explain_say(s->call, text);
}

/* --- the search --- */

static int look_into(struct search *s, const struct level *l, struct error *err);

/* All words of an address, side by side, of which this is the first. */
static bool read_address(const struct level *l, const struct field_type *f,
			 const struct wire_field *first, struct value *out)
{
	const uint8_t *end = l->body.data + l->body.size;
	struct span rest = span_of(first->raw.data, (size_t)(end - first->raw.data));
	struct value words[4], list = { .type = VALUE_LIST };
	struct wire_field w;
	struct error ignored;

	while (wire_next(&rest, &w, &ignored) > 0 && w.number == first->number &&
	       w.type != WIRE_BYTES) {
		if (list.item_count == 4)
			return false;
		words[list.item_count++] = value_number(field_decode(f, w.scalar));
	}
	list.items = words;
	return address_of(&list, out);
}

/* A next hop of either version: its family, then the address (Linux, struct rtvia). */
static bool read_via(const struct field_type *f, struct span bytes, struct value *out)
{
	const size_t head = sizeof(uint16_t);

	return strcmp(field_name(f), "via") == 0 && bytes.size > head &&
	       address_of_bytes(span_of(bytes.data + head, bytes.size - head), out);
}

static bool is_file_name(const struct field_type *f)
{
	return strcmp(message_name(field_owner(f)), "reg_file_entry") == 0 &&
	       strcmp(field_name(f), "name") == 0;
}

/* `again`: the field before this one is of the same number. */
static void look_at(struct search *s, const struct level *l, const struct field_type *f,
		    const struct wire_field *w, bool again)
{
	struct value v;

	if (s->open_why && !is_file_name(f))
		return;
	if (w->type == WIRE_BYTES && field_wire(f) == WIRE_BYTES)
		v = read_via(f, w->bytes, &v) ? v : value_text(w->bytes);
	else if (again || !shown_is_address(f) || !read_address(l, f, w, &v))
		return;
	if (s->judge(s->ctx, &v))
		note(s, l, f, &v);
}

static int look_into_field(struct search *s, const struct level *l, const struct wire_field *w,
			   bool again, struct error *err)
{
	const struct field_type *f = message_field_number(l->type, w->number);
	struct level inner = { .outer = l, .field = f, .body = w->bytes, .depth = l->depth + 1 };

	if (!f || (field_message(f) && w->type != WIRE_BYTES))
		return 0;
	inner.type = field_message(f);
	if (inner.type)
		return look_into(s, &inner, err);
	look_at(s, l, f, w, again);
	return 0;
}

static int look_into(struct search *s, const struct level *l, struct error *err)
{
	struct span rest = l->body;
	uint32_t before = 0; /* no number */
	struct wire_field w;
	int more = 0;

	if (l->depth > MESSAGE_DEPTH_MAX)
		return fail(err, "messages are nested more than %d deep", MESSAGE_DEPTH_MAX);
	for (; (more = wire_next(&rest, &w, err)) > 0; before = w.number)
		if (look_into_field(s, l, &w, w.number == before, err) < 0)
			return -1;
	return more;
}

static int look_into_image(struct search *s, const struct rules_image *file, struct error *err)
{
	struct image_entry entry;
	struct image image;
	int more;

	s->file = file->file;
	if (rules_image_open(file, &image, err) < 0)
		return error_context(err, "%s", file->file);
	while ((more = image_next(&image, &entry, err)) > 0) {
		const struct level top = { .type = entry.type, .body = entry.body };

		if (look_into(s, &top, err) < 0) {
			more = -1;
			break;
		}
	}
	return more < 0 ? error_context(err, "%s", file->file) : 0;
}

static int look_into_kind(struct search *s, const struct image_kind *kind, struct error *err)
{
	const struct rules_world *world = s->call->world;
	struct rules_image image;
	int more;

	for (size_t i = 0; kind->entry; i++) {
		more = world->image(world->ctx, kind, i, &image, err);
		if (more <= 0)
			return more;
		if (look_into_image(s, &image, err) < 0)
			return -1;
	}
	return 0;
}

int leftover_note_open(struct rules_call *call, leftover_judge judge, const void *ctx,
		       const char *why, struct error *err)
{
	static const char *const kinds[] = { "files", "reg_files" };
	struct search s = { .call = call, .judge = judge, .ctx = ctx, .open_why = why };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (look_into_kind(&s, kind_named(kinds[i], strlen(kinds[i])), err) < 0)
			return -1;
	note_rest(&s);
	return 0;
}

int leftover_note(struct rules_call *call, leftover_judge judge, const void *ctx, struct error *err)
{
	struct search s = { .call = call, .judge = judge, .ctx = ctx };

	for (size_t i = 0; i < kind_count(); i++)
		if (!kind_at(i)->service && look_into_kind(&s, kind_at(i), err) < 0)
			return -1;
	note_rest(&s);
	return 0;
}

/* --- words --- */

/* Does the byte go on with a word? A '.' does in names of files. */
static bool is_part(const struct span *text, size_t at, bool file)
{
	uint8_t c = at < text->size ? text->data[at] : 0;

	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' ||
	       c == '-' || (file && c == '.');
}

bool leftover_has_word(struct span text, struct span word)
{
	bool file = word.size && word.data[0] == '/';
	size_t from = 0;

	while (word.size && from < text.size) {
		const uint8_t *at = memmem(text.data + from, text.size - from, word.data,
					   word.size);
		size_t start = at ? (size_t)(at - text.data) : 0;

		if (!at)
			return false;
		if ((start == 0 || !is_part(&text, start - 1, file)) &&
		    !is_part(&text, start + word.size, file))
			return true;
		from = start + 1;
	}
	return false;
}

/* --- addresses --- */

static bool is_digit(uint8_t c, bool six)
{
	return (c >= '0' && c <= '9') || c == '.' ||
	       (six && (c == ':' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')));
}

/* Is it an address of that version, from `at` on? A ':' or '.' behind it is none of its. */
static bool is_address(struct span text, size_t at, bool six, leftover_judge judge, const void *ctx)
{
	size_t size = 0, most = six ? INET6_ADDRSTRLEN : INET_ADDRSTRLEN;
	struct value v;

	while (at + size < text.size && size < most && is_digit(text.data[at + size], six))
		size++;
	while (size && (text.data[at + size - 1] == '.' || text.data[at + size - 1] == ':'))
		size--;
	return !is_part(&text, at + size, false) &&
	       address_parse(span_of(text.data + at, size), &v) && judge(ctx, &v);
}

bool leftover_has_address(struct span text, leftover_judge judge, const void *ctx)
{
	for (size_t at = 0; at < text.size; at++)
		if ((at == 0 || !is_part(&text, at - 1, false)) &&
		    (is_address(text, at, false, judge, ctx) ||
		     is_address(text, at, true, judge, ctx)))
			return true;
	return false;
}
