/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../rules/lex.h"
#include "test.h"

static struct arena arena;
static struct rules_diagnostics list;
static struct diag diag = { .list = &list };
static struct lexer lex;

static void start(const char *text)
{
	lex_start(&lex, &diag, &arena, "f", span_text(text));
}

/* The token types of a text, a letter each. */
static const char *types(const char *text)
{
	static const char letters[] = {
		[TOKEN_END] = '$',         [TOKEN_BAD] = '!',           [TOKEN_LINE] = 'l',
		[TOKEN_SEMICOLON] = ';',   [TOKEN_NAME] = 'a',          [TOKEN_NUMBER] = '1',
		[TOKEN_SET] = 's',         [TOKEN_TEXT] = 't',          [TOKEN_WORD] = 'w',
		[TOKEN_BRACE_OPEN] = '{',  [TOKEN_BRACE_CLOSE] = '}',   [TOKEN_PAREN_OPEN] = '(',
		[TOKEN_PAREN_CLOSE] = ')', [TOKEN_BRACKET_OPEN] = '[',  [TOKEN_BRACKET_CLOSE] = ']',
		[TOKEN_COMMA] = ',',       [TOKEN_DOT] = '.',           [TOKEN_DEEP] = '/',
		[TOKEN_PLUS] = '+',        [TOKEN_MINUS] = '-',         [TOKEN_EQUAL] = '=',
		[TOKEN_UNEQUAL] = 'u',     [TOKEN_LESS] = '<',          [TOKEN_LESS_EQUAL] = 'L',
		[TOKEN_GREATER] = '>',     [TOKEN_GREATER_EQUAL] = 'G', [TOKEN_GLOB] = '~',
		[TOKEN_REGEX] = 'r',
	};
	static char out[64];
	size_t used = 0;
	struct token t;

	start(text);
	do {
		t = lex_next(&lex);
		out[used++] = letters[t.type];
	} while (t.type != TOKEN_END && used < sizeof(out) - 1);
	out[used] = '\0';
	return out;
}

static void test_types(void)
{
	is_text(types(""), "$", "nothing");
	is_text(types("a.b//c[d=1]"), "a.a/a[a=1]$", "a path");
	is_text(types("= == != < <= > >= ~ =~ + -"), "==u<L>G~r+-$", "operators");
	is_text(types("0-3,8 1,2 3 -4 5-x 6,"), "ss1-11-a1,$", "sets and numbers");
	is_text(types("a-b a-1 a - b manage-cgroups"), "aa-1a-aa$", "names with dashes");
	is_text(types("a\nb;c"), "ala;a$", "ends of statements");
	is_text(types("(a\nb)\n[c\n]\n{\n}"), "(aa)l[a]l{l}$", "line ends inside of brackets");
	is_text(types("a # b\n#c\nd"), "alla$", "comments");
	is_text(types("a\r\nb"), "ala$", "CR LF");
	is_text(types("\"a # b\" # c"), "t$", "'#' in a text");
	is_text(types("1x"), "!$", "a wrong number is one token");
	is_text(types("&& ||"), "!!$", "wrong operators are one token each");
}

static void test_values(void)
{
	struct token t;

	start("512M 0x10 0o10 0-3 \"a\\x41\\n\"");
	ok(lex_next(&lex).value.number == 512 << 20, "a size");
	ok(lex_next(&lex).value.number == 16, "hexadecimal");
	ok(lex_next(&lex).value.number == 8, "octal");
	is_number((long long)value_set_count(lex_next(&lex).value), 4, "a set");
	ok(span_is(lex_next(&lex).value.text, "aA\n"), "a text with escapes");
	start("  abc");
	t = lex_next(&lex);
	is_number(t.at.place.column, 3, "column");
	is_number(t.at.width, 3, "width");
	start("\n\n  x");
	lex_next(&lex);
	lex_next(&lex);
	t = lex_next(&lex);
	is_number(t.at.place.line, 3, "line");
	is_number(t.at.place.column, 3, "column on a later line");
}

static void test_words(void)
{
	struct token t;

	start("cpuset.cpus, b");
	t = lex_next(&lex);
	ok(span_is(t.source, "cpuset"), "as a token the dot ends it");
	t = lex_word(&lex, &t);
	ok(span_is(t.source, "cpuset.cpus"), "as a word it does not");
	is_number(lex_next(&lex).type, TOKEN_COMMA, "and goes on behind it");
}

static void test_names(void)
{
	char buffer[64];
	struct token t;

	start("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz \"x\"");
	t = lex_next(&lex);
	is_text(token_name(&t, buffer), "'abcdefghijklmnopqrstuvwxyzabcdefghijklmn...'",
		"a long token is cut");
	t = lex_next(&lex);
	is_text(token_name(&t, buffer), "a text", "a text");
	t = lex_next(&lex);
	is_text(token_name(&t, buffer), "the end of the text", "the end");
}

int main(void)
{
	test_types();
	test_values();
	test_words();
	test_names();
	rules_diagnostics_free(&list);
	arena_free(&arena);
	return test_end();
}
