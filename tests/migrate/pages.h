/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The source's pages for a restore by `criu lazy-pages`: those that it has to have at once are
 * sent, the others when it asks for them. They come from the images of a finished dump, whose
 * tasks wait until all is served; the page server of `criu dump --lazy-pages` starts after
 * CRIU's last question and takes a connection that breaks for success, so the tasks would be
 * ended here and there.
 */
#ifndef MIGRATE_PAGES_H
#define MIGRATE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pages that follow each other in memory and in an image. */
struct run {
	uint64_t vaddr, count;
	uint64_t at;   /* in pages-FILE.img, in pages */
	uint32_t task; /* of pagemap-TASK.img */
	uint32_t file;
	bool lazy;
};

struct pages {
	int dir; /* the images, the caller's */
	struct run *runs;
	size_t count;
};

/* Reads every pagemap-*.img. -1 with a line on standard error. */
int pages_open(struct pages *pages, int dir);
void pages_close(struct pages *pages);

/* Sends what cannot wait, a page a message. -1: the other side is gone. */
int pages_send(const struct pages *pages, int commands);

/* Answers one request of the lazy-pages daemon of a CRIU (40200: 4.2). 1: served, 0: it has all,
 * -1: it is gone, or asks for what is not there. */
int pages_serve(const struct pages *pages, int memory, unsigned criu);

#endif
