/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads of a program, each with an object of its own, rewrite the same checkpoint:
 * each finds the change that one alone finds. usage: threads DIR */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <criu-rewrite.h>

#define THREADS 8
#define ROUNDS 50

static int images;
static const char rules[] = "pstree_entry[pid=5] set pgid=7";
static const char wrong[] = "pstree_entry[pid=5] set pgid=\"7\"";

static int find_change(struct crw *crw)
{
	char text[256];

	if (crw_add_rules_text(crw, "site", rules, strlen(rules)) < 0 ||
	    crw_open(crw, images) < 0 || crw_run(crw) < 0 || crw_change_count(crw) != 1)
		return -1;
	crw_change_text(crw_change(crw, 0), text, sizeof(text));
	return strstr(text, "pgid 5 -> 7 (site:1)") ? 0 : -1;
}

static int find_error(struct crw *crw)
{
	return crw_add_rules_text(crw, "site", wrong, strlen(wrong)) < 0 &&
			       strncmp(crw_diagnostics(crw), "site:1:", 7) == 0 ?
		       0 :
		       -1;
}

/* Returns NULL when all went well, else what did not. */
static void *work(void *arg)
{
	const char *failed = NULL;

	(void)arg;
	for (int i = 0; i < ROUNDS && !failed; i++) {
		struct crw *crw = crw_new();

		if (!crw || (i % 2 ? find_error(crw) : find_change(crw)) < 0)
			failed = i % 2 ? "the error is another" : "the change is another";
		crw_free(crw);
	}
	return (void *)failed;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	int failed = 0;

	images = open(argc > 1 ? argv[1] : ".", O_RDONLY);
	for (int i = 0; i < THREADS; i++)
		failed += pthread_create(&threads[i], NULL, work, NULL) != 0;
	for (int i = 0; i < THREADS && !failed; i++) {
		void *said;

		pthread_join(threads[i], &said);
		if (said)
			fprintf(stderr, "thread %d: %s\n", i, (const char *)said);
		failed += said != NULL;
	}
	return failed != 0;
}
