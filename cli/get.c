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

struct printing {
	const struct cli *cli;
	size_t count;
	enum status status;
};

static json_t *result_as_json(const struct crw_result *result)
{
	return json_pack("{s:o, s:o, s:o}", "image", json_foreign(result->image), "where",
			 json_foreign(result->where), "text", json_foreign(result->text));
}

/* One at a time: there may be millions. */
static int print(void *arg, const struct crw_result *result)
{
	struct printing *p = arg;

	if (p->cli->json)
		p->status = print_json_item(p->count, result_as_json(result));
	else
		print_result(p->cli, result, p->cli->verbose);
	p->count++;
	return p->status != STATUS_DONE || ferror(stdout) ? -1 : 0;
}

static enum status get(struct cli *cli)
{
	struct printing p = { .cli = cli, .status = STATUS_DONE };

	crw_on_result(cli->crw, print, &p);
	if (cli->json) {
		progress_make_way();
		putchar('[');
	}
	if (crw_run(cli->crw) < 0 && p.status == STATUS_DONE && !ferror(stdout))
		p.status = complain_crw(cli->crw);
	if (cli->json)
		puts("\n]");
	if (p.status != STATUS_DONE)
		return p.status;
	if (p.count == 0)
		return cli->quiet ? STATUS_ERROR :
				    complain("%s: nothing matched '%s'", cli->operands[0],
					     cli->operands[1]);
	if (!cli->quiet)
		print_notes(cli);
	return STATUS_DONE;
}

static enum status run(struct cli *cli)
{
	enum status status = setup_open(cli);
	int images;

	if (status != STATUS_DONE)
		return status;
	images = setup_open_images(cli, cli->operands[0]);
	if (images < 0)
		return STATUS_ERROR;
	status = add_path(cli, cli->operands[1]);
	if (status == STATUS_DONE)
		status = get(cli);
	close(images);
	return status;
}

const struct command command_get = {
	.name = "get",
	.arguments = "DIR PATH",
	.summary = "Print the fields of DIR that PATH leads to",
	.groups = OPTIONS_FACTS | OPTIONS_OUTPUT | OPTIONS_ARCHIVE,
	.operands_min = 2,
	.operands_max = 2,
	.run = run,
};
