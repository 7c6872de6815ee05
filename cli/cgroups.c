/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * criu-rewrite show --cgroups: the groups of a checkpoint as a tree, and beside it those
 * of this host:
 *
 *	cpuset                          this host: cpuset
 *	/                               /  1 task: 1
 *	|                               |  cpuset.cpus 0-1
 *	`- ct  1 task: 7                `- other  2 tasks: 5 6
 *	   cpuset.cpus 0-3
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "show.h"

#define GAP 2        /* columns between the sides */
#define ELLIPSIS 3   /* columns of "..." */
#define SIDE_MIN 20  /* columns of a side, however narrow the terminal is */
#define LEFT_MAX 256 /* as many that all lines are filled up to; a longer one is longer alone */
#define LEVELS_MAX 256

#define NO_GROUPS "the checkpoint has no groups"

enum side { CHECKPOINT, HOST, SIDES };

struct drawing {
	const struct cli *cli;
	char hierarchy[256];             /* of the group before */
	bool goes_on[SIDES][LEVELS_MAX]; /* is there another below the same group? */
	bool fits;                       /* what is too wide is cut, as columns are few */
	size_t width[SIDES];             /* columns */
	size_t widest;                   /* of what stood on the left, up to LEFT_MAX */
	size_t gap;                      /* to the side on the right, if there is anything */
	bool measures;                   /* and prints nothing */
	json_t *list, *elsewhere;
	bool failed;
};

/* ---- cells ------------------------------------------------------------------ */

static void put_colored(const struct drawing *d, enum color color, const char *text, size_t bytes)
{
	if (d->cli->color && color != COLOR_NONE)
		printf("\033[%dm%.*s\033[0m", color, (int)bytes, text);
	else
		printf("%.*s", (int)bytes, text);
}

/* What is too wide ends in "...". */
static void put_cell(struct drawing *d, enum side side, enum color color, const char *text)
{
	size_t width = d->fits ? d->width[side] : SIZE_MAX, taken;
	size_t bytes = bytes_in_columns(text, width, &taken);
	bool cut = text[bytes] != 0;

	if (side == CHECKPOINT && taken > d->widest)
		d->widest = taken < LEFT_MAX ? taken : LEFT_MAX;
	if (d->measures)
		return;
	if (cut)
		bytes = bytes_in_columns(text, width - ELLIPSIS, &taken);
	if (side == HOST && *text)
		printf("%*s", (int)d->gap, "");
	put_colored(d, color, text, bytes);
	fputs(cut ? "..." : "", stdout);
	taken += cut ? ELLIPSIS : 0;
	d->gap = (d->width[side] > taken ? d->width[side] - taken : 0) + GAP;
	if (side == HOST)
		putchar('\n');
}

/* The lines of the tree down to a group, which is drawn itself if it is there. */
static void put_lines(FILE *out, const struct drawing *d, enum side side, unsigned depth,
		      const char *here, const char *last)
{
	for (unsigned i = 1; i <= depth && i < LEVELS_MAX; i++) {
		bool more = d->goes_on[side][i];

		if (i == depth && here)
			fputs(more ? here : last, out);
		else
			fputs(more ? "|  " : "   ", out);
	}
}

static void put_tasks(FILE *out, const unsigned *tasks, size_t count)
{
	if (count)
		fprintf(out, "%zu task%s:", count, count == 1 ? "" : "s");
	for (size_t i = 0; i < count; i++)
		fprintf(out, " %u", tasks[i]);
}

/* Is what is in the group shown, too? */
static bool is_opened(const struct drawing *d, const struct crw_group *g)
{
	return g->in_checkpoint || d->cli->verbose;
}

static void put_group(FILE *out, const struct drawing *d, enum side side, const struct crw_group *g)
{
	bool exists = side == HOST ? g->on_host : g->in_checkpoint;
	size_t count = side == HOST ? g->host_task_count : g->task_count;

	put_lines(out, d, side, g->depth, exists ? "|- " : NULL, "`- ");
	if (!exists)
		return;
	put_text(out, g->name);
	fputs(count ? "  " : "", out);
	put_tasks(out, side == HOST ? g->host_tasks : g->tasks, count);
	if (side == HOST && g->below_host && !is_opened(d, g))
		fprintf(out, "  (%zu below)", g->below_host);
}

static void put_limit(FILE *out, const struct drawing *d, enum side side, const struct crw_group *g,
		      const struct crw_limit *limit)
{
	const char *value = side == HOST ? limit->on_host : limit->value;
	size_t below = side == HOST ? g->below_host : g->below;

	put_lines(out, d, side, g->depth, NULL, NULL);
	fputs(below && is_opened(d, g) ? "|  " : "   ", out);
	if (!value)
		return;
	put_text(out, limit->name);
	putc(' ', out);
	put_text(out, *value ? value : "(empty)");
}

static char *without_blanks(char *text)
{
	size_t size = strlen(text);

	while (size && text[size - 1] == ' ')
		text[--size] = 0;
	return text;
}

/* One side of a line; limit NULL: the group itself. */
static void draw_side(struct drawing *d, enum side side, enum color color,
		      const struct crw_group *g, const struct crw_limit *limit)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out) {
		d->failed = true;
		return;
	}
	if (limit)
		put_limit(out, d, side, g, limit);
	else
		put_group(out, d, side, g);
	if (fclose(out) == 0)
		put_cell(d, side, color, without_blanks(text));
	else
		d->failed = true;
	free(text);
}

/* ---- rows --------------------------------------------------------------------- */

static void draw_heading(struct drawing *d, const struct crw_group *g)
{
	char here[300];

	if (g->depth || strcmp(d->hierarchy, g->hierarchy) == 0)
		return;
	if (*d->hierarchy && !d->measures)
		putchar('\n');
	snprintf(d->hierarchy, sizeof(d->hierarchy), "%s", g->hierarchy);
	snprintf(here, sizeof(here), "this host: %s",
		 g->host_hierarchy ? g->host_hierarchy : "has it not");
	put_cell(d, CHECKPOINT, COLOR_NONE, d->hierarchy);
	put_cell(d, HOST, COLOR_NONE, here);
}

/* What differs is in a colour. */
static void draw_limit(struct drawing *d, const struct crw_group *g, const struct crw_limit *limit)
{
	bool differs = limit->value && limit->on_host && strcmp(limit->value, limit->on_host) != 0;

	draw_side(d, CHECKPOINT, differs ? COLOR_RED : COLOR_NONE, g, limit);
	draw_side(d, HOST, differs ? COLOR_GREEN : COLOR_NONE, g, limit);
}

/* Tasks of no group, which come last. */
static void draw_elsewhere(struct drawing *d, const struct crw_group *g)
{
	if (d->measures)
		return;
	puts(*d->hierarchy ? "" : NO_GROUPS);
	fputs("in the groups of criu at the dump, which are not in the checkpoint: ", stdout);
	put_tasks(stdout, g->tasks, g->task_count);
	putchar('\n');
	snprintf(d->hierarchy, sizeof(d->hierarchy), "none");
}

static int draw(void *arg, const struct crw_group *g)
{
	struct drawing *d = arg;

	if (!g->hierarchy) {
		draw_elsewhere(d, g);
		return 0;
	}
	draw_heading(d, g);
	if (g->depth < LEVELS_MAX) {
		d->goes_on[CHECKPOINT][g->depth] = !g->last;
		d->goes_on[HOST][g->depth] = !g->last_on_host;
	}
	draw_side(d, CHECKPOINT, COLOR_NONE, g, NULL);
	draw_side(d, HOST, COLOR_NONE, g, NULL);
	for (size_t i = 0; i < g->limit_count; i++)
		draw_limit(d, g, &g->limits[i]);
	return d->failed || ferror(stdout);
}

/* ---- JSON ---------------------------------------------------------------------- */

static json_t *pids_as_json(bool exists, const unsigned *pids, size_t count)
{
	json_t *list = exists ? json_array() : json_null();

	for (size_t i = 0; exists && i < count; i++)
		json_array_append_new(list, json_integer(pids[i]));
	return list;
}

static json_t *limits_as_json(const struct crw_group *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->limit_count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:o, s:o}", "name", g->limits[i].name,
						"checkpoint", json_foreign(g->limits[i].value),
						"host", json_foreign(g->limits[i].on_host)));
	return list;
}

static int add_json(void *arg, const struct crw_group *g)
{
	struct drawing *d = arg;
	json_t *group;

	if (!g->hierarchy) {
		json_decref(d->elsewhere);
		d->elsewhere = pids_as_json(true, g->tasks, g->task_count);
		return 0;
	}
	group = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "hierarchy", json_foreign(g->hierarchy),
			  "host_hierarchy", json_foreign(g->host_hierarchy), "path",
			  json_foreign(g->path), "tasks",
			  pids_as_json(g->in_checkpoint, g->tasks, g->task_count), "host_tasks",
			  pids_as_json(g->on_host, g->host_tasks, g->host_task_count), "limits",
			  limits_as_json(g));
	d->failed = json_array_append_new(d->list, group) < 0;
	return d->failed;
}

/* ---- the command ----------------------------------------------------------------- */

/* Of the terminal, or by $COLUMNS; 0: as many as it takes. */
static size_t columns(void)
{
	const char *given = getenv("COLUMNS");
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return given ? strtoul(given, NULL, 10) : 0;
}

/* No wider on the left than it takes, and no more than half of what there is. */
static void fit_widths(struct drawing *d)
{
	size_t room = columns(), half = room > GAP ? (room - GAP) / 2 : 0;

	if (room && half < SIDE_MIN)
		half = SIDE_MIN;
	d->fits = room;
	d->width[CHECKPOINT] = !room || d->widest < half ? d->widest : half;
	if (room)
		d->width[HOST] = room > d->width[CHECKPOINT] + GAP + SIDE_MIN ?
					 room - d->width[CHECKPOINT] - GAP :
					 SIDE_MIN;
}

static enum status draw_all(struct cli *cli)
{
	struct drawing d = { .cli = cli, .measures = true };

	if (crw_each_group(cli->crw, cli->verbose, draw, &d) < 0)
		return complain_crw(cli->crw);
	fit_widths(&d);
	d.measures = false;
	progress_make_way();
	*d.hierarchy = 0;
	if (crw_each_group(cli->crw, cli->verbose, draw, &d) < 0)
		return complain_crw(cli->crw);
	if (!*d.hierarchy)
		puts(NO_GROUPS);
	return d.failed ? complain("out of memory") : STATUS_DONE;
}

static enum status print_all_json(struct cli *cli)
{
	struct drawing d = { .cli = cli, .list = json_array(), .elsewhere = json_array() };
	int status = crw_each_group(cli->crw, cli->verbose, add_json, &d);

	if (status == 0)
		return print_json(
			json_pack("{s:o, s:o}", "groups", d.list, "elsewhere", d.elsewhere));
	json_decref(d.list);
	json_decref(d.elsewhere);
	return status < 0 ? complain_crw(cli->crw) : complain("out of memory");
}

enum status show_cgroups(struct cli *cli)
{
	enum status status = setup_open(cli);
	int images;

	if (status != STATUS_DONE)
		return status;
	images = setup_open_images(cli, cli->operands[0]);
	if (images < 0)
		return STATUS_ERROR;
	status = cli->json ? print_all_json(cli) : draw_all(cli);
	close(images);
	return status;
}
