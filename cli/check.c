/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite check: are the rules right? Each argument is judged by itself,
 * so that one run shows all that is wrong. */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"

/* NULL stands for the host's configuration. */
static bool load(struct crw *crw, const struct cli *cli, const char *path)
{
	if (path)
		return crw_add_rules(crw, path) == 0;
	return crw_load_config(crw, option_value(cli, OPTION_CONF)) == 0;
}

static void add_verdict(json_t *list, const struct crw *crw, const char *name, bool good)
{
	json_t *verdict = json_pack("{s:s, s:b, s:b, s:s?, s:s}", "name", name, "ok", good,
				    "rules", crw_has_rules(crw), "error",
				    good ? NULL : crw_error(crw), "diagnostics",
				    crw_diagnostics(crw));

	if (json_array_append_new(list, verdict) < 0)
		complain("%s: what is to be said of it is no UTF-8 text, which JSON must be", name);
}

static enum status check(struct cli *cli, const char *path, json_t *list)
{
	const char *conf = option_value(cli, OPTION_CONF);
	const char *name = path ? path : conf ? conf : "configuration";
	struct crw *crw = crw_new();
	bool good = crw && load(crw, cli, path);

	if (!crw)
		return complain("out of memory");
	if (cli->json)
		add_verdict(list, crw, name, good);
	else if (!good)
		complain_crw(crw);
	else if (!cli->quiet)
		printf("%s: %s\n", name, crw_has_rules(crw) ? "ok" : "ok, but there are no rules");
	crw_free(crw);
	return good ? STATUS_DONE : STATUS_ERROR;
}

static enum status run(struct cli *cli)
{
	json_t *list = json_array();
	enum status status = STATUS_DONE;

	if (cli->operand_count == 0)
		status = check(cli, NULL, list);
	for (size_t i = 0; i < cli->operand_count; i++) {
		if (check(cli, cli->operands[i], list) != STATUS_DONE)
			status = STATUS_ERROR;
	}
	if (!cli->json)
		json_decref(list);
	else if (print_json(list) != STATUS_DONE)
		status = STATUS_ERROR;
	return status;
}

const struct command command_check = {
	.name = "check",
	.arguments = "[FILE|DIR]...",
	.summary = "Check rules, or the host's configuration and its rules",
	.groups = OPTIONS_OUTPUT,
	.operands_max = -1,
	.options = { { "conf", OPTION_CONF, "FILE", "check this configuration file" } },
	.run = run,
};
