/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes as a table: where, what was there, what is then. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

#define WIDTH_MAX 40 /* of a column; what is longer moves the rest of its line */

static int columns_of(const char *text)
{
	size_t columns = 0;

	if (text)
		bytes_in_columns(text, WIDTH_MAX, &columns);
	return (int)columns;
}

static int width_of(int width, const char *text)
{
	int columns = columns_of(text);

	return columns > width ? columns : width;
}

/* One column; foreign text is escaped, and so may be wider. */
static void print_cell(const struct cli *cli, enum color color, const char *text, int width)
{
	bool colored = cli->color && text && color != COLOR_NONE;
	int columns = columns_of(text);

	if (colored)
		printf("\033[%dm", color);
	print_text(text ? text : "");
	if (colored)
		fputs("\033[0m", stdout);
	printf("%*s", width > columns ? width - columns : 0, "");
}

/* The image and the place once for all their fields. */
static void print_heading(const struct crw_change *c, const struct crw_change *last)
{
	if (last && strcmp(c->image, last->image) == 0 && strcmp(c->where, last->where) == 0)
		return;
	print_text(c->image);
	fputs(*c->where ? ": " : "", stdout);
	print_text(c->where);
	putchar('\n');
}

static void print_row(const struct cli *cli, const struct crw_change *c, int field, int before)
{
	const char *slash = c->file ? strrchr(c->file, '/') : NULL;

	fputs("  ", stdout);
	print_cell(cli, COLOR_NONE, c->field, field);
	fputs("  ", stdout);
	print_cell(cli, COLOR_RED, c->before, before);
	fputs(!c->before ? " > " : !c->after ? " < " : " | ", stdout);
	print_cell(cli, COLOR_GREEN, c->after, 0);
	if (c->file) {
		fputs("  (", stdout);
		print_text(slash ? slash + 1 : c->file);
		printf(":%u)", c->line);
	}
	putchar('\n');
}

void print_side_by_side(const struct cli *cli)
{
	size_t count = crw_change_count(cli->crw), total = crw_change_total(cli->crw);
	int field = 0, before = 0;

	progress_make_way();
	for (size_t i = 0; i < count; i++) {
		field = width_of(field, crw_change(cli->crw, i)->field);
		before = width_of(before, crw_change(cli->crw, i)->before);
	}
	for (size_t i = 0; i < count; i++) {
		print_heading(crw_change(cli->crw, i), i ? crw_change(cli->crw, i - 1) : NULL);
		print_row(cli, crw_change(cli->crw, i), field, before);
	}
	if (total > count)
		printf("and %zu more change%s\n", total - count, total - count == 1 ? "" : "s");
}
