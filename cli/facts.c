/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite facts: the facts about this host that rules can use. With --json in the
 * form that --facts reads, so that a plan for one host can be made on another. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static void print_fact(const struct cli *cli, const struct crw_fact *fact)
{
	progress_make_way();
	printf("%-24s ", fact->name);
	print_text(fact->value ? fact->value : "(none)");
	if (cli->verbose)
		printf("  (%s: %s)", fact->type, fact->help);
	putchar('\n');
}

static enum status print_table(const struct cli *cli)
{
	const struct crw_fact *fact;

	for (size_t i = 0; (fact = crw_fact(cli->crw, i)); i++)
		print_fact(cli, fact);
	return STATUS_DONE;
}

static enum status print_json_facts(const struct cli *cli)
{
	json_t *facts = json_object();
	const struct crw_fact *fact;

	for (size_t i = 0; (fact = crw_fact(cli->crw, i)); i++) {
		json_t *value = fact->value ? json_string(fact->value) : json_null();

		if (json_object_set_new(facts, fact->name, value) < 0) {
			json_decref(facts);
			return complain("fact %s is not UTF-8, which JSON requires", fact->name);
		}
	}
	return print_json(json_pack("{s:i, s:s, s:o}", "version", 1, "program",
				    "criu-rewrite " CRW_VERSION, "facts", facts));
}

#define FACTS_MAX 256

static enum status unknown_fact(const struct cli *cli, const char *name)
{
	const char *names[FACTS_MAX + 1] = { NULL };
	const struct crw_fact *fact;

	for (size_t i = 0; i < FACTS_MAX && (fact = crw_fact(cli->crw, i)); i++)
		names[i] = fact->name;
	return complain("there is no fact '%s'%s (`criu-rewrite facts` lists them)", name,
			did_you_mean(name, names));
}

/* The value alone, for scripts. */
static enum status print_value(const struct cli *cli, const char *name)
{
	const struct crw_fact *fact;

	for (size_t i = 0; (fact = crw_fact(cli->crw, i)); i++) {
		if (strcmp(fact->name, name) != 0)
			continue;
		if (!fact->value)
			return complain("this host has no %s", name);
		print_line(cli, COLOR_NONE, fact->value);
		return STATUS_DONE;
	}
	return unknown_fact(cli, name);
}

static enum status run(struct cli *cli)
{
	enum status status = setup_open(cli);

	if (status != STATUS_DONE)
		return status;
	if (cli->operand_count && cli->json)
		return complain_usage(cli->command, "--json prints all facts; leave out the names");
	if (cli->json)
		return print_json_facts(cli);
	if (cli->operand_count == 0)
		return print_table(cli);
	for (size_t i = 0; i < cli->operand_count && status == STATUS_DONE; i++)
		status = print_value(cli, cli->operands[i]);
	return status;
}

const struct command command_facts = {
	.name = "facts",
	.arguments = "[NAME]...",
	.summary = "Show the facts about this host that rules can use",
	.groups = OPTIONS_FACTS | OPTIONS_OUTPUT,
	.operands_max = -1,
	.run = run,
};
