/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Expressions and paths.
 *
 *	expression = and { "or" and } ...      see operators[] for the rest
 */
#include <string.h>

#include "parse.h"

struct operator_row {
	enum token_type token; /* NAME: spelled as in word */
	const char *word;
	enum operator op;
	unsigned level; /* higher binds tighter */
};

#define LEVEL_COMPARE 4
#define LEVEL_SUM 5

static const struct operator_row operators[] = {
	{ TOKEN_NAME, "or", OP_OR, 1 },
	{ TOKEN_NAME, "and", OP_AND, 2 },
	/* "not" is 3 */
	{ TOKEN_EQUAL, "=", OP_EQUAL, LEVEL_COMPARE },
	{ TOKEN_UNEQUAL, "!=", OP_UNEQUAL, LEVEL_COMPARE },
	{ TOKEN_LESS, "<", OP_LESS, LEVEL_COMPARE },
	{ TOKEN_LESS_EQUAL, "<=", OP_LESS_EQUAL, LEVEL_COMPARE },
	{ TOKEN_GREATER, ">", OP_GREATER, LEVEL_COMPARE },
	{ TOKEN_GREATER_EQUAL, ">=", OP_GREATER_EQUAL, LEVEL_COMPARE },
	{ TOKEN_GLOB, "~", OP_GLOB, LEVEL_COMPARE },
	{ TOKEN_REGEX, "=~", OP_REGEX, LEVEL_COMPARE },
	{ TOKEN_NAME, "in", OP_IN, LEVEL_COMPARE },
	{ TOKEN_PLUS, "+", OP_PLUS, LEVEL_SUM },
	{ TOKEN_MINUS, "-", OP_MINUS, LEVEL_SUM },
	{ TOKEN_BAR, "|", OP_BITS, LEVEL_SUM },
};

static struct expr *parse_level(struct parser *p, unsigned level);

static struct expr *make_expr(struct parser *p, enum expr_type type, struct extent at)
{
	struct expr *e = parser_make(p, sizeof(*e));

	if (e) {
		e->type = type;
		e->at = at;
	}
	return e;
}

static struct expr *make_unary(struct parser *p, enum operator op, struct extent at,
			       struct expr *operand)
{
	struct expr *e = operand ? make_expr(p, EXPR_UNARY, extent_join(at, operand->at)) : NULL;

	if (e) {
		e->op = op;
		e->op_at = at;
		e->left = operand;
	}
	return e;
}

/* --- operands --- */

static struct expr *parse_literal(struct parser *p)
{
	struct expr *e = make_expr(p, EXPR_VALUE, p->token.at);

	if (!e)
		return NULL;
	if (p->token.type == TOKEN_NAME)
		e->value = value_bool(token_is(&p->token, "true"));
	else
		e->value = p->token.value;
	e->has_commas = p->token.type == TOKEN_SET &&
			memchr(p->token.source.data, ',', p->token.source.size);
	parser_advance(p);
	return e;
}

/* Appends to an array whose room doubles. */
static bool push_arg(struct parser *p, struct expr *e, struct expr *arg)
{
	size_t n = e->arg_count;
	struct expr **bigger;

	if ((n & (n - 1)) == 0) { /* full at 0, 1, 2, 4, ... */
		bigger = parser_make(p, (n ? n * 2 : 1) * sizeof(struct expr *));
		if (!bigger)
			return false;
		for (size_t i = 0; i < n; i++)
			bigger[i] = e->args[i];
		e->args = bigger;
	}
	e->args[e->arg_count++] = arg;
	return true;
}

/* items = [ expression { "," expression } ] close */
static struct expr *parse_items(struct parser *p, struct expr *e, enum token_type close,
				const char *what)
{
	struct extent end;

	while (p->token.type != close) {
		struct expr *arg = parse_level(p, 1);

		if (!arg || !push_arg(p, e, arg))
			return NULL;
		if (p->token.type != close && !parser_expect(p, TOKEN_COMMA, what))
			return NULL;
	}
	end = p->token.at;
	parser_advance(p);
	e->at = extent_join(e->at, end);
	return e;
}

/* list = "[" items "]" */
static struct expr *parse_list(struct parser *p)
{
	struct expr *e = make_expr(p, EXPR_LIST, p->token.at);

	if (!e || !parser_enter(p))
		return NULL;
	parser_advance(p);
	e = parse_items(p, e, TOKEN_BRACKET_CLOSE, "',' or ']'");
	parser_leave(p);
	return e;
}

/* call = NAME "(" items ")" */
static struct expr *parse_call(struct parser *p, const struct token *name)
{
	struct expr *e = make_expr(p, EXPR_CALL, name->at);

	if (!e || !parser_enter(p))
		return NULL;
	e->name = name->source;
	e->name_at = name->at;
	parser_advance(p);
	e = parse_items(p, e, TOKEN_PAREN_CLOSE, "',' or ')'");
	parser_leave(p);
	return e;
}

static struct expr *parse_group(struct parser *p)
{
	struct expr *e;

	if (!parser_enter(p))
		return NULL;
	parser_advance(p);
	e = parse_level(p, 1);
	parser_leave(p);
	return e && parser_expect(p, TOKEN_PAREN_CLOSE, "')'") ? e : NULL;
}

static struct path *path_from(struct parser *p, struct path *path, enum axis axis,
			      const struct token *first);

static struct expr *parse_named(struct parser *p)
{
	struct token name = p->token;
	struct path *path;
	struct expr *e;

	parser_advance(p);
	if (p->token.type == TOKEN_PAREN_OPEN)
		return parse_call(p, &name);
	path = parser_make(p, sizeof(*path));
	path = path ? path_from(p, path, AXIS_CHILD, &name) : NULL;
	e = path ? make_expr(p, EXPR_PATH, path->at) : NULL;
	if (e)
		e->path = path;
	return e;
}

static struct expr *parse_deep(struct parser *p)
{
	struct path *path = parse_path(p, AXIS_DEEP);
	struct expr *e = path ? make_expr(p, EXPR_PATH, path->at) : NULL;

	if (e)
		e->path = path;
	return e;
}

static struct expr *parse_self(struct parser *p)
{
	struct expr *e = make_expr(p, EXPR_SELF, p->token.at);

	parser_advance(p);
	return e;
}

static struct expr *parse_negative(struct parser *p)
{
	struct extent at = p->token.at;
	struct expr *e;

	if (!parser_enter(p))
		return NULL;
	parser_advance(p);
	e = make_unary(p, OP_NEGATE, at, parse_level(p, LEVEL_SUM + 1));
	parser_leave(p);
	return e;
}

static bool is_keyword(const struct token *t)
{
	return token_is(t, "and") || token_is(t, "or") || token_is(t, "in") || token_is(t, "not");
}

/* operand = NUMBER | SET | ADDRESS | TEXT | "true" | "false" | "." | path | call
 *         | list | "(" expression ")" | "-" operand */
static struct expr *parse_operand(struct parser *p)
{
	if (++p->operands > RULES_OPERANDS_MAX) {
		parser_wrong(p, p->token.at, "an expression has more than %d operands",
			     RULES_OPERANDS_MAX);
		return NULL;
	}
	switch (p->token.type) {
	case TOKEN_NUMBER:
	case TOKEN_SET:
	case TOKEN_ADDRESS:
	case TOKEN_TEXT:
		return parse_literal(p);
	case TOKEN_DOT:
		return parse_self(p);
	case TOKEN_DEEP:
		return parse_deep(p);
	case TOKEN_MINUS:
		return parse_negative(p);
	case TOKEN_PAREN_OPEN:
		return parse_group(p);
	case TOKEN_BRACKET_OPEN:
		return parse_list(p);
	case TOKEN_NAME:
		if (token_is(&p->token, "true") || token_is(&p->token, "false"))
			return parse_literal(p);
		if (!is_keyword(&p->token))
			return parse_named(p);
		break;
	default:
		break;
	}
	parser_unexpected(p, "a value");
	return NULL;
}

/* --- operators --- */

/* "not" expression: binds tighter than "and", looser than "=" */
static struct expr *parse_not(struct parser *p)
{
	struct extent at = p->token.at;
	struct expr *e;

	if (!parser_enter(p))
		return NULL;
	parser_advance(p);
	parser_skip_lines(p);
	e = make_unary(p, OP_NOT, at, parse_level(p, LEVEL_COMPARE - 1));
	parser_leave(p);
	return e;
}

static const struct operator_row *find_operator(const struct token *t)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		const struct operator_row *row = &operators[i];

		if (row->token == t->type &&
		    (t->type != TOKEN_NAME || span_is(t->source, row->word)))
			return row;
	}
	return NULL;
}

static struct expr *make_binary(struct parser *p, const struct operator_row *row, struct extent at,
				struct expr *left, struct expr *right)
{
	struct expr *e;

	if (!left || !right)
		return NULL;
	e = make_expr(p, EXPR_BINARY, extent_join(left->at, right->at));
	if (!e)
		return NULL;
	e->op = row->op;
	e->op_at = at;
	e->left = left;
	e->right = right;
	return e;
}

/* left "not" "in" right */
static struct expr *parse_not_in(struct parser *p, struct expr *left)
{
	struct extent at = p->token.at, in_at;
	const struct operator_row *in;

	parser_advance(p);
	if (!token_is(&p->token, "in")) {
		parser_unexpected(p, "'in'");
		return NULL;
	}
	in = find_operator(&p->token);
	in_at = p->token.at;
	parser_advance(p);
	parser_skip_lines(p);
	return make_unary(p, OP_NOT, at,
			  make_binary(p, in, in_at, left, parse_level(p, LEVEL_COMPARE + 1)));
}

/* Operators of this level and tighter ones, by precedence climbing. */
static struct expr *parse_level(struct parser *p, unsigned level)
{
	bool negated = token_is(&p->token, "not") && level < LEVEL_COMPARE;
	struct expr *left = negated ? parse_not(p) : parse_operand(p);
	bool compared = false;

	while (left) {
		const struct operator_row *row = find_operator(&p->token);
		struct extent at = p->token.at;

		if (token_is(&p->token, "not") && level <= LEVEL_COMPARE && !compared) {
			left = parse_not_in(p, left);
			compared = true;
			continue;
		}
		if (!row || row->level < level)
			return left;
		if (row->level == LEVEL_COMPARE && compared) {
			parser_wrong(p, at, "comparisons cannot follow each other; use 'and'");
			return NULL;
		}
		compared = row->level == LEVEL_COMPARE || (compared && row->level > LEVEL_COMPARE);
		parser_advance(p);
		parser_skip_lines(p);
		left = make_binary(p, row, at, left, parse_level(p, row->level + 1));
	}
	return NULL;
}

struct expr *parse_expression(struct parser *p)
{
	p->operands = 0;
	return parse_level(p, 1);
}

struct expr *parse_sum(struct parser *p)
{
	p->operands = 0;
	return parse_level(p, LEVEL_SUM);
}

/* --- paths --- */

/* An index is a number that stands there as such: [0], [-1]. */
static bool as_index(const struct expr *e, long *index)
{
	const struct expr *digits = e->type == EXPR_UNARY && e->op == OP_NEGATE ? e->left : e;

	if (digits->type != EXPR_VALUE || digits->value.type != VALUE_NUMBER ||
	    digits->value.number > INT32_MAX)
		return false;
	*index = (long)digits->value.number;
	if (digits != e)
		*index = -*index;
	return true;
}

/* condition = "[" expression "]" */
static struct condition *parse_condition(struct parser *p)
{
	struct condition *c = parser_make(p, sizeof(*c));
	struct extent open = p->token.at, close;

	if (!c || !parser_enter(p))
		return NULL;
	parser_advance(p);
	c->expr = parse_level(p, 1);
	parser_leave(p);
	close = p->token.at;
	if (!c->expr || !parser_expect(p, TOKEN_BRACKET_CLOSE, "']'"))
		return NULL;
	c->at = extent_join(open, close);
	if (as_index(c->expr, &c->index))
		c->expr = NULL;
	return c;
}

/* step = NAME { condition }; the name is read already */
static struct step *parse_step(struct parser *p, enum axis axis, const struct token *name)
{
	struct step *step = parser_make(p, sizeof(*step));
	struct condition **tail;

	if (!step)
		return NULL;
	step->axis = axis;
	step->name = name->source;
	step->at = name->at;
	tail = &step->conditions;
	while (p->token.type == TOKEN_BRACKET_OPEN) {
		*tail = parse_condition(p);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
	}
	return step;
}

/* Reads ("." | "//") NAME; false at anything else, and when it is wrong. */
static bool parse_axis(struct parser *p, enum axis *axis, struct token *name)
{
	const uint8_t *end;

	*axis = p->token.type == TOKEN_DEEP ? AXIS_DEEP : AXIS_CHILD;
	if (p->token.type != TOKEN_DOT && p->token.type != TOKEN_DEEP)
		return false;
	end = p->token.source.data + p->token.source.size;
	parser_advance(p);
	if (p->token.type == TOKEN_NAME && p->token.source.data != end) {
		parser_wrong(p, p->before, "the name of a field must follow without a blank");
		return false;
	}
	parser_skip_lines(p);
	*name = p->token;
	return parser_expect(p, TOKEN_NAME, "the name of a field");
}

/* path = step { ( "." | "//" ) step } */
static struct path *path_from(struct parser *p, struct path *path, enum axis axis,
			      const struct token *first)
{
	struct token name = *first;
	struct step **tail = &path->steps;

	path->at = name.at;
	do {
		if (path->step_count == PATH_STEPS_MAX) {
			parser_wrong(p, name.at, "a path has more than %d steps", PATH_STEPS_MAX);
			return NULL;
		}
		*tail = parse_step(p, axis, &name);
		if (!*tail)
			return NULL;
		path->step_count++;
		path->at = extent_join(path->at, name.at);
		for (const struct condition *c = (*tail)->conditions; c; c = c->next)
			path->at = extent_join(path->at, c->at);
		tail = &(*tail)->next;
	} while (parse_axis(p, &axis, &name));
	return p->broken ? NULL : path;
}

struct path *parse_path(struct parser *p, enum axis first)
{
	struct path *path = parser_make(p, sizeof(*path));
	struct extent start = p->token.at;
	struct token name;

	if (!path)
		return NULL;
	if (first == AXIS_DEEP)
		parser_advance(p);
	name = p->token;
	if (!parser_expect(p, TOKEN_NAME,
			   first == AXIS_ENTRY ? "a message" : "the name of a field"))
		return NULL;
	if (!path_from(p, path, first, &name))
		return NULL;
	path->at = extent_join(start, path->at);
	return path;
}
