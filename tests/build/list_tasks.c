/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An example of libcriu-rewrite: prints the tasks of a checkpoint and their threads. */
#include <fcntl.h>
#include <stdio.h>

#include <criu-rewrite.h>

static void print_task(struct crw *crw, const struct crw_message *task)
{
	struct crw_value thread = { .rest = NULL };

	printf("task %llu, threads", (unsigned long long)crw_get_number(crw, task, "pid"));
	while (crw_get_next(crw, task, "threads", &thread) > 0)
		printf(" %llu", (unsigned long long)thread.number);
	putchar('\n');
}

int main(int argc, char **argv)
{
	int dir = open(argc > 1 ? argv[1] : ".", O_RDONLY), found = -1;
	struct crw_reader *reader = NULL;
	struct crw *crw = crw_new();
	struct crw_message task;

	if (!crw || dir < 0)
		return 1;
	found = crw_reader_open_at(crw, dir, "pstree.img", &reader);
	while (found > 0 && (found = crw_reader_next(reader, &task)) > 0)
		print_task(crw, &task);
	if (found < 0)
		fprintf(stderr, "pstree.img: %s\n", crw_error(crw));
	crw_reader_close(reader);
	crw_free(crw);
	return found < 0;
}
