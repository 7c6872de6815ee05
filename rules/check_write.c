/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What set and add write: the assignments as a tree of fields in order of
 * their numbers, with a checked value at each leaf.
 */
#include "address.h"
#include "check.h"
#include "element.h"
#include "shown.h"
#include "suggest_names.h"

/* --- values --- */

/* A constant is tried on the field at once. */
static bool try_constant(struct check *c, const struct expr *e, const struct value *v,
			 const struct field_type *f)
{
	struct element element;
	struct error why;

	if (element_convert(f, v, &c->unit->arena, &element, &why) < 0)
		return check_wrong(c, e->at, "%s", why.text);
	check_note_unknown(c, e->at, f, v);
	return true;
}

static bool fits_field(const struct field_type *f, enum value_type t)
{
	switch (field_kind(f)) {
	case FIELD_TEXT:
		return t == VALUE_TEXT || t == VALUE_SET || t == VALUE_NUMBER || t == VALUE_ADDRESS;
	case FIELD_BYTES:
		return t == VALUE_TEXT || (t == VALUE_ADDRESS && shown_is_mac(f));
	case FIELD_BOOL:
		return t == VALUE_BOOL;
	case FIELD_FLOAT:
	case FIELD_MESSAGE:
		return false;
	default:
		return t == VALUE_NUMBER || (t == VALUE_TEXT && shown_has_names(f));
	}
}

bool check_is_comma(const struct expr *e)
{
	return e->type == EXPR_VALUE && e->has_commas;
}

static bool wrong_value(struct check *c, const struct expr *e, const struct field_type *f)
{
	struct type wanted = type_of_field(f);
	bool is_enum = field_kind(f) == FIELD_ENUM;
	const char *hint = "";

	if (e->is.base == VALUE_TEXT && wanted.base == VALUE_NUMBER && !is_enum)
		hint = "; use number(...)";
	else if (check_is_comma(e))
		hint = "; the comma between assignments needs a blank after it";
	else if (e->is.base == VALUE_LIST && wanted.base == VALUE_TEXT)
		hint = "; use join(...)";
	else if (wanted.base == VALUE_TEXT)
		hint = "; use text(...)";
	else if (wanted.base == VALUE_BOOL)
		hint = "; write true or false";
	return check_wrong(c, e->at, "'%s' holds %s, not %s%s", field_name(f),
			   is_enum ? "a name or a number" : type_words(&wanted), type_words(&e->is),
			   hint);
}

static bool judge_element(struct check *c, const struct expr *e, const struct field_type *f,
			  enum value_type t)
{
	if (t != VALUE_NONE && !fits_field(f, t))
		return wrong_value(c, e, f);
	return e->type != EXPR_VALUE || e->value.type == VALUE_LIST ||
	       try_constant(c, e, &e->value, f);
}

static bool judge_list(struct check *c, const struct expr *e, const struct field_type *f)
{
	if (e->is.element != VALUE_NONE && !fits_field(f, e->is.element))
		return check_wrong(c, e->at, "'%s' holds %ss, not %ss", field_name(f),
				   value_type_name(type_of_field(f).base),
				   value_type_name(e->is.element));
	for (size_t i = 0; e->type == EXPR_VALUE && i < e->value.item_count; i++) {
		if (!try_constant(c, e, &e->value.items[i], f))
			return false;
	}
	return true;
}

/* An IP address, in place of its words. */
static bool judge_address(struct check *c, const struct expr *e, const struct field_type *f)
{
	struct value v;

	if (e->type != EXPR_VALUE)
		return true;
	if (!address_of(&e->value, &v) || v.address_size == ADDRESS_MAC)
		return check_wrong(c, e->at, "'%s' holds an IP address", field_name(f));
	return !address_is_subnet(&v) ||
	       check_wrong(c, e->at, "'%s' holds an IP address, not a subnet", field_name(f));
}

/* All words at once. */
static bool judge_capabilities(struct check *c, const struct expr *e, const struct field_type *f)
{
	struct value words[4];
	size_t count;

	if ((e->is.base == VALUE_NUMBER || e->is.base == VALUE_TEXT) &&
	    (e->type != EXPR_VALUE || shown_words(f, &e->value, words, &count)))
		return true;
	return check_wrong(c, e->at, "'%s' holds capabilities, such as CAP_KILL | CAP_CHOWN",
			   field_name(f));
}

/* Names of an enum, also inside of a list. */
static bool check_typed(struct check *c, struct expr *e, const struct field_type *f,
			const struct object_type *o)
{
	bool told;

	if (!check_has_names(f))
		return check_expr(c, e, o);
	for (size_t i = 0; e->type == EXPR_LIST && i < e->arg_count; i++) {
		if (!check_enum_name(c, e->args[i], f, o, &told) && told)
			return false;
	}
	return check_enum_name(c, e, f, o, &told) || (!told && check_expr(c, e, o));
}

bool check_value(struct check *c, struct expr *e, const struct field_type *f,
		 const struct object_type *o, bool element)
{
	bool repeated = field_label(f) == FIELD_REPEATED;
	enum value_type whole = shown_whole_type(f);

	if (field_kind(f) == FIELD_FLOAT)
		return check_wrong(c, e->at, "floating point fields can be shown, not set");
	if (element && whole == VALUE_NUMBER ? !check_expr(c, e, o) : !check_typed(c, e, f, o))
		return false;
	if (e->is.message)
		return check_wrong(c, e->at, "a message has no value; name one of its fields");
	if (repeated && e->is.base == VALUE_LIST)
		return judge_list(c, e, f);
	if (whole == VALUE_NUMBER && !element && e->is.base != VALUE_NONE)
		return judge_capabilities(c, e, f);
	if (whole == VALUE_ADDRESS && (e->is.base == VALUE_ADDRESS || e->is.base == VALUE_TEXT))
		return judge_address(c, e, f);
	if (repeated && !element && e->is.base != VALUE_NONE)
		return check_wrong(c, e->at, "'%s' is a list: write [...], or use add",
				   field_name(f));
	return judge_element(c, e, f, e->is.base);
}

/* --- the tree --- */

struct writer {
	struct check *c;
	const struct object_type *object; /* that values are about */
	bool block; /* a message that is written out: repeated fields may come again */
};

static bool write_all(const struct writer *w, const struct assignment *list,
		      const struct message_type *m, struct write **first);

/* Behind those with the same number or a smaller one. */
static struct write *insert_write(struct check *c, struct write **first, const struct field_type *f,
				  struct extent at)
{
	struct write *w = check_make(c, sizeof(*w));

	if (!w)
		return NULL;
	w->field = f;
	w->at = at;
	while (*first && field_number((*first)->field) <= field_number(f))
		first = &(*first)->next;
	w->next = *first;
	*first = w;
	return w;
}

static struct write *find_write(struct write *first, const struct field_type *f)
{
	while (first && first->field != f)
		first = first->next;
	return first;
}

const struct field_type *check_field(struct check *c, const struct name *n,
				     const struct message_type *m)
{
	const struct field_type *f = message_field(m, (const char *)n->text.data, n->text.size);
	struct suggestion s = suggest_for(n->text);
	char hint[NAMES_HINT_SIZE];

	if (!f)
		check_wrong(c, n->at, "%s has no field '%.*s'%s", message_name(m),
			    (int)n->text.size, (const char *)n->text.data,
			    names_field_hint(&s, m, hint));
	return f;
}

/* One value of several, in a message that is written out. */
static bool is_element(const struct writer *w, const struct field_type *f)
{
	return w->block && field_label(f) == FIELD_REPEATED && shown_whole_type(f) != VALUE_NUMBER;
}

static bool refuse_again(const struct writer *w, struct write *first, const struct field_type *f,
			 const struct name *n)
{
	if (!find_write(first, f) || is_element(w, f))
		return true;
	return check_wrong(w->c, n->at, "'%s' is given twice", field_name(f));
}

static bool write_leaf(const struct writer *w, const struct assignment *a, const struct name *n,
		       const struct field_type *f, struct write **first)
{
	struct write *leaf;

	if (field_kind(f) == FIELD_MESSAGE)
		return check_wrong(w->c, n->at,
				   "'%s' is a message; set its fields, as in '%s.%s=...'",
				   field_name(f), field_name(f),
				   field_name(message_field_at(field_message(f), 0)));
	if (!refuse_again(w, *first, f, n))
		return false;
	leaf = insert_write(w->c, first, f, a->at);
	if (!leaf)
		return false;
	leaf->value = check_copy_expr(w->c, a->value);
	return leaf->value && check_value(w->c, leaf->value, f, w->object, is_element(w, f)) &&
	       check_text_of_field(w->c, f, leaf->value, w->object);
}

/* The node for a message: set puts everything for one message together,
 * a block makes a new element each time. */
static struct write *message_node(const struct writer *w, const struct name *n,
				  const struct field_type *f, struct write **first)
{
	bool repeated = field_label(f) == FIELD_REPEATED;
	struct write *node = repeated ? NULL : find_write(*first, f);

	if (field_kind(f) != FIELD_MESSAGE) {
		check_wrong(w->c, n->at, "'%s' is not a message, it has no fields", field_name(f));
		return NULL;
	}
	if (repeated && !w->block) {
		check_wrong(w->c, n->at, "'%s' is repeated; put it into the path, or use add",
			    field_name(f));
		return NULL;
	}
	return node ? node : insert_write(w->c, first, f, n->at);
}

const char *check_lacking(const struct message_type *m, struct write *writes)
{
	for (size_t i = 0; i < message_field_count(m); i++) {
		const struct field_type *f = message_field_at(m, i);

		if (field_label(f) == FIELD_REQUIRED && !find_write(writes, f))
			return field_name(f);
	}
	return NULL;
}

/* A message that is written out is made anew and must be whole. */
static bool refuse_lacking(const struct writer *w, const struct write *node)
{
	if (!w->block || !node->lacking)
		return true;
	return check_wrong(w->c, node->at, "%s needs the field '%s'",
			   message_name(field_message(node->field)), node->lacking);
}

static bool write_one(const struct writer *w, const struct assignment *a, const struct name *n,
		      const struct message_type *m, struct write **first)
{
	const struct field_type *f = check_field(w->c, n, m);
	struct write *node;
	bool good;

	if (!f)
		return false;
	if (!n->next && !a->is_block)
		return write_leaf(w, a, n, f, first);
	node = message_node(w, n, f, first);
	if (!node)
		return false;
	good = n->next ? write_one(w, a, n->next, field_message(f), &node->inner) :
			 write_all(w, a->block, field_message(f), &node->inner);
	node->lacking = check_lacking(field_message(f), node->inner);
	return good;
}

static bool judge_whole(const struct writer *w, const struct write *first)
{
	bool good = true;

	for (const struct write *n = first; n; n = n->next) {
		if (n->field && !n->value)
			good = refuse_lacking(w, n) && good;
	}
	return good;
}

static bool write_all(const struct writer *w, const struct assignment *list,
		      const struct message_type *m, struct write **first)
{
	bool good = true;

	for (const struct assignment *a = list; a; a = a->next) {
		if (!a->names)
			good = check_wrong(w->c, a->at, "'.' stands for a single value, not for %s",
					   message_name(m));
		else
			good = write_one(w, a, a->names, m, first) && good;
	}
	return good && judge_whole(w, *first);
}

struct write *check_writes(struct check *c, const struct assignment *list,
			   const struct message_type *m, const struct object_type *o, bool block)
{
	struct writer w = { .c = c, .object = o, .block = block };
	struct write *first = NULL;

	return write_all(&w, list, m, &first) ? first : NULL;
}
