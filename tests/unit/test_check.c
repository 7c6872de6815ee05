/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the checker works out; what it refuses is in the golden tests.
 */
#include "../../rules/parse.h"
#include "../../rules/run.h"
#include "../../rules/source.h"
#include "test.h"

static struct rules_diagnostics list;
static struct rules_setting setting;
static struct unit unit;

static struct statement *check(const char *text)
{
	struct diag diag = { .list = &list };
	struct diag_source *source = source_add(&diag, &unit.arena, "f", span_text(text));
	struct parse parse = { .diag = &diag, .arena = &unit.arena, .setting = &setting };
	struct check c = { .diag = &diag, .unit = &unit, .setting = &setting };

	unit.block.first = NULL;
	parse_text(&parse, source, &unit.block);
	check_unit(&c);
	return unit.block.first;
}

static const struct target *last_targets(const struct statement *s)
{
	const struct step *step = s->edit.path->steps;

	while (step->next)
		step = step->next;
	return step->targets;
}

static size_t count_targets(const struct statement *s)
{
	size_t count = 0;

	for (const struct target *t = last_targets(s); t; t = t->next)
		count++;
	return count;
}

static void test_targets(void)
{
	is_number((long long)count_targets(check("cgroup_entry//properties get")), 1,
		  "one field of this name");
	is_number((long long)count_targets(check("cgroup_entry//name get")), 2,
		  "fields of two messages");
	is_number((long long)count_targets(check("cgroup_entry//dirs[cnames=[\"x\"]] get")), 1,
		  "a condition that is wrong for all keeps its target for the complaint");
	ok(list.count > 0, "which is made");
	rules_diagnostics_free(&list);
	is_number((long long)count_targets(check("core_entry//comm[. = \"x\"] set .=\"y\"")), 2,
		  "a condition that is right for both");
	is_number((long long)count_targets(check("file_entry//flags[. > 5] get")) > 3, 1,
		  "a condition for numbers leaves the others out");
}

static const struct expr *condition(const char *text)
{
	return check(text)->edit.path->steps->targets->conditions->expr;
}

static void test_folding(void)
{
	const struct expr *e = condition("core_entry[pid = 1 + 2 - len(\"ab\")] get");

	is_number(e->right->type, EXPR_VALUE, "a constant is worked out");
	ok(e->right->value.number == 1, "and right");
	e = condition("core_entry[image.name = env(\"X\")] get");
	is_number(e->right->type, EXPR_CALL, "what depends on the world is not");
	e = condition("core_entry[mtype = X86_64] get");
	is_number(e->right->type, EXPR_VALUE, "the name of an enum is its number");
	e = condition("core_entry[tc.comm = \"x\"] get");
	is_number(e->left->type, EXPR_CHAIN, "plain names become a chain");
	is_number((long long)e->left->chain.count, 2, "of their fields");
	e = condition("core_entry[tc[exit_code=0].comm = \"x\"] get");
	is_number(e->left->type, EXPR_FIELDS, "names with conditions do not");
}

static void test_writes(void)
{
	const struct write *w = last_targets(check("core_entry.tc set comm=\"x\", flags=1, "
						   "exit_code=2"))
					->action->writes;

	ok(field_number(w->field) == 2 && field_number(w->next->field) == 4 &&
		   field_number(w->next->next->field) == 6,
	   "in order of field numbers");
	w = last_targets(check("core_entry set tc.comm=\"x\", tc.flags=1"))->action->writes;
	ok(!w->next && w->inner && w->inner->next, "one message for two fields of it");
	is_text(w->lacking, "task_state", "and what it would need to be made");
	w = last_targets(check("cgroup_entry.controllers.dirs set dir_perms "
			       "{ mode=1 uid=2 gid=3 }"))
		    ->action->writes;
	ok(!w->lacking, "nothing is lacking");
}

static void test_lets(void)
{
	check("let a = 1\nlet b = a + 1\nrule \"r\" { let c = b }\nlet d = a");
	is_number((long long)unit.slot_count >= 4, 1, "each let has a slot");
	is_number((long long)list.count, 0, "and sees those before it");
}

int main(void)
{
	test_targets();
	test_folding();
	test_writes();
	test_lets();
	rules_diagnostics_free(&list);
	arena_free(&unit.arena);
	return test_end();
}
