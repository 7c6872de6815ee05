/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec.h"

#include <stdlib.h>
#include <string.h>

#include "../../proto/json/text.h"
#include "../../proto/patch.h"

/* ---- reading ----------------------------------------------------------------- */

struct reading {
	struct spec *spec;
	struct json_lexer lex;
	struct span rest; /* what the lexer has not asked for yet */
	struct buffer name;
	size_t values;
};

static int give_text(void *arg, void *data, size_t room, size_t *size, struct error *err)
{
	struct reading *r = arg;

	*size = r->rest.size < room ? r->rest.size : room;
	if (*size)
		memcpy(data, r->rest.data, *size);
	r->rest = span_of(r->rest.data + *size, r->rest.size - *size);
	return 0;
}

static struct span from(const struct reading *r, uint64_t start)
{
	return span_of(r->spec->text.data + start, json_token_end(&r->lex) - start);
}

static int read_value(struct reading *r, enum json_token token, unsigned depth,
		      struct spec_value *value);

static struct spec_value *add_value(struct reading *r, struct spec_value ***end)
{
	struct spec_value *value = NULL;

	if (r->values++ == SPEC_VALUES_MAX)
		json_fail(&r->lex, "more than %u values", SPEC_VALUES_MAX);
	else if (!(value = arena_alloc(&r->spec->arena, sizeof(*value))))
		fail_memory(r->lex.err);
	if (!value)
		return NULL;
	**end = value;
	*end = &value->next;
	return value;
}

/* Name and colon, and the first token behind them. */
static int read_name(struct reading *r, enum json_token *token, struct spec_value *member)
{
	if (*token != JSON_STRING)
		return json_fail(&r->lex, "a member begins with its name in quotes");
	buffer_clear(&r->name);
	if (json_string_whole(&r->lex, &r->name, SPEC_SIZE_MAX) < 0)
		return -1;
	member->name = span_of(arena_copy(&r->spec->arena, r->name.data, r->name.size),
			       r->name.size);
	if (!member->name.data)
		return fail_memory(r->lex.err);
	if (json_next(&r->lex, token) < 0)
		return -1;
	if (*token != JSON_COLON)
		return json_fail(&r->lex, "a ':' is missing after the name");
	return json_next(&r->lex, token);
}

static int read_item(struct reading *r, enum json_token token, unsigned depth, bool named,
		     struct spec_value ***end)
{
	uint64_t start = json_token_start(&r->lex);
	struct spec_value *item = add_value(r, end);

	if (!item || (named && read_name(r, &token, item) < 0) ||
	    read_value(r, token, depth, item) < 0)
		return -1;
	item->whole = from(r, start);
	return 0;
}

/* From behind the bracket to the one that closes. */
static int read_items(struct reading *r, struct spec_value *container, unsigned depth)
{
	enum json_token token,
		close = container->type == JSON_OBJECT ? JSON_OBJECT_END : JSON_LIST_END;
	struct spec_value **end = &container->first;

	if (depth > SPEC_DEPTH_MAX)
		return json_fail(&r->lex, "nested more than %d deep", SPEC_DEPTH_MAX);
	if (json_next(&r->lex, &token) < 0)
		return -1;
	if (token == close)
		return 0;
	for (;;) {
		if (read_item(r, token, depth, close == JSON_OBJECT_END, &end) < 0 ||
		    json_next(&r->lex, &token) < 0)
			return -1;
		if (token == close)
			return 0;
		if (token != JSON_COMMA)
			return json_fail(&r->lex, "a ',' or a bracket is missing");
		if (json_next(&r->lex, &token) < 0)
			return -1;
	}
}

static int read_value(struct reading *r, enum json_token token, unsigned depth,
		      struct spec_value *value)
{
	uint64_t start = json_token_start(&r->lex);

	value->type = token;
	switch (token) {
	case JSON_OBJECT:
	case JSON_LIST:
		if (read_items(r, value, depth + 1) < 0)
			return -1;
		break;
	case JSON_STRING:
		if (json_skip(&r->lex, token) < 0)
			return -1;
		break;
	case JSON_NUMBER:
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		break;
	default:
		return json_fail(&r->lex, "a value is missing");
	}
	value->raw = from(r, start);
	return 0;
}

static int read_all(struct reading *r)
{
	struct spec_value **end = &r->spec->top;
	enum json_token token;

	if (json_next(&r->lex, &token) < 0 || read_item(r, token, 0, false, &end) < 0 ||
	    json_next(&r->lex, &token) < 0)
		return -1;
	return token == JSON_END ? 0 : json_fail(&r->lex, "there is something after the end");
}

int spec_read(struct spec *spec, struct span text, struct error *err)
{
	struct reading *r = calloc(1, sizeof(*r));
	const struct json_source source = { .read = give_text, .arg = r };
	int status;

	*spec = (struct spec){ .text = text };
	if (!r)
		return fail_memory(err);
	r->spec = spec;
	r->rest = text;
	json_lex_begin(&r->lex, &source, err);
	status = text.size > SPEC_SIZE_MAX ?
			 fail(err, "a spec of more than %u bytes", SPEC_SIZE_MAX) :
			 read_all(r);
	buffer_free(&r->name);
	free(r);
	return status;
}

void spec_free(struct spec *spec)
{
	arena_free(&spec->arena);
	*spec = (struct spec){ .top = NULL };
}

/* ---- looking ----------------------------------------------------------------- */

struct spec_value *spec_member(const struct spec_value *object, const char *name)
{
	struct spec_value *found = NULL;

	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (struct spec_value *v = object->first; v; v = v->next)
		if (span_is(v->name, name))
			found = v;
	return found;
}

bool spec_is_one(const struct spec *spec)
{
	return spec_member(spec->top, "ociVersion") != NULL;
}

int spec_text(struct spec *spec, const struct spec_value *value, struct span *text,
	      struct error *err)
{
	struct reading *r = calloc(1, sizeof(*r));
	const struct json_source source = { .read = give_text, .arg = r };
	enum json_token token;
	int status;

	if (!r)
		return fail_memory(err);
	r->rest = value->raw;
	json_lex_begin(&r->lex, &source, err);
	status = json_next(&r->lex, &token);
	if (status == 0)
		status = json_string_whole(&r->lex, &r->name, SPEC_SIZE_MAX);
	*text = span_of(arena_copy(&spec->arena, r->name.data, r->name.size), r->name.size);
	if (status == 0 && !text->data)
		status = fail_memory(err);
	buffer_free(&r->name);
	free(r);
	return status;
}

/* ---- changing ---------------------------------------------------------------- */

static int append(void *arg, struct span bytes, struct error *err)
{
	struct buffer *out = arg;

	buffer_append(out, bytes);
	return out->failed ? fail_memory(err) : 0;
}

int spec_replace_text(struct spec *spec, struct spec_value *value, struct span text,
		      struct error *err)
{
	struct json_text *t = malloc(sizeof(*t));
	struct buffer out = { 0 };
	const struct json_sink sink = { append, &out };
	int status;

	if (!t)
		return fail_memory(err);
	json_text_begin(t, &sink, false, err);
	json_string(t, text);
	status = json_text_end(t);
	value->fresh = span_of(arena_copy(&spec->arena, out.data, out.size), out.size);
	if (status == 0 && !value->fresh.data)
		status = fail_memory(err);
	buffer_free(&out);
	free(t);
	return status;
}

void spec_remove(struct spec_value *value)
{
	value->removed = true;
}

static const uint8_t *end_of(struct span s)
{
	return s.data + s.size;
}

static int cut(struct patch *p, const uint8_t *start, const uint8_t *end, struct error *err)
{
	return patch_replace(p, span_of(start, (size_t)(end - start)), span_of(NULL, 0), err);
}

static int write_changes(struct patch *p, const struct spec_value *container, struct error *err);

static int write_change(struct patch *p, const struct spec_value *v, struct error *err)
{
	if (v->fresh.data)
		return patch_replace(p, v->raw, v->fresh, err);
	return write_changes(p, v, err);
}

/* One that goes takes the comma behind it along; at the end of the list, where
 * there is none, those that go take the one before them. */
static int write_changes(struct patch *p, const struct spec_value *container, struct error *err)
{
	const struct spec_value *kept = NULL, *v = container->first, *next;

	for (; v; v = next) {
		const uint8_t *start = v->whole.data;
		const struct spec_value *last = v;

		next = v->next;
		if (!v->removed) {
			if (write_change(p, v, err) < 0)
				return -1;
			kept = v;
			continue;
		}
		for (; next && next->removed; next = next->next)
			last = next;
		if (!next && kept)
			start = end_of(kept->whole);
		if (cut(p, start, next ? next->whole.data : end_of(last->whole), err) < 0)
			return -1;
	}
	return 0;
}

int spec_write(struct spec *spec, struct buffer *out, struct error *err)
{
	struct patch p;
	int status;

	patch_begin(&p, spec->text);
	status = spec->top ? write_change(&p, spec->top, err) : 0;
	if (status == 0)
		status = patch_finish(&p, out, err);
	patch_free(&p);
	return status;
}
