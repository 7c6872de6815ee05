/* SPDX-License-Identifier: GPL-2.0-only */
/* criu-rewrite x fds: the files that each task has open. */
#include "explore.h"

/* The name of what is behind a descriptor. */
static json_t *name_of(struct explorer *x, const struct crw_message *fd)
{
	uint64_t id = crw_get_number(x->crw, fd, "id");
	struct crw_value type = { .name = NULL };
	enum name_kind kind;

	crw_get(x->crw, fd, "type", &type);
	if (type.name && names_kind(type.name, &kind))
		return explore_name_json(x, kind, id);
	return json_sprintf("%s.%llu", type.name ? type.name : "?", (unsigned long long)id);
}

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

static void add_fd(struct explorer *x, const struct crw_message *fd, json_t *files)
{
	explore_add(x, files,
		    json_pack("{s:I, s:o}", "fd", (json_int_t)crw_get_number(x->crw, fd, "fd"),
			      "name", name_of(x, fd)));
}

static void print_fds(struct explorer *x, uint64_t id, json_t *files)
{
	struct explored image;
	struct crw_message fd;

	explore_open(x, &image, "fdinfo-%llu.img", (unsigned long long)id);
	while (explore_next(&image, &fd)) {
		if (x->json)
			add_fd(x, &fd, files);
		else
			print_fd(x, &fd);
	}
	explore_close(&image);
}

static void print_directory(struct explorer *x, const char *what, uint64_t id)
{
	printf("\t%7s: ", what);
	explore_name(x, NAME_REGULAR, id);
	putchar('\n');
}

static void print_directories(struct explorer *x, const struct crw_message *fs, json_t *task)
{
	uint64_t cwd = crw_get_number(x->crw, fs, "cwd_id");
	uint64_t root = crw_get_number(x->crw, fs, "root_id");

	if (x->json) {
		json_object_set_new(task, "cwd", explore_name_json(x, NAME_REGULAR, cwd));
		json_object_set_new(task, "root", explore_name_json(x, NAME_REGULAR, root));
	} else {
		print_directory(x, "cwd", cwd);
		print_directory(x, "root", root);
	}
}

void explore_fds(struct explorer *x, const struct task *task)
{
	json_t *files = json_array();
	json_t *item = json_pack("{s:I, s:n, s:n, s:O}", "pid", (json_int_t)task->pid, "cwd",
				 "root", "files", files);
	struct crw_message entry;
	struct explored image;

	if (!x->json)
		printf("%u\n", task->pid);
	if (explore_first(x, "ids", task->pid, &image, &entry))
		print_fds(x, crw_get_number(x->crw, &entry, "files_id"), files);
	explore_close(&image);
	if (explore_first(x, "fs", task->pid, &image, &entry))
		print_directories(x, &entry, item);
	explore_close(&image);
	json_decref(files);
	if (x->json)
		explore_print(x, item);
	else
		json_decref(item);
}
