/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite x fds: the files that each task has open. */
#include "explore.h"

static void print_fd(struct explorer *x, const struct crw_message *fd)
{
	uint64_t id = crw_get_number(x->crw, fd, "id");
	struct crw_value type = { .name = NULL };
	enum name_kind kind;

	crw_get(x->crw, fd, "type", &type);
	printf("\t%7llu: ", (unsigned long long)crw_get_number(x->crw, fd, "fd"));
	if (type.name && names_kind(type.name, &kind))
		explore_name(x, kind, id);
	else
		printf("%s.%llu", type.name ? type.name : "?", (unsigned long long)id);
	putchar('\n');
}

static void print_fds(struct explorer *x, uint64_t files)
{
	struct explored image;
	struct crw_message fd;

	explore_open(x, &image, "fdinfo-%llu.img", (unsigned long long)files);
	while (explore_next(&image, &fd))
		print_fd(x, &fd);
	explore_close(&image);
}

static void print_directory(struct explorer *x, const char *what, uint64_t id)
{
	printf("\t%7s: ", what);
	explore_name(x, NAME_REGULAR, id);
	putchar('\n');
}

void explore_fds(struct explorer *x, const struct task *task)
{
	struct crw_message entry;
	struct explored image;

	printf("%u\n", task->pid);
	if (explore_first(x, "ids", task->pid, &image, &entry))
		print_fds(x, crw_get_number(x->crw, &entry, "files_id"));
	explore_close(&image);
	if (explore_first(x, "fs", task->pid, &image, &entry)) {
		print_directory(x, "cwd", crw_get_number(x->crw, &entry, "cwd_id"));
		print_directory(x, "root", crw_get_number(x->crw, &entry, "root_id"));
	}
	explore_close(&image);
}
