/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages out of JSON. A message is written member by member as they come;
 * when it is complete its members are put into the order of their numbers,
 * which they have already if the JSON comes from a tool.
 */
#include <string.h>

#include "../utf8.h"
#include "reader.h"
#include "shown.h"

#define always_inline inline __attribute__((always_inline))

/* A member as it stands in r->body. */
struct piece {
	uint32_t number;
	size_t start, end;
};

#define UNKNOWN UINT32_MAX /* the number of the piece with the unknown fields: the last */

/* A message that is being read. */
struct message {
	struct json_plan *plan;
	unsigned depth;
	int (*other)(struct json_reader *r); /* see json_read_message */
	size_t base, start;                  /* where its pieces and its bytes begin */
	struct json_field *next, *end;       /* those that come next in order */
	size_t required;                     /* how many of these were given */
	bool in_order;  /* as yet, so that r->pieces has only what takes no bytes in the body */
	bool has_older; /* the field that was renamed is given, by its present name */
};

/* --- tokens --- */

static int fail_token(struct json_reader *r, const char *wanted)
{
	return json_fail(&r->lex, "expected %s", wanted);
}

/* The comma between members or elements, or what ends them. */
static int next_of(struct json_reader *r, bool first, enum json_token end, enum json_token *token)
{
	*token = end;
	if (json_take_token(&r->lex, false, end))
		return 0;
	if (json_next(&r->lex, token) < 0)
		return -1;
	if (*token == end)
		return 0;
	if (first)
		return 1;
	if (*token != JSON_COMMA)
		return fail_token(r, end == JSON_OBJECT_END ? "',' or '}'" : "',' or ']'");
	return json_next(&r->lex, token) < 0 ? -1 : 1;
}

/* The name that `token` begins into r->key, and the colon. */
static int read_name(struct json_reader *r, enum json_token token)
{
	uint64_t line = r->lex.line, column = r->lex.column;

	if (token != JSON_STRING)
		return fail_token(r, "the name of a member");
	buffer_clear(&r->bytes);
	if (json_string_whole(&r->lex, &r->bytes, JSON_KEY_MAX) < 0)
		return -1;
	memcpy(r->key, r->bytes.data ? (const char *)r->bytes.data : "", r->bytes.size);
	r->key[r->bytes.size] = '\0';
	if (strlen(r->key) != r->bytes.size)
		return json_fail(&r->lex, "a member whose name has a NUL");
	if (json_next(&r->lex, &token) < 0)
		return -1;
	if (token != JSON_COLON)
		return fail_token(r, "':'");
	/* What is wrong with the member is said of its name. */
	r->lex.line = line;
	r->lex.column = column;
	return 1;
}

int json_read_key(struct json_reader *r, bool first)
{
	enum json_token token;
	int more = next_of(r, first, JSON_OBJECT_END, &token);

	return more > 0 ? read_name(r, token) : more;
}

int json_read_item(struct json_reader *r, bool first, enum json_token *token)
{
	int more;

	*token = JSON_OBJECT;
	if (json_take_token(&r->lex, !first, JSON_OBJECT))
		return 1;
	more = next_of(r, first, JSON_LIST_END, token);
	if (more > 0 && (*token == JSON_END || *token == JSON_LIST_END || *token == JSON_COMMA))
		return fail_token(r, "an element of the list");
	return more;
}

/* --- numbers --- */

#define DIGITS_LIMIT ((number_t)1 << 100)

/* The whole number of a text that is a number of JSON; other tools may have
 * made 1e3 or 7.0 of it. False when it is not a whole one. */
static bool whole_number(const char *at, number_t *value)
{
	bool negative = *at == '-', fraction = false;
	number_t sum = 0;
	int shift = 0, exponent = 0, sign;

	for (at += negative; *at && *at != 'e' && *at != 'E'; at++) {
		if (*at == '.') {
			fraction = true;
			continue;
		}
		if (sum < DIGITS_LIMIT)
			sum = sum * 10 + (*at - '0');
		shift -= fraction;
	}
	if (*at) {
		sign = at[1] == '-' ? -1 : 1;
		for (at += 1 + (at[1] == '-' || at[1] == '+'); *at; at++)
			exponent = exponent < 1000 ? exponent * 10 + (*at - '0') : exponent;
		shift += sign * exponent;
	}
	for (; shift < 0 && sum % 10 == 0 && sum; shift++)
		sum /= 10;
	for (; shift > 0 && sum < DIGITS_LIMIT && sum; shift--)
		sum *= 10;
	*value = negative ? -sum : sum;
	return shift >= 0 || sum == 0;
}

int json_read_integer(struct json_reader *r, enum json_token token, number_t *value)
{
	if (token != JSON_NUMBER)
		return fail_token(r, "a number");
	if (!whole_number(r->lex.number, value))
		return json_fail(&r->lex, "%s is not a whole number", r->lex.number);
	return 0;
}

int json_read_bool(struct json_reader *r, bool *value)
{
	enum json_token token;

	if (json_next(&r->lex, &token) < 0)
		return -1;
	*value = token == JSON_TRUE;
	return token == JSON_TRUE || token == JSON_FALSE ? 0 : fail_token(r, "true or false");
}

/* A string that is short enough to be a number, a word or flags. */
static int read_words(struct json_reader *r)
{
	buffer_clear(&r->bytes);
	return json_string_whole(&r->lex, &r->bytes, JSON_SHOWN_MAX);
}

static int read_enum(struct json_reader *r, const struct json_field *f, number_t *value)
{
	int32_t number;

	if (read_words(r) < 0)
		return -1;
	if (!field_enum_number(f->type, (const char *)r->bytes.data, r->bytes.size, &number))
		return json_fail(&r->lex, "'%.*s' is not a value of %s", (int)r->bytes.size,
				 (const char *)r->bytes.data, field_enum_type(f->type));
	*value = number;
	return 0;
}

/* A number of a field in any of the forms it may have. */
static int read_number(struct json_reader *r, const struct json_field *f, enum json_token token,
		       number_t *value)
{
	*value = token == JSON_TRUE;
	if (f->kind == FIELD_BOOL && (token == JSON_TRUE || token == JSON_FALSE))
		return 0;
	if (token == JSON_STRING && f->kind == FIELD_ENUM)
		return read_enum(r, f, value);
	if (token != JSON_STRING || f->kind == FIELD_BOOL)
		return json_read_integer(r, token, value);
	if (read_words(r) < 0)
		return -1;
	if (json_shown_number(f, buffer_span(&r->bytes), value, r->err) < 0)
		return json_place(&r->lex);
	return 0;
}

static void put_scalar(struct json_reader *r, const struct json_field *f, uint64_t scalar)
{
	if (f->packed)
		json_put_packed(&r->body, f, scalar);
	else
		wire_put_scalar(&r->body, f->number, f->wire, scalar);
}

static int put_number(struct json_reader *r, const struct json_field *f, number_t value)
{
	uint64_t scalar;

	if (field_encode(f->type, value, &scalar, r->err) < 0)
		return json_place(&r->lex);
	put_scalar(r, f, scalar);
	return 0;
}

/* --- text and bytes --- */

int json_read_base64(struct json_reader *r, enum json_token token, struct buffer *out)
{
	struct base64 state = { 0 };
	struct span piece;
	int more;

	if (token != JSON_STRING)
		return fail_token(r, "a string with base64");
	while ((more = json_string_piece(&r->lex, &piece)) > 0) {
		if (out->size > IMAGE_SIZE_MAX)
			return json_fail(&r->lex, "more than %u bytes", IMAGE_SIZE_MAX);
		if (base64_piece(&state, piece, out, r->err) < 0)
			return json_place(&r->lex);
	}
	if (more == 0 && base64_end(&state, r->err) < 0)
		return json_place(&r->lex);
	return more;
}

/* {"_bytes": "..."}, in place of a text that is not UTF-8. */
static int read_text_bytes(struct json_reader *r)
{
	enum json_token token;

	if (json_read_key(r, true) <= 0 || strcmp(r->key, "_bytes") != 0)
		return fail_token(r, "a text, or \"_bytes\" in an object");
	if (json_next(&r->lex, &token) < 0)
		return -1;
	buffer_clear(&r->bytes);
	if (json_read_base64(r, token, &r->bytes) < 0 || json_next(&r->lex, &token) < 0)
		return -1;
	return token == JSON_OBJECT_END ? 0 : fail_token(r, "'}'");
}

static int read_text(struct json_reader *r, enum json_token token)
{
	if (token == JSON_OBJECT)
		return read_text_bytes(r);
	if (token != JSON_STRING)
		return fail_token(r, "a text");
	buffer_clear(&r->bytes);
	if (json_string_whole(&r->lex, &r->bytes, IMAGE_ENTRY_MAX) < 0)
		return -1;
	if (!utf8_is_valid(buffer_span(&r->bytes)))
		return json_fail(&r->lex, "the text is not UTF-8");
	return 0;
}

static int read_quoted(struct json_reader *r, enum json_token token)
{
	cleanup_buffer struct buffer text = { 0 };

	if (token != JSON_STRING)
		return fail_token(r, "a text");
	if (json_string_whole(&r->lex, &text, IMAGE_ENTRY_MAX) < 0)
		return -1;
	buffer_clear(&r->bytes);
	quoted_decode(buffer_span(&text), &r->bytes);
	return r->bytes.failed ? fail_memory(r->err) : 0;
}

static int read_bytes(struct json_reader *r, const struct json_field *f, enum json_token token)
{
	if (f->kind == FIELD_TEXT)
		return read_text(r, token);
	if (f->quoted)
		return read_quoted(r, token);
	buffer_clear(&r->bytes);
	return json_read_base64(r, token, &r->bytes);
}

/* --- fields --- */

/* Begins a message or a run of numbers, with a tag and room for a length of one byte.
 * Returns where its content begins. */
static size_t begin_run(struct json_reader *r, uint32_t number)
{
	wire_put_bytes(&r->body, number, span_of(NULL, 0));
	return r->body.size;
}

/* Sets the length of what begins there and ends the body. */
static int end_run(struct json_reader *r, size_t start)
{
	size_t size = r->body.size - start, more;

	if (r->body.failed)
		return fail_memory(r->err);
	if (size < 0x80) {
		r->body.data[start - 1] = (uint8_t)size;
		return 0;
	}
	more = wire_varint_size(size) - 1;
	if (!buffer_extend(&r->body, more))
		return fail_memory(r->err);
	memmove(r->body.data + start + more, r->body.data + start, size);
	wire_varint_write(r->body.data + start - 1, size);
	return 0;
}

static int read_nested(struct json_reader *r, struct json_field *f, enum json_token token,
		       unsigned depth)
{
	struct json_plan *plan = json_field_plan(&r->plans, f);
	size_t start;

	if (!plan)
		return fail_memory(r->err);
	if (token != JSON_OBJECT)
		return fail_token(r, "an object");
	start = begin_run(r, f->number);
	return json_read_message(r, plan, depth + 1, NULL) < 0 ? -1 : end_run(r, start);
}

static int read_scalar(struct json_reader *r, const struct json_field *f, enum json_token token)
{
	number_t value;

	return read_number(r, f, token, &value) < 0 ? -1 : put_number(r, f, value);
}

static int read_value(struct json_reader *r, struct json_field *f, enum json_token token,
		      unsigned depth)
{
	if (f->kind == FIELD_MESSAGE)
		return read_nested(r, f, token, depth);
	if (f->wire != WIRE_BYTES)
		return read_scalar(r, f, token);
	if (read_bytes(r, f, token) < 0)
		return -1;
	wire_put_bytes(&r->body, f->number, buffer_span(&r->bytes));
	return 0;
}

/* An address in place of the words of a list. */
static int read_address(struct json_reader *r, const struct json_field *f)
{
	uint32_t words[4];
	int count;

	if (read_words(r) < 0)
		return -1;
	count = json_shown_words(buffer_span(&r->bytes), words, r->err);
	if (count < 0)
		return json_place(&r->lex);
	for (int i = 0; i < count; i++) {
		if (put_number(r, f, words[i]) < 0)
			return -1;
	}
	return 0;
}

static int read_list(struct json_reader *r, struct json_field *f, enum json_token token,
		     unsigned depth)
{
	size_t before = r->body.size, start;
	bool first = true;
	int more, status = 0;

	if (token != JSON_LIST)
		return fail_token(r, "a list");
	start = f->packed ? begin_run(r, f->number) : before;
	for (; status == 0 && (more = json_read_item(r, first, &token)) > 0; first = false) {
		if (r->body.size > IMAGE_ENTRY_MAX)
			return json_fail(&r->lex, "a message of more than %u bytes",
					 IMAGE_ENTRY_MAX);
		if (f->address && token == JSON_STRING)
			status = read_address(r, f);
		else
			status = read_value(r, f, token, depth);
	}
	if (status < 0 || more < 0)
		return -1;
	if (f->packed && r->body.size > start)
		return end_run(r, start);
	if (f->packed)
		r->body.size = before;
	return 0;
}

/* A number or a text as they mostly are: 1, 0 when it is written in another form,
 * of which nothing was taken, -1. */
static always_inline int read_usual(struct json_reader *r, const struct json_field *f)
{
	struct span text;
	uint64_t number;
	bool negative;

	if (f->repeated || f->kind == FIELD_MESSAGE || f->kind == FIELD_BYTES)
		return 0;
	if (f->kind != FIELD_TEXT) {
		if (!json_take_digits(&r->lex, &negative, &number))
			return 0;
		/* Others may be on the wire in another form. */
		if (negative || f->kind == FIELD_SIGNED || number > f->plain_most)
			return put_number(r, f, negative ? -(number_t)number : number) < 0 ? -1 : 1;
		wire_put_scalar(&r->body, f->number, f->wire, number);
		return 1;
	}
	if (!json_take_plain(&r->lex, &text))
		return 0;
	wire_put_bytes(&r->body, f->number, text);
	return 1;
}

/* A value in any form. */
static __attribute__((noinline)) int read_any(struct json_reader *r, struct json_field *f,
					      unsigned depth)
{
	enum json_token token = f->repeated ? JSON_LIST : JSON_OBJECT;

	if (!json_take_token(&r->lex, false, token) && json_next(&r->lex, &token) < 0)
		return -1;
	return f->repeated ? read_list(r, f, token, depth) : read_value(r, f, token, depth);
}

static always_inline int read_field(struct json_reader *r, struct json_field *f, unsigned depth)
{
	int usual = read_usual(r, f);

	return usual ? usual : read_any(r, f, depth);
}

/* Fields as on the wire, which must be whole ones. */
static int read_unknown(struct json_reader *r)
{
	struct wire_field field;
	enum json_token token;
	struct span rest;
	int more;

	if (json_next(&r->lex, &token) < 0)
		return -1;
	buffer_clear(&r->bytes);
	if (json_read_base64(r, token, &r->bytes) < 0)
		return -1;
	rest = buffer_span(&r->bytes);
	while ((more = wire_next(&rest, &field, r->err)) > 0)
		;
	if (more < 0)
		return json_place(&r->lex);
	buffer_append(&r->body, buffer_span(&r->bytes));
	return 0;
}

/* --- messages --- */

static struct piece *pieces_of(struct json_reader *r, const struct message *m, size_t *count)
{
	*count = (r->pieces.size - m->base) / sizeof(struct piece);
	/* Before the first piece there is no memory to count in. */
	return *count ? (struct piece *)(void *)(r->pieces.data + m->base) : NULL;
}

static bool is_given(struct json_reader *r, const struct message *m, uint32_t number)
{
	size_t count;
	const struct piece *pieces = pieces_of(r, m, &count);

	for (size_t i = count; i-- > 0;) {
		if (pieces[i].number == number)
			return true;
	}
	return false;
}

/* What stands in the body from `start` to `end`; the elements of a list are one piece. */
static int put_piece(struct json_reader *r, const struct message *m, uint32_t number, size_t start,
		     size_t end)
{
	size_t count;
	struct piece *pieces = pieces_of(r, m, &count);
	uint8_t *piece;

	if (count > 0 && pieces[count - 1].number == number) {
		pieces[count - 1].end = end;
		return 0;
	}
	piece = buffer_extend(&r->pieces, sizeof(struct piece));
	if (!piece)
		return fail_memory(r->err);
	*(struct piece *)(void *)piece = (struct piece){ number, start, end };
	return 0;
}

/* Makes pieces of the members that came in order, which the body shows. */
static int leave_order(struct json_reader *r, struct message *m)
{
	struct wire_field field;
	struct span rest;
	size_t end;

	for (size_t start = m->start; m->in_order && start < r->body.size; start = end) {
		rest = span_of(r->body.data + start, r->body.size - start);
		if (wire_next(&rest, &field, r->err) < 0)
			return -1;
		end = r->body.size - rest.size;
		if (put_piece(r, m, field.number, start, end) < 0)
			return -1;
	}
	m->in_order = false;
	return 0;
}

/* A name that has passed on to another field means the old one, as crit knows it,
 * unless that stands here by its present name. */
static inline bool means_old(const struct message *m, const struct json_field *f)
{
	return f->old_number && !m->has_older;
}

/* The field that a name stands for, NULL when there is none. */
static struct json_field *find_field(struct json_reader *r, const struct message *m)
{
	struct json_plan *plan = m->plan;
	const struct field_type *type = message_field(plan->type, r->key, strlen(r->key));
	struct json_field *f = type ? json_plan_field(plan, field_number(type)) : NULL;

	if (f && means_old(m, f))
		return json_plan_field(plan, f->old_number);
	for (size_t i = 0; !f && i < plan->count; i++) {
		struct span key = plan->fields[i].old_key;
		size_t size = strlen(r->key);

		/* It is the name in quotes, a colon and a blank. */
		if (key.size == size + 4 && memcmp(key.data + 1, r->key, size) == 0)
			f = &plan->fields[i];
	}
	return f;
}

static inline int check_body(struct json_reader *r)
{
	if (r->body.size > IMAGE_ENTRY_MAX)
		return json_fail(&r->lex, "a message of more than %u bytes", IMAGE_ENTRY_MAX);
	return r->body.failed ? fail_memory(r->err) : 0;
}

/* The member of a field, or NULL: of unknown ones, that was put at `start`. */
static __attribute__((noinline)) int add_piece(struct json_reader *r, const struct message *m,
					       const struct json_field *f, size_t start)
{
	uint32_t number = f ? f->number : UNKNOWN;

	if (is_given(r, m, number))
		return json_fail(&r->lex, "'%s' is given twice",
				 f ? field_name(f->type) : "_unknown");
	return check_body(r) < 0 ? -1 : put_piece(r, m, number, start, r->body.size);
}

static inline void note_given(struct message *m, const struct json_field *f, bool by_old_name)
{
	m->required += f->required;
	if (f->new_number && !by_old_name)
		m->has_older = true;
}

/* The value of a field whose name was taken. */
static int read_expected(struct json_reader *r, struct message *m, struct json_field *f)
{
	size_t start = r->body.size;

	if (read_field(r, f, m->depth) < 0)
		return -1;
	note_given(m, f, false);
	if (m->in_order && r->body.size > start)
		return check_body(r);
	return add_piece(r, m, f, start);
}

/* Takes the name of one of the fields that come next, and the colon. NULL when none
 * stands there as crit writes it. */
static inline struct json_field *take_expected(struct json_reader *r, struct message *m,
					       const uint8_t *ahead)
{
	const uint8_t *end = r->lex.window + r->lex.end;

	for (struct json_field *f = m->next; ahead && f < m->end; f++) {
		struct span key = f->key;

		if (key.size > (size_t)(end - ahead) || key.data[1] != ahead[1] ||
		    memcmp(key.data, ahead, key.size) != 0 || means_old(m, f))
			continue;
		r->lex.at = (size_t)(ahead + key.size - r->lex.window);
		m->next = f + 1;
		return f;
	}
	return NULL;
}

/* The member of a field, or NULL: of unknown ones, out of the order. */
static int read_unordered(struct json_reader *r, struct message *m, struct json_field *f)
{
	bool by_old_name = f && strcmp(r->key, field_name(f->type)) != 0;
	size_t start = r->body.size;

	if (leave_order(r, m) < 0 || (f ? read_field(r, f, m->depth) : read_unknown(r)) < 0)
		return -1;
	if (f)
		note_given(m, f, by_old_name);
	return add_piece(r, m, f, start);
}

/* The value of the member r->key: a field, one of ours, or one of others. */
static int read_member(struct json_reader *r, struct message *m)
{
	struct json_field *f = find_field(r, m);
	int known;

	if (f || strcmp(r->key, "_unknown") == 0)
		return read_unordered(r, m, f);
	known = m->other ? m->other(r) : 0;
	if (known == 0)
		return json_fail(&r->lex, "%s has no field '%s'", m->plan->name, r->key);
	return known < 0 ? -1 : 0;
}

/* What does not follow as crit writes it: 1, 0 at the end, -1. *f gets the field if it
 * was expected though; other members are read. */
static int read_next(struct json_reader *r, struct message *m, bool first, struct json_field **f)
{
	enum json_token token;
	int more = next_of(r, first, JSON_OBJECT_END, &token);

	if (more <= 0)
		return more;
	if (token == JSON_STRING)
		*f = take_expected(r, m, json_ahead(&r->lex, false) - 1);
	return !*f && (read_name(r, token) < 0 || read_member(r, m) < 0) ? -1 : 1;
}

static void sort_pieces(struct piece *pieces, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct piece piece = pieces[i];
		size_t at = i;

		for (; at > 0 && pieces[at - 1].number > piece.number; at--)
			pieces[at] = pieces[at - 1];
		pieces[at] = piece;
	}
}

static bool is_sorted(const struct piece *pieces, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (pieces[i - 1].number > pieces[i].number)
			return false;
	}
	return true;
}

/* Puts the message's members in order of number. */
static int order_pieces(struct json_reader *r, const struct message *m)
{
	size_t count;
	struct piece *pieces = pieces_of(r, m, &count);

	if (m->plan->unordered || is_sorted(pieces, count))
		return 0;
	sort_pieces(pieces, count);
	buffer_clear(&r->order);
	for (size_t i = 0; i < count; i++)
		buffer_append(&r->order, span_of(r->body.data + pieces[i].start,
						 pieces[i].end - pieces[i].start));
	if (r->order.failed)
		return fail_memory(r->err);
	if (r->order.size > 0)
		memcpy(r->body.data + m->start, r->order.data, r->order.size);
	return 0;
}

/* Notes the first required field that is missing. */
static int note_missing(struct json_reader *r, struct message *m)
{
	const struct json_plan *plan = m->plan;

	if (leave_order(r, m) < 0)
		return -1;
	for (size_t i = 0; i < plan->count && !r->missing; i++) {
		if (plan->fields[i].required && !is_given(r, m, plan->fields[i].number))
			r->missing = field_name(plan->fields[i].type);
	}
	return 0;
}

int json_read_message(struct json_reader *r, struct json_plan *plan, unsigned depth,
		      int (*other)(struct json_reader *r))
{
	struct message m = {
		.plan = plan,
		.depth = depth,
		.other = other,
		.base = r->pieces.size,
		.start = r->body.size,
		.next = plan->fields,
		.end = plan->fields + plan->count,
		.in_order = true,
	};
	struct json_field *f;
	int more = 1;

	if (depth > MESSAGE_DEPTH_MAX)
		return json_fail(&r->lex, "messages are nested more than %d deep",
				 MESSAGE_DEPTH_MAX);
	for (bool first = true; more > 0; first = false) {
		f = take_expected(r, &m, json_ahead(&r->lex, !first));
		if (!f)
			more = read_next(r, &m, first, &f);
		if (f && read_expected(r, &m, f) < 0)
			more = -1;
	}
	if (more < 0 || (!m.in_order && order_pieces(r, &m) < 0) ||
	    (m.required != plan->required && note_missing(r, &m) < 0))
		return -1;
	r->pieces.size = m.base;
	return 0;
}
