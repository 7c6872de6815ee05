/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite x fds: the files that each task has open. */
#include "explore.h"

static void print_other(struct explorer *x, unsigned long long fd, const char *type, uint64_t id)
{
	if (explore_turn(x))
		printf("\t%7llu: %s.%llu\n", fd, type, (unsigned long long)id);
}

static void print_named(struct explorer *x, unsigned long long fd, enum name_kind kind, uint64_t id)
{
	const char *name = explore_turn_name(x, kind, id);

	if (!name)
		return;
	printf("\t%7llu: ", fd);
	print_text(name);
	putchar('\n');
}

static int print_fd(void *arg, const char *entry)
{
	struct explorer *x = arg;
	uint64_t fd = object_number(entry, "fd"), id = object_number(entry, "id");
	enum name_kind kind;
	char type[32];

	object_enum(entry, "type", type, sizeof(type));
	if (names_kind(type, &kind))
		print_named(x, fd, kind, id);
	else
		print_other(x, fd, type, id);
	return explore_is_over(x);
}

static void print_directory(struct explorer *x, const char *what, uint64_t id)
{
	const char *name = explore_turn_name(x, NAME_REGULAR, id);

	if (!name)
		return;
	printf("\t%7s: ", what);
	print_text(name);
	putchar('\n');
}

static int print_directories(void *arg, const char *entry)
{
	struct explorer *x = arg;

	print_directory(x, "cwd", object_number(entry, "cwd_id"));
	print_directory(x, "root", object_number(entry, "root_id"));
	return 1;
}

void explore_fds(struct explorer *x, const struct task *task)
{
	uint64_t files;

	if (explore_turn(x))
		printf("%u\n", task->pid);
	if (explore_number(x, "ids", task->pid, "files_id", &files))
		explore_each(x, "fdinfo", files, "entries", print_fd, x);
	if (!explore_is_over(x))
		explore_each(x, "fs", task->pid, "entries", print_directories, x);
}
