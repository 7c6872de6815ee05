/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite diff: what one checkpoint has and another lacks. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

struct printing {
	const struct cli *cli;
	size_t count;
	enum status status;
};

static json_t *change_as_json(const struct crw_change *c)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "image", json_foreign(c->image), "where",
			 json_foreign(c->where), "field", json_foreign(c->field), "before",
			 json_foreign(c->before), "after", json_foreign(c->after), "note",
			 json_foreign(c->note));
}

/* One at a time: there may be millions. */
static void print_as_json(struct printing *p, const struct crw_change *c)
{
	p->status = print_json_item(p->count, change_as_json(c));
}

static int print(void *arg, const struct crw_change *change)
{
	struct printing *p = arg;

	if (p->cli->json)
		print_as_json(p, change);
	else if (!p->cli->quiet)
		print_change(p->cli, change);
	p->count++;
	/* One is enough for who wants no more than the exit status. */
	return (p->cli->quiet && !p->cli->json) || p->status != STATUS_DONE || ferror(stdout);
}

/* Two objects, since each has one spec. A directory of images may be without. */
static enum status compare_specs(struct cli *cli, struct printing *p, int a, int b)
{
	struct crw *crw = cli->crw, *other = crw_new();
	enum status status = p->status;

	if (!other)
		return complain("cannot begin: %s", strerror(errno));
	setup_open_spec(cli, crw, a);
	setup_open_spec(cli, other, b);
	if (crw_spec_name(crw) && crw_spec_name(other) && crw_diff_specs(crw, other, print, p) < 0)
		status = complain_crw(crw);
	crw_free(other);
	return status == STATUS_DONE ? p->status : status;
}

static enum status compare(struct cli *cli, int a, int b)
{
	struct printing p = { .cli = cli, .status = STATUS_DONE };

	if (cli->json) {
		progress_make_way();
		fputs("{\n  \"version\": 1, \"program\": \"criu-rewrite " CRW_VERSION
		      "\",\n  \"differences\": [",
		      stdout);
	}
	if (crw_diff(cli->crw, a, b, print, &p) < 0)
		p.status = complain_crw(cli->crw);
	else if (p.status == STATUS_DONE && !(p.count && cli->quiet))
		p.status = compare_specs(cli, &p, a, b);
	progress_make_way();
	if (cli->json)
		puts("\n  ]\n}");
	else if (cli->verbose)
		printf("%zu difference%s\n", p.count, p.count == 1 ? "" : "s");
	if (p.status != STATUS_DONE)
		return p.status;
	return p.count ? STATUS_CHANGES : STATUS_DONE;
}

static enum status run(struct cli *cli)
{
	enum status status = setup_open(cli);
	int a, b;

	if (status != STATUS_DONE)
		return status;
	a = setup_open_images(cli, cli->operands[0]);
	b = a < 0 ? -1 : setup_open_images(cli, cli->operands[1]);
	status = b < 0 ? STATUS_ERROR : compare(cli, a, b);
	if (b >= 0)
		close(b);
	if (a >= 0)
		close(a);
	return status;
}

const struct command command_diff = {
	.name = "diff",
	.arguments = "DIR DIR",
	.summary = "Show what differs between two checkpoints",
	.groups = OPTIONS_OUTPUT | OPTIONS_ARCHIVE,
	.operands_min = 2,
	.operands_max = 2,
	.reads_pages = true,
	.run = run,
};
