/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parser makes of a text; what it refuses is in the golden tests.
 */
#include "../../rules/parse.h"
#include "../../rules/source.h"
#include "test.h"

static struct arena arena;
static struct rules_diagnostics list;
static struct rules_setting setting;
static struct buffer shown;

static void show_expr(const struct expr *e);

static void show_conditions(const struct condition *c)
{
	for (; c; c = c->next) {
		buffer_byte(&shown, '[');
		if (c->expr)
			show_expr(c->expr);
		else
			buffer_printf(&shown, "#%ld", c->index);
		buffer_byte(&shown, ']');
	}
}

static void show_path(const struct path *path)
{
	static const char *const axes[] = { "", ".", "//" };

	for (const struct step *s = path->steps; s; s = s->next) {
		buffer_text(&shown, s == path->steps && s->axis != AXIS_DEEP ? "" : axes[s->axis]);
		buffer_append(&shown, s->name);
		show_conditions(s->conditions);
	}
}

/* Everything in parentheses, so that one sees what binds to what. */
static void show_operator(const struct expr *e)
{
	static const char *const names[] = {
		[OP_OR] = "or",      [OP_AND] = "and",
		[OP_EQUAL] = "=",    [OP_UNEQUAL] = "!=",
		[OP_LESS] = "<",     [OP_LESS_EQUAL] = "<=",
		[OP_GREATER] = ">",  [OP_GREATER_EQUAL] = ">=",
		[OP_GLOB] = "~",     [OP_REGEX] = "=~",
		[OP_IN] = "in",      [OP_PLUS] = "+",
		[OP_MINUS] = "-",    [OP_NOT] = "not",
		[OP_NEGATE] = "neg",
	};

	buffer_byte(&shown, '(');
	if (e->type == EXPR_BINARY) {
		show_expr(e->left);
		buffer_printf(&shown, " %s ", names[e->op]);
		show_expr(e->right);
	} else {
		buffer_printf(&shown, "%s ", names[e->op]);
		show_expr(e->left);
	}
	buffer_byte(&shown, ')');
}

static void show_expr(const struct expr *e)
{
	switch (e->type) {
	case EXPR_VALUE:
		value_print_quoted(&shown, e->value);
		break;
	case EXPR_PATH:
		show_path(e->path);
		break;
	case EXPR_SELF:
		buffer_byte(&shown, '.');
		break;
	case EXPR_UNARY:
	case EXPR_BINARY:
		show_operator(e);
		break;
	default:
		buffer_append(&shown, e->name);
		buffer_byte(&shown, '<');
		for (size_t i = 0; i < e->arg_count; i++) {
			buffer_text(&shown, i ? " " : "");
			show_expr(e->args[i]);
		}
		buffer_byte(&shown, '>');
	}
}

static const char *expression(const char *text)
{
	struct diag diag = { .list = &list };
	struct parse parse = { .diag = &diag, .arena = &arena, .setting = &setting };
	struct diag_source *source = source_add(&diag, &arena, "f", span_text(text));
	struct parser p;
	struct expr *e;

	parser_start(&p, &parse, source);
	e = parse_expression(&p);
	parser_skip_lines(&p);
	buffer_clear(&shown);
	if (e && parser_expect(&p, TOKEN_END, "the end of the text"))
		show_expr(e);
	else
		buffer_text(&shown, "wrong");
	buffer_byte(&shown, '\0');
	return (const char *)shown.data;
}

static void test_precedence(void)
{
	is_text(expression("a or b and c"), "(a or (b and c))", "and before or");
	is_text(expression("a and b or c"), "((a and b) or c)", "and before or, to the left");
	is_text(expression("a or b or c"), "((a or b) or c)", "or from the left");
	is_text(expression("not a and b"), "((not a) and b)", "not before and");
	is_text(expression("not a = b"), "(not (a = b))", "= before not");
	is_text(expression("a = b + c - d"), "(a = ((b + c) - d))", "sums before =");
	is_text(expression("a = -b - -1"), "(a = ((neg b) - (neg 1)))", "signs before sums");
	is_text(expression("(a or b) and c"), "((a or b) and c)", "parentheses");
	is_text(expression("a = b and c != d"), "((a = b) and (c != d))", "two comparisons");
	is_text(expression("a not in b and c"), "((not (a in b)) and c)", "not in");
	is_text(expression("not not a"), "(not (not a))", "not not");
	is_text(expression("a ~ \"x\" + b"), "(a ~ (\"x\" + b))", "a pattern that is joined");
}

static void test_operands(void)
{
	is_text(expression("f(a, 0-3, g())"), "f<a 0-3 g<>>", "calls");
	is_text(expression("[1, \"a\"]"), "<1 \"a\">", "a list");
	is_text(expression("[]"), "<>", "an empty list");
	is_text(expression("a.b[c=1][0]//d[-1]"), "a.b[(c = 1)][#0]//d[#-1]", "a path");
	is_text(expression("//a.b"), "//a.b", "a path from here down");
	is_text(expression(". + 1"), "(. + 1)", "self");
	is_text(expression("a[1 + 1]"), "a[(1 + 1)]", "a sum is no index");
	is_text(expression("true"), "true", "true");
	is_text(expression("(\na\n+\nb\n)"), "(a + b)", "over lines");
	is_text(expression("a +\n\n b"), "(a + b)", "lines behind an operator");
	is_text(expression("a\n+ b"), "wrong", "no line before an operator");
}

static struct block parse_rules(const char *text)
{
	struct diag diag = { .list = &list };
	struct parse parse = { .diag = &diag, .arena = &arena, .setting = &setting };
	struct diag_source *source = source_add(&diag, &arena, "f", span_text(text));
	struct block block = { NULL };

	parse_text(&parse, source, &block);
	return block;
}

static size_t count_statements(const struct block *b)
{
	size_t count = 0;

	for (const struct statement *s = b->first; s; s = s->next)
		count++;
	return count;
}

static void test_statements(void)
{
	struct block b = parse_rules("rule \"r\" { core_entry get; must core_entry get }\n"
				     "when true { } else when false { } else { }\n");
	const struct statement *rule = b.first, *when = rule->next;

	is_number((long long)count_statements(&b), 2, "two statements");
	is_number(rule->type, STATEMENT_RULE, "a rule");
	is_number((long long)count_statements(&rule->rule_block.block), 2, "with two in it");
	is_text(rule->rule_block.block.first->rule, "r", "which know their rule");
	ok(rule->rule_block.block.first->next->edit.must, "must");
	ok(!when->rule, "outside there is no rule");
	ok(when->arms->next->next && !when->arms->next->next->condition, "the last arm is else");
	ok(!when->arms->next->next->next, "three arms");
}

static void test_recovery(void)
{
	struct block b;

	rules_diagnostics_free(&list);
	b = parse_rules("core_entry get\ncore_entry.tc set x=\n\n)\ncore_entry get\n}\n"
			"core_entry get");
	is_number((long long)count_statements(&b), 3, "the good statements are kept");
	is_number((long long)list.count, 2, "and the wrong ones told");
}

int main(void)
{
	test_precedence();
	test_operands();
	test_statements();
	test_recovery();
	rules_diagnostics_free(&list);
	arena_free(&arena);
	buffer_free(&shown);
	return test_end();
}
