/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan as cgconfig.conf(5). A group may have several blocks there, and cgconfigparser
 * does them in order; in a block each controller has one section. `perm` would give all files of a group away with it, so owners are comments.
 * libcgroup knows no groups of v2 without a controller, nor their own files before 3.0;
 * that they hand controllers on it sees to by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "groups.h"

/* Steps of one group that follow each other. */
struct block {
	struct crw_step *steps;
	size_t count, room;
	enum status status;
};

static bool is_of(const struct crw_step *step, const char *controller)
{
	char own[CONTROLLER_MAX];

	controller_of_step(step, own);
	return strcmp(own, controller) == 0;
}

static bool is_said(const struct crw_step *step)
{
	if (strcmp(step->hierarchy, "v2") != 0)
		return true;
	return step->value && strcmp(step->file, "cgroup.subtree_control") != 0;
}

/* Is it the first of its controller? */
static bool is_first(const struct block *b, size_t index)
{
	char controller[CONTROLLER_MAX];

	controller_of_step(&b->steps[index], controller);
	for (size_t i = 0; i < index; i++)
		if (is_said(&b->steps[i]) && is_of(&b->steps[i], controller))
			return false;
	return true;
}

static void print_section(const struct block *b, size_t index)
{
	char controller[CONTROLLER_MAX];

	controller_of_step(&b->steps[index], controller);
	printf("\t\"%s\" {\n", controller);
	for (size_t i = index; i < b->count; i++) {
		const struct crw_step *step = &b->steps[i];

		if (is_said(step) && step->value && *step->value && is_of(step, controller))
			printf("\t\t%s = \"%s\";\n", step->file, step->value);
	}
	printf("\t}\n");
}

static void print_owner(const struct crw_step *step)
{
	if (step->owned && (step->uid || step->gid))
		printf("# %s %s: chown %u:%u, chmod %o\n", step->group,
		       step->file ? step->file : "itself", step->uid, step->gid,
		       step->mode & 07777);
}

static bool says_something(const struct block *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (is_said(&b->steps[i]))
			return true;
	return false;
}

static void flush(struct block *b)
{
	bool says = says_something(b);

	for (size_t i = 0; i < b->count; i++)
		print_owner(&b->steps[i]);
	/* A block of nothing is a syntax error. */
	if (says)
		printf("group \"%s\" {\n", b->steps[0].group + 1);
	for (size_t i = 0; i < b->count; i++)
		if (is_said(&b->steps[i]) && is_first(b, i))
			print_section(b, i);
	if (says)
		printf("}\n");
	b->count = 0;
}

/* Names of files stand there without quotes: what is no word would begin statements. */
static bool is_word(const char *file)
{
	return !file[strspn(file,
			    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

static bool can_be_said(const struct crw_step *step)
{
	const char *value = step->value ? step->value : "";

	return !strpbrk(step->group, "\"\n") && !drives_terminal(step->group) &&
	       !strchr(value, '"') && !drives_terminal(value) &&
	       (!step->file || is_word(step->file));
}

static int make_room(struct block *b)
{
	struct crw_step *more;

	if (b->count < b->room)
		return 0;
	b->room = b->room ? 2 * b->room : 16;
	more = realloc(b->steps, b->room * sizeof(*more));
	if (!more)
		return -1;
	b->steps = more;
	return 0;
}

static int add(void *arg, const struct crw_step *step)
{
	struct block *b = arg;

	/* cgconfigparser has the groups above hand on what those below need. */
	if (strcmp(step->group, "/") == 0)
		return 0;
	if (!can_be_said(step)) {
		b->status = complain("%s:%s: cgconfig.conf has no way to say such a name or value",
				     step->hierarchy, step->group);
		return -1;
	}
	if (b->count && (strcmp(b->steps[0].group, step->group) != 0 ||
			 strcmp(b->steps[0].hierarchy, step->hierarchy) != 0))
		flush(b);
	if (make_room(b) < 0) {
		b->status = complain("not enough memory");
		return -1;
	}
	b->steps[b->count++] = *step;
	return 0;
}

enum status cgconfig_print(const struct cli *cli)
{
	struct block b = { .status = STATUS_DONE };

	progress_make_way();
	fputs("# ", stdout);
	print_text(cli->operands[0]);
	printf(", by criu-rewrite %s\n", crw_version());
	crw_each_step(cli->crw, add, &b);
	flush(&b);
	free(b.steps);
	return b.status;
}
