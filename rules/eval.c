/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "eval.h"
#include "functions.h"
#include "match.h"
#include "shown.h"
#include "sweep.h"
#include "text.h"

static const struct value missing = { .type = VALUE_NONE };

/* --- values of the object --- */

/* Collects what a path or chain finds. */
struct finder {
	struct buffer list;         /* of struct value */
	size_t list_max;            /* 0: all */
	struct value last;          /* when one is wanted */
	const struct value *wanted; /* "in": is this among them? */
	size_t count;
	enum { FIND_LIST, FIND_ENDS, FIND_LAST, FIND_COUNT, FIND_ANY, FIND_EQUAL } want;
};

/* Of the numbers the smallest and the largest. */
static void keep_ends(struct buffer *ends, const struct value *v)
{
	struct value *end = (struct value *)(void *)ends->data;

	if (v->type != VALUE_NUMBER)
		return;
	if (!ends->size) {
		buffer_append(ends, span_of(v, sizeof(*v)));
		buffer_append(ends, span_of(v, sizeof(*v)));
	} else if (v->number < end[0].number) {
		end[0] = *v;
	} else if (v->number > end[1].number) {
		end[1] = *v;
	}
}

static int find_value(void *ctx, const struct value *v, struct error *err)
{
	struct finder *f = ctx;

	f->count++;
	switch (f->want) {
	case FIND_LIST:
		buffer_append(&f->list, span_of(v, sizeof(*v)));
		return f->count == f->list_max ? MATCH_STOP : MATCH_GO_ON;
	case FIND_ENDS:
		keep_ends(&f->list, v);
		return MATCH_GO_ON;
	case FIND_LAST:
		f->last = *v;
		return MATCH_GO_ON;
	case FIND_COUNT:
		return MATCH_GO_ON;
	case FIND_ANY:
		return MATCH_STOP;
	case FIND_EQUAL:
		f->last = value_bool(value_equal(*f->wanted, *v));
		return f->last.boolean ? MATCH_STOP : MATCH_GO_ON;
	}
	return MATCH_GO_ON;
}

static int find_match(struct walk *w, struct match *m, const struct target *t, struct error *err)
{
	struct value none = missing;

	return find_value(w->ctx, m->message ? &none : &m->value, err);
}

/* All images of a kind. */
static int find_in_kind(struct walk *w, const struct image_kind *kind, struct error *err)
{
	const struct rules_image *outer = w->eval->image;
	const struct rules_world *world = w->eval->world;
	struct rules_image image;
	int more = 0;

	for (size_t i = 0; !w->stopped; i++) {
		more = world->image(world->ctx, kind, i, &image, err);
		if (more <= 0)
			break;
		w->eval->image = &image;
		w->eval->steps += image.bytes.size * EVAL_STEPS_PER_BYTE;
		if (match_image(w, err) < 0) {
			error_context(err, "%s", image.file);
			more = -1;
			break;
		}
		more = 0;
	}
	w->eval->image = outer;
	return more;
}

static int find_in_images(struct walk *w, struct error *err)
{
	const struct message_type *m = w->path->table[0]->targets->message;
	const struct image_kind *kind;
	size_t at = 0;

	while ((kind = kind_of_message(m, &at))) {
		if (find_in_kind(w, kind, err) < 0)
			return -1;
	}
	return 0;
}

static int find(struct eval *ev, const struct expr *e, const struct match *object, struct finder *f,
		struct error *err)
{
	struct walk w = { .eval = ev, .ctx = f, .found = find_match };
	int status;

	if (e->type == EXPR_CHAIN)
		return match_chain(ev, &e->chain, object->body, find_value, f, err) < 0 ? -1 : 0;
	w.path = e->path;
	ev->nested++;
	status = e->type == EXPR_IMAGES ? find_in_images(&w, err) : match_below(&w, object, err);
	ev->nested--;
	return status;
}

static bool is_path(const struct expr *e)
{
	return e->type == EXPR_CHAIN || e->type == EXPR_FIELDS || e->type == EXPR_IMAGES;
}

/* Fields whose types differ are lists as well. */
static bool is_list(const struct expr *e)
{
	return is_path(e) &&
	       (e->is.base == VALUE_LIST || (e->type != EXPR_CHAIN && !e->path->single));
}

/* The values that are found stay valid: they point into the image. */
static int eval_path_list(struct eval *ev, const struct expr *e, const struct match *object,
			  struct finder *f, struct value *out, struct error *err)
{
	int status = find(ev, e, object, f, err);

	*out = (struct value){ .type = VALUE_LIST };
	out->items = arena_copy(ev->scratch, f->list.data, f->list.size);
	out->item_count = f->list.size / sizeof(struct value);
	if (status == 0 && (f->list.failed || !out->items))
		status = fail_memory(err);
	buffer_free(&f->list);
	return status;
}

/* The words of a repeated field. */
static int eval_whole(struct eval *ev, const struct expr *e, const struct match *object,
		      struct value *out, struct error *err)
{
	struct finder words = { .want = FIND_LIST };
	struct value list;

	if (eval_path_list(ev, e, object, &words, &list, err) < 0)
		return -1;
	*out = missing;
	if (!list.item_count || shown_whole(e->is.field, &list, out))
		return 0;
	if (e->is.base == VALUE_NUMBER)
		return fail(err, "'%s' has more words than CRIU reads", field_name(e->is.field));
	*out = list;
	return 0;
}

static int eval_path(struct eval *ev, const struct expr *e, const struct match *object,
		     struct value *out, struct error *err)
{
	struct finder list = { .want = FIND_LIST, .list_max = ev->list_max };
	struct finder last = { .want = FIND_LAST };
	int status;

	if (e->is.base != VALUE_LIST && e->is.field && field_label(e->is.field) == FIELD_REPEATED &&
	    shown_whole_type(e->is.field))
		return eval_whole(ev, e, object, out, err);
	if (e->type == EXPR_CHAIN && e->chain.count == 1 && !e->chain.many)
		return match_single(ev, e->chain.fields[0], object->body, out, err);
	if (is_list(e))
		return eval_path_list(ev, e, object, &list, out, err);
	status = find(ev, e, object, &last, err);
	*out = last.last;
	return status;
}

/* exists(path) and count(path) do not need the values. */
static int eval_presence(struct eval *ev, const struct expr *e, const struct match *object,
			 struct value *out, struct error *err)
{
	bool count = span_is(e->name, "count");
	struct finder f = { .want = count ? FIND_COUNT : FIND_ANY };

	if (find(ev, e->args[0], object, &f, err) < 0)
		return -1;
	*out = count ? value_number((number_t)f.count) : value_bool(f.count > 0);
	return 0;
}

/* --- facts --- */

static int eval_fact(struct eval *ev, const struct expr *e, struct value *out, struct error *err)
{
	struct known_fact *known = &ev->facts[e->fact];
	const struct rules_fact *fact = &ev->setting->facts[e->fact];
	int found;

	if (!known->asked) {
		found = ev->world->fact ? ev->world->fact(ev->world->ctx, fact->name, ev->keep,
							  &known->value, err) :
					  0;
		if (found < 0)
			return error_context(err, "%s", fact->name);
		if (found == 0)
			known->value = missing;
		else if (known->value.type != fact->type)
			return fail(err, "internal error: %s is a %s", fact->name,
				    value_type_name(known->value.type));
		known->asked = true;
	}
	*out = known->value;
	return 0;
}

static void eval_image_fact(const struct eval *ev, const struct expr *e, struct value *out)
{
	struct span id = { NULL, 0 };
	number_t pid;

	*out = missing;
	if (!ev->image)
		return;
	if (e->image_fact == IMAGE_NAME)
		*out = value_text(span_text(ev->image->file));
	else if (e->image_fact == IMAGE_KIND)
		*out = value_text(span_text(ev->image->kind->name));
	else if (kind_has_file(ev->image->kind, ev->image->file, &id) && id.size &&
		 text_number(id, &pid))
		*out = value_number(pid);
}

/* --- calls and lists --- */

#define ARGS_ON_STACK 8

/* min and max look at the ends of a list, which can be as long as an image. */
static int eval_arg(struct eval *ev, const struct expr *call, size_t index,
		    const struct match *object, struct value *out, struct error *err)
{
	struct finder ends = { .want = FIND_ENDS };
	const struct expr *arg = call->args[index];

	if (call->type == EXPR_CALL && function_letter(call->function, index) == 'm' &&
	    is_list(arg))
		return eval_path_list(ev, arg, object, &ends, out, err);
	return eval_expr(ev, arg, object, out, err);
}

static int eval_args(struct eval *ev, const struct expr *e, const struct match *object,
		     struct value *args, struct error *err)
{
	for (size_t i = 0; i < e->arg_count; i++) {
		if (eval_arg(ev, e, i, object, &args[i], err) < 0)
			return -1;
	}
	return 0;
}

/* A missing argument makes the result missing, but where it is asked about. */
static bool is_lacking(const struct function *f, const struct value *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char letter = function_letter(f, i);

		if (args[i].type == VALUE_NONE && letter != 'a' && letter != 'p')
			return true;
	}
	return false;
}

static enum value_type letter_type(char letter)
{
	switch (letter) {
	case 'n':
		return VALUE_NUMBER;
	case 't':
	case 'r':
		return VALUE_TEXT;
	case 'b':
		return VALUE_BOOL;
	case 'l':
		return VALUE_LIST;
	default:
		return VALUE_NONE;
	}
}

/* What the checker could not know: elements of lists of any type. */
static int judge_args(const struct function *f, const struct value *args, size_t count,
		      struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		enum value_type wanted = letter_type(function_letter(f, i));

		if (wanted != VALUE_NONE && args[i].type != wanted)
			return fail(err, "%s() needs a %s, not a %s", f->name,
				    value_type_name(wanted), value_type_name(args[i].type));
	}
	return 0;
}

static int count_call(struct eval *ev, const struct expr *call, const struct value *args,
		      struct error *err)
{
	uint64_t steps = call->pattern ? eval_regex_steps(args[0].text) : 0;

	for (size_t i = 0; i < call->arg_count; i++)
		steps += eval_value_steps(&args[i]);
	return eval_count_steps(ev, steps, err);
}

static int eval_call(struct eval *ev, const struct expr *e, const struct match *object,
		     struct value *out, struct error *err)
{
	struct value stack[ARGS_ON_STACK], *args = stack;
	struct function_call call;

	if (e->function->args[0] == 'p' && is_path(e->args[0]))
		return eval_presence(ev, e, object, out, err);
	if (e->arg_count > ARGS_ON_STACK)
		args = arena_array(ev->scratch, e->arg_count, sizeof(*args));
	if (!args)
		return fail_memory(err);
	if (eval_args(ev, e, object, args, err) < 0)
		return -1;
	*out = missing;
	if (is_lacking(e->function, args, e->arg_count))
		return 0;
	if (judge_args(e->function, args, e->arg_count, err) < 0 ||
	    count_call(ev, e, args, err) < 0)
		return -1;
	call = (struct function_call){
		.args = args,
		.count = e->arg_count,
		.arena = ev->scratch,
		.world = ev->world,
		.pattern = e->pattern,
	};
	return e->function->call(&call, out, err);
}

static int eval_list(struct eval *ev, const struct expr *e, const struct match *object,
		     struct value *out, struct error *err)
{
	struct value *items = arena_array(ev->scratch, e->arg_count + 1, sizeof(*items));

	if (!items)
		return fail_memory(err);
	if (eval_args(ev, e, object, items, err) < 0)
		return -1;
	for (size_t i = 0; i < e->arg_count; i++) {
		if (items[i].type == VALUE_NONE)
			return fail(err, "an element of a list is missing; use default(..., ...)");
	}
	*out = (struct value){ .type = VALUE_LIST };
	out->items = items;
	out->item_count = e->arg_count;
	return 0;
}

/* --- operators --- */

/* and, or: the right side only when the left leaves it open. */
static int eval_logic(struct eval *ev, const struct expr *e, const struct match *object,
		      struct value *out, struct error *err)
{
	int left = eval_condition(ev, e->left, object, err);

	if (left < 0)
		return -1;
	if (e->op == OP_NOT)
		left = !left;
	else if (left == (e->op == OP_AND))
		left = eval_condition(ev, e->right, object, err);
	*out = value_bool(left > 0);
	return left < 0 ? -1 : 0;
}

/* "in" over a path looks at the elements one by one and stops. */
static int eval_in_path(struct eval *ev, const struct expr *e, const struct match *object,
			const struct value *left, struct value *out, struct error *err)
{
	struct finder f = { .want = FIND_EQUAL, .wanted = left };

	if (find(ev, e->right, object, &f, err) < 0)
		return -1;
	*out = value_bool(f.last.type == VALUE_BOOL && f.last.boolean);
	return 0;
}

static int eval_binary(struct eval *ev, const struct expr *e, const struct match *object,
		       struct value *out, struct error *err)
{
	bool constant = e->right->type == EXPR_VALUE;
	struct value left, right;

	if (e->op == OP_OR || e->op == OP_AND)
		return eval_logic(ev, e, object, out, err);
	if (eval_expr(ev, e->left, object, &left, err) < 0)
		return -1;
	if (e->op == OP_IN && is_list(e->right))
		return eval_in_path(ev, e, object, &left, out, err);
	if ((constant ? eval_count_step(ev, err) : eval_expr(ev, e->right, object, &right, err)) <
	    0)
		return -1;
	return eval_operator(ev, e, &left, constant ? &e->right->value : &right, out, err);
}

static int eval_unary(struct eval *ev, const struct expr *e, const struct match *object,
		      struct value *out, struct error *err)
{
	struct value operand;

	if (e->op == OP_NOT)
		return eval_logic(ev, e, object, out, err);
	if (eval_expr(ev, e->left, object, &operand, err) < 0)
		return -1;
	return eval_operator(ev, e, &operand, NULL, out, err);
}

uint64_t eval_value_steps(const struct value *v)
{
	uint64_t steps = v->type == VALUE_LIST ? v->item_count / 8 : 0;

	if (v->type == VALUE_TEXT)
		return v->text.size / 64;
	if (v->type == VALUE_SET)
		return v->range_count / 8;
	for (size_t i = 0; v->type == VALUE_LIST && i < v->item_count; i++)
		steps += eval_value_steps(&v->items[i]);
	return steps;
}

int eval_expr(struct eval *ev, const struct expr *e, const struct match *object, struct value *out,
	      struct error *err)
{
	if (eval_count_step(ev, err) < 0)
		return -1;
	switch (e->type) {
	case EXPR_VALUE:
		*out = e->value;
		return 0;
	case EXPR_CHAIN:
	case EXPR_FIELDS:
	case EXPR_IMAGES:
		return eval_path(ev, e, object, out, err);
	case EXPR_LET:
		*out = ev->lets[e->slot];
		return 0;
	case EXPR_FACT:
		return eval_fact(ev, e, out, err);
	case EXPR_IMAGE_FACT:
		eval_image_fact(ev, e, out);
		return 0;
	case EXPR_SELF:
		*out = object->value;
		return 0;
	case EXPR_UNARY:
		return eval_unary(ev, e, object, out, err);
	case EXPR_BINARY:
		return eval_binary(ev, e, object, out, err);
	case EXPR_LIST:
		return eval_list(ev, e, object, out, err);
	case EXPR_CALL:
		return eval_call(ev, e, object, out, err);
	case EXPR_GIVEN:
		return sweep_eval(e->sweep, ev, object, e->is.base == VALUE_BOOL, out, err);
	case EXPR_PATH:
		break;
	}
	return fail(err, "internal error: an expression that was not checked");
}

int eval_condition(struct eval *ev, const struct expr *e, const struct match *object,
		   struct error *err)
{
	struct value v;

	if (eval_expr(ev, e, object, &v, err) < 0)
		return -1;
	if (v.type == VALUE_BOOL)
		return v.boolean;
	if (v.type == VALUE_NONE)
		return 0;
	return fail(err, "a condition is a %s, not true or false", value_type_name(v.type));
}
