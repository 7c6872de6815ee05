/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite get: prints fields of a checkpoint, found by a path of the
 * rules language. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static enum status add_path(struct cli *cli, const char *path)
{
	enum status status = STATUS_DONE;
	char *text = NULL;
	int size = asprintf(&text, "%s get\n", path);

	if (size < 0)
		return complain("out of memory");
	if (crw_add_rules_text(cli->crw, "PATH", text, (size_t)size) < 0)
		status = complain_crw(cli->crw);
	free(text);
	return status;
}

static void print_results(const struct cli *cli)
{
	for (size_t i = 0; i < crw_result_count(cli->crw); i++) {
		const struct crw_result *result = crw_result(cli->crw, i);

		if (cli->verbose) {
			print_text(result->image);
			fputs(": ", stdout);
			print_text(result->where);
			fputs(" = ", stdout);
		}
		print_line(cli, COLOR_NONE, result->text);
	}
}

static enum status print_json_results(const struct cli *cli)
{
	json_t *list = json_array();

	for (size_t i = 0; i < crw_result_count(cli->crw); i++) {
		const struct crw_result *result = crw_result(cli->crw, i);

		if (json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "image", result->image,
							  "where", result->where,
							  "text", result->text)) < 0) {
			json_decref(list);
			return complain("%s: %s is no UTF-8 text, which JSON must be",
					result->image, result->where);
		}
	}
	return print_json(list);
}

static enum status run(struct cli *cli)
{
	enum status status = host_open(cli);
	int images;

	if (status == STATUS_DONE)
		status = add_path(cli, cli->operands[1]);
	if (status != STATUS_DONE)
		return status;
	images = host_open_images(cli, cli->operands[0]);
	if (images < 0)
		return STATUS_ERROR;
	if (crw_run(cli->crw) < 0)
		status = complain_crw(cli->crw);
	else if (cli->json)
		status = print_json_results(cli);
	else
		print_results(cli);
	close(images);
	return status;
}

const struct command command_get = {
	.name = "get",
	.arguments = "DIR PATH",
	.summary = "Print the fields of DIR that PATH leads to",
	.groups = OPTIONS_FACTS | OPTIONS_OUTPUT,
	.operands_min = 2,
	.operands_max = 2,
	.run = run,
};
